"""Prints the time of one turn of a Python loop in ns, and of an interpreter's start in ms, on one line."""
import os
import sys
from time import perf_counter_ns

TURNS = 10_000  # a fraction of a millisecond, so that most blocks are not interrupted
BLOCKS = 300
STARTS = 11


def loop(turns: int) -> int:
    total = 0
    for i in range(turns):
        total += i & 7
    return total


def median(values):
    return sorted(values)[len(values) // 2]


def time_of(action) -> int:
    begin = perf_counter_ns()
    action()
    return perf_counter_ns() - begin


def start() -> None:
    process = os.posix_spawn(sys.executable, [sys.executable, "-I", "-S", "-c", "pass"], os.environ)
    os.waitpid(process, 0)


def main() -> None:
    loop(TURNS)
    start()
    print(
        median([time_of(lambda: loop(TURNS)) for _ in range(BLOCKS)]) / TURNS,
        median([time_of(start) for _ in range(STARTS)]) / 1e6,
    )


main()
