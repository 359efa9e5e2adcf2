"""Shows what a worker shares with its zygote."""

import os
import random
import sys

import imported_once
from snakepit import ctx


def look(gate, tag):
    """Waits at the gate first, so that simultaneous calls run in different workers."""
    ctx.log.info("begun %s", tag)
    with open(gate, "rb", buffering=0) as file:
        file.read(1)
    numpy = sys.modules.get("numpy")
    return {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "session": os.getsid(0),
        "imported_by": imported_once.PID,
        "drawn": random.random(),
        "drawn_by_numpy": numpy.random.random() if numpy else 0.0,
    }


def say(text):
    print(text)


def add(a, b):
    return a + b
