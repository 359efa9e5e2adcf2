"""Async tools of a worker with threads: many calls at once on one event loop."""

import json
import os
import struct
import unittest

from snakepit import _protocol as protocol
from snakepit._frames import HEADER
from tests.host import StandardHost, WorkerHost
from tests.several_calls import STOP_AND_CLOSE, SeveralCalls

TOOLS = STOP_AND_CLOSE + '''
import asyncio
import sys
import threading
import time
import snakepit
from snakepit import ctx

_met = {}
_seen = []

async def setup():
    global _loop
    _loop = asyncio.get_running_loop()

async def meet(name, count):
    met = _met.setdefault(name, [asyncio.Event(), 0])
    met[1] += 1
    if met[1] == count:
        met[0].set()
    await met[0].wait()
    return [ctx.call_id, ctx._tool, asyncio.get_running_loop() is _loop]

async def add(a, b):
    return a + b

async def fail(text):
    raise ValueError(text)

async def leave():
    sys.exit(3)

async def wait():
    ctx.log.info("begun")
    await asyncio.sleep(60)

async def shielded():
    with ctx.shield():
        ctx.log.info("begun")
        while not ctx.cancelled:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)
        _seen.append("whole")
    await asyncio.sleep(60)

async def seen():
    return _seen

async def items(count):
    for i in range(count):
        await asyncio.sleep(0)
        yield i

async def returned(count):
    return list(range(count))

async def ask(value):
    return await ctx.host.aio.double(value)

async def total(numbers):
    return sum([number async for number in numbers])

async def block(path):
    open(path).close()
    return "blocked"

async def stop_loop():
    asyncio.get_running_loop().stop()
    return "stopped"

async def close_loop():
    _stop_and_close(asyncio.get_running_loop())
    return "closed"

async def same_loop():
    return asyncio.get_running_loop() is _loop

async def remember(value):
    ctx.session.state.setdefault("values", []).append(value)
    return ctx.session.state["values"]

def on_session_end(session):
    ctx.log.info("ended %s", session.id)
'''

MIXED = TOOLS.replace("_seen = []", "_seen = []\nthread_safe = True") + '''
def hold():
    ctx.log.info("begun")
    while not ctx.cancelled:
        time.sleep(0.001)

def plain(a, b):
    return a + b

def sum_of(numbers):
    return sum(numbers)
'''


