"""Signal handlers that raise, whatever the worker is doing."""
import os
import random
import signal
import sys
import tempfile
import unittest
import unittest.mock
from types import SimpleNamespace

from snakepit import _protocol as protocol, _run, _serve, _tagged
from snakepit._argument import ArgumentLink, ArgumentStream
from snakepit._context import Context
from snakepit._conversions import Converter
from snakepit._exchange import Exchange
from snakepit._frames import CALL_HEADER, READ_SIZE, REPLY_HEADER, FrameReader, frame_header
from snakepit._inbox import Inbox
from snakepit._interrupts import Interrupts
from snakepit._page import Page
from snakepit._serve import Server
from snakepit._values import dumps_plain, loads_plain, make_decoder, make_encoder
from tests.host import BOUND, WorkerHost, read_frame

HANDLERS = '''
import os, signal, threading, time

class Boom(Exception):
    pass

def raise_boom(signum, frame):
    raise Boom(f"signal {signum}")

def raise_os_error(signum, frame):
    raise ConnectionResetError(104, "the handler's own")

def raise_blocking(signum, frame):
    raise BlockingIOError(11, "the handler's own")

def raise_exit(signum, frame):
    raise SystemExit(3)

def on(name, number=signal.SIGUSR1):
    signal.signal(number, globals()[name])

interval = came = 0

def raise_again(number, frame):
    """Each signal schedules the next one, so that a process that waited for a processor runs for a while first."""
    global came
    came += 1
    if interval:
        signal.setitimer(signal.ITIMER_REAL, interval)
    raise_boom(number, frame)

def storm(seconds):
    global interval
    interval = seconds
    signal.signal(signal.SIGALRM, raise_again)
    signal.setitimer(signal.ITIMER_REAL, interval)

def calm():
    global interval
    interval = 0
    signal.setitimer(signal.ITIMER_REAL, 0)
    return came

count = 0

def add(a, b):
    global count
    count += 1
    return a + b

def counted():
    return count

def echo(value):
    return value

def raise_value_error():
    raise ValueError("its own")
'''


# Rule: L1
class FailureTests(unittest.TestCase):
    def test_call_that_failed_is_answered_so_when_the_next_step_is_interrupted(self):
        read_in, write_in = os.pipe()
        read_out, write_out = os.pipe()
        body = b'["fail"]'
        os.write(write_in, CALL_HEADER.pack(32 + len(body), protocol.CALL, 0, 0, 7, 1, 32, 0, 0, 1, 0) + body)
        os.close(write_in)
        context = Context()
        context.log._send = lambda *_: None
        channels = SimpleNamespace(data_in=read_in, data_out=write_out, forked=False)
        server = Server(channels, FrameReader(read_in, 1 << 20), Page(), context, dumps_plain)
        times = iter((1, KeyboardInterrupt()))

        def now():
            time = next(times, 2)
            if isinstance(time, BaseException):
                raise time
            return time

        def fail():
            raise ValueError("its own")

        server.use({"fail": fail}, (protocol.BODY_JSON, make_encoder(), [make_decoder()]))
        with unittest.mock.patch.object(_run, "monotonic_ns", now):
            server.serve(b"")
        self.assertEqual(next(times, None), None, "nothing was interrupted")
        reply = read_frame(read_out)
        self.assertEqual((reply.kind, reply.seq), (protocol.ERROR, 1), reply.body)
        self.assertEqual(reply.value["type"], "ValueError")
        for fd in (read_in, read_out, write_out):
            os.close(fd)


class RecordTests(unittest.TestCase):
    def test_exception_that_comes_in_the_middle_of_a_record_does_not_keep_the_next_one_from_being_logged(self):
        logged = []

        def error(*line):
            if not logged:
                logged.append("torn")
                raise RuntimeError("of the next signal")
            logged.append(line[2])

        interrupts = Interrupts(SimpleNamespace(error=error), now=lambda: 5.0)
        with self.assertRaises(RuntimeError):
            interrupts.note(ValueError("first"), 1)
        for name in ("second", "third"):
            interrupts.note(ValueError(name), 1)

        self.assertEqual(len(logged), 2)  # not the third: it came in the same second
        self.assertIn("second", logged[1])


