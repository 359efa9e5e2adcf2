"""Tools that wait: on threads, and in the event loop."""
import asyncio
from time import sleep

thread_safe = True  # the tools share nothing


def wait(seconds: float) -> None:
    """Waits on its thread, as a call of a service does."""
    sleep(seconds)


async def wait_async(seconds: float) -> None:
    """Waits in the event loop."""
    await asyncio.sleep(seconds)


async def ping() -> None:
    """Returns at once."""
