"""Sessions that move from one worker to another with their state."""
import json
import os
import unittest

from snakepit import _protocol as protocol
from snakepit._moves import EXPORT, IMPORT
from tests.host import WorkerHost

ADAPTER = """
    from snakepit import ctx

    ended = []

    def export_session(session):
        if session.state.get("fails"):
            raise ValueError("no export")
        return session.state.get("odd", {"count": session.state.get("count"), "seen": ctx.session is session})

    ASYNC def import_session(session, data):
        if data.get("refuse"):
            raise ValueError("no import")
        session.state.update(data, imported=ctx.session is session and ctx.session.id)

    def on_session_end(session):
        ended.append(session.id)
        print("ended", session.id, flush=True)

    def count():
        state = ctx.session.state
        state["count"] = state.get("count", 0) + 1
        return [ctx.session.id, ctx.session.metadata, state["count"]]

    def state(): return ctx.session.state

    def put(name, value): ctx.session.state[name] = value

    def spoil(): ctx.session.state["odd"] = object()

    def swell(size): ctx.session.state["odd"] = "x" * size

    def seen(): return ended
"""


def adapter(without="", asynchronous=False):
    text = ADAPTER.replace("ASYNC def", "async def" if asynchronous else "def")
    return text.replace(without, "unused") if without else text


def body(tool, number, *arguments, metadata=None) -> bytes:
    told = {"id": "a", "number": number}
    if metadata:
        told["metadata"] = metadata
    return json.dumps([tool, list(arguments), {}, {"session": told}]).encode()


class MoveTests(unittest.TestCase):
    def host(self, text, **init):
        return WorkerHost(text, **init)

    def call(self, host, tool, number, *arguments, **options):
        return host.result(tool, body=body(tool, number, *arguments, **options))

    def export(self, host, number=1):
        return host.result(EXPORT, [number])

    def end(self, host, kind, number=1):
        host.send_control(kind, call=number, seq=host.seq)
        host.send_control(protocol.PING)
        while host.read_control().kind != protocol.PONG:
            pass

    def test_a_session_goes_on_in_another_worker(self):
        for asynchronous in (False, True):
            with self.host(adapter(asynchronous=asynchronous)) as old, self.host(adapter()) as new:
                self.call(old, "count", 1)
                self.assertEqual(["a", {"user": "x"}, 2], self.call(old, "count", 1, metadata={"user": "x"}))

                state = self.export(old)
                self.assertIsNone(new.result(IMPORT, [1, "a", state]))

                self.assertEqual({"count": 2, "seen": True, "imported": "a"}, self.call(new, "state", 1))
                self.assertEqual(["a", {}, 3], self.call(new, "count", 1))

    def test_ready_tells_whether_sessions_move(self):
        with self.host(adapter()) as both, self.host(adapter(without="import_session")) as one:
            self.assertTrue(both.ready.value["moves_sessions"])
            self.assertFalse(one.ready.value["moves_sessions"])
            self.assertIn("ToolNotFound", one.error(EXPORT, [1])["type"])

    def test_ready_tells_where_the_worker_finds_modules(self):
        with self.host(adapter()) as host:
            path = host.ready.value["search_path"]
            self.assertIn(os.path.dirname(host.init["adapter"]), path)
            self.assertTrue(all(isinstance(entry, str) for entry in path))

    def test_the_old_worker_forgets_a_moved_session_without_its_hook(self):
        with self.host(adapter()) as host:
            self.call(host, "count", 1)
            self.export(host)
            self.end(host, protocol.SESSION_MOVED)
            self.assertEqual("SessionGone", host.error(EXPORT, [1])["type"])
            self.assertEqual([], host.result("seen"))

    def test_a_worker_that_ends_at_once_does_not_end_what_has_moved(self):
        with self.host(adapter()) as host:
            for number in (1, 2):
                self.call(host, "count", number)
            self.export(host, 2)
            host.send_control(protocol.SESSION_MOVED, call=2, seq=host.seq)
            host.shutdown()
            self.assertEqual(1, host.output_until_end().count(b"ended a"))

    def test_a_session_that_has_not_moved_after_all_goes_on_and_ends_here(self):
        with self.host(adapter()) as host:
            self.call(host, "count", 1)
            self.export(host)
            self.assertEqual(["a", {}, 2], self.call(host, "count", 1))
            self.export(host)
            self.end(host, protocol.SESSION_END)
            self.assertEqual(["a"], host.result("seen"))

    def test_an_imported_session_ends_with_its_hook(self):
        with self.host(adapter()) as old, self.host(adapter()) as new:
            self.call(old, "count", 1)
            new.result(IMPORT, [1, "a", self.export(old)])
            self.end(new, protocol.SESSION_END)
            self.assertEqual(["a"], new.result("seen"))

    def test_an_export_that_raises_leaves_the_session(self):
        with self.host(adapter()) as host:
            self.call(host, "count", 1)
            self.call(host, "put", 1, "fails", True)
            self.assertEqual("no export", host.error(EXPORT, [1])["message"])
            self.assertEqual(["a", {}, 2], self.call(host, "count", 1))

    def test_what_cannot_be_sent_is_refused_and_not_replaced(self):
        with self.host(adapter()) as host:
            self.call(host, "spoil", 1)
            error = host.error(EXPORT, [1])
            self.assertEqual("Unwritable", error["type"])
            self.assertIn("builtins.object", error["message"])

    def test_a_state_above_the_limit_is_refused(self):
        with self.host(adapter(), max_message=10_000) as host:
            self.call(host, "swell", 1, 20_000)
            error = host.error(EXPORT, [1])
            self.assertEqual("MessageTooLarge", error["type"])
            self.assertIn("Call.MaxMessage", error["message"])

    def test_an_import_that_raises_leaves_nothing(self):
        with self.host(adapter()) as old, self.host(adapter()) as new:
            self.call(old, "put", 1, "odd", {"refuse": True})
            self.assertEqual("no import", new.error(IMPORT, [1, "a", self.export(old)])["message"])
            self.assertEqual("SessionGone", new.error(EXPORT, [1])["type"])
            self.end(new, protocol.SESSION_MOVED)
            self.assertEqual([], new.result("seen"))

    def test_an_unknown_session_cannot_be_exported(self):
        with self.host(adapter()) as host:
            self.assertEqual("SessionGone", host.error(EXPORT, [7])["type"])


class ThreadMoveTests(MoveTests):
    """The same in workers with threads."""

    def host(self, text, **init):
        return WorkerHost("    thread_safe = True\n" + text, threads=2, **init)


if __name__ == "__main__":
    unittest.main()
