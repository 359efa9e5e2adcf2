"""The data of sessions, as a host sees it."""
import json
import struct
import unittest

from snakepit import _protocol as protocol
from snakepit._frames import HEADER
from snakepit._session import Session
from tests.host import WorkerHost
from tests.test_sample_adapters import sample
from tests.test_session import body

ADAPTER = """
    import datetime, threading
    from snakepit import HostToolError, SessionDataConflict, ctx

    kept = []
    WHEN = datetime.datetime(2024, 2, 29, 12, 30)

    def read(name): return list(ctx.session.data.read(name))
    def get(name): return ctx.session.data.get(name, "default")
    def put(value, version=None): return ctx.session.data.set("x", value, version)
    def put_bytes(): return ctx.session.data.set("x", {"raw": b"\\x00\\xff", "when": WHEN})
    def is_what_was_put(): return ctx.session.data.get("x") == {"raw": b"\\x00\\xff", "when": WHEN}
    def remove(version=None): return ctx.session.data.remove("x", version)

    async def later(value):
        data = ctx.session.data.aio
        old, version = await data.read("x")
        if await data.get("y") is None:
            await data.remove("y")
        return [old, await data.set("x", value, version)]

    def told(attempt):
        try: attempt()
        except Exception as error: return [type(error).__name__, str(error)]

    def conflict(): return told(lambda: ctx.session.data.set("x", 1, 5))

    def mistakes():
        data = ctx.session.data
        return [told(attempt) for attempt in (
            lambda: data.get(""), lambda: data.get("n" * 257), lambda: data.get(7), lambda: data.set("x", "v" * 65_536),
            lambda: data.set("x", object()), lambda: data.set("x", kept))]

    def nest():
        kept.append(kept)
        return True

    def keep(): kept[:] = [ctx.session.data]
    def use_kept(): return told(lambda: kept[0].get("x"))

    def from_a_thread():
        data, said = ctx.session.data, []
        thread = threading.Thread(target=lambda: said.append(told(lambda: data.get("x"))))
        thread.start()
        thread.join()
        return said[0]
"""
NAME = "__snakepit_session_data__"


class DataTestCase(unittest.TestCase):
    adapter = ADAPTER

    def setUp(self):
        self.host = WorkerHost(self.adapter) if self.adapter == ADAPTER else WorkerHost(adapter=self.adapter)
        self.host.__enter__()
        self.addCleanup(self.host.__exit__, None, None, None)

    def begin(self, tool, *arguments, session=("a", 1)):
        self.host.write(self.host.call_frame(tool, body=body(tool, session, arguments)))

    def asked(self, *expected):
        """Reads what the worker asks; returns its number."""
        frame = self.host.read()
        self.assertEqual(frame.kind, protocol.HOST_CALL, frame.body)
        self.assertEqual(json.loads(frame.body), [NAME, list(expected), {}])
        return frame.run_ns

    def answer(self, number, value, kind=protocol.HOST_RESULT):
        sent = json.dumps(value).encode()
        header = HEADER.pack(32 + len(sent), kind, 0, 0, 1000 + self.host.seq, self.host.seq, 32, 0)
        self.host.write(header + struct.pack("<Q", number) + sent)

    def result(self):
        reply = self.host.read()
        self.assertEqual(reply.kind, protocol.RESULT, reply.body)
        return reply.value


class SessionDataTests(DataTestCase):
    def test_read_returns_value_and_version(self):
        for answer, read, got in (([7, '{"a": [1, null]}'], [{"a": [1, None]}, 7], {"a": [1, None]}),
                                  ([8, "null"], [None, 8], None), ([0, ""], [None, 0], "default")):
            with self.subTest(answer):
                self.begin("read", "x")
                self.answer(self.asked("get", "x"), answer)
                self.assertEqual(self.result(), read)
                self.begin("get", "x")
                self.answer(self.asked("get", "x"), answer)
                self.assertEqual(self.result(), got)

    def test_set_sends_json_text_and_the_expected_version(self):
        for arguments, text, version in (
                ([{"a": "ü"}], '{"a":"ü"}', None), ([None, 0], "null", 0), ([1.5, 7], "1.5", 7)):
            with self.subTest(text):
                self.begin("put", *arguments)
                self.answer(self.asked("set", "x", text, version), 9)
                self.assertEqual(self.result(), 9)

    def test_values_that_json_has_not_come_back_as_they_were(self):
        self.begin("put_bytes")
        frame = self.host.read()
        operation, name, text, _ = json.loads(frame.body)[1]
        self.assertEqual((operation, name), ("set", "x"))
        self.answer(frame.run_ns, 1)
        self.assertEqual(self.result(), 1)
        self.begin("is_what_was_put")
        self.answer(self.asked("get", "x"), [1, text])
        self.assertTrue(self.result())

    def test_remove_sends_the_expected_version(self):
        for arguments, version in (([], None), ([4], 4)):
            self.begin("remove", *arguments)
            self.answer(self.asked("remove", "x", version), True)
            self.assertTrue(self.result())

    def test_async_tools_have_the_same(self):
        self.begin("later", 2)
        self.answer(self.asked("get", "x"), [3, "1"])
        self.answer(self.asked("get", "y"), [0, ""])
        self.answer(self.asked("remove", "y", None), False)
        self.answer(self.asked("set", "x", "2", 3), 4)
        self.assertEqual(self.result(), [1, 4])

    def test_errors_of_the_host_are_those_of_Python(self):
        for kind, raised in (("SessionDataConflictException", ["SessionDataConflict", "why"]),
                             ("ArgumentException", ["ValueError", "why"]),
                             ("TimeoutException", ["HostToolError", "TimeoutException: why"])):
            with self.subTest(kind):
                self.begin("conflict")
                self.answer(self.asked("set", "x", "1", 5), {"type": kind, "message": "why"}, protocol.HOST_ERROR)
                self.assertEqual(self.result(), raised)

    def test_mistakes_are_told_before_the_host_is_asked(self):
        self.begin("nest")
        self.assertTrue(self.result())
        self.begin("mistakes")
        told = self.result()
        self.assertEqual(["ValueError"] * 4 + ["Unwritable", "LimitError"], [name for name, _ in told])
        parts = "not ''", "1 to 256 characters", "not 7", "65536 bytes", "builtins.object"
        for (_, message), part in zip(told, parts):
            self.assertIn(part, message)

    def test_data_works_in_the_calls_of_its_session_on_their_thread(self):
        self.begin("keep")
        self.result()
        self.begin("use_kept", session=("b", 2))
        self.assertEqual("RuntimeError", self.result()[0])
        self.begin("from_a_thread")
        self.assertEqual("RuntimeError", self.result()[0])

    def test_outside_a_worker_there_is_none(self):
        with self.assertRaisesRegex(RuntimeError, "in the calls of its session only"):
            Session("a", 1).data.get("x")


class TokensTests(DataTestCase):
    adapter = sample("tokens.py")

    def test_tokens_are_counted_although_the_host_writes_meanwhile(self):
        self.begin("spend", 5)
        self.answer(self.asked("get", "tokens"), [0, ""])
        conflict = {"type": "SessionDataConflictException", "message": "why"}
        self.answer(self.asked("set", "tokens", "5", 0), conflict, protocol.HOST_ERROR)
        self.answer(self.asked("get", "tokens"), [3, "100"])
        self.answer(self.asked("set", "tokens", "105", 3), 4)
        self.assertEqual(self.result(), 105)


if __name__ == "__main__":
    unittest.main()
