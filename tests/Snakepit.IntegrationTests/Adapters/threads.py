"""Tools of a worker with threads."""

import asyncio
import ctypes
import os
import sys
import threading
import time

import snakepit
from snakepit import ctx

thread_safe = True

_meetings = {}
_of_thread = threading.local()
_setups = []
_kept = []
_inside = 0


def setup():
    _setups.append("setup")


def thread_setup():
    _setups.append("thread")
    _of_thread.number = len(_setups)


def add(a, b):
    return a + b


def pid():
    return os.getpid()


def setups():
    """Returns what was set up, and whether this thread was."""
    return [_setups, _of_thread.number > 1]


def meet(name, count):
    """Returns when that many calls have met; each tells what it knows of itself."""
    _meetings.setdefault(name, threading.Barrier(count)).wait(30)
    ctx.log.info("met in call %s", ctx.call_id)
    return [threading.get_ident(), ctx.call_id, ctx.deadline is not None, ctx._tool]


def hold(gate, tag=0):
    """Logs that it runs, then waits at the gate."""
    ctx.log.info("begun %s", tag)
    with open(gate, "rb", buffering=0) as file:
        file.read(1)
    return f"{tag}"


def hold_the_lock(tag):
    """Logs that it runs, then keeps the interpreter's lock, so that no other thread of Python's runs."""
    ctx.log.info("begun %s", tag)
    ctypes.PyDLL(None).sleep(60)


def fail(text):
    raise ValueError(text)


def leave(code):
    sys.exit(code)


def end_thread(library):
    """Ends this thread in native code. With PyDLL, it takes the interpreter's lock with it."""
    getattr(ctypes, library)(None).pthread_exit(None)


async def end_thread_of_the_loop():
    ctypes.CDLL(None).pthread_exit(None)


def take_and_hold(mebibytes, gate):
    """Touches memory and keeps it; returns when the gate opens."""
    _kept.append(b"\x01" * (mebibytes << 20))
    with open(gate, "rb", buffering=0) as file:
        file.read(1)
    return os.getpid()


def count_to(count):
    yield from range(count)


def ask(value):
    """Returns what the host makes of a value, ten times."""
    return [ctx.host.double(value + i) for i in range(10)]


def total(numbers):
    return sum(numbers)


def remember(value):
    """Adds a value to the session's state, and returns all of them."""
    ctx.session.state.setdefault("values", []).append(value)
    return [os.getpid(), ctx.session.state["values"]]


def on_session_end(session):
    ctx.log.info("ended %s", session.id)


def spin(tag):
    """Computes until it is interrupted."""
    ctx.log.info("begun %s", tag)
    while True:
        pass


def nap(tag):
    """Waits in C code, where nothing interrupts it."""
    ctx.log.info("begun %s", tag)
    time.sleep(60)


@snakepit.thread_unsafe
def alone():
    """Returns how many of its calls run at once."""
    global _inside
    _inside += 1
    time.sleep(0.002)
    among, _inside = _inside, _inside - 1
    return among


async def block_the_loop():
    time.sleep(0.5)


async def wait(tag):
    """Logs that it runs, then waits on the loop."""
    ctx.log.info("begun %s", tag)
    await asyncio.sleep(60)


async def close_the_loop():
    """Stops the loop, and closes it as soon as it has stopped."""
    loop = asyncio.get_running_loop()

    def close(frame, event, _):
        if event == "return" and frame.f_code.co_name == "run_forever":
            sys.setprofile(None)
            loop.close()

    sys.setprofile(close)
    loop.stop()


async def meet_async(name, count):
    """Returns when that many calls have met on the loop."""
    met = _meetings.setdefault(name, [asyncio.Event(), 0])
    met[1] += 1
    if met[1] == count:
        met[0].set()
    await met[0].wait()
    return [threading.get_ident(), ctx.call_id]
