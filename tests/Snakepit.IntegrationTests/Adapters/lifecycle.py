"""Tools that give the pool reasons to replace their worker."""

import os
import time

from snakepit import ctx

_kept = []
_ill = False


def pid():
    return os.getpid()


def leave():
    os._exit(3)


def ask_for_recycle():
    ctx.recycle_me()
    return os.getpid()


def fall_ill():
    global _ill
    _ill = True
    return os.getpid()


def health_check():
    if _ill:
        raise RuntimeError("I am ill")


def take_and_hold(mebibytes, gate):
    """Touches memory and keeps it; returns when the gate opens."""
    _kept.append(b"\x01" * (mebibytes << 20))
    with open(gate, "rb", buffering=0) as file:
        file.read(1)
    return os.getpid()


def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return os.getpid()
