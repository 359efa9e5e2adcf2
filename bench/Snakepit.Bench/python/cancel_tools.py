"""Tools that are cancelled."""
import asyncio
import os
import time

from snakepit import ctx, tool


def answer(value: int) -> list:
    """Returns its argument, with the process that has run it."""
    return [value, os.getpid()]


def echo(value: int) -> int:
    """Ends at once."""
    return value


def rest(value: int, ms: float) -> int:
    """Waits."""
    time.sleep(ms / 1000)
    return value


def loop(value: int, ms: float) -> int:
    """Computes in Python."""
    end = time.monotonic() + ms / 1000
    while time.monotonic() < end:
        pass
    return value


async def rest_async(value: int, ms: float) -> int:
    """Waits in its event loop."""
    await asyncio.sleep(ms / 1000)
    return value


@tool(cancel="cooperative")
def cooperate(value: int, ms: float) -> int:
    """Computes until it is told to stop."""
    end = time.monotonic() + ms / 1000
    while not ctx.cancelled and time.monotonic() < end:
        pass
    return value


def count() -> int:
    """Yields numbers for ever."""
    number = 0
    while True:
        yield number
        number += 1
