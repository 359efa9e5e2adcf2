"""Tools that take a while, and end when their caller has stopped waiting."""

import asyncio
import sqlite3

from snakepit import ctx, tool


# snippet: cancel
@tool(cancel="cooperative")
def primes(upto: int) -> list:
    """The primes up to a number, or as many as there was time for."""
    found = []
    for number in range(2, upto + 1):
        if ctx.cancelled:
            ctx.log.info("stopped at %s", number)
            break
        if all(number % prime for prime in found):
            found.append(number)
    return found
# end snippet


# snippet: shield
def transfer(database: str, source: int, target: int, amount: int) -> int:
    """Moves an amount from one account to another; returns what is left."""
    with sqlite3.connect(database) as accounts:  # commits, or rolls back when anything is raised, Cancelled included
        (balance,) = accounts.execute("SELECT balance FROM account WHERE id = ?", (source,)).fetchone()
        accounts.execute("UPDATE account SET balance = balance - ? WHERE id = ?", (amount, source))
        accounts.execute("UPDATE account SET balance = balance + ? WHERE id = ?", (amount, target))
    with ctx.shield():  # the money has moved, so it must be recorded
        with open(f"{database}.log", "a") as log:
            log.write(f"{source} -> {target}: {amount}\n")
    return balance - amount
# end snippet


# snippet: kill
@tool(cancel="kill")
def check_sum(size: int) -> int:
    """One long computation in C, which nothing interrupts."""
    return sum(range(size))
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
