"""Streams, as a host sees them: items, credit, and what ends a stream."""

import os
import tempfile
import unittest

from snakepit import _protocol as protocol

from .host import Reply, WorkerHost

ADAPTER = '''
    import asyncio, os, signal
    from snakepit import ctx

    seen = []

    def count(to, fail_at=None):
        try:
            for i in range(to):
                if i == fail_at:
                    raise ValueError(f"no {i}")
                seen.append(i)
                yield i
        except GeneratorExit:
            seen.append("exit")
            raise
        finally:
            seen.append("finally")

    async def acount(to):
        try:
            for i in range(to):
                await asyncio.sleep(0)
                seen.append(i)
                yield i
        finally:
            seen.append("finally")

    def read_one(path):
        with open(path, "rb", buffering=0) as fifo: fifo.read(1)
    async def acleans(path):
        try:
            yield 0
        finally:
            ctx.log.info("cleaning")
            await asyncio.get_running_loop().run_in_executor(None, read_one, path)
            seen.append("clean")

    async def passes_on(to): return count(to)
    def a_list(): return [1, {"a": 2}, None]
    def an_iterator(): return map(str, range(3))
    def a_number(): return 7
    def a_text(): return "abc"
    def a_map(): return {"a": 1}
    def nothing(): return iter(())
    def same_object():
        item = []
        for i in range(3):
            item.append(i)
            yield item
    def large(size, count):
        for i in range(count):
            yield "x" * size
    def deep():
        item = []
        for _ in range(300): item = [item]
        yield 1
        try:
            yield item
        finally:
            seen.append("finally")
    def endless():
        while True: yield "x" * 1000
    def stubborn():
        while True:
            try: yield 1
            except GeneratorExit: pass
    def raises_on_close():
        try: yield 1
        finally: raise KeyError("close")
    def forks():
        yield 1
        if os.fork() == 0:
            yield 2
            return
        os.wait()
        yield 3
    def call_ids():
        yield ctx.call_id
        yield ctx.call_id
    def what_was_seen():
        now = seen[:]
        seen.clear()
        return now
    def held():
        from snakepit import _stream
        _stream.HOLD_NS = 1 << 60
        yield 1
        yield 2
        ctx.log.info("held")
        signal.pause()
    def handler_raises_between():
        def handler(*_): raise LookupError("handler")
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        try:
            while True: yield 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
'''


