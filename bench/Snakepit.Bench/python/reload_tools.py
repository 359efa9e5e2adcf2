"""The tools of a pool whose settings change while it works."""

thread_safe = True  # the tools share nothing


def add(a: int, b: int) -> int:
    """A call that shows whether it reached a worker."""
    return a + b


def check() -> bool:
    """A warm-up, or a health check that succeeds."""
    return True
