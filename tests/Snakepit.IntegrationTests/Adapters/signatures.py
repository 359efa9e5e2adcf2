"""Tools with different signatures."""

import functools


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper


def with_token(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function("token", *args, **kwargs)
    return wrapper


def resize(width: int, height: int = 1, *, mode="fit"):
    return width * height


def first(items, /, default=None):
    return items[0] if items else default


async def later(seconds, value=0):
    return value


@logged
def decorated(size):
    return size


@with_token
def injected(token, size):
    return f"{token} {size}"


def broken(size=1):
    return len(size)


def outer(size=1):
    return resize(nothing=size)


def takes_nothing():
    pass


def takes_two(a, b):
    pass


def takes_defaults(a, b=1, c=2):
    pass


def takes_positions_only(a, b=1, /):
    pass


def takes_names_only(*, a, b=1):
    pass


def takes_all_kinds(a, /, b, *, c, d=1):
    pass


def takes_more_positions(a, *more, c):
    pass


def takes_more_names(a, /, b=1, **more):
    pass


def takes_anything(*args, **kwargs):
    pass


def accepts(tool: str, calls: list) -> list:
    """Returns whether Python accepts each call: so many arguments by position, and these names."""
    return [_is_accepted(globals()[tool], *call) for call in calls]


def _is_accepted(function, count: int, names: list) -> bool:
    try:
        function(*[0] * count, **dict.fromkeys(names, 0))
    except TypeError:
        return False
    return True