# Rule: L1
class FrameTests(unittest.TestCase):
    def test_frame_of_its_own_memory_is_kept_when_a_handler_raises_just_after_it_was_taken(self):
        first, large = b'["echo",["first"]]', b'["echo",["%s"]]' % (b"x" * 3 * READ_SIZE)
        with tempfile.TemporaryFile() as calls, tempfile.TemporaryFile() as replies, \
                unittest.mock.patch.object(_serve, "Inbox", TakenInbox):
            for seq, body in enumerate((first, large), 1):
                calls.write(CALL_HEADER.pack(32 + len(body), protocol.CALL, 0, 0, seq, seq, 32, 0, 0, 1, 0) + body)
            calls.flush()
            calls.seek(0)
            context = Context()
            context.log._send = lambda *_: None
            channels = SimpleNamespace(data_in=calls.fileno(), data_out=replies.fileno(), forked=False)
            server = Server(channels, FrameReader(calls.fileno(), 1 << 20), Page(), context, dumps_plain)
            server.use({"echo": lambda value: value}, (protocol.BODY_JSON, make_encoder(), [make_decoder()]))
            TakenInbox.interrupts = 0
            server.serve(b"")
            self.assertEqual(TakenInbox.interrupts, 1)
            replies.seek(0)
            frames = [read_frame(replies.fileno()) for _ in range(2)]
            self.assertIsNone(read_frame(replies.fileno(), allow_end=True))
        self.assertEqual([(frame.kind, frame.seq, len(frame.value)) for frame in frames],
                         [(protocol.RESULT, 1, 5), (protocol.RESULT, 2, 3 * READ_SIZE)])


class TakenInbox(Inbox):
    """A signal handler raises when the memory of a large frame has been allocated."""

    interrupts = 0

    def take(self, finished, flush):
        for call in super().take(finished, flush):
            if type(call[-1]) is not bytes and not TakenInbox.interrupts:
                TakenInbox.interrupts = 1
                raise KeyboardInterrupt
            yield call


