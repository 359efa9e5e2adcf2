"""Changes state of the whole process."""
import os
import signal
import socket

from snakepit import ctx


def get_in_the_way():
    """What libraries do to make sockets time out, and to put their own functions in the place of Python's."""
    socket.setdefaulttimeout(0.05)
    for name in ("read", "write", "readv", "writev"):
        setattr(os, name, None)
    socket.socket = None
    ctx.log.info("in the way")
    return pid()


def raise_on(number: int):
    """Has a handler raise what a lost connection raises."""

    def handler(signum, frame):
        raise ConnectionResetError(104, "the handler's own")

    signal.signal(number, handler)


def close_descriptors():
    os.closerange(3, 256)


def pid():
    return os.getpid()
