"""A worker with threads: several calls at once."""

import json
import os
import signal
import struct
import unittest

from snakepit import _protocol as protocol
from snakepit._frames import HEADER
from tests.host import BOUND, StandardHost, WorkerHost
from tests.several_calls import STOP_AND_CLOSE, SeveralCalls

TOOLS = STOP_AND_CLOSE + '''
import asyncio
import ctypes
import os
import sys
import threading
import time
from snakepit import ctx

thread_safe = True
_met = {}
_own = threading.local()

def thread_setup():
    _own.name = threading.current_thread().name

def meet(name, count):
    _met.setdefault(name, threading.Barrier(count)).wait(30)
    return [_own.name, ctx.call_id, ctx._tool]

def own():
    return _own.name

def add(a, b):
    return a + b

def fail(text):
    raise ValueError(text)

def leave():
    sys.exit(3)

def end_thread(library):
    getattr(ctypes, library)(None).pthread_exit(None)

async def end_thread_of_the_loop():
    ctypes.CDLL(None).pthread_exit(None)

def raise_in_others():
    for thread in threading.enumerate():
        if thread.name in ("snakepit-0", "snakepit-1") and thread is not threading.current_thread():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))

def wait_for_cancel():
    while not ctx.cancelled:
        time.sleep(0.001)
    return "cancelled"

def items(count):
    yield from range(count)

def ask(value):
    return ctx.host.double(value)

async def ask_async(value):
    return await ctx.host.aio.double(value)

def rows(count):
    with ctx.host.rows() as found:
        return [next(found) for _ in range(count)]

async def rows_async(count):
    async with await ctx.host.aio.rows() as found:
        return [await found.__anext__() for _ in range(count)]

def total(numbers):
    return sum(numbers)

async def meet_async(name, count):
    met = _met.setdefault(name, [asyncio.Event(), 0])
    met[1] += 1
    if met[1] == count:
        met[0].set()
    await met[0].wait()
    return [threading.get_ident() == threading.main_thread().ident, ctx.call_id]

async def leave_async():
    sys.exit(4)

async def stop_loop():
    asyncio.get_running_loop().stop()
    await asyncio.sleep(0)
    return "stopped"

async def close_loop():
    loop = asyncio.get_running_loop()
    _stop_and_close(loop)
    try:
        loop.close()
    except RuntimeError as error:
        return str(error)

def wait_on_loop():
    return _wait()

async def _wait():
    ctx.log.info("begun")
    await asyncio.sleep(60)

def prints(who):
    for what in range(50):
        print(who, end=" ")
        time.sleep(0)
        print("said", what)
    if _met.setdefault("prints", threading.Barrier(8)).wait(30) == 0:
        print("last line", flush=True)

def fork():
    child = os.fork()
    if child == 0:
        return "child"
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) if hasattr(os, "waitstatus_to_exitcode") else 0

def interrupt():
    os.kill(os.getpid(), __import__("signal").SIGUSR1)
    return "sent"

def setup():
    import signal
    def handle(*_):
        raise RuntimeError("by a handler")
    signal.signal(signal.SIGUSR1, handle)

def remember(value):
    ctx.session.state.setdefault("values", []).append(value)
    return ctx.session.state["values"]

def on_session_end(session):
    ctx.log.info("ended %s", session.id)
'''


