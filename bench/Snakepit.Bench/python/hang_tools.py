"""Tools that hang in every way."""
import ctypes
import os
import signal
from time import sleep, thread_time_ns

from snakepit import tool

os.nice(int(os.environ.get("SNAKEPIT_BENCH_NICE", "0")))


def answer() -> int:
    """Does not hang."""
    return 42


def _load() -> None:
    try:
        os.unlink(os.environ["SNAKEPIT_BENCH_HANG"])
    except (KeyError, FileNotFoundError):
        return
    spin()  # only the worker that removed the file


@tool(cancel="cooperative")
def spin() -> None:
    """Runs for ever in Python."""
    while True:
        pass


@tool(cancel="cooperative")
def spin_deaf() -> None:
    """Runs for ever in Python and ignores the signals to end."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    spin()


def hold_interpreter() -> None:
    """Waits in C for a lock that it has itself, without releasing the GIL. Unlike a sleep, no signal ends that."""
    library, lock = ctypes.PyDLL(None), ctypes.create_string_buffer(128)  # zeros are a free mutex
    library.pthread_mutex_lock(lock)
    library.pthread_mutex_lock(lock)


def rest() -> None:
    """Sleeps for an hour."""
    sleep(3600)


def work(ms: float) -> int:
    """Uses the processor for the given time and returns the process's niceness."""
    end = thread_time_ns() + int(ms * 1_000_000)
    while thread_time_ns() < end:
        pass
    return os.nice(0)


_load()
