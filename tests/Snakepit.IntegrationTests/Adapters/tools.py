"""Tools that behave."""

import asyncio
import os
import signal
import sys
import threading
import time

import snakepit
from snakepit import ctx, tool

_calls = 0


def echo(value):
    return value


def kind(value):
    """Returns the Python type of a value and its repr."""
    return [type(value).__name__, repr(value)]


def pair():
    return [1, 2]


def add(a, b):
    return a + b


def defaults(a, b=2, *, c=3):
    return [a, b, c]


def both(a, /, *, b):
    return [a, b]


def converted():
    """Returns values of types outside the table of types."""
    import array
    import collections
    import decimal
    import fractions
    import pathlib
    import types

    return {
        "complex": 1 - 2j,
        "path": pathlib.PurePosixPath("/a"),
        "fraction": fractions.Fraction(1, 3),
        "namespace": types.SimpleNamespace(user_name="Ada"),
        "counter": collections.Counter("aab"),
        "numbers": array.array("d", [1.5, 2]),
        "amount": decimal.Decimal("0.1"),
    }


def pid():
    return os.getpid()


def count():
    """Returns the process id and the number of calls so far."""
    global _calls
    _calls += 1
    return [os.getpid(), _calls]


def count_tagged(tag):
    return [*count(), tag]


def hold(gate, tag=0):
    """Logs that it runs, then waits at the gate."""
    ctx.log.info("begun %s", tag)
    with open(gate, "rb", buffering=0) as file:
        file.read(1)
    return tag


@tool(idempotent=True)
def hold_first(gate, tag=0):
    """Waits at the gate on the first attempt only."""
    return hold(gate, tag) if ctx.attempt == 1 else [tag, ctx.attempt, os.getpid()]


@tool(cancel="cooperative")
def spin(tag=0):
    ctx.log.info("begun %s", tag)
    while True:
        pass


@tool(cancel="cooperative")
def spin_unkillable_by_term(tag=0):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    spin(tag)


@tool(cancel="cooperative")
def cooperate(gate, tag=0):
    """Runs until it is cancelled, then writes to the gate and answers."""
    ctx.log.info("begun %s", tag)
    while not ctx.cancelled:
        pass
    with open(gate, "wb", buffering=0) as file:
        file.write(b"c")
    return tag


@tool(cancel="cooperative")
def answer_late(tag):
    """Answers after its caller has stopped waiting."""
    while not ctx.cancelled:
        pass
    return tag


def until_cancelled(tag=0):
    """Runs until it is cancelled, then raises Cancelled."""
    ctx.log.info("begun %s", tag)
    while True:
        ctx.check_cancelled()


def attempt():
    return ctx.attempt


def has_deadline():
    return ctx.deadline is not None


def log_all():
    ctx.log.debug("a %s", "debug")
    ctx.log.info("an info")
    ctx.log.warning("a warning")
    ctx.log.error("an error")
    ctx.log.critical("a critical")


def speak(text):
    print(text)
    print(text + " on stderr", file=sys.stderr)


def raises(message):
    raise ValueError(message)


def raises_from():
    try:
        {}["missing"]
    except KeyError as error:
        raise RuntimeError("outer") from error


async def async_add(a, b):
    await asyncio.sleep(0)
    return a + b


async def async_until_cancelled(tag=0):
    """Sleeps until it is cancelled, then cleans up, which takes a step of the loop."""
    ctx.log.info("begun %s", tag)
    try:
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(0)
        ctx.log.info("finally %s", tag)


async def async_raises():
    await asyncio.sleep(0)
    raise LookupError("from a coroutine")


@tool(name="renamed.tool", description="Has another name.")
def _hidden():
    return "renamed"


@tool(idempotent=True)
def is_idempotent():
    """First line.

    Second paragraph.
    """
    return True


def hold_first_unmarked(gate, tag=0):
    return hold_first(gate, tag)
