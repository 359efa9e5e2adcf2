"""Tools whose results are streams."""
from time import monotonic_ns, sleep


def add(a: int, b: int) -> int:
    """The call that items are compared with."""
    return a + b


def count(to: int):
    """Yields as fast as Python can."""
    yield from range(to)


def tick(to: int):
    """Yields the time every millisecond."""
    for _ in range(to):
        sleep(0.001)
        yield monotonic_ns()
