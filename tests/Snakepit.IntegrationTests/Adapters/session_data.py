"""Tools that read and write the data of their sessions."""

from snakepit import SessionDataConflict, ctx

thread_safe = True
kept = {}


def put(name, value, version=None):
    return ctx.session.data.set(name, value, version)


def read(name):
    return list(ctx.session.data.read(name))


def add(name, more):
    """Adds to a number, whoever else writes it meanwhile."""
    while True:
        value, version = ctx.session.data.read(name)
        try:
            return ctx.session.data.set(name, (value or 0) + more, version)
        except SessionDataConflict:
            pass


async def add_async(name, more):
    """Adds to a number, whoever else writes it meanwhile."""
    while True:
        value, version = await ctx.session.data.aio.read(name)
        try:
            return await ctx.session.data.aio.set(name, (value or 0) + more, version)
        except SessionDataConflict:
            pass


def remove(name):
    return ctx.session.data.remove(name)


def errors():
    """Tries what may not be."""
    told = []
    for attempt in (
        lambda: ctx.session.data.set("x" * 257, 1),
        lambda: ctx.session.data.set("x", "v" * 65_536),
        lambda: ctx.session.data.set("x", object()),
        lambda: ctx.session.data.set("x", 1, version=99),
    ):
        try:
            attempt()
        except Exception as error:
            told.append([type(error).__name__, str(error)])
    return told


def keep():
    kept["data"] = ctx.session.data


def use_kept():
    return kept["data"].get("x")
