"""Tools of an ordinary life: most calls succeed, some fail, some are given up."""
from time import sleep

from snakepit import ctx


def work(number: int) -> int:
    """Takes a moment."""
    sleep(0.001)
    return number


def fail() -> None:
    """Fails."""
    raise RuntimeError("as asked for")


def linger() -> None:
    """Runs until nobody waits for it any more."""
    while not ctx.cancelled:
        sleep(0.001)
