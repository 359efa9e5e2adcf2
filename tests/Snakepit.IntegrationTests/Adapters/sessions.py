"""Tools that keep state in their sessions, and tell of their ends."""

import asyncio
import ctypes
import os

from snakepit import ctx, tool


many = []


def on_session_end(session):
    if "of" in session.metadata:
        many.append(session.id)
        if len(many) == int(session.metadata["of"]):
            ctx.log.info("ended all %d", len(many))
        return
    ctx.log.info("ended %s after %d", session.id, session.state.get("count", 0))
    if session.metadata.get("fails"):
        raise ValueError("this end fails")


def count():
    session = ctx.session
    session.state["count"] = session.state.get("count", 0) + 1
    return [session.id, session.state["count"], os.getpid(), session.metadata]


async def count_async():
    await asyncio.sleep(0)
    return count()


def add(a, b=0, *, c=0):
    return a + b + c + ctx.session.state.setdefault("base", 100)


def no_session():
    return [ctx.session is None, os.getpid()]


def hold_interpreter(gate, tag):
    """Waits in native code that does not release the interpreter's lock."""
    library = ctypes.PyDLL(None)
    with open(gate, "rb", buffering=0) as file:
        ctx.log.info("begun %s", tag)
        return library.read(file.fileno(), ctypes.create_string_buffer(1), 1)


def hold(gate, tag):
    ctx.log.info("begun %s", tag)
    with open(gate, "rb", buffering=0) as file:
        file.read(1)
    return tag


@tool(idempotent=True)
def die():
    os._exit(3)
