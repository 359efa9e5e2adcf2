"""Tools whose calls are more than one reply: streams, sessions and nested calls.

Each call has a number, which all that it sends contains, and which it records when it runs. One write appends all of a
number to the record or nothing, even if others write at the same time or the process is killed.
"""
import os
from threading import Lock
from time import sleep

from snakepit import ctx, tool

STRIDE = 1_000
PAUSE = 0.000_1

_turns = Lock()
_record = os.open(os.environ.get("SNAKEPIT_BENCH_LIVING", os.devnull), os.O_WRONLY | os.O_APPEND)


def _begin(number: int) -> None:
    os.write(_record, number.to_bytes(4, "little"))


@tool
def count(number: int, items: int):
    """Yields the number's own items. Every other stream pauses before each of them."""
    _begin(number)
    for item in range(items):
        if number % 2:
            sleep(PAUSE)
        yield number * STRIDE + item


@tool
def echo(number: int, items):
    """Yields what it reads, with the number."""
    _begin(number)
    for item in items:
        yield number * STRIDE + item


@tool
def turn(number: int) -> list:
    """Counts the calls of its session."""
    _begin(number)
    with _turns:
        state = ctx.session.state
        turn = state["turns"] = state.get("turns", 0) + 1
    return [number, turn, os.getpid()]


@tool
def nest(number: int) -> int:
    """Has the host call a tool for it."""
    _begin(number)
    return ctx.host.relay(number)


@tool
def leaf(number: int, ms: float) -> int:
    """What the host calls."""
    _begin(number)
    sleep(ms / 1_000)
    return number
