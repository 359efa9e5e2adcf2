"""Cancelled calls of a worker with threads are interrupted where their tool runs, and nowhere else."""

import unittest

from snakepit import _protocol as protocol
from tests.host import WorkerHost

TOOLS = '''
import threading
import time
import snakepit
from snakepit import Cancelled, ctx, tool

thread_safe = True
_seen = []
_own = snakepit.thread_local(lambda: [threading.current_thread().name])
_inside = 0

def seen():
    return _seen

def spin(tag=0):
    ctx.log.info("begun %s", tag)
    while True:
        pass

def clean_up():
    try:
        ctx.log.info("begun")  # the cancellation may come before it returns
        while True:
            time.sleep(0.001)
    finally:
        for _ in range(200):
            time.sleep(0.001)
        _seen.append("clean")

def swallow():
    for number in range(2):
        try:
            if number == 0:
                ctx.log.info("begun")  # the cancellation may come before it returns
            while True:
                time.sleep(0.001)
        except Cancelled as error:
            _seen.append(str(error))
    while True:
        time.sleep(0.001)

def clean_up_after(kind):
    try:
        if kind == "section":
            with ctx.shield():
                ctx.log.info("begun")
                while not ctx.cancelled:
                    time.sleep(0.001)
        ctx.log.info("begun")
        while True:
            ctx.check_cancelled()
    finally:
        for _ in range(200):
            time.sleep(0.001)
        _seen.append("clean")

def shielded():
    with ctx.shield():
        ctx.log.info("begun")
        while not ctx.cancelled:
            time.sleep(0.001)
        for _ in range(100):
            time.sleep(0.001)
        _seen.append("whole")
    _seen.append("never")

@tool(cancel="cooperative")
def cooperative():
    ctx.log.info("begun")
    while not ctx.cancelled:
        time.sleep(0.001)
    return "in its own time"

def items():
    ctx.log.info("begun")
    while True:
        yield 1

def ask():
    return ctx.host.nothing()

def own():
    return _own()

@snakepit.thread_unsafe
def alone(seconds):
    global _inside
    _inside += 1
    time.sleep(seconds)
    among, _inside = _inside, _inside - 1
    return among

@tool
@snakepit.thread_unsafe
def alone_items(count):
    global _inside
    for _ in range(count):
        _inside += 1
        time.sleep(0.001)
        among, _inside = _inside, _inside - 1
        yield among

@snakepit.thread_unsafe
def alone_for_ever():
    ctx.log.info("begun")
    while True:
        time.sleep(0.001)

def wrapped(function):
    import functools
    @functools.wraps(function)
    def call(*args, **kwargs):
        return function(*args, **kwargs)
    return call

@wrapped
def add(a, b):
    return a + b
'''


