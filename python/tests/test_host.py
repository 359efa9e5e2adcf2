"""Host tools, as a host sees them."""

import json
import struct
import unittest

from snakepit import _protocol as protocol
from snakepit._frames import HEADER

from .host import WorkerHost

ADAPTER = '''
    import asyncio, copy, pickle, threading
    from snakepit import HostTool, HostToolError, ctx

    kept = []

    def asks(key): return ctx.host.lookup(key, deep=True)
    def by_name(): return ctx.host.call("lookup", 1, name="x")
    def twice(): return [ctx.host.one(), ctx.host.two()]
    async def at_once():
        return await asyncio.gather(*(ctx.host.aio.lookup(i) for i in range(5)))
    async def leaves():
        kept.append(asyncio.ensure_future(ctx.host.aio.lookup(1)))
        await asyncio.sleep(0)
    async def mixes():
        other = asyncio.ensure_future(ctx.host.aio.lookup("other"))
        await asyncio.sleep(0)
        return [ctx.host.lookup("own"), await other]
    async def awaits(): return await ctx.host.aio.lookup(1)
    def catches():
        try: ctx.host.lookup(1)
        except HostToolError as error: return [error.type, error.message, error.stack, str(error)]
    def streams():
        for i in range(3): yield ctx.host.lookup(i)
    def names(): return ctx.host.tools
    def told(name):
        tool = ctx.host.tools[name]
        same = [tool, copy.deepcopy(tool), pickle.loads(pickle.dumps(tool))]
        assert all(type(each) is HostTool for each in same)
        return [[each, each.parameters, each.metadata, f"{each:.5}"] for each in same]
    def changes():
        tool = ctx.host.tools["lookup"]
        tool.parameters.clear()
        tool.metadata.clear()
        ctx.host.tools.clear()
    def reads(): return list(ctx.host.rows())
    async def reads_async(): return [row async for row in await ctx.host.aio.rows()]
    def takes(count):
        with ctx.host.rows() as rows:
            return [next(rows) for _ in range(count)]
    async def leaves_rows():
        async with await ctx.host.aio.rows() as rows:
            async for row in rows: return row
    def fails():
        rows = ctx.host.rows()
        taken = [next(rows)]
        try: next(rows)
        except HostToolError as error: return [*taken, error.type, error.message, error.stack]
    def from_a_thread():
        said = []
        def ask():
            try: ctx.host.lookup(1)
            except RuntimeError as error: said.append(str(error))
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        return said[0]
    def keeps(): kept.append(ctx.host.lookup)
    def unencodable():
        item = []
        for _ in range(300): item = [item]
        ctx.host.lookup(item)
    def setup():
        try: ctx.host.lookup(1)
        except RuntimeError as error: kept.append(str(error))
    def seen(): return kept[0]
'''

SCHEMA = {"type": "object", "properties": {"key": {"type": "string"}}}
TOLD = {
    "lookup": {"description": "Finds things.", "parameters": json.dumps(SCHEMA), "metadata": {"unit": "EUR"}},
    "bare": {"description": ""}}
NAMES = {"lookup": "Finds things.", "bare": ""}


