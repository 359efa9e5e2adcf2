"""Tools that call tools of the host."""
from snakepit import ctx


def add(a: int, b: int) -> int:
    """The call that one with a host call is compared with."""
    return a + b


def add_by_host(a: int, b: int) -> int:
    """Makes one host call."""
    return ctx.host.add(a, b)


def nest(depth: int) -> int:
    """Calls itself through the host."""
    return 0 if depth == 0 else 1 + ctx.host.nest(depth - 1)
