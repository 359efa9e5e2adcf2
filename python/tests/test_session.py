"""Sessions in a worker: what their calls share, and their end."""
import json
import unittest

from snakepit import _protocol as protocol
from tests.host import HostAsOnWindows, StandardHost, WorkerHost

ADAPTER = """
    import asyncio, os, threading
    from snakepit import ctx, tool

    ended = []

    def on_session_end(session):
        ended.append([session.id, session.state.get("count", 0), threading.current_thread() is threading.main_thread(),
                      ctx.session is None])
        ctx.log.info("ended %s", session.id)
        if session.state.get("raises"):
            raise ValueError("no end")

    def teardown():
        print("torn down after", [name for name, *_ in ended], flush=True)

    def count():
        session = ctx.session
        session.state["count"] = session.state.get("count", 0) + 1
        return [session.id, session.metadata, session.state["count"]]

    def add(a, b=0, *, c=0): return [a, b, c, ctx.session.id]

    def host_tools(): return ctx.host.tools

    def outside(): return ctx.session is None and ctx.session is None

    def spoil():
        ctx.session.state["raises"] = True

    def seen(): return ended

    def tells(): ctx.log.info("here")

    async def later():
        await asyncio.sleep(0)
        async def inner(): return ctx.session.id
        return [ctx.session.id, await asyncio.ensure_future(inner())]

    def close_wake():
        ctx.session.state["here"] = 1
        for fd in list(ctx._sessions._wake): os.close(fd)
        return True
"""


def body(tool, session=None, positional=(), named=None, metadata=None, tools=None) -> bytes:
    """The body of a call in the session with that id and number."""
    told = {"id": session[0], "number": session[1]}
    if metadata:
        told["metadata"] = metadata
    if tools:
        told["tools"] = tools
    return json.dumps([tool, list(positional), named or {}, {"session": told}]).encode()


