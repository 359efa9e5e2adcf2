"""Tools with different signatures."""

import functools


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
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


def broken(size=1):
    return len(size)


def outer(size=1):
    return resize(nothing=size)