class TaskTests(SeveralCalls, unittest.TestCase):
    def start(self, text=TOOLS, threads=2, async_calls=40, host=WorkerHost, **init):
        started = host(text, threads=threads, async_calls=async_calls, **init)
        self.addCleanup(started.__exit__)
        self.assertEqual(started.ready.kind, protocol.READY, started.ready.body)
        return started

    def test_many_calls_run_at_once_on_one_loop(self):
        for options in ({}, {"page_size": protocol.PAGE_SIZE}, {"host": StandardHost}):
            host = self.start(**options)
            met = [reply.value for reply in self.send(host, [("meet", ["a", 40])] * 40)]
            self.assertEqual(met, [[1000 + seq, "meet", True] for seq in range(1, 41)])
            self.assertEqual(host.shutdown(), 0)

    def test_adapter_of_async_tools_needs_no_mark(self):
        self.assertEqual(self.start().result("add", [1, 2]), 3)

    def test_rows_tell_the_calls_that_run(self):
        host = self.start(page_size=protocol.PAGE_SIZE)
        host.write(host.call_frame("wait") + host.call_frame("wait"))
        for _ in range(2):
            host.read_control()
        begun = sorted(host.page[protocol.PAGE_BEGUN + index * protocol.PAGE_ROW] for index in range(42))
        self.assertEqual(begun[-3:], [0, 1, 2])

    def test_plain_tools_do_not_wait_for_async_ones_nor_block_them(self):
        host = self.start(MIXED, threads=1)
        host.write(host.call_frame("wait"))
        host.read_control()
        self.assertEqual(host.result("plain", [1, 2]), 3)
        host.write(host.call_frame("hold"))
        host.read_control()
        self.assertEqual([reply.value for reply in self.send(host, [("add", [1, 2])] * 3)], [3] * 3)

    def test_errors_end_one_call_only(self):
        host = self.start()
        failed, left, misfit, added = self.send(
            host, [("fail", ["no"]), ("leave", None), ("add", [1]), ("add", [1, 2])])
        self.assertEqual((failed.value["type"], failed.value["message"]), ("ValueError", "no"))
        self.assertEqual((left.value["type"], left.value["message"]), ("SystemExit", "3"))
        self.assertEqual(misfit.value["notes"], ["The tool's signature is add(a, b)."])
        self.assertEqual(added.value, 3)
        self.assertIn("has no tool 'ad'", host.error("ad")["message"])
        self.assertEqual(host.error("add", body=b"3")["type"], "TypeError")

    def test_cancelled_call_is_cancelled_by_the_loop(self):
        host = self.start()
        host.write(host.call_frame("wait") + host.call_frame("wait"))
        for _ in range(2):
            host.read_control()
        host.send_control(protocol.CANCEL, seq=2)
        reply = host.read()
        self.assertEqual((reply.seq, reply.value["type"]), (2, "CancelledError"))
        self.assertEqual(host.result("add", [1, 2]), 3)

    def test_shielded_section_ends_whole(self):
        host = self.start()
        host.write(host.call_frame("shielded"))
        host.read_control()
        host.send_control(protocol.CANCEL, seq=1)
        self.assertEqual(host.read().kind, protocol.ERROR)
        self.assertEqual(host.result("seen"), ["whole"])

    def test_streams_travel_at_once(self):
        host = self.start(page_size=protocol.PAGE_SIZE)
        for tool in ("items", "items", "returned"):
            host.stream(tool, [100], window=4)
        received, ended = {1: [], 2: [], 3: []}, 0
        while ended < 3:
            frame = host.read()
            if frame.kind == protocol.CHUNK:
                items = received[frame.seq]
                items.append(frame.value)
                if len(items) % 4 == 0:
                    header = HEADER.pack(40, protocol.CREDIT, 0, 0, frame.call, frame.seq, 24, 0)
                    host.write(header + struct.pack("<QQ", len(items) + 4, 1 << 40))
            else:
                self.assertEqual(frame.kind, protocol.RESULT, frame.body)
                ended += 1
        self.assertEqual(received, {seq: list(range(100)) for seq in (1, 2, 3)})
        self.assertEqual(host.result("items", [3]), [0, 1, 2])

    def test_host_tools_are_answered_to_their_call(self):
        host = self.start(host_tools={"double": {"description": "Doubles."}})
        host.write(b"".join(host.call_frame("ask", [value]) for value in range(4)))
        for frame in reversed([host.read() for _ in range(4)]):
            self.assertEqual(frame.kind, protocol.HOST_CALL)
            body = str(frame.value[1][0] * 2).encode()
            host.write(HEADER.pack(32 + len(body), protocol.HOST_RESULT, 0, 0, frame.call, frame.seq, 32, 0)
                       + struct.pack("<Q", frame.run_ns) + body)
        replies = sorted((host.read() for _ in range(4)), key=lambda reply: reply.seq)
        self.assertEqual([reply.value for reply in replies], [0, 2, 4, 6])

    def test_streams_among_the_arguments_are_read(self):
        for tool in ("total", "sum_of"):
            host = self.start(MIXED)
            body = json.dumps([tool, [{"__snakepit__": "stream", "v": 0}]]).encode()
            host.write(host.call_frame(tool, body=body))
            self.assertEqual(host.read().kind, protocol.CREDIT)
            for kind, data in ((protocol.ITEM, b"5"), (protocol.ITEM, b"6"), (protocol.ITEMS_END, b"")):
                host.write(HEADER.pack(32 + len(data), kind, 0, 0, 1001, 1, 32, 0) + bytes(8) + data)
            self.assertEqual(host.read().value, 11)

    def test_tool_that_blocks_the_loop_is_told_with_its_stack(self):
        host = self.start()
        path = os.path.join(host.folder.name, "fifo")
        os.mkfifo(path)
        host.write(host.call_frame("block", [path]))
        log = host.read_control().value  # while it blocks
        open(path, "w").close()
        self.assertEqual((log["level"], log["tool"], log["call"]), ("warning", "block", 1001))
        self.assertIn("has blocked the event loop for 100 ms", log["message"])
        self.assertIn("open(path).close()", log["message"])
        self.assertEqual(host.read().value, "blocked")
        self.assertEqual(host.result("add", [1, 2]), 3)

    def test_session_of_async_tools_is_ended(self):
        self.assert_session_is_shared_and_ended(self.start())

    def test_loop_that_a_tool_stops_runs_on(self):
        host = self.start()
        self.assertEqual(host.result("stop_loop"), "stopped")
        self.assertTrue(host.result("same_loop"))

    def test_loop_that_a_tool_closes_fails_its_calls_and_is_replaced(self):
        host = self.start()
        host.write(host.call_frame("wait"))
        host.read_control()
        host.write(host.call_frame("close_loop"))
        waited, closed = sorted((host.read(), host.read()), key=lambda reply: reply.seq)
        self.assertEqual(waited.value["type"], "RuntimeError")
        self.assertIn("the event loop was closed while the tool ran", waited.value["message"])
        self.assertEqual(closed.value, "closed")
        self.assertFalse(host.result("same_loop"))
        self.assertEqual(host.result("close_loop"), "closed")  # with no other call
        self.assertEqual([reply.value for reply in self.send(host, [("add", [1, 2])] * 3)], [3] * 3)
        self.assertEqual(host.shutdown(), 0)
        self.assertNotIn(b"AttributeError", host.output_until_end())