class SessionTests(unittest.TestCase):
    host = WorkerHost
    hosts = WorkerHost, StandardHost
    many = 10_000
    on_main_thread = True  # whether the hook runs there

    def end(self, host, number, last=None):
        host.send_control(protocol.SESSION_END, call=number, seq=host.seq if last is None else last)

    def count(self, host, session, **options):
        return host.result("count", body=body("count", session, **options))

    def ended(self, host):
        """Waits for the record of an end."""
        while (frame := host.read_control()).kind != protocol.LOG:
            pass
        return frame.value["message"]

    def test_host_tools_of_a_session_hide_those_of_the_pool(self):
        of_pool = {"description": "the pool's"}
        with self.host(ADAPTER, host_tools={"a": of_pool, "b": of_pool}) as host:
            for tools, seen in (
                    ({"a": {"description": "its own"}}, {"a": "its own", "b": "the pool's"}),
                    (None, {"a": "the pool's", "b": "the pool's"})):
                told = body("host_tools", ("s", 1), tools=tools)
                self.assertEqual(host.result("host_tools", body=told), seen)

    def test_calls_of_a_session_share_its_state(self):
        with self.host(ADAPTER) as host:
            self.assertEqual(["a", {}, 1], self.count(host, ("a", 1)))
            self.assertEqual(["b", {}, 1], self.count(host, ("b", 2)))
            self.assertEqual(["a", {"user": "x"}, 2], self.count(host, ("a", 1), metadata={"user": "x"}))
            self.assertTrue(host.result("outside"))
            self.assertEqual(["a", {}, 3], self.count(host, ("a", 1)))

    def test_log_records_name_the_session(self):
        with self.host(ADAPTER) as host:
            host.result("tells", body=body("tells", ("a", 1)))
            self.assertEqual("a", host.read_control().value["session"])
            host.result("tells")
            self.assertNotIn("session", host.read_control().value)

    def test_arguments_come_by_position_and_by_name(self):
        with self.host(ADAPTER) as host:
            for positional, named in (((1, 2), {"c": 3}), ((), {"a": 1, "b": 2, "c": 3})):
                self.assertEqual(
                    [1, 2, 3, "a"], host.result("add", body=body("add", ("a", 1), positional, named)))
            error = host.error("add", body=body("add", ("a", 1), (), {"d": 1}))
            self.assertEqual("TypeError", error["type"])

    def test_async_tools_and_their_tasks_see_the_session(self):
        with self.host(ADAPTER) as host:
            self.assertEqual(["a", "a"], host.result("later", body=body("later", ("a", 1))))
            self.assertTrue(host.result("outside"))

    def test_the_end_is_handled_while_no_call_comes(self):
        for kind in self.hosts:
            with self.subTest(kind.__name__), kind(ADAPTER) as host:
                self.count(host, ("a", 1))
                self.end(host, 1)
                self.assertEqual("ended a", self.ended(host))
                self.assertEqual([["a", 1, self.on_main_thread, True]], host.result("seen"))
                self.assertEqual(["a", {}, 1], self.count(host, ("a", 2)))

    def test_without_a_way_to_wait_for_two_pipes_the_end_comes_before_the_next_call_of_a_session(self):
        with HostAsOnWindows(ADAPTER) as host:
            self.count(host, ("a", 1))
            self.end(host, 1)
            host.send_control(protocol.PING)
            self.assertEqual(protocol.PONG, host.read_control().kind)  # so the end has arrived
            self.assertEqual(["a", {}, 1], self.count(host, ("a", 2)))
            self.assertEqual([["a", 1, self.on_main_thread, True]], host.result("seen"))

    def test_an_id_that_begins_anew_does_not_see_the_state_before(self):
        with self.host(ADAPTER) as host:
            self.count(host, ("a", 1))
            self.assertEqual(["a", {}, 1], self.count(host, ("a", 2)))  # although its end has not come yet
            self.end(host, 1, last=1)
            self.assertEqual("ended a", self.ended(host))
            self.assertEqual(["a", {}, 2], self.count(host, ("a", 2)))

    def test_an_end_that_a_later_call_has_overtaken_is_none(self):
        with self.host(ADAPTER) as host:
            self.count(host, ("a", 1))
            self.count(host, ("a", 1))
            self.end(host, 1, last=1)
            self.count(host, ("b", 2))
            self.end(host, 2)
            self.assertEqual("ended b", self.ended(host))
            self.assertEqual(["a", {}, 3], self.count(host, ("a", 1)))

    def test_an_end_waits_for_the_calls_before_it(self):
        with self.host(ADAPTER) as host:
            self.count(host, ("a", 1))
            self.end(host, 1, last=3)
            self.assertEqual(["a", {}, 2], self.count(host, ("a", 1)))
            self.assertEqual(["a", {}, 3], self.count(host, ("a", 1)))
            self.assertEqual("ended a", self.ended(host))

    def test_a_hook_that_raises_is_told_and_the_worker_serves_on(self):
        with self.host(ADAPTER) as host:
            host.result("spoil", body=body("spoil", ("a", 1)))
            self.end(host, 1)
            self.assertEqual("ended a", self.ended(host))
            self.assertIn("no end", self.ended(host))
            self.assertEqual(["b", {}, 1], self.count(host, ("b", 2)))

    def test_sessions_end_with_the_worker_before_its_teardown(self):
        with self.host(ADAPTER) as host:
            self.count(host, ("a", 1))
            self.assertEqual(0, host.shutdown())
            self.assertIn(b"torn down after ['a']", host.output_until_end())

    def test_many_sessions_leave_nothing(self):
        with self.host(ADAPTER + "\n    def known(): return len(ctx._sessions._known)\n") as host:
            for number in range(1, self.many + 1):
                if number % 2:
                    host.result("outside")
                else:
                    host.result("count", body=body("count", ("s", number)))
            for number in range(1, self.many + 1):
                self.end(host, number)
            host.send_control(protocol.PING)
            while host.read_control().kind != protocol.PONG:
                pass
            self.assertEqual(0, host.result("known"))

    def test_a_closed_descriptor_costs_only_the_promptness(self):
        with self.host(ADAPTER) as host:
            self.assertTrue(host.result("close_wake", body=body("close_wake", ("a", 1))))
            self.assertTrue(host.result("outside"))
            self.end(host, 1)
            host.send_control(protocol.PING)
            while host.read_control().kind != protocol.PONG:
                pass
            self.assertEqual(["b", {}, 1], self.count(host, ("b", 2)))
            self.assertEqual("a", host.result("seen")[0][0])

    def test_a_body_with_too_many_parts_is_an_error(self):
        with self.host(ADAPTER) as host:
            error = host.error("add", body=b'["add",[],{},{},1]')
            self.assertIn("extras", error["message"])


if __name__ == "__main__":
    unittest.main()
