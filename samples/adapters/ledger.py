"""An adapter for workers with threads, whose database belongs to one thread each."""

# snippet: helpers
import sqlite3

from snakepit import thread_local, thread_unsafe

thread_safe = True

database = thread_local(lambda: sqlite3.connect(":memory:"))  # a connection belongs to its thread


def total(amounts: list) -> float:
    """Adds up amounts, in this thread's database."""
    rows = ", ".join("(?)" for _ in amounts)
    return database().execute(f"SELECT SUM(column1) FROM (VALUES {rows})", amounts).fetchone()[0]


@thread_unsafe
def report(name: str) -> str:
    """Uses a library that must not be used by two threads at once."""
    return f"report of {name}"
# end snippet
