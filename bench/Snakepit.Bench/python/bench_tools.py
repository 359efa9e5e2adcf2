"""The tools that the benchmarks call."""
from time import monotonic_ns, perf_counter, sleep, thread_time_ns


def add(a: int, b: int) -> int:
    """The smallest useful call, whose time is the cost of calling."""
    return a + b


def echo(value):
    """Returns its argument, so that only the way there and back takes time."""
    return value


def work(sleep_ms: float, cpu_ms: float) -> None:
    """Waits, then computes. Most real calls mostly wait too."""
    sleep(sleep_ms / 1000)
    end = thread_time_ns() + int(cpu_ms * 1_000_000)
    while thread_time_ns() < end:
        pass


def block(how: str, amount: float) -> float:
    """Blocks the worker for seconds, or with "gil" while it adds up so many numbers. Returns the seconds it took."""
    begin = perf_counter()
    if how == "sleep":
        sleep(amount)
    elif how == "loop":
        while perf_counter() - begin < amount:
            pass
    elif how == "gil":
        sum(range(int(amount)))  # C code that never releases the GIL
    else:
        raise ValueError(how)
    return perf_counter() - begin


def add_or_block(a: int, b: int, how: str = "", amount: float = 0) -> int:
    """Adds or blocks, so that its run time cannot be known before the call."""
    if how:
        block(how, amount)
    return a + b


def wait(seconds: float) -> int:
    """Waits. Returns when it began, in nanoseconds of the clock that the host has too."""
    begun = monotonic_ns()
    sleep(seconds)
    return begun
