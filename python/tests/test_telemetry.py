import json
import pathlib
import subprocess
import sys
import textwrap
import unittest

from snakepit import _protocol as protocol
from snakepit._telemetry import MAX_DEPTH, MAX_NAMES, MAX_SPANS, Telemetry
from tests.host import PACKAGE_PARENT, StandardHost, ThreadHost, WorkerHost

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = TRACE[:-1] + "0"
ADAPTER = """
    import asyncio, os
    from snakepit import ctx

    def trace():
        return [ctx.traceparent, ctx.tracestate]
    async def later():
        await asyncio.sleep(0)
        return [ctx.traceparent, ctx.tracestate]
    def count(name="app.hits", value=1, tags=None):
        ctx.telemetry.counter(name, value, **(tags or {}))
    def measure(value):
        ctx.telemetry.histogram("app.size", value, kind="row")
    def happen():
        ctx.telemetry.event("app.cache.miss", key="x", share=0.5, hot=True)
    def spans():
        with ctx.telemetry.span("app.outer", rows=2) as outer:
            for row in range(2):
                with ctx.telemetry.span("app.inner", row=row):
                    pass
            outer.set(done=True)
    def fail():
        with ctx.telemetry.span("app.failing"):
            raise KeyError("x")
    def nest(depth):
        if depth:
            with ctx.telemetry.span("app.level"):
                nest(depth - 1)
    def repeat(times):
        with ctx.telemetry.span("app.outer"):
            for _ in range(times):
                with ctx.telemetry.span("app.inner"):
                    pass
    def flood(times):
        for _ in range(times):
            ctx.telemetry.counter("app.hits")
    def fork():
        pid = os.fork()
        if pid == 0:
            ctx.telemetry.counter("app.hits")
            os._exit(0)
        os.waitpid(pid, 0)
        ctx.telemetry.counter("app.parent")
    """


def extras(host, tool, *arguments, **what):
    """Calls a tool with extras, and returns its result."""
    return host.result(tool, body=json.dumps([tool, list(arguments), {}, what]).encode())


class Own:
    """Stands for the context of a call."""

    traceparent = TRACE


def telemetry(include=(), exclude=(), sampling=1.0):
    """Returns telemetry, and the records that it sends."""
    own, records = Telemetry(Own()), []
    own._send = records.append
    own._configure(include, exclude, sampling)
    return own, records


class TraceTests(unittest.TestCase):
    def test_context_of_the_call_is_known_in_it_and_in_no_other(self):
        for kind in WorkerHost, StandardHost, ThreadHost:
            with self.subTest(kind.__name__), kind(ADAPTER) as host:
                for tool in "trace", "later":
                    self.assertEqual([TRACE, "a=1"], extras(host, tool, traceparent=TRACE, tracestate="a=1"))
                    self.assertEqual([None, None], host.result(tool, []))
                    self.assertEqual([TRACE, None], extras(host, tool, traceparent=TRACE))

    def test_own_span_travels_with_the_call_of_a_host_tool(self):
        adapter = """
            import sys, types
            from snakepit import ctx
            def ask(broken=False):
                span = types.SimpleNamespace(trace_id=0xABC, span_id=0x12, trace_flags=1, is_valid=True)
                module = types.ModuleType("opentelemetry.trace")
                if not broken:
                    module.get_current_span = lambda: types.SimpleNamespace(get_span_context=lambda: span)
                sys.modules["opentelemetry.trace"] = module
                return ctx.host.rate("EUR")
            """
        for broken in False, True:
            with self.subTest(broken=broken), WorkerHost(adapter) as host:
                host.write(host.call_frame("ask", [broken]))
                asked = host.read()
                self.assertEqual(protocol.HOST_CALL, asked.kind)
                own = [] if broken else [f"00-{'0' * 29}abc-{'0' * 14}12-01"]
                self.assertEqual(["rate", ["EUR"], {}, *own], json.loads(asked.body))


