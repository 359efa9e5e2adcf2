"""Tools that .NET can call: every public function of this file."""
from collections.abc import Iterator

from snakepit import ctx, tool


def greet(name: str = "World") -> str:
    """Returns a greeting."""
    return f"Hello, {name}!"


@tool(idempotent=True)  # the pool may run it again when its worker dies
def count_words(text: str) -> dict:
    """Counts the words of a text."""
    words = text.split()
    return {"words": len(words), "longest": max(words, key=len, default="")}


def count_to(limit: int) -> Iterator[int]:
    """Yields the numbers from 1: a stream for StreamAsync, a list for ExecuteAsync."""
    for number in range(1, limit + 1):
        ctx.check_cancelled()  # ends when the caller has gone
        yield number


def setup() -> None:
    """Runs once in every worker, before its first call: load models and open connections here."""


def health_check() -> bool:
    """Runs from time to time in idle workers. False, or an exception, has the worker replaced."""
    return True
