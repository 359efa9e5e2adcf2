"""The tools that the benchmarks call."""
from time import perf_counter, sleep, thread_time_ns


def add(a: int, b: int) -> int:
    """The smallest useful call: what it takes is the cost of calling."""
    return a + b


def echo(value):
    """What takes time is only the way there and back."""
    return value


def work(sleep_ms: float, cpu_ms: float) -> None:
    """Waits, then computes: a call that is mostly waiting, as most are."""
    sleep(sleep_ms / 1000)
    end = thread_time_ns() + int(cpu_ms * 1_000_000)
    while thread_time_ns() < end:
        pass


def block(how: str, amount: float) -> float:
    """Keeps the worker for seconds, or with "gil" for so many numbers to add up; returns the seconds it took."""
    begin = perf_counter()
    if how == "sleep":
        sleep(amount)
    elif how == "loop":
        while perf_counter() - begin < amount:
            pass
    elif how == "gil":
        sum(range(int(amount)))  # C code that never lets another thread run
    else:
        raise ValueError(how)
    return perf_counter() - begin


def add_or_block(a: int, b: int, how: str = "", amount: float = 0) -> int:
    """A tool whose run time nobody can know before: fast, unless told to block."""
    if how:
        block(how, amount)
    return a + b
