"""Tools of workers that end in every way."""
import os
from time import sleep

from snakepit import tool

_record = os.open(os.environ["SNAKEPIT_BENCH_RECORD"], os.O_WRONLY | os.O_APPEND)

try:
    os.unlink(os.environ["SNAKEPIT_BENCH_EXIT"])
    os._exit(3)  # only the worker that removed the file
except (KeyError, FileNotFoundError):
    pass


def once(number: int, ms: float) -> int:
    """May run once only. Records its call's number once per run.

    One write appends all of the number or nothing, even if others write at the same time or the process is killed.
    """
    os.write(_record, number.to_bytes(4, "little"))
    sleep(ms / 1000)
    return number


@tool(idempotent=True)
def again(number: int, ms: float) -> int:
    """May be run again by another worker."""
    sleep(ms / 1000)
    return number


def fault(number: int) -> None:
    """Dies in C."""
    import ctypes
    ctypes.string_at(0)


def leave(number: int) -> None:
    """Ends its process without warning."""
    os._exit(3)