class GateTests(unittest.TestCase):
    def setUp(self):
        self.host = WorkerHost(
            TOOLS, threads=4, thread_safety="trust", page_size=protocol.PAGE_SIZE,
            host_tools={"nothing": {"description": "Answers nothing."}})
        self.addCleanup(self.host.__exit__)

    def begin(self, tool, *arguments):
        self.host.write(self.host.call_frame(tool, list(arguments)))
        log = self.host.read_control()
        self.assertEqual((log.kind, log.value["message"][:5]), (protocol.LOG, "begun"))
        return self.host.seq

    def cancel(self, seq):
        self.host.send_control(protocol.CANCEL, seq=seq)

    def assert_cancelled(self, seq, kind="Cancelled"):
        reply = self.host.read()
        self.assertEqual((reply.kind, reply.seq, reply.value["type"]), (protocol.ERROR, seq, kind))

    def test_loop_of_a_tool_is_left_and_other_calls_go_on(self):
        stays = self.begin("spin", 0)
        for tag in range(1, 20):
            seq = self.begin("spin", tag)
            self.cancel(seq)
            self.assert_cancelled(seq)
            self.assertEqual(self.host.result("add", [tag, 1]), tag + 1)
        self.cancel(stays)
        self.assert_cancelled(stays)

    def test_finally_is_not_torn(self):
        seq = self.begin("clean_up")
        self.cancel(seq)
        self.assert_cancelled(seq)
        self.assertEqual(self.host.result("seen"), ["clean"])

    def test_finally_is_not_torn_when_the_tool_itself_noticed_the_cancellation(self):
        for kind in "section", "check":
            with self.subTest(kind):
                seq = self.begin("clean_up_after", kind)
                self.cancel(seq)
                self.assert_cancelled(seq)
                self.assertEqual(self.host.result("seen").pop(), "clean")

    def test_tool_that_goes_on_is_interrupted_again(self):
        seq = self.begin("swallow")
        self.cancel(seq)
        self.assert_cancelled(seq)
        self.assertEqual(self.host.result("seen"), ["the call was cancelled"] * 2)

    def test_shielded_section_ends_whole(self):
        seq = self.begin("shielded")
        self.cancel(seq)
        self.assert_cancelled(seq)
        self.assertEqual(self.host.result("seen"), ["whole"])

    def test_cooperative_tool_is_told_only(self):
        seq = self.begin("cooperative")
        self.cancel(seq)
        self.assertEqual(self.host.read().value, "in its own time")

    def test_items_and_host_tools_are_left(self):
        seq = self.begin("items")
        self.cancel(seq)
        self.assert_cancelled(seq)
        self.host.write(self.host.call_frame("ask"))
        self.assertEqual(self.host.read().kind, protocol.HOST_CALL)
        self.cancel(self.host.seq)
        self.assert_cancelled(self.host.seq)

    def test_short_calls_are_never_torn(self):
        for number in range(200):
            self.host.write(self.host.call_frame("add", [number, 1]) + self.host.call_frame("add", [number, 2]))
            self.cancel(self.host.seq)
            replies = sorted((self.host.read() for _ in range(2)), key=lambda reply: reply.seq)
            self.assertEqual(replies[0].value, number + 1)
            self.assertIn(replies[1].kind, (protocol.RESULT, protocol.ERROR))
        self.assertEqual(self.host.result("add", [1, 2]), 3)
        self.assertEqual(self.host.shutdown(), 0)

    def test_unsafe_tools_run_one_at_a_time(self):
        calls = [("alone", [0.02])] * 3 + [("alone_items", [5])] * 2
        self.host.write(b"".join(self.host.call_frame(tool, arguments) for tool, arguments in calls))
        replies = [self.host.read() for _ in calls]
        self.assertEqual({str(reply.value) for reply in replies}, {"1", str([1] * 5)})

    def test_call_that_waits_for_an_unsafe_tool_is_cancelled(self):
        holds = self.begin("alone_for_ever")
        self.host.write(self.host.call_frame("alone", [0]))
        self.cancel(self.host.seq)
        self.assert_cancelled(self.host.seq)
        self.cancel(holds)
        self.assert_cancelled(holds)
        self.assertEqual(self.host.result("alone", [0]), 1)

    def test_each_thread_has_its_own_value(self):
        names = {self.host.result("own")[0] for _ in range(10)}
        self.assertTrue(names <= {f"snakepit-{index}" for index in range(4)}, names)

    def test_arguments_that_do_not_fit_are_explained_through_decorators(self):
        self.assertEqual(self.host.error("add", [1])["notes"], ["The tool's signature is add(a, b)."])
        self.assertEqual(self.host.error("alone", [])["notes"], ["The tool's signature is alone(seconds)."])


class MarkTests(unittest.TestCase):
    def test_thread_unsafe_is_for_plain_functions(self):
        from snakepit import thread_unsafe

        async def wait():
            pass

        with self.assertRaisesRegex(TypeError, "marks plain functions"):
            thread_unsafe(wait)
        self.assertEqual(thread_unsafe(len)("ab"), 2)

    def test_thread_local_takes_a_function(self):
        from snakepit import thread_local
        with self.assertRaisesRegex(TypeError, "takes a function"):
            thread_local(3)
        value = thread_local(list)
        self.assertIs(value(), value())
