"""The tools that the benchmarks call."""
from time import sleep, thread_time_ns


def add(a: int, b: int) -> int:
    """The smallest useful call: what it takes is the cost of calling."""
    return a + b


def work(sleep_ms: float, cpu_ms: float) -> None:
    """Waits, then computes: a call that is mostly waiting, as most are."""
    sleep(sleep_ms / 1000)
    end = thread_time_ns() + int(cpu_ms * 1_000_000)
    while thread_time_ns() < end:
        pass
