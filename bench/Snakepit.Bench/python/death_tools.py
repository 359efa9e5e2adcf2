"""What workers do when their host is killed."""
import ctypes
import os
import subprocess
import time

_FOREVER = 3600


def setup() -> None:
    if "SNAKEPIT_BENCH_HANG" in os.environ:
        time.sleep(_FOREVER)


def _begun() -> None:
    """One byte for each that has come this far."""
    file = os.open(os.environ["SNAKEPIT_BENCH_RECORD"], os.O_WRONLY | os.O_APPEND)
    os.write(file, b".")
    os.close(file)


def spin() -> None:
    """A loop in Python."""
    _begun()
    while True:
        pass


def hold() -> None:
    """In C, with the interpreter's lock held and descendants in and out of its group."""
    for new_session in (False, True):
        subprocess.Popen(["sleep", str(_FOREVER)], start_new_session=new_session)
    _begun()
    ctypes.PyDLL(None).sleep(_FOREVER)


def rest() -> None:
    """Nothing."""
