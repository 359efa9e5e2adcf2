"""Tools that take memory, and processes that share it."""

import mmap
import os
import signal
import time

from snakepit import tool

MIB = 1 << 20
_kept = []


def _take(megabytes):
    return b"\x01" * (megabytes * MIB)


def pid():
    return os.getpid()


def keep(megabytes):
    _kept.append(_take(megabytes))


def spike(megabytes, seconds=0.02):
    """Takes memory for a moment that is long enough for some sample to see it."""
    taken = _take(megabytes)
    time.sleep(seconds)
    del taken


def free():
    _kept.clear()


@tool(cancel="cooperative")
def take_and_wait(megabytes, gate):
    """Takes memory in one call of C code that keeps the GIL."""
    taken = _take(megabytes)
    _wait(gate)
    return len(taken)


@tool(cancel="cooperative")
def take_and_hang(megabytes, gate):
    """Takes memory, writes to the gate, and never returns."""
    _kept.append(_take(megabytes))
    with open(gate, "wb", buffering=0) as file:
        file.write(b"x")
    _rest()


def burn(rounds):
    return sum(range(rounds))


def keep_segment(megabytes):
    """Maps shared memory and writes to all of it."""
    _kept.append(_segment(megabytes))


def fork_keeping(megabytes):
    """Forks a child with memory of its own and returns its process id."""
    child = os.fork()
    if child == 0:
        _kept.append(_take(megabytes))
        _rest()
    return child


def fork_sharing(megabytes, gate):
    """Forks a zygote that has memory, and from it a child, and returns their process ids.

    At the first byte at the gate the child maps as much shared memory. At the second it takes as much memory of its
    own. At the third it copies the memory that it shares with the zygote.
    """
    read, write = os.pipe()
    zygote = os.fork()
    if zygote == 0:
        shared = bytearray(_take(megabytes))
        child = os.fork()
        if child == 0:
            _grow(megabytes, gate, shared)
        os.write(write, child.to_bytes(4, "little"))
        _rest()
    child = int.from_bytes(os.read(read, 4), "little")
    os.close(read)
    os.close(write)
    return [zygote, child]


def end(process):
    """Kills a child and waits for its end."""
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def _grow(megabytes, gate, shared):
    _wait(gate)
    _kept.append(_segment(megabytes))
    _wait(gate)
    _kept.append(_take(megabytes))
    _wait(gate)
    for page in range(0, len(shared), mmap.PAGESIZE):
        shared[page] = 2
    _rest()


def _segment(megabytes):
    file = os.memfd_create("segment")
    os.ftruncate(file, megabytes * MIB)
    mapped = mmap.mmap(file, megabytes * MIB)
    os.close(file)
    for page in range(0, len(mapped), mmap.PAGESIZE):
        mapped[page] = 1
    return mapped


def _wait(gate):
    with open(gate, "rb", buffering=0) as file:
        file.read(1)


def _rest():
    while True:
        signal.pause()
