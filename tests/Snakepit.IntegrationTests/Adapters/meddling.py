"""Tools that change state of the whole process."""
import os
import signal
import socket

from snakepit import ctx


def get_in_the_way():
    """Lets sockets time out and replaces Python's functions, as some libraries do."""
    socket.setdefaulttimeout(0.05)
    for name in ("read", "write", "readv", "writev"):
        setattr(os, name, None)
    socket.socket = None
    ctx.log.info("in the way")
    return pid()


def raise_on(number: int):
    """Installs a handler that raises the exception of a lost connection."""

    def handler(signum, frame):
        raise ConnectionResetError(104, "the handler's own")

    signal.signal(number, handler)


def close_descriptors():
    os.closerange(3, 256)


def pid():
    return os.getpid()