class StreamTests(unittest.TestCase):
    def setUp(self):
        self.host = self.enterContext(self.start())

    def enterContext(self, manager):  # from Python 3.11 on it is unittest's
        self.addCleanup(manager.__exit__, None, None, None)
        return manager.__enter__()

    def start(self):
        return WorkerHost(ADAPTER)

    def end(self):
        """Reads the terminal frame of a stream that ends by itself; returns how long the tool waited for credit."""
        reply = self.host.read()
        self.assertEqual(reply.kind, protocol.RESULT, reply.body)
        return reply.value

    def seen(self):
        return self.host.result("what_was_seen")

    def test_items_come_one_by_one_and_the_result_is_the_time_without_credit(self):
        for tool, arguments, items in (
                ("count", [3], [0, 1, 2]), ("acount", [3], [0, 1, 2]), ("passes_on", [3], [0, 1, 2]),
                ("a_list", [], [1, {"a": 2}, None]), ("an_iterator", [], ["0", "1", "2"]), ("nothing", [], []),
                ("same_object", [], [[0], [0, 1], [0, 1, 2]])):
            with self.subTest(tool):
                self.host.stream(tool, arguments)
                self.assertEqual(self.host.items(len(items)), items)
                self.assertEqual(self.end(), 0)

    def test_value_of_one_piece_is_no_stream(self):
        for tool in ("a_number", "a_text", "a_map"):
            self.host.stream(tool)
            reply = self.host.read()
            self.assertEqual((reply.kind, reply.value["type"]), (protocol.ERROR, "NotAStream"))
            self.assertIn("ExecuteAsync", reply.value["message"])

    def test_tool_waits_where_its_credit_ends(self):
        for tool in ("count", "acount"):
            with self.subTest(tool):
                self.host.stream(tool, [10], window=2)
                self.assertEqual(self.host.items(2), [0, 1])
                self.host.write(self.host.credit(5))
                self.assertEqual(self.host.items(3), [2, 3, 4])
                self.host.write(self.host.credit(8) + self.host.credit(11))
                self.assertEqual(self.host.items(5), [5, 6, 7, 8, 9])
                self.assertGreater(self.end(), 0)
                self.assertEqual(self.seen(), [*range(10), "finally"])

    def test_credit_counts_bytes_too(self):
        self.host.stream("large", [400_000, 10])
        self.assertEqual([len(item) for item in self.host.items(3)], [400_000] * 3)  # the third begins below the limit
        self.host.write(self.host.credit(1000, 1_200_100))
        self.assertEqual(len(self.host.items(1)[0]), 400_000)
        self.host.write(self.host.credit(1000))
        self.host.items(6)
        self.assertGreater(self.end(), 0)

    def test_stop_ends_the_generator_where_it_has_yielded(self):
        for tool, seen in (("count", [0, "exit", "finally"]), ("acount", [0, "finally"])):
            with self.subTest(tool):
                self.host.stream(tool, [10], window=1)
                self.host.items(1)
                self.host.write(self.host.stop())
                self.end()
                self.assertEqual(self.seen(), seen)

    def test_cancel_ends_a_generator_that_runs(self):
        self.host.stream("endless", window=1 << 15)
        self.host.items(2)
        self.host.send_control(protocol.CANCEL, 1000 + self.host.seq, self.host.seq)
        self.host.write(self.host.stop())
        while self.host.read().kind == protocol.CHUNK:
            pass
        self.assertEqual(self.host.result("a_number"), 7)

    @unittest.skipUnless(hasattr(os, "mkfifo"), "named pipes exist on Unix only")
    def test_cancel_does_not_tear_what_an_async_generator_awaits_at_its_end(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "gate")
            os.mkfifo(path)
            self.host.stream("acleans", [path], window=1)
            self.host.items(1)
            self.host.write(self.host.stop())
            self.assertEqual(self.host.read_control().value["message"], "cleaning")
            self.host.send_control(protocol.CANCEL, 1000 + self.host.seq, self.host.seq)
            self.host.send_control(protocol.PING)
            self.assertEqual(self.host.read_control().kind, protocol.PONG)  # the order has arrived
            with open(path, "wb") as gate:
                gate.write(b"x")
            self.host.read()
            self.assertEqual(self.seen(), ["clean"])

    def test_error_comes_after_the_items_before_it(self):
        self.host.stream("count", [5, 2])
        self.assertEqual(self.host.items(2), [0, 1])
        reply = self.host.read()
        self.assertEqual((reply.kind, reply.value["message"]), (protocol.ERROR, "no 2"))
        self.assertEqual(self.seen(), [0, 1, "finally"])

    def test_item_that_cannot_be_encoded_ends_the_stream(self):
        self.host.stream("deep")
        self.assertEqual(self.host.items(1), [1])
        reply = self.host.read()
        self.assertEqual((reply.kind, reply.value["type"]), (protocol.ERROR, "LimitError"))
        self.assertEqual(self.seen(), ["finally"])

    def test_generator_that_does_not_end_is_an_error(self):
        self.host.stream("stubborn", window=1)
        self.host.items(1)
        self.host.write(self.host.stop())
        self.assertIn("ignored GeneratorExit", self.host.read().value["message"])

    def test_error_on_close_is_logged_because_the_caller_is_gone(self):
        self.host.stream("raises_on_close", window=1)
        self.host.items(1)
        self.host.write(self.host.stop())
        self.assertIn("close", self.host.read().value["message"])
        self.assertIn("KeyError", self.host.read_control().value["message"])

    def test_calls_that_arrive_during_a_stream_wait(self):
        self.host.stream("count", [4], window=1)
        self.host.items(1)
        credit = self.host.credit(5)
        self.host.write(self.host.call_frame("a_number") + credit + self.host.call_frame("a_text"))
        self.assertEqual(self.host.items(3), [1, 2, 3])
        self.end()
        self.assertEqual([self.host.read().value, self.host.read().value], [7, "abc"])

    def test_large_call_that_arrives_during_a_stream_waits(self):
        self.host.stream("count", [3], window=1)
        self.host.items(1)
        credit = self.host.credit(4)
        frame = self.host.call_frame("len_of", ["x" * 3_000_000])
        self.host.write(frame[:100])
        self.host.write(frame[100:] + credit)
        self.assertEqual(self.host.items(2), [1, 2])
        self.end()
        self.assertEqual(self.host.read().value["type"], "ToolNotFound")

    def test_late_frames_are_passed_over(self):
        self.host.stream("count", [1])
        self.host.items(1)
        self.end()
        late = self.host.credit(9) + self.host.stop()
        self.host.write(late)
        self.assertEqual(self.host.result("a_number"), 7)
        self.host.write(late[:50])
        self.host.write(late[50:] + self.host.call_frame("a_number"))
        self.assertEqual(self.host.read().value, 7)

    def test_generator_of_a_call_without_stream_is_collected_up_to_the_limit(self):
        self.assertEqual(self.host.result("count", [3]), [0, 1, 2])
        self.assertEqual(self.host.result("same_object"), [[0], [0, 1], [0, 1, 2]])
        self.assertEqual(self.host.result("count", [0]), [])
        error = self.host.error("endless")
        self.assertIn("StreamAsync", error["message"])
        self.assertIn("Call.MaxMessage", error["message"])

    def test_call_is_the_same_in_the_whole_stream(self):
        self.host.stream("call_ids")
        self.assertEqual(self.host.items(2), [1000 + self.host.seq] * 2)
        self.end()

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork")
    def test_forked_process_sends_no_items(self):
        self.host.stream("forks")
        self.assertEqual(self.host.items(2), [1, 3])
        self.end()

    def test_signal_handler_that_raises_ends_the_stream_once(self):
        self.host.stream("handler_raises_between", window=60_000)
        reply = self.host.read()
        while reply.kind == protocol.CHUNK:
            reply = self.host.read()
        self.assertEqual((reply.kind, reply.value["message"]), (protocol.ERROR, "handler"))
        self.assertEqual(self.host.result("a_number"), 7)


class MarshalStreamTests(StreamTests):
    def start(self):
        return WorkerHost(ADAPTER, codec="marshal")


class PagedStreamTests(StreamTests):
    """Items may be held on the page for the next one. What is read here arrives because something is written after
    it."""

    def start(self):
        return WorkerHost(ADAPTER, page_size=protocol.PAGE_SIZE)

    def test_item_is_on_the_page_while_it_is_held(self):
        self.host.stream("held", window=10)
        self.assertEqual(self.host.items(1), [1])
        self.assertEqual(self.host.read_control().value["message"], "held")
        staged = Reply(self.host.page.staged())
        self.assertEqual((staged.kind, staged.run_ns, staged.value), (protocol.CHUNK, 1, 2))


if __name__ == "__main__":
    unittest.main()
