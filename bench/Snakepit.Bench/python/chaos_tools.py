"""Tools of workers that come to every kind of end."""
import os
from time import sleep

from snakepit import tool

_record = os.open(os.environ["SNAKEPIT_BENCH_RECORD"], os.O_WRONLY | os.O_APPEND)

try:
    os.unlink(os.environ["SNAKEPIT_BENCH_EXIT"])
    os._exit(3)  # the one worker that took the file away
except (KeyError, FileNotFoundError):
    pass


def once(number: int, ms: float) -> int:
    """May run once only. Writes its call's number down, once per run: one write appends all of it or nothing, whoever else writes or is killed."""
    os.write(_record, number.to_bytes(4, "little"))
    sleep(ms / 1000)
    return number


@tool(idempotent=True)
def again(number: int, ms: float) -> int:
    """May be run again elsewhere."""
    sleep(ms / 1000)
    return number


def fault(number: int) -> None:
    """Dies in C."""
    import ctypes
    ctypes.string_at(0)


def leave(number: int) -> None:
    """Ends its process, without a word to anybody."""
    os._exit(3)
