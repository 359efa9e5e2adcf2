"""Tools whose results are streams."""

import asyncio
import os
import signal
import time

from snakepit import ctx, tool

thread_safe = True
seen = []


def count(to: int):
    try:
        for i in range(to):
            seen.append(i)
            yield i
    except GeneratorExit:
        seen.append("exit")
        raise
    finally:
        seen.append("finally")


async def count_async(to: int):
    try:
        for i in range(to):
            await asyncio.sleep(0)
            yield i
    finally:
        seen.append("finally")


def what_was_seen():
    now = seen[:]
    seen.clear()
    return now


def produced() -> int:
    return len(seen)


def a_list():
    return [1, 2, 3]


def texts(size: int, to: int):
    for i in range(to):
        yield str(i).zfill(size)


def fails_at(position: int):
    for i in range(position):
        yield i
    raise ValueError(f"no item {position}")


@tool(idempotent=True)
def dies_at(position: int):
    for i in range(position):
        yield i
    os.kill(os.getpid(), signal.SIGKILL)
    yield -1


def holds_back(gate: str):
    """Yields two items in a row, the second of which waits on the page, and goes on when the gate opens."""
    from snakepit import _stream
    before, _stream.HOLD_NS = _stream.HOLD_NS, 1 << 60
    try:
        yield "first"
        yield "held"
        _wait_for(gate)
    finally:
        _stream.HOLD_NS = before


def dies_with_one_held():
    from snakepit import _stream
    _stream.HOLD_NS = 1 << 60
    yield "first"
    yield "held"
    os.kill(os.getpid(), signal.SIGKILL)


def waits(gate: str):
    yield os.getpid()
    _wait_for(gate)
    yield "on"


@tool(cancel="cooperative")
def silent():
    yield 1
    time.sleep(3600)


def every_millisecond(to: int):
    for i in range(to):
        time.sleep(0.001)
        yield time.monotonic_ns()


def total(numbers):
    return sum(numbers)


async def total_async(numbers):
    result = 0
    async for number in numbers:
        result += number
    return result


def first(numbers, count: int):
    return [next(numbers) for _ in range(count)]


def close_after(numbers, count: int):
    taken = [next(numbers) for _ in range(count)]
    numbers.close()
    return taken


def doubled(numbers):
    for number in numbers:
        yield 2 * number


def zipped(left, right):
    return list(zip(left, right))


kept = []


def keep(numbers):
    kept.append(numbers)


def use_kept():
    return next(kept[0])


def pid() -> int:
    return os.getpid()


def call_id():
    yield ctx.call_id is not None


def _wait_for(gate: str) -> None:
    with open(gate, "rb", buffering=0) as fifo:
        fifo.read(1)
