"""Streams, host tools and cancellations that go wrong."""

import gc
import os
import signal
import struct
import threading
import time

from misbehaving import _data_out
from snakepit import HostToolError, ctx, tool

CHUNK, CREDIT, STOP, HOST_CALL = 20, 21, 22, 25
kept = []
before = []  # the call that ended last


def setup():
    gate = os.environ.get("LIVES_GATE")
    if gate:
        with open(gate, "rb", buffering=0) as fifo:
            fifo.read(1)
    try:
        ctx.host.lookup("x")
    except RuntimeError as error:
        kept.append(str(error))


def pid() -> int:
    return os.getpid()


def what_was_kept():
    now = kept[:]
    kept.clear()
    return now


# streams


def count(to: int):
    yield from range(to)


def yields_what_cannot_be_sent():
    yield 0
    deep = []
    for _ in range(1000):
        deep = [deep]
    try:
        yield deep
    finally:
        kept.append("closed")


def yields_too_much(size: int):
    yield "x"
    yield "x" * size


def fails_on_close():
    try:
        while True:
            yield 1
    finally:
        raise ValueError("no close")


def yields_on_close():
    while True:
        try:
            yield 1
        except GeneratorExit:
            kept.append("stays")


@tool(cancel="cooperative")
def stays_on_close():
    try:
        while True:
            yield 1
    finally:
        while True:
            time.sleep(0.01)


def asks_on_close():
    try:
        while True:
            yield 1
    finally:
        try:
            ctx.host.lookup("x")
        except BaseException as error:
            kept.append(type(error).__name__)
            raise


class Iterator:
    """An iterator that is no generator, whose next raises what is no Exception."""

    def __iter__(self):
        return self

    def __next__(self):
        raise KeyboardInterrupt("no next")


def an_iterator():
    return Iterator()


# a hostile worker


def _send(kind: int, number: int, body: bytes, call=None, seq=None) -> None:
    own = ctx._running.call
    os.write(_data_out(), struct.pack("<IBBHQIHHQ", 32 + len(body), kind, 0, 0, own[0] if call is None else call,
                                      own[4] if seq is None else seq, 32, 0, number) + body)


def sends_beyond_its_credit():
    yield 0
    for number in range(1, 2000):
        _send(CHUNK, number, b"1")
    signal.pause()


def sends_out_of_order():
    yield 0
    _send(CHUNK, 5, b"1")
    signal.pause()


def sends_what_is_no_value():
    yield 0
    _send(CHUNK, 1, b"{")
    signal.pause()


def sends_an_item_of_another_call():
    _send(CHUNK, 0, b"1", call=ctx.call_id + (1 << 40))
    yield 0


def sends_an_item_of_the_call_before():
    if before:
        call, seq = before.pop()
        _send(CHUNK, 3, b"99", call=call, seq=seq)
    own = ctx._running.call
    before.append((own[0], own[4]))
    yield from range(3)


def sends_items_for_one_reply():
    _send(CHUNK, 0, b"1")
    return 7


def asks_for_too_many(items):
    _send(CREDIT, 0, struct.pack("<QQ", 1 << 40, 1 << 40))
    signal.pause()


def asks_for_a_stream_that_is_not_there(items):
    _send(CREDIT, 9, struct.pack("<QQ", 1, 1))
    signal.pause()


def asks_with_a_short_frame(items):
    _send(CREDIT, 0, b"1")
    signal.pause()


def asks_for_items_of_a_call_without_any():
    _send(CREDIT, 0, struct.pack("<QQ", 1, 1))
    return 7


def stops_a_stream_that_is_not_there():
    _send(STOP, 9, b"")
    return 7


def calls_the_host_with_what_is_no_value():
    _send(HOST_CALL, 0, b"{")
    return 7


def sends_a_frame_of_the_hosts(kind: int):
    _send(kind, 0, b"1")
    signal.pause()


# arguments


def total(numbers):
    return sum(numbers)


def take(numbers, count: int):
    return [next(numbers) for _ in range(count)]


def failure(numbers):
    taken = []
    try:
        for number in numbers:
            taken.append(number)
    except HostToolError as error:
        return [len(taken), error.type, error.message]


def in_a_thread(numbers):
    said = []

    def run():
        try:
            next(numbers)
        except BaseException as error:
            said.append(type(error).__name__)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return said[0]


def forgets(numbers):
    del numbers
    gc.collect()
    return 1


# host tools


def ask(name, *args):
    return ctx.host.call(name, *args)


def ask_failure(name, *args):
    try:
        return ctx.host.call(name, *args)
    except HostToolError as error:
        return [error.type, error.message]


def keep_host():
    kept.append(ctx.host)


def use_kept_in_a_thread():
    host = kept.pop()
    said = []

    def run():
        try:
            host.lookup("x")
        except RuntimeError as error:
            said.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return said[0]


def ask_after_the_end():
    host = ctx.host

    def run():
        time.sleep(0.05)
        try:
            host.lookup("x")
        except RuntimeError as error:
            kept.append(str(error))
        kept.append("done")

    threading.Thread(target=run).start()


def wait_for_kept():
    while "done" not in kept:
        time.sleep(0.005)
    return what_was_kept()


def ask_with_what_cannot_be_sent():
    deep = []
    for _ in range(1000):
        deep = [deep]
    ctx.host.lookup(deep)


def ask_with_much(size: int):
    ctx.host.lookup("x" * size)


def swallows_host_errors(times: int):
    for _ in range(times):
        try:
            ctx.host.fail()
        except HostToolError:
            pass
    return times


# cancellation


def sleeps():
    ctx.log.info("begun sleeps")
    time.sleep(3600)


def sleeps_in_a_with():
    class Slow:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            time.sleep(0.1)
            kept.append("exited")

    with Slow():
        ctx.log.info("begun sleeps_in_a_with")
        time.sleep(3600)


# sessions and deaths


def turn() -> int:
    ctx.session.state["turns"] = ctx.session.state.get("turns", 0) + 1
    ctx.log.info("turn %d", ctx.session.state["turns"])
    return ctx.session.state["turns"]


def dies_after(items: int):
    yield from range(items)
    os.kill(os.getpid(), signal.SIGKILL)


def holds(gate: str):
    with open(gate, "rb", buffering=0) as fifo:
        yield 1
        fifo.read(1)
        yield 2


def in_a_with(to: int):
    class Section:
        def __enter__(self):
            kept.append("entered")

        def __exit__(self, kind, *_):
            kept.append(kind.__name__)

    with Section():
        yield from range(to)


def mapped(to: int):
    return map(str, range(to))


class Rows:
    """An iterable that is no iterator, such as a cursor."""

    def __iter__(self):
        return iter(["a", "b"])


def rows():
    return Rows()
