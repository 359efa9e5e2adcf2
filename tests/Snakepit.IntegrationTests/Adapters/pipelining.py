"""Tools that are quick enough for calls to wait behind them, and one that is not always quick."""

import os

from snakepit import ctx

served = 0


def add(a, b):
    return a + b


def pid():
    return os.getpid()


def record(path, number):
    """Leaves a record of every run, which outlives the worker."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, b"%d\n" % number)
    os.close(file)
    return number


def count():
    """Returns the number of calls that this worker has served, including this one."""
    global served
    served += 1
    return [os.getpid(), served]


def usually_quick(gate, tag):
    """Returns at once, unless the call has a gate to wait at."""
    if gate is not None:
        ctx.log.info("begun %s", tag)
        file = os.open(gate, os.O_RDONLY)
        os.read(file, 1)
        os.close(file)
    return tag