# Rule: L1
class StepTests(unittest.TestCase):
    """A signal handler raises before one step of Python in the serving code, for each of its steps."""

    BODIES = (b'["add",[1,2]]', b'["fail",[]]', b'["add",{"a":3,"b":4}]', b'["skipped",[]]',
              b'["echo",["%s"]]' % (b"x" * READ_SIZE), b"{", b'["echo",[true]]')
    FILES = "_inbox.py", "_outbox.py", "_run.py", "_serial.py"

    def setUp(self):
        self.calls, self.replies = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.addCleanup(self.calls.close)
        self.addCleanup(self.replies.close)
        for seq, body in enumerate(self.BODIES, 1):
            header = CALL_HEADER.pack(32 + len(body), protocol.CALL, 0, 0, 100 + seq, seq, 32, 0, 0, 1, 0)
            self.calls.write(header + body)
        self.calls.flush()
        self.addCleanup(signal.signal, signal.SIGUSR1, signal.signal(signal.SIGUSR1, self.trace))
        self.addCleanup(sys.settrace, sys.gettrace())

    def trace(self, frame, event, argument):
        """Python calls this function before each step, as if it were the handler of a signal."""
        self.serving = self.serving or frame.f_code.co_name == "_serve"
        if not self.serving or not frame.f_code.co_filename.endswith(self.FILES):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.steps -= 1
            if self.steps == 0:
                self.place = f"{frame.f_code.co_name}, line {frame.f_lineno}"
                raise KeyboardInterrupt("the handler's")
        return self.trace

    def serve(self, steps):
        """Interrupts at these steps; returns the frames of the replies and how often each tool has run."""
        runs = []

        def add(a, b):
            runs.append("add")
            return a + b

        def fail():
            runs.append("fail")
            raise ValueError("its own")

        def echo(value):
            runs.append("echo")
            return value

        self.calls.seek(0)
        self.replies.seek(0)
        self.replies.truncate()
        context, page = Context(), Page(bytearray(protocol.PAGE_STACKS_OFFSET))
        page.recalled = TakenBack(page)
        context.log._send = lambda *_: None
        channels = SimpleNamespace(data_in=self.calls.fileno(), data_out=self.replies.fileno(), forked=False)
        server = Server(channels, FrameReader(self.calls.fileno(), 1 << 20), page, context, dumps_plain)
        server.use({"add": add, "fail": fail, "echo": echo}, (protocol.BODY_JSON, make_encoder(), [make_decoder()]))
        self.steps, self.serving = steps, False
        sys._getframe().f_trace_opcodes = True  # Python 3.12 looks only at settrace whether any frame wants it
        sys.settrace(self.trace)
        try:
            self.assertIsNone(server.serve(frame_header(protocol.READY, 0)))
        finally:
            sys.settrace(None)
        self.replies.seek(0)
        frames = []
        while (frame := read_frame(self.replies.fileno(), allow_end=True)) is not None:
            frames.append(frame)
        self.assertEqual(page.fields[protocol.PAGE_STAGED], 0)
        self.assertEqual(page.fields[protocol.PAGE_FINISHED], len(self.BODIES))
        self.assertIsNone(context.call_id)
        return frames, runs

    def test_each_call_is_answered_once_whatever_step_is_interrupted(self):
        self.serve(1 << 60)
        count = (1 << 60) - self.steps
        self.assertGreater(count, 1000)
        every = int(os.environ.get("SNAKEPIT_TEST_EVERY", "7"))
        for step in range(random.randrange(every) + 1, count + 1, every):
            frames, runs = self.serve(step)
            with self.subTest(step=step, place=self.place):
                self.assertEqual([(frame.call, frame.seq) for frame in frames],
                                 [(0, 0), *((100 + seq, seq) for seq in range(1, 8))])
                told = [self.told(frame) for frame in frames[1:]]
                expected = [3, "ValueError", 7, "skipped", "x" * READ_SIZE, "JSONDecodeError", True]
                differing = [(is_, was) for is_, was in zip(told, expected) if is_ != was]
                self.assertLessEqual(len(differing), 1)
                self.assertTrue(all(is_ == "KeyboardInterrupt" for is_, _ in differing), differing)
                self.assertIn(len(runs), (5, 5 - len(differing)))

    def told(self, frame):
        if frame.kind == protocol.SKIPPED:
            return "skipped"
        return frame.value["type"] if frame.kind == protocol.ERROR else frame.value


# Rule: P8
class FrameStepTests(unittest.TestCase):
    """A signal handler raises before one step of Python while frames of a running call are received, for each step.
    The tool catches the exception and goes on."""

    FUNCTIONS = {"_inbox.py": ("receive", "_sort", "_read_later"), "_exchange.py": ("wait", "_take"),
                 "_argument.py": ("_take_item", "_take_end")}
    NUMBERS = list(range(5))

    def setUp(self):
        self.addCleanup(sys.settrace, sys.gettrace())

    def trace(self, frame, event, argument):
        code = frame.f_code
        file = os.path.basename(code.co_filename)
        if code.co_name not in self.FUNCTIONS.get(file, ()):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.steps -= 1
            if self.steps == 0:
                self.place = f"{code.co_name}, line {frame.f_lineno}"
                raise KeyboardInterrupt("the handler's")
        return self.trace

    def read_all(self, steps):
        """Interrupts at this step; returns the items that the tool has got."""
        data_in, data_out = os.pipe()  # of each step, of which there are many
        try:
            return self.read_from(data_in, data_out, steps)
        finally:
            os.close(data_in)
            os.close(data_out)

    def read_from(self, data_in, data_out, steps):
        bodies = [*map(dumps_plain, self.NUMBERS), b""]
        for at, body in enumerate(bodies, 1):
            kind = protocol.ITEM if at < len(bodies) else protocol.ITEMS_END
            os.write(data_out, REPLY_HEADER.pack(32 + len(body), kind, 0, 0, 100, 1, 32, 0, 0) + body)
        call = 100, 1, 0, 1, 1, None, b"", 0, 0
        context, outbox = Context(), SimpleNamespace(stage_item=lambda *_: 0, flush=lambda: None)
        exchange = Exchange(context, None, Inbox(data_in, b"", 1 << 20, (), []))
        with unittest.mock.patch.object(ArgumentStream, "link", ArgumentLink(
                exchange, lambda what: call, outbox, [1], make_decoder(), loads_plain)):
            stream, items = ArgumentStream(0), []
            self.steps = steps
            sys._getframe().f_trace_opcodes = True
            while True:
                sys.settrace(self.trace)
                try:
                    for item in stream:
                        items.append(item)
                    return items
                except KeyboardInterrupt:
                    pass
                finally:
                    sys.settrace(None)

    def test_frame_is_taken_once_whatever_step_is_interrupted(self):
        self.assertEqual(self.read_all(1 << 60), self.NUMBERS)
        count = (1 << 60) - self.steps
        self.assertGreater(count, 100)
        for step in range(1, count + 1):
            items = self.read_all(step)
            with self.subTest(step=step, place=self.place):
                self.assertEqual(items, self.NUMBERS)


