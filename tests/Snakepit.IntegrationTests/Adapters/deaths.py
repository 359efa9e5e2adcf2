"""Tools that end their process in every way."""

import os
import sys

from snakepit import tool


def add(a, b):
    return a + b


def fault():
    import ctypes
    ctypes.string_at(0)


def abort():
    os.abort()


def leave(code):
    print("last words")
    os._exit(code)


def exit_politely(code):
    sys.exit(code)


def overflow():
    """Recurses through C code, without Python's own limit."""
    import ctypes
    sys.setrecursionlimit(1 << 30)
    compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    numbers = (ctypes.c_int * 2)(1, 2)

    def deeper(a, b):
        ctypes.CDLL(None).qsort(numbers, 2, 4, callback)
        return 0

    callback = compare(deeper)
    deeper(None, None)


def fork_that_faults():
    """Forks a child that faults, which is no fault of the worker."""
    child = os.fork()
    if child == 0:
        fault()
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def take_memory(mib):
    held = b"x" * (mib << 20)
    while held:
        pass


@tool(cancel="cooperative")
def spin():
    while True:
        pass
