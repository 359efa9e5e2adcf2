"""Tools whose sessions move to another worker with their state, or fail to."""

import os
import time

from snakepit import ctx


def export_session(session):
    how = session.state.get("export")
    if how == "raise":
        raise ValueError("not today")
    if how == "odd":
        return object()
    if how == "large":
        return "x" * session.state["size"]
    if how == "hang":
        while True:  # a wait that the portable mode can cancel too
            ctx.check_cancelled()
            time.sleep(0.01)
    if how == "die":
        os._exit(3)
    return session.state


async def import_session(session, data):
    if data.get("import") == "raise":
        raise ValueError("not here")
    if data.get("import") == "die":
        os._exit(4)
    session.state.update(data)


def on_session_end(session):
    ctx.log.info("ended %s after %d in %d", session.id, session.state.get("count", 0), os.getpid())


def count():
    session = ctx.session
    session.state["count"] = session.state.get("count", 0) + 1
    return [session.id, session.state["count"], os.getpid(), session.metadata]


def put(name, value):
    ctx.session.state[name] = value


def where():
    return os.getpid()


def hold(gate, tag):
    ctx.log.info("begun %s", tag)
    with open(gate, "rb", buffering=0) as file:
        file.read(1)
    return count()
