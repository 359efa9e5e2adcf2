"""Tools that are quick enough for calls to wait behind them, and one that is not always."""

import os

from snakepit import ctx

served = 0


def add(a, b):
    return a + b


def pid():
    return os.getpid()


def record(path, number):
    """Leaves a trace of every run, which outlives the worker."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, b"%d\n" % number)
    os.close(file)
    return number


def count():
    """How many calls this worker has served so far, this one too."""
    global served
    served += 1
    return [os.getpid(), served]


def usually_quick(gate, tag):
    """Quick, but for the calls that are given a gate to wait at."""
    if gate is not None:
        ctx.log.info("begun %s", tag)
        file = os.open(gate, os.O_RDONLY)
        os.read(file, 1)
        os.close(file)
    return tag
