"""Tools that are cancelled while they wait, compute, clean up or insist."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import threading
import time

from snakepit import ctx, tool

LONG = 3600


def add(a, b):
    return a + b


def pid():
    return os.getpid()


def in_sleep(tag):
    ctx.log.info("begun %s", tag)
    time.sleep(LONG)


def in_select(tag):
    ctx.log.info("begun %s", tag)
    select.select([], [], [], LONG)


def in_lock(tag):
    lock = threading.Lock()
    lock.acquire()
    ctx.log.info("begun %s", tag)
    lock.acquire()


def in_socket(tag):
    ours, theirs = socket.socketpair()
    ctx.log.info("begun %s", tag)
    with ours, theirs:
        ours.recv(1)


def in_subprocess(tag):
    ctx.log.info("begun %s", tag)
    subprocess.run(["sleep", str(LONG)])


def in_loop(tag):
    ctx.log.info("begun %s", tag)
    while True:
        pass


def catches_exceptions(tag):
    ctx.log.info("begun %s", tag)
    while True:
        try:
            time.sleep(LONG)
        except Exception:
            pass


def insists(tag):
    """Swallows the first cancellations."""
    ctx.log.info("begun %s", tag)
    for _ in range(3):
        with contextlib.suppress(BaseException):
            time.sleep(LONG)
    ctx.log.info("swallowed %s", tag)
    time.sleep(LONG)


def shields(tag, gate):
    """Is not interrupted before the gate has opened."""
    with ctx.shield():
        ctx.log.info("begun %s", tag)
        with open(gate, "rb", buffering=0) as file:
            file.read(1)
        ctx.log.info("shielded %s %s", tag, ctx.cancelled)
    ctx.log.info("unreachable")


async def blocks_its_loop(tag):
    ctx.log.info("begun %s", tag)
    time.sleep(LONG)


@tool(cancel="cooperative")
def cooperates(tag, gate):
    """Waits until it is told, then at the gate."""
    ctx.log.info("begun %s", tag)
    while not ctx.cancelled:
        pass
    with open(gate, "rb", buffering=0) as file:
        file.read(1)
    ctx.log.info("ended %s", tag)


@tool(cancel="kill")
def waits_for_death(tag):
    ctx.log.info("begun %s", tag)
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(LONG)


@tool(cancel="cooperative")
def resets_signals():
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)


def until_told(tag):
    ctx.log.info("begun %s", tag)
    while not ctx.cancelled:
        pass


def echo(value):
    return value


def loop_for(value, ms):
    end = time.monotonic() + ms / 1000
    while time.monotonic() < end:
        pass
    return value


def sleep_for(value, ms):
    time.sleep(ms / 1000)
    return value


async def await_for(value, ms):
    import asyncio
    await asyncio.sleep(ms / 1000)
    return value
