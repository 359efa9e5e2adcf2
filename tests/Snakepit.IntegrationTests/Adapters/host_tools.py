"""Tools that call tools of the host."""

import asyncio
import os
import threading

from snakepit import HostToolError, ctx


def ask(name, *args, **kwargs):
    return ctx.host.call(name, *args, **kwargs)


async def ask_async(name, *args):
    return await ctx.host.aio.call(name, *args)


async def ask_at_once(count: int):
    return await asyncio.gather(*(ctx.host.aio.double(i) for i in range(count)))


async def hold_at_once(count: int):
    held = asyncio.gather(*(ctx.host.aio.hold(i) for i in range(count)))
    await asyncio.sleep(0)  # all of them have asked
    await ctx.session.data.aio.get("any")  # the host answers in order, and this takes no turn
    ctx.log.info("begun all")
    return await held


def left():
    return ctx.deadline


async def wait_for_the_end():
    ctx.log.info("begun waiting")
    try:
        await asyncio.Event().wait()
    finally:
        ctx.log.info("begun to end")


def lookup(key):
    return ctx.host.lookup(key=key)


def failure(name, *args):
    try:
        ctx.host.call(name, *args)
    except HostToolError as error:
        return [error.type, error.message, error.stack]


def names():
    return ctx.host.tools


def told(name):
    tool = ctx.host.tools[name]
    return [tool, tool.parameters, tool.metadata]


def double_all(to: int):
    for i in range(to):
        yield ctx.host.double(i)


def nest(depth: int):
    return 0 if depth == 0 else 1 + ctx.host.nest(depth=depth - 1)


def die_asking(gate):
    def end():
        with open(gate, "rb", buffering=0) as fifo:
            fifo.read(1)
        os._exit(7)

    threading.Thread(target=end).start()
    ctx.host.hold()


def from_a_thread():
    said = []

    def run():
        try:
            ctx.host.double(1)
        except RuntimeError as error:
            said.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return said[0]


def pid() -> int:
    return os.getpid()


def rows(count: int):
    return list(ctx.host.rows(count))


async def rows_async(count: int):
    return [row async for row in await ctx.host.aio.rows(count)]


def first_rows(count: int):
    with ctx.host.rows(1_000_000_000) as rows:
        return [next(rows) for _ in range(count)]


def leave_rows():
    return next(ctx.host.rows(1_000_000_000))


def slow_rows(gate):
    rows = ctx.host.rows(1_000_000_000)
    taken = next(rows)
    with open(gate, "rb", buffering=0) as fifo:
        fifo.read(1)
    return taken


def failing_rows():
    taken = []
    try:
        for row in ctx.host.rows(3):
            taken.append(row)
    except HostToolError as error:
        return [taken, error.type, error.message]


def stream_rows(count: int):
    yield from ctx.host.rows(count)
