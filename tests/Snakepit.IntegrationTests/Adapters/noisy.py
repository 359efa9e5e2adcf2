"""Tools that never stop to print or to log."""

import os

from snakepit import ctx


def print_on():
    """Short lines, as fast as they are read."""
    lines = b"\n" * 65_536
    while True:
        os.write(1, lines)


def log_on():
    while True:
        ctx.log.info("")


def pid():
    return os.getpid()