class WorkerTests(unittest.TestCase):
    """What a worker sends, in each profile and over each transport."""

    def told(self, host):
        frame = host.read_control()
        self.assertEqual(protocol.TELEMETRY, frame.kind)
        return json.loads(frame.body)

    def test_measurements_and_events_are_sent_with_their_call(self):
        for kind in WorkerHost, StandardHost, ThreadHost:
            with self.subTest(kind.__name__), kind(ADAPTER) as host:
                host.result("count", ["app.hits", 2, {"hot": True}])
                self.assertEqual(
                    {"kind": "counter", "name": "app.hits", "value": 2, "tags": {"hot": True}, "call": 1001,
                     "dropped": 0}, self.told(host))
                host.result("measure", [-0.5])
                self.assertEqual(
                    {"kind": "histogram", "name": "app.size", "value": -0.5, "tags": {"kind": "row"}, "call": 1002,
                     "dropped": 0}, self.told(host))
                host.result("happen")
                happened = self.told(host)
                self.assertEqual(("app.cache.miss", {"key": "x", "share": 0.5, "hot": True}, 1003),
                                 (happened["name"], happened["tags"], happened["call"]))
                self.assertGreater(happened["begin"], 1_600_000_000_000_000_000)

    def test_spans_are_sent_with_those_in_them_where_the_trace_is_recorded(self):
        with WorkerHost(ADAPTER) as host:
            host.result("spans")
            extras(host, "spans", traceparent=UNSAMPLED)
            extras(host, "spans", traceparent=TRACE)
            outer = self.told(host)
            self.assertEqual(("app.outer", 1003), (outer["name"], outer["call"]))
            self.assertEqual({"rows": 2, "done": True}, outer["tags"])
            self.assertEqual([{"row": 0}, {"row": 1}], [child["tags"] for child in outer["children"]])
            for child in outer["children"]:
                self.assertLessEqual(outer["begin"], child["begin"])
                self.assertLessEqual(child["duration"], outer["duration"])
            host.call("fail", body=json.dumps(["fail", [], {}, {"traceparent": TRACE}]).encode())
            self.assertEqual("KeyError", self.told(host)["error"])

    def test_more_and_deeper_spans_than_there_may_be_are_counted(self):
        with WorkerHost(ADAPTER) as host:
            extras(host, "repeat", MAX_SPANS + 3, traceparent=TRACE)
            for _ in range(4):
                self.assertEqual({"kind": "none", "dropped": 1, "call": 1001}, self.told(host))
            self.assertEqual(MAX_SPANS - 1, len(self.told(host)["children"]))
            extras(host, "nest", MAX_DEPTH + 2, traceparent=TRACE)
            self.assertEqual([1, 1], [self.told(host)["dropped"] for _ in range(2)])
            self.assertEqual("app.level", self.told(host)["name"])

    def test_what_the_host_does_not_take_is_counted_and_told_at_the_next_ping(self):
        with WorkerHost(ADAPTER) as host:
            host.result("flood", [20_000])
            taken = lost = 0
            for _ in range(3):  # the first pong may take the last room, and the second may come before what is told
                host.send_control(protocol.PING)
                while (frame := host.read_control()).kind != protocol.PONG:
                    told = json.loads(frame.body)
                    taken, lost = taken + (told["kind"] == "counter"), lost + told["dropped"]
            self.assertEqual(20_000, taken + lost)
            self.assertGreater(lost, 0)

    def test_forked_child_tells_nothing(self):
        with WorkerHost(ADAPTER) as host:
            host.result("fork")
            self.assertEqual("app.parent", self.told(host)["name"])

    def test_filter_of_the_host_is_in_force(self):
        with WorkerHost(ADAPTER, telemetry={"include": [], "exclude": ["app.hits"], "sampling": 1}) as host:
            host.result("count")
            host.result("count", ["app.other"])
            self.assertEqual("app.other", self.told(host)["name"])

    def test_misuse_is_an_error_of_the_call(self):
        with WorkerHost(ADAPTER) as host:
            error = host.error("count", ["Hits"])
            self.assertEqual("ValueError", error["type"])
            self.assertIn("such as 'app.cache.hits', not 'Hits'", error["message"])


