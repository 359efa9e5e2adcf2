"""Tools that wait, and tools that end their process."""

import os

from snakepit import ctx, tool


def add(a, b):
    return a + b


def hold(gate, tag):
    """Logs that it runs, then waits at the gate."""
    ctx.log.info("begun %s", tag)
    with open(gate, "rb", buffering=0) as file:
        file.read(1)
    return tag


@tool(idempotent=True)
def hold_first(gate, tag):
    """Waits at the gate on the first attempt only."""
    return hold(gate, tag) if ctx.attempt == 1 else [tag, ctx.attempt]


def fault():
    import ctypes
    ctypes.string_at(0)


def abort():
    os.abort()


def leave(code):
    os._exit(code)


def signal_self(number):
    os.kill(os.getpid(), number)
