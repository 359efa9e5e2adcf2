"""An adapter that knows better what it uses."""

import os

_weight = 0


def weigh(mebibytes):
    global _weight
    _weight = mebibytes << 20
    return os.getpid()


def memory_usage():
    return _weight
