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


def spike(mib: int, limit_mib: int, ms: float) -> "list[float]":
    """Has so much memory for so long; returns how many MiB were resident, and for how many ms it was more than the limit. Huge pages, or taking it
    alone would last longer; where the machine has to find them first it does all the same."""
    begin = crossed = monotonic()
    with mmap.mmap(-1, mib * MIB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        for offset in range(0, len(memory), HUGE_PAGE):
            if offset <= limit_mib * MIB:
                crossed = monotonic()
            memory[offset] = 1
        resident = _resident_pages()[0]
        sleep(max(0, begin + ms / 1000 - monotonic()))
    return [resident * mmap.PAGESIZE // MIB, 1000 * (monotonic() - crossed)]


def share(mib: int) -> int:
    """Maps a segment of so much shared memory for ever, and writes to all of it; returns how many MiB are resident."""
    segment = os.memfd_create("segment")
    os.ftruncate(segment, mib * MIB)
    memory = mmap.mmap(segment, mib * MIB)
    _held.append(memory)
    for offset in range(0, len(memory), mmap.PAGESIZE):
        memory[offset] = 1
    return _resident_pages()[1] * mmap.PAGESIZE // MIB


def _resident_pages() -> "tuple[int, int]":
    """All of this process, and those of files and shared memory."""
    with open("/proc/self/statm", "rb") as statm:
        _, resident, shared, *_ = map(int, statm.read().split())
    return resident, shared


def _note() -> None:
    global _own
    if not _own:
        with open("/proc/self/smaps_rollup", "rb") as rollup:
            _own = 1024 * sum(int(line.split()[1]) for line in rollup if line.startswith((b"Private_Dirty:", b"Swap:")))
    os.pwrite(_record, struct.pack("<q", _own), 0)


def _grow(size: int) -> None:
    global _own
    if size:
        memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)  # whole pages, so that _own is what the system says
        for offset in range(0, size, mmap.PAGESIZE):
            memory[offset] = 1
        _held.append(memory)
        _own += -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        _note()


def _cross() -> None:
    global _crossed
    if not _crossed:
        _crossed = monotonic_ns()
        os.pwrite(_record, struct.pack("<q", _crossed), 8)
