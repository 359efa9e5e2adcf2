"""Tools that take memory, and record how much they had and when, on the host's clock.

SNAKEPIT_BENCH_RECORD is a file of two 64-bit numbers: the last number of private bytes, and the time at which they
crossed a limit, or 0.
"""
import mmap
import os
import struct
from time import monotonic, monotonic_ns, sleep

MIB = 1 << 20
HUGE_PAGE = 2 * MIB
HEADERS = 64  # of the object and of its allocation; with them an object fills its pages exactly

_held = []
_own = 0  # private bytes; allocations are added, so that nothing has to be read between two steps
_crossed = 0
_record = -1


def setup() -> None:
    global _record
    _record = os.open(os.environ["SNAKEPIT_BENCH_RECORD"], os.O_WRONLY)


def take(limit: int, mib: int) -> None:
    """Takes memory for ever."""
    _note()
    before = max(0, min(mib * MIB, limit - _own))
    _grow(before)
    if _own >= limit:
        _cross()
    _grow(mib * MIB - before)


def step(limit: int, beyond_mib: int, hold_s: float) -> None:
    """Takes all memory below the limit and some more, then goes on for a while."""
    _note()
    take(limit, (max(0, limit - _own) >> 20) + 1 + beyond_mib)
    sleep(hold_s)


def leak(limit: int, mib_per_s: float, seconds: float) -> None:
    """Takes memory steadily for the given time."""
    begin = monotonic()
    taken = 0
    while monotonic() - begin < seconds:
        take(limit, 1)
        taken += 1
        sleep(max(0, begin + taken / mib_per_s - monotonic()))


def spike(mib: int, limit_mib: int, ms: float) -> "list[float]":
    """Takes memory for a time. Returns the resident MiB, and the ms for which they were more than the limit.

    The memory has huge pages, because taking it would last longer otherwise. A machine that has to find huge pages
    first takes longer all the same.
    """
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
    """Maps a segment of shared memory for ever and writes to all of it. Returns the resident MiB."""
    segment = os.memfd_create("segment")
    os.ftruncate(segment, mib * MIB)
    memory = mmap.mmap(segment, mib * MIB)
    _held.append(memory)
    for offset in range(0, len(memory), mmap.PAGESIZE):
        memory[offset] = 1
    return _resident_pages()[1] * mmap.PAGESIZE // MIB


def _resident_pages() -> "tuple[int, int]":
    """Returns the resident pages of this process, and those of files and shared memory."""
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
        # An anonymous mapping has whole pages, so that _own agrees with the system.
        memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
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
