"""Tools that run when the host of their worker is killed."""
import ctypes
import os
import subprocess
import time

_FOREVER = 3600


def setup() -> None:
    if "SNAKEPIT_BENCH_HANG" in os.environ:
        time.sleep(_FOREVER)


def _begun() -> None:
    """Records one byte for each call that has begun."""
    file = os.open(os.environ["SNAKEPIT_BENCH_RECORD"], os.O_WRONLY | os.O_APPEND)
    os.write(file, b".")
    os.close(file)


def spin() -> None:
    """Loops in Python."""
    _begun()
    while True:
        pass


def hold() -> None:
    """Holds the GIL in C code, with descendants in and out of its group."""
    for new_session in (False, True):
        subprocess.Popen(["sleep", str(_FOREVER)], start_new_session=new_session)
    _begun()
    ctypes.PyDLL(None).sleep(_FOREVER)


def rest() -> None:
    """Does nothing."""
