"""Tools of an ordinary pool: most calls succeed, some fail, some are cancelled."""
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
    """Runs until its caller has stopped waiting."""
    while not ctx.cancelled:
        sleep(0.001)
