"""Tools that never stop printing or logging."""

import os

from snakepit import ctx


def print_on():
    """Prints short lines as fast as they are read."""
    lines = b"\n" * 65_536
    while True:
        os.write(1, lines)


def log_on():
    while True:
        ctx.log.info("")


def pid():
    return os.getpid()
