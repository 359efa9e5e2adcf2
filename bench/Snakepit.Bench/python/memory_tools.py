"""Tools that take memory, and write down how much they had and when, on the host's clock.

SNAKEPIT_BENCH_RECORD is a file of two 64-bit numbers: the private bytes at the last moment, and the time at which they crossed a limit, or 0.
"""
import mmap
import os
import struct
from time import monotonic, monotonic_ns, sleep

MIB = 1 << 20
HUGE_PAGE = 2 * MIB
HEADERS = 64  # of the object and of its allocation: with them it fills its pages and begins no further one

_held = []
_own = 0  # private bytes; what is allocated is added, so that nothing has to be read between two steps
_crossed = 0
_record = -1


def setup() -> None:
    global _record
    _record = os.open(os.environ["SNAKEPIT_BENCH_RECORD"], os.O_WRONLY)


def take(limit: int, mib: int) -> None:
    """Takes so much for ever."""
    _note()
    before = max(0, min(mib * MIB, limit - _own))
    _grow(before)
    if _own >= limit:
        _cross()
    _grow(mib * MIB - before)


def step(limit: int, beyond_mib: int, hold_s: float) -> None:
    """Takes all that the limit leaves and some more, then goes on for a while."""
    _note()
    take(limit, (max(0, limit - _own) >> 20) + 1 + beyond_mib)
    sleep(hold_s)


def leak(limit: int, mib_per_s: float, seconds: float) -> None:
    """Takes memory steadily for so long."""
    begin = monotonic()
    taken = 0
    while monotonic() - begin < seconds:
        take(limit, 1)
        taken += 1
        sleep(max(0, begin + taken / mib_per_s - monotonic()))


def spike(mib: int, ms: float) -> list:
    """Has so much memory for so long, as far as it can; returns how many MiB were resident, and the ms it was. Huge pages, or taking it alone would
    last longer."""
    begin = monotonic()
    with mmap.mmap(-1, mib * MIB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        for offset in range(0, len(memory), HUGE_PAGE):
            memory[offset] = 1
        with open("/proc/self/statm", "rb") as statm:
            resident = int(statm.read().split()[1]) * mmap.PAGESIZE
        sleep(max(0, begin + ms / 1000 - monotonic()))
    return [resident // MIB, (monotonic() - begin) * 1000]


def _note() -> None:
    global _own
    if not _own:
        with open("/proc/self/smaps_rollup", "rb") as rollup:
            _own = 1024 * sum(int(line.split()[1]) for line in rollup if line.startswith((b"Private_Dirty:", b"Swap:")))
    os.pwrite(_record, struct.pack("<q", _own), 0)


def _grow(size: int) -> None:
    global _own
    if size:
        _held.append(b"x" * max(0, size - HEADERS))
        _own += size
        _note()


def _cross() -> None:
    global _crossed
    if not _crossed:
        _crossed = monotonic_ns()
        os.pwrite(_record, struct.pack("<q", _crossed), 8)
