"""Connects the debugger to a terminal of your own, because a worker has none."""
# snippet: pdb
import pdb
import socket
import sys

ADDRESS = ("127.0.0.1", 4444)


def stop() -> None:
    """Stops in the caller. Run this in a terminal first: nc -l 127.0.0.1 4444"""
    stream = socket.create_connection(ADDRESS).makefile("rw")
    pdb.Pdb(stdin=stream, stdout=stream).set_trace(sys._getframe(1))
# end snippet


def total(prices: list) -> int:
    """A tool with a breakpoint."""
    result = sum(prices)
    stop()
    return result
