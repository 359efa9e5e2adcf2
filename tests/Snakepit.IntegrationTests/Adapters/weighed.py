"""An adapter that reports its own memory usage."""

import os

_weight = 0


def weigh(mebibytes):
    global _weight
    _weight = mebibytes << 20
    return os.getpid()


def memory_usage():
    return _weight