class ThreadTests(SeveralCalls, unittest.TestCase):
    def start(self, count=4, text=TOOLS, host=WorkerHost, **init):
        started = host(text, threads=count, **init)
        self.addCleanup(started.__exit__)
        self.assertEqual(started.ready.kind, protocol.READY, started.ready.body)
        return started

    def test_calls_run_at_once_and_each_knows_its_own(self):
        for host in (self.start(), self.start(page_size=protocol.PAGE_SIZE), self.start(host=StandardHost)):
            met = [reply.value for reply in self.send(host, [("meet", ["a", 4])] * 4)]
            self.assertEqual(sorted(one[0] for one in met), [f"snakepit-{index}" for index in range(4)])
            self.assertEqual([one[1:] for one in met], [[1000 + seq, "meet"] for seq in range(1, 5)])
            self.assertEqual(host.shutdown(), 0)

    def test_many_short_calls_are_all_answered(self):
        host = self.start(16, page_size=protocol.PAGE_SIZE)
        for first in range(0, 2000, 200):
            replies = self.send(host, [("add", [first + index, 1]) for index in range(200)])
            self.assertEqual([reply.value for reply in replies], [first + index + 1 for index in range(200)])
        rows = [host.page[protocol.PAGE_FINISHED + index * protocol.PAGE_ROW] for index in range(16)]
        self.assertEqual(max(rows), 2000)

    def test_each_row_tells_the_call_of_its_thread(self):
        host = self.start(2, page_size=protocol.PAGE_SIZE)
        host.write(host.call_frame("wait_for_cancel") + host.call_frame("own"))
        self.assertIn(host.read().value, ("snakepit-0", "snakepit-1"))
        begun = {host.page[protocol.PAGE_BEGUN + index * protocol.PAGE_ROW] for index in range(2)}
        finished = {host.page[protocol.PAGE_FINISHED + index * protocol.PAGE_ROW] for index in range(2)}
        self.assertEqual((begun, finished), ({1, 2}, {0, 2}))
        host.send_control(protocol.CANCEL, seq=1)
        self.assertEqual(host.read().seq, 1)

    def test_errors_and_sys_exit_end_one_call_only(self):
        host = self.start()
        first, left, last = self.send(host, [("fail", ["no"]), ("leave", None), ("add", [1, 2])])
        self.assertEqual((first.value["type"], first.value["message"]), ("ValueError", "no"))
        self.assertEqual((left.value["type"], left.value["message"]), ("SystemExit", "3"))
        self.assertEqual(last.value, 3)
        self.assertIn("has no tool 'ad'; did you mean", host.error("ad")["message"])

    def test_thread_that_ends_costs_the_worker_at_once(self):
        for tool, arguments in (("end_thread", ["CDLL"]), ("end_thread", ["PyDLL"]), ("end_thread_of_the_loop", [])):
            with self.subTest(tool, arguments=arguments):
                host = self.start()
                host.write(host.call_frame("wait_for_cancel") + host.call_frame(tool, arguments))
                self.assertEqual(host.process.wait(BOUND), protocol.EXIT_THREAD_ENDED)
                self.assertIsNone(host.read(allow_end=True))

    def test_exception_of_user_code_that_ends_an_idle_thread_costs_the_worker(self):
        host = self.start(2)
        host.result("raise_in_others")
        host.write(host.call_frame("meet", ["a", 2]) + host.call_frame("meet", ["a", 2]))
        self.assertEqual(host.process.wait(BOUND), protocol.EXIT_THREAD_ENDED)

    def test_thread_setup_that_ends_its_thread_ends_the_start(self):
        text = "import ctypes\nthread_safe = True\ndef tool(): pass\n" \
               "def thread_setup(): ctypes.CDLL(None).pthread_exit(None)\n"
        with WorkerHost(text, threads=2, handshake=False) as host:
            host.read()
            host.send_init()
            self.assertIsNone(host.read(allow_end=True))
            self.assertEqual(host.process.wait(BOUND), protocol.EXIT_THREAD_ENDED)

    def test_cancellation_is_told_to_its_call(self):
        host = self.start()
        host.write(b"".join(host.call_frame("wait_for_cancel") for _ in range(3)))
        host.send_control(protocol.CANCEL, seq=2)
        self.assertEqual(host.read().seq, 2)
        host.send_control(protocol.CANCEL, seq=3)
        self.assertEqual(host.read().seq, 3)
        self.assertEqual(host.result("add", [1, 2]), 3)

    def test_cancelled_call_that_waits_for_a_thread_ends_at_once(self):
        host = self.start(1)
        host.write(host.call_frame("wait_for_cancel") + host.call_frame("own") + host.call_frame("add", [1, 2]))
        host.send_control(protocol.CANCEL, seq=2)
        reply = host.read()
        self.assertEqual((reply.seq, reply.value["type"]), (2, "Cancelled"))
        host.send_control(protocol.CANCEL, seq=1)
        self.assertEqual((host.read().seq, host.read().value), (1, 3))

    def test_streams_of_several_calls_travel_at_once(self):
        host = self.start(page_size=protocol.PAGE_SIZE)
        for _ in range(3):
            host.stream("items", [500], window=4)
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
                ended += 1
        self.assertEqual(received, {seq: list(range(500)) for seq in (1, 2, 3)})

    def test_host_tools_are_answered_to_their_call(self):
        host = self.start(host_tools={"double": {"description": "Doubles."}})
        for tool in ("ask", "ask_async"):
            host.write(b"".join(host.call_frame(tool, [value]) for value in range(4)))
            asked = [host.read() for _ in range(4)]
            for frame in reversed(asked):
                self.assertEqual(frame.kind, protocol.HOST_CALL)
                body = str(frame.value[1][0] * 2).encode()
                host.write(HEADER.pack(32 + len(body), protocol.HOST_RESULT, 0, 0, frame.call, frame.seq, 32, 0)
                           + struct.pack("<Q", frame.run_ns) + body)
            replies = sorted((host.read() for _ in range(4)), key=lambda reply: reply.seq)
            self.assertEqual([reply.value for reply in replies], [0, 2, 4, 6])

    def test_each_call_reads_the_stream_of_its_own_host_tool(self):
        host = self.start()
        for tool in ("rows", "rows_async"):
            with self.subTest(tool):
                host.write(b"".join(host.call_frame(tool, [2]) for _ in range(4)))
                results = {}
                while len(results) < 4:
                    frame = host.read()
                    head = 0, 0, frame.call, frame.seq, 32, 0
                    if frame.kind == protocol.HOST_CALL:
                        stream = protocol.FIRST_HOST_STREAM + frame.run_ns
                        body = json.dumps({protocol.VALUE_TAG: "stream", "v": stream}).encode()
                        host.write(HEADER.pack(32 + len(body), protocol.HOST_RESULT, *head)
                                   + struct.pack("<Q", frame.run_ns) + body)
                    elif frame.kind == protocol.CREDIT:
                        for item in (frame.seq, frame.seq + 1, "not read"):
                            body = json.dumps(item).encode()
                            host.write(HEADER.pack(32 + len(body), protocol.ITEM, *head)
                                       + struct.pack("<Q", frame.run_ns) + body)
                    elif frame.kind == protocol.RESULT:
                        results[frame.seq] = frame.value
                    else:
                        self.assertEqual(frame.kind, protocol.STOP, frame.body)
                self.assertEqual(results, {seq: [seq, seq + 1] for seq in results})

    def test_coroutines_run_on_the_loop_of_the_main_thread(self):
        host = self.start()
        met = [reply.value for reply in self.send(host, [("meet_async", ["a", 4])] * 4)]
        self.assertEqual(met, [[True, 1000 + seq] for seq in range(1, 5)])
        self.assertEqual(host.error("leave_async")["type"], "SystemExit")
        self.assertEqual(host.result("stop_loop"), "stopped")
        self.assertEqual(len(self.send(host, [("meet_async", ["b", 4])] * 4)), 4)
        self.assertEqual(host.shutdown(), 0)

    def test_loop_that_a_tool_closes_fails_what_runs_on_it_and_is_replaced(self):
        host = self.start()
        host.write(host.call_frame("wait_on_loop"))
        host.read_control()
        host.write(host.call_frame("close_loop"))
        waited, closed = sorted((host.read(), host.read()), key=lambda reply: reply.seq)
        self.assertIn("the event loop was closed while the tool ran", waited.value["message"])
        self.assertEqual(closed.value, "Cannot close a running event loop")
        self.assertEqual(len(self.send(host, [("meet_async", ["b", 4])] * 4)), 4)
        self.assertEqual(host.shutdown(), 0)

    def test_signal_handler_that_raises_concerns_no_call(self):
        host = self.start()
        for _ in range(20):
            self.assertEqual(host.result("interrupt"), "sent")
        log = host.read_control().value
        self.assertIn("by a handler", log["message"])
        self.assertEqual([reply.value for reply in self.send(host, [("add", [1, 2])] * 4)], [3] * 4)

    def test_lines_of_threads_are_not_mixed(self):
        host = self.start(8)
        self.send(host, [("prints", [index]) for index in range(8)])
        lines = host.output_until(b"last line").split(b"\n")
        said = sorted(line.rpartition(b"\x1f")[2] for line in lines if b"said" in line)
        self.assertEqual(said, sorted(b"%d said %d" % (who, what) for who in range(8) for what in range(50)))
        self.assertTrue(all(line.startswith(b"\x1esnakepit:prints\x1f") for line in lines if b"said" in line))

    def test_fork_of_a_tool_answers_nothing(self):
        host = self.start()
        self.assertEqual(host.result("fork"), 0)
        self.assertEqual(host.result("add", [1, 2]), 3)

    def test_session_is_shared_and_its_end_is_told(self):
        self.assert_session_is_shared_and_ended(self.start())

    def test_bad_frames_end_the_worker(self):
        for frame in (HEADER.pack(32, protocol.CALL, 0, 0, 5, 9, 32, 0) + bytes(8),
                      HEADER.pack(24, protocol.RESULT, 0, 0, 5, 1, 24, 0)):
            host = self.start()
            host.write(frame)
            self.assertEqual(host.process.wait(30), protocol.EXIT_PROTOCOL_ERROR)
            self.assertIn(b"protocol error on the data channel", host.output_until_end())

    def test_end_of_the_host_ends_the_worker_in_calls(self):
        host = self.start()
        host.write(host.call_frame("wait_for_cancel"))
        host.control.close()
        host.close_data_in()
        self.assertEqual(host.process.wait(30), protocol.EXIT_CHANNEL_LOST)


class SignalTests(unittest.TestCase):
    def test_interrupt_of_a_terminal_is_ignored(self):
        with WorkerHost(TOOLS, threads=2) as host:
            os.kill(host.process.pid, signal.SIGINT)
            self.assertEqual(host.result("add", [1, 2]), 3)