class HostToolTests(unittest.TestCase):
    def start(self):
        return WorkerHost(ADAPTER, host_tools=TOLD)

    def setUp(self):
        self.host = self.start()
        self.host.__enter__()
        self.addCleanup(self.host.__exit__, None, None, None)

    def begin(self, tool, *arguments, window=0):
        self.host.write(self.host.call_frame(tool, list(arguments), window=window))

    def asked(self):
        """Reads a call of a host tool; returns its number and what it asks."""
        frame = self.host.read()
        self.assertEqual(frame.kind, protocol.HOST_CALL, frame.body)
        return frame.run_ns, json.loads(frame.body)

    def answer(self, number, value, kind=protocol.HOST_RESULT, seq=None):
        body = json.dumps(value).encode()
        seq = self.host.seq if seq is None else seq
        header = HEADER.pack(32 + len(body), kind, 0, 0, 1000 + seq, seq, 32, 0)
        self.host.write(header + struct.pack("<Q", number) + body)

    def result(self):
        reply = self.host.read()
        self.assertEqual(reply.kind, protocol.RESULT, reply.body)
        return reply.value

    def test_call_waits_for_its_answer(self):
        for tool, arguments, asked in (
                ("asks", ["x"], ["lookup", ["x"], {"deep": True}]), ("by_name", [], ["lookup", [1], {"name": "x"}]),
                ("awaits", [], ["lookup", [1], {}])):
            with self.subTest(tool):
                self.begin(tool, *arguments)
                number, got = self.asked()
                self.assertEqual(got, asked)
                self.answer(number, {"found": True})
                self.assertEqual(self.result(), {"found": True})

    def test_calls_follow_one_another(self):
        self.begin("twice")
        self.answer(self.asked()[0], 1)
        self.answer(self.asked()[0], 2)
        self.assertEqual(self.result(), [1, 2])

    def test_answers_of_tasks_may_come_in_any_order(self):
        self.begin("at_once")
        asked = [self.asked() for _ in range(5)]
        for number, (_, (key,), _) in reversed(asked):
            self.answer(number, key * 10)
        self.assertEqual(self.result(), [0, 10, 20, 30, 40])

    def test_task_that_a_call_leaves_does_not_disturb_the_next_call(self):
        for _ in range(3):
            self.begin("leaves")
            self.asked()
            self.result()
            self.begin("awaits")
            number, _ = self.asked()
            self.answer(number, 5)
            self.assertEqual(self.result(), 5)

    def test_answer_for_another_task_wakes_it(self):
        self.begin("mixes")
        (first, _), (second, _) = self.asked(), self.asked()
        self.answer(first, "for the other")
        self.answer(second, "for its own")
        self.assertEqual(self.result(), ["for its own", "for the other"])

    def test_error_has_type_message_and_stack(self):
        self.begin("catches")
        self.answer(self.asked()[0], {"type": "KeyNotFoundException", "message": "no x", "stack": "at"},
                    protocol.HOST_ERROR)
        self.assertEqual(self.result(), ["KeyNotFoundException", "no x", "at", "KeyNotFoundException: no x"])

    def test_stream_may_ask_between_items(self):
        self.begin("streams", window=2)
        for i in range(2):
            self.answer(self.asked()[0], i)
            self.assertEqual(self.host.items(1), [i])
        self.host.write(self.host.credit(10))
        self.answer(self.asked()[0], 2)
        self.assertEqual(self.host.items(1), [2])
        self.result()

    def begin_rows(self, tool, *arguments):
        """Answers the only call of a host tool with a stream; returns its number."""
        self.begin(tool, *arguments)
        number, _ = self.asked()
        self.answer(number, {protocol.VALUE_TAG: "stream", "v": protocol.FIRST_HOST_STREAM + number})
        return protocol.FIRST_HOST_STREAM + number

    def send(self, kind, stream, body=b""):
        seq = self.host.seq
        header = HEADER.pack(32 + len(body), kind, 0, 0, 1000 + seq, seq, 32, 0)
        self.host.write(header + struct.pack("<Q", stream) + body)

    def test_stream_is_an_iterator_that_asks_for_items(self):
        for tool in ("reads", "reads_async"):
            with self.subTest(tool):
                stream = self.begin_rows(tool)
                credit = self.host.read()
                self.assertEqual((credit.kind, credit.run_ns), (protocol.CREDIT, stream))
                for row in range(3):
                    self.send(protocol.ITEM, stream, str(row).encode())
                self.send(protocol.ITEMS_END, stream)
                self.assertEqual(self.result(), [0, 1, 2])

    def test_stream_is_stopped_when_it_is_closed(self):
        for tool, arguments, taken in (("takes", [0], []), ("takes", [1], ["a"]), ("leaves_rows", [], "a")):
            with self.subTest(tool, arguments=arguments):
                stream = self.begin_rows(tool, *arguments)
                if taken:
                    self.assertEqual(self.host.read().kind, protocol.CREDIT)
                    self.send(protocol.ITEM, stream, b'"a"')
                stop = self.host.read()
                self.assertEqual((stop.kind, stop.run_ns), (protocol.STOP, stream))
                self.assertEqual(self.result(), taken)

    def test_stream_that_fails_raises_the_error_of_the_host(self):
        stream = self.begin_rows("fails")
        self.host.read()
        self.send(protocol.ITEM, stream, b"1")
        problem = {"type": "IOException", "message": "gone", "stack": "at"}
        self.send(protocol.ITEMS_END, stream, json.dumps(problem).encode())
        self.assertEqual(self.result(), [1, "IOException", "gone", "at"])

    def test_stop_ends_a_call_that_waits(self):
        for tool in ("asks", "awaits"):
            with self.subTest(tool):
                self.begin(tool, *([1] if tool == "asks" else []))
                number, _ = self.asked()
                self.host.write(self.host.stop())
                reply = self.host.read()
                self.assertEqual((reply.kind, reply.value["type"]), (protocol.ERROR, "Cancelled"))
                self.answer(number, 1)  # too late
                self.assertEqual(self.host.result("names"), NAMES)

    def test_calls_that_arrive_meanwhile_wait(self):
        self.begin("asks", 1)
        number, _ = self.asked()
        first = self.host.seq
        self.begin("names")
        self.answer(number, "x", seq=first)
        self.assertEqual(self.result(), "x")
        self.assertEqual(self.result(), NAMES)

    def test_what_is_told_of_a_host_tool_is_its_description_with_attributes(self):
        self.host.result("changes")  # copies only
        for name, told in (
                ("lookup", ["Finds things.", SCHEMA, {"unit": "EUR"}, "Finds"]), ("bare", ["", None, {}, ""])):
            with self.subTest(name):
                self.assertEqual(self.host.result("told", [name]), [told] * 3)

    def test_only_the_thread_of_the_tool_may_ask(self):
        self.assertIn("another thread", self.host.result("from_a_thread"))
        self.assertIn("works in a call", self.host.result("seen"))

    def test_argument_that_cannot_be_encoded_is_an_error_of_the_tool(self):
        self.assertEqual(self.host.error("unencodable")["type"], "LimitError")


class PagedHostToolTests(HostToolTests):
    def start(self):
        return WorkerHost(ADAPTER, page_size=protocol.PAGE_SIZE, codec="marshal", host_tools=TOLD)


if __name__ == "__main__":
    unittest.main()