class TakenBack:
    """The host recalls the fourth call just as it begins."""

    def __init__(self, page):
        self._page = page

    def __getitem__(self, index):
        return 4 if self._page.fields[protocol.PAGE_BEGUN] == 4 else 0


# Rule: L1
class InterruptTests(unittest.TestCase):
    def interrupt(self, host, number=signal.SIGUSR1):
        os.kill(host.process.pid, number)

    def logged(self, host):
        record = host.read_control()
        self.assertEqual(record.kind, protocol.LOG)
        return record.value

    def test_handler_that_raises_while_the_worker_waits_is_logged_with_its_traceback(self):
        for handler, error in (
                ("raise_boom", "Boom: signal 10"),
                ("raise_os_error", "ConnectionResetError: [Errno 104] the handler's own"),
                ("raise_blocking", "BlockingIOError: [Errno 11] the handler's own")):
            with self.subTest(handler), WorkerHost(HANDLERS) as host:
                host.call("on", [handler])
                self.interrupt(host)
                record = self.logged(host)
                self.assertEqual((record["level"], record["call"]), ("error", 0))
                self.assertIn(f"in {handler}\n", record["message"])
                self.assertIn(error, record["message"])
                self.assertEqual(host.result("add", [1, 2]), 3)
                self.assertEqual(host.shutdown(), 0)

    def test_signals_that_come_at_once_are_all_survived(self):
        numbers = signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM
        with WorkerHost(HANDLERS) as host:
            for number in numbers:
                host.call("on", ["raise_boom", number])
            for _ in range(20):
                for number in numbers:
                    self.interrupt(host, number)
                self.assertIn(host.call("echo", ["x" * 100000]).kind, (protocol.RESULT, protocol.ERROR))

    def test_keyboard_interrupt_between_calls_ends_nothing(self):
        with WorkerHost("import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n" + HANDLERS) as host:
            self.interrupt(host, signal.SIGINT)
            self.assertIn("KeyboardInterrupt", self.logged(host)["message"])
            self.assertEqual(host.result("add", [1, 2]), 3)

    def test_exit_between_calls_ends_the_worker_as_it_would_any_program(self):
        with WorkerHost(HANDLERS) as host:
            host.call("on", ["raise_exit"])
            self.interrupt(host)
            self.assertIn("SystemExit: 3", self.logged(host)["message"])
            self.assertEqual(host.process.wait(BOUND), 3)

    def test_handler_that_raises_in_a_tool_is_the_calls_error(self):
        with WorkerHost(
                HANDLERS + "\ndef wait():\n    os.kill(os.getpid(), signal.SIGUSR1)\n"
                "    while True: time.sleep(1)\n") as host:
            host.call("on", ["raise_boom"])
            self.assertEqual(host.error("wait")["type"], "Boom")

    def test_records_are_few_however_many_come(self):
        with WorkerHost(HANDLERS) as host:
            host.call("on", ["raise_boom"])
            for _ in range(200):
                self.interrupt(host)
                host.call("echo", [1])
            host.close_data_in()
            host.process.wait(BOUND)
            records = 0
            while (frame := read_frame(host.control.fileno(), allow_end=True)) is not None:
                records += frame.kind == protocol.LOG
            self.assertIn(records, range(1, 30))

    def storm(self, count, interval, *, joined, page_size=0):
        """Every call is answered once, with its result or with the handler's error."""
        with WorkerHost(HANDLERS, page_size=page_size) as host:
            host.call("storm", [interval])
            large = "y" * 300_000
            answered = 0
            for start in range(0, count, joined):
                calls = [
                    ("add", [n, 1], n + 1) if n % 50
                    else ("echo", [large], large) if n % 100
                    else ("raise_value_error", None, None)
                    for n in range(start, start + joined)]
                first = host.seq + 1
                frames = b"".join(host.call_frame(tool, arguments) for tool, arguments, _ in calls)
                if len(frames) < 60_000:
                    host.write(frames)
                    replies = [host.read() for _ in calls]
                else:
                    replies = []
                    host.seq = first - 1
                    for tool, arguments, _ in calls:
                        host.write(host.call_frame(tool, arguments))
                        replies.append(host.read())
                for offset, (reply, (tool, _, expected)) in enumerate(zip(replies, calls)):
                    self.assertEqual(reply.seq, first + offset)
                    answered += 1
                    if reply.kind == protocol.ERROR:
                        kind = reply.value["type"]
                        self.assertIn(
                            kind, ("Boom", "ValueError") if tool == "raise_value_error" else ("Boom",), reply.body)
                    else:
                        self.assertNotEqual(tool, "raise_value_error")
                        self.assertEqual(reply.value, expected)
            while (calm := host.call("calm")).kind == protocol.ERROR:
                pass
            self.assertGreater(calm.value, 10)  # signals whose handler raised
            self.assertEqual(answered, count)
            self.assertEqual(host.shutdown(), 0)

    def test_storm_of_them_costs_no_call(self):
        self.storm(600, 0.0003, joined=1)

    def test_storm_of_them_costs_no_call_of_many_in_flight(self):
        self.storm(2000, 0.0002, joined=40)

    def test_storm_of_them_costs_no_call_with_a_page(self):
        self.storm(1000, 0.0002, joined=20, page_size=protocol.PAGE_SIZE)


