"""Tools of workers that are replaced for every reason."""
import os
from time import sleep, thread_time_ns

import slow_import
from snakepit import ctx

_held = []
_record = -1


def setup() -> None:
    global _record
    path = os.environ.get("SNAKEPIT_BENCH_RECORD")
    if path:
        _record = os.open(path, os.O_WRONLY | os.O_APPEND)


def work(number: int, sleep_ms: float, cpu_ms: float) -> int:
    """Waits and computes. Records its call's number once per run.

    One write appends all of the number or nothing, even if others write at the same time.
    """
    os.write(_record, number.to_bytes(4, "little"))
    sleep(sleep_ms / 1000)
    end = thread_time_ns() + int(cpu_ms * 1_000_000)
    while thread_time_ns() < end:
        pass
    return number


def is_forked() -> bool:
    """True when another process has done the import."""
    return slow_import.IMPORTED_BY != os.getpid()


def leak(mib: int) -> None:
    """Takes memory for ever."""
    _held.append(b"x" * (mib << 20))


def fail() -> None:
    """Fails."""
    raise RuntimeError("as asked for")


def leave() -> None:
    """Asks to be replaced."""
    ctx.recycle_me()


def health_check() -> bool:
    """Fails for the one worker that takes the file away."""
    try:
        os.unlink(os.environ["SNAKEPIT_BENCH_SICK"])
    except (KeyError, FileNotFoundError):
        return True
    return False
