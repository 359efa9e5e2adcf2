"""Two workers share one device; the others have one each."""

import os

from snakepit import ctx, tool


def device():
    slot = int(ctx.worker.split("/")[1].split("#")[0])
    return f"gpu:{slot // 2}"


def who():
    return ctx.worker


def pid():
    return os.getpid()


def fault():
    import ctypes
    ctypes.string_at(0)


@tool(cancel="cooperative")
def spin():
    while True:
        pass