class ConversionTests(unittest.TestCase):
    """An exception of a signal handler says nothing about the value that is being converted."""

    def setUp(self):
        def raise_boom(number, frame):
            raise ArithmeticError("boom")

        self.addCleanup(signal.signal, signal.SIGUSR1, signal.signal(signal.SIGUSR1, raise_boom))

        names = {"raise_signal": signal.raise_signal, "SIGUSR1": signal.SIGUSR1}
        code = "def interrupted(*_): raise_signal(SIGUSR1)"
        exec(compile(code, _run.__file__, "exec"), names)  # as if the signal came in a function of the package
        self.interrupted = names["interrupted"]

    def test_conversion_that_is_interrupted_makes_no_marker(self):
        with unittest.mock.patch.object(Converter, "_int", self.interrupted):
            with self.assertRaisesRegex(ArithmeticError, "^boom$"):
                make_encoder()({1: [2]})

    def test_argument_that_is_being_read_is_not_malformed(self):
        with unittest.mock.patch.dict(_tagged._READERS, {"date": self.interrupted}):
            with self.assertRaisesRegex(ArithmeticError, "^boom$"):
                make_decoder()(b'{"__snakepit__":"date","v":"2024-02-29"}')

    def test_import_that_is_interrupted_makes_no_argument_malformed(self):
        code = "def find_spec(*_): raise_signal(SIGUSR1)"
        names = {"raise_signal": signal.raise_signal, "SIGUSR1": signal.SIGUSR1}
        exec(compile(code, "<frozen importlib._bootstrap>", "exec"), names)  # as if it came in Python's own code
        finder = SimpleNamespace(find_spec=names["find_spec"])
        with unittest.mock.patch.dict(sys.modules), unittest.mock.patch.object(sys, "meta_path", [finder]):
            sys.modules.pop("uuid", None)
            with self.assertRaisesRegex(ArithmeticError, "^boom$"):
                make_decoder()(b'{"__snakepit__":"uuid","v":"00112233-4455-6677-8899-aabbccddeeff"}')

    def test_value_whose_own_code_raises_becomes_a_marker(self):
        class Failing:
            def to_dict(self):
                raise ArithmeticError("its own")

        self.assertIn(b"unserializable", make_encoder()([Failing()]))
