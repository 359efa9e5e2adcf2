"""Tools that take a while, and end when their caller has stopped waiting."""

import asyncio

from snakepit import ctx


# snippet: cancel
def primes(upto: int) -> list:
    """The primes up to a number."""
    found = []
    for number in range(2, upto + 1):
        ctx.check_cancelled()  # raises Cancelled, which `except Exception` does not catch
        if all(number % prime for prime in found):
            found.append(number)
    return found
# end snippet


# snippet: async
async def reachable(hosts: list, port: int) -> dict:
    """Which hosts take a connection, all tried at the same time."""

    async def attempt(host: str) -> bool:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), timeout=ctx.deadline)
        except (OSError, asyncio.TimeoutError):
            return False
        writer.close()
        return True

    return dict(zip(hosts, await asyncio.gather(*map(attempt, hosts))))
# end snippet
