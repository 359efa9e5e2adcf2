"""Tools that hang in every way, and an adapter that reports its health and memory."""

import ctypes
import threading
import time

from snakepit import ctx, tool


def _begun():
    print("begun", flush=True)


@tool(cancel="cooperative")
def hang_in_python():
    _begun()
    while True:
        pass


@tool(cancel="cooperative")
def hang_in_sleep():
    _begun()
    time.sleep(1000)


def hang_with_the_interpreter_held():
    _begun()
    ctypes.PyDLL(None).usleep(1_000_000_000)


def wish():
    threading.Thread(target=ctx.recycle_me).start()


def oom_score():
    with open("/proc/self/oom_score_adj") as file:
        return int(file.read())


def warm():
    ctx.log.info("warm")


def cold():
    raise RuntimeError("the model is missing")


def memory_usage():
    return 12_345


async def health_check():
    return "well"