class CheckTests(unittest.TestCase):
    """Every mistake raises, and the message says what to change."""

    def refuses(self, kind, message, function, *args, **kwargs):
        with self.assertRaises(kind) as raised:
            function(*args, **kwargs)
        self.assertIn(message, str(raised.exception))

    def test_names(self):
        own, _ = telemetry()
        for name in "", "Hits", "1hits", "app..hits", "app.", ".app", "app hits", "app-hits", "ä", "a" * 65:
            self.refuses(ValueError, "the name of a counter must be words", own.counter, name)
        self.refuses(TypeError, "must be a string, not int", own.counter, 1)
        self.refuses(TypeError, "must be a string, not list", own.span, [])
        for name in "snakepit.calls", "process.cpu.time", "rpc.client.x":
            self.refuses(ValueError, "are those of the host; begin", own.histogram, name, 1)
        own.counter("app.hits")
        self.refuses(ValueError, "is a counter; give the histogram another name", own.histogram, "app.hits", 1)
        own.event("app.hits")

    def test_number_of_names_is_bounded(self):
        own, records = telemetry()
        for number in range(MAX_NAMES):
            own.counter(f"app.n{number}")
        self.refuses(ValueError, "must not contain values, which belong in tags", own.counter, "app.other")
        own.counter("app.n1")
        self.assertEqual(MAX_NAMES + 1, len(records))

    def test_values(self):
        own, _ = telemetry()
        self.refuses(ValueError, "counter 'app.n' cannot fall by 2", own.counter, "app.n", -2)
        self.refuses(TypeError, "must be an int or a float, not bool; float() converts it", own.counter, "app.n", True)
        self.refuses(TypeError, "must be an int or a float, not str", own.histogram, "app.h", "1")
        for value in float("nan"), float("inf"), 1 << 63:
            self.refuses(ValueError, "must be finite and have at most 64 bits", own.histogram, "app.h", value)

    def test_tags(self):
        own, records = telemetry()
        self.refuses(ValueError, "there may be 8 tags, not 9", own.counter, "app.n", **{f"t{i}": i for i in range(9)})
        self.refuses(ValueError, "the host adds 'pool'", own.counter, "app.n", pool="x")
        self.refuses(ValueError, "begin with a letter", own.counter, "app.n", **{"Key": 1})
        self.refuses(ValueError, "ctx.log takes long texts", own.counter, "app.n", key="x" * 65)
        self.refuses(TypeError, "tag 'key' must be a str, an int or a bool, not float", own.counter, "app.n", key=1.5)
        self.refuses(TypeError, "must be a str, an int, a float or a bool, not list", own.event, "app.n", key=[])
        self.refuses(ValueError, "has more than 64 bits", own.counter, "app.n", key=1 << 64)
        self.refuses(ValueError, "attribute 'key' must be finite", own.span, "app.n", key=float("nan"))
        with own.span("app.n") as span:
            self.refuses(ValueError, "there may be 8 attributes", span.set, **{f"t{i}": i for i in range(9)})
        own.counter("app.n", name="x", value="y")
        self.assertEqual({"name": "x", "value": "y"}, records[-1]["tags"])

    def test_filters(self):
        own, records = telemetry(include=("app.*", "other"), exclude=("app.debug.*",))
        for name in "app.hits", "app.debug.hits", "other", "otherwise", "apple":
            own.counter(name)
        self.assertEqual(["app.hits", "other"], [record["name"] for record in records])

    def test_sampling_takes_its_share_of_events_and_spans_and_all_measurements(self):
        own, records = telemetry(sampling=0.25)
        for _ in range(100):
            own.counter("app.hits")
            own.event("app.happened")
            with own.span("app.outer"), own.span("app.inner"):
                pass
        kinds = [record["kind"] for record in records]
        self.assertEqual(100, kinds.count("counter"))
        self.assertEqual(50, kinds.count("event") + kinds.count("span"))
        self.assertTrue(all(len(record["children"]) == 1 for record in records if record["kind"] == "span"))

    def test_span_that_outlives_the_one_around_it_is_sent_by_itself(self):
        own, records = telemetry()
        outer, inner = own.span("app.outer"), own.span("app.inner")
        outer.__enter__()
        inner.__enter__()
        outer.__exit__(None, None, None)
        inner.__exit__(None, None, None)
        self.assertEqual(["app.outer", "app.inner"], [record["name"] for record in records])

    def test_outside_of_a_worker_it_checks_and_does_nothing(self):
        code = textwrap.dedent("""
            from snakepit import ctx
            ctx.telemetry.counter("app.hits", 2, hot=True)
            ctx.telemetry.histogram("app.size", 1.5)
            ctx.telemetry.event("app.happened")
            with ctx.telemetry.span("app.section") as span:
                span.set(rows=3)
            print(ctx.traceparent, ctx.tracestate)
            try:
                ctx.telemetry.counter("Hits")
            except ValueError:
                print("refused")
            """)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=str(pathlib.Path(PACKAGE_PARENT)))
        self.assertEqual((0, "None None\nrefused\n", ""), (done.returncode, done.stdout, done.stderr))


if __name__ == "__main__":
    unittest.main()
