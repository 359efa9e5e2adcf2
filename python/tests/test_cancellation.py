"""Calls that are cancelled while their tool runs."""
import json
import os
import random
import signal
import threading
import time
import unittest

from snakepit import _protocol as protocol
from snakepit._tool import tool
from tests.host import StandardHost, WorkerHost

TOOLS = '''
import asyncio, concurrent.futures, contextlib, multiprocessing, os, queue, select, signal, socket, subprocess, sys
import threading, time
from snakepit import Cancelled, ctx, tool

seen = []
LONG = 3600

def begin():
    os.write(1, b"begun\\n")

def what_was_seen():
    taken = seen[:]
    seen.clear()
    return taken

def add(a, b):
    return a + b

def in_sleep():
    begin()
    time.sleep(LONG)

def in_select():
    begin()
    select.select([], [], [], LONG)

def in_lock():
    lock = threading.Lock()
    lock.acquire()
    begin()
    lock.acquire()

def in_event():
    begin()
    threading.Event().wait()

def in_queue():
    begin()
    queue.Queue().get()

def in_socket():
    ours, theirs = socket.socketpair()
    begin()
    ours.recv(1)

def in_pipe():
    read, write = os.pipe()
    begin()
    os.read(read, 1)

def in_subprocess():
    begin()
    subprocess.run(["sleep", str(LONG)])

def in_process_wait():
    with subprocess.Popen(["sleep", str(LONG)]) as process:
        try:
            begin()
            process.wait()
        finally:
            process.kill()

def in_thread():
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        begin()
        thread.join()
    finally:
        end.set()

def in_future():
    end = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(end.wait)
        try:
            begin()
            future.result()
        finally:
            end.set()

def in_loop():
    begin()
    while True:
        pass

def in_recursion(depth=800):
    if depth:
        in_recursion(depth - 1)
    begin()
    while True:
        pass

def in_numpy():
    import numpy
    some = numpy.ones((50, 50))
    begin()
    while True:
        some = some @ some / 50

def in_log():
    begin()
    while True:
        ctx.log.info("on and on")

def in_own_loop():
    async def rest():
        begin()
        await asyncio.sleep(LONG)
    asyncio.run(rest())

def in_generator():
    def forever():
        while True:
            yield 1
    begin()
    sum(forever())

def catches_exceptions():
    begin()
    while True:
        try:
            time.sleep(LONG)
        except Exception:
            seen.append("swallowed")

def swallows(times):
    for turn in range(times):
        try:
            if turn == 0:
                begin()
            time.sleep(LONG)
        except BaseException as error:
            seen.append(type(error).__name__)
    return "all the same"

def swallows_by_context():
    with contextlib.suppress(BaseException):
        begin()
        time.sleep(LONG)
    time.sleep(LONG)

def cleans_up(steps):
    try:
        begin()
        time.sleep(LONG)
    finally:
        for step in range(steps):
            time.sleep(0.03)
            with contextlib.suppress(KeyError):
                {}[step]
            seen.append(step)

def shields(seconds):
    with ctx.shield():
        begin()
        with ctx.shield():
            time.sleep(seconds)
            seen.append(ctx.cancelled)
        seen.append("outer")
    seen.append("after")

def shields_failure(seconds):
    with ctx.shield():
        begin()
        time.sleep(seconds)
        raise ValueError("its own")

def leaves_shield_open():
    def forever():
        with ctx.shield():
            yield
    global kept
    kept = forever()
    next(kept)

def checks_in_shield():
    with ctx.shield():
        begin()
        while True:
            ctx.check_cancelled()

@tool(cancel="cooperative")
def cooperates(naps):
    begin()
    while not ctx.cancelled:
        pass
    for _ in range(naps):
        time.sleep(0.03)
    with ctx.shield():
        pass
    return ctx.cancelled

@tool(cancel="cooperative")
async def cooperates_async(naps):
    begin()
    while not ctx.cancelled:
        await asyncio.sleep(0.001)
    for _ in range(naps):
        await asyncio.sleep(0.03)
    return ctx.cancelled

@tool(cancel="kill")
def waits_for_death(naps):
    begin()
    while not ctx.cancelled:
        pass
    for _ in range(naps):
        time.sleep(0.03)
    return "alive"

async def blocks_its_loop():
    try:
        begin()
        time.sleep(LONG)
    finally:
        seen.append("finally")

async def yields_soon():
    await asyncio.sleep(0)
    try:
        begin()
        time.sleep(0.02)
        await asyncio.sleep(LONG)
    except asyncio.CancelledError:
        time.sleep(0.15)
        seen.append("cancelled by its loop")
        raise

async def shields_async(seconds):
    with ctx.shield():
        begin()
        await asyncio.sleep(seconds)
        seen.append(ctx.cancelled)
    try:
        await asyncio.sleep(LONG)
    finally:
        seen.append("finally")

async def shields_in_a_task(seconds):
    async def section():
        with ctx.shield():
            begin()
            await asyncio.sleep(seconds)
            seen.append("section")
        await asyncio.sleep(LONG)
    await asyncio.create_task(section())

async def leaves_task():
    async def rest():
        for _ in range(20):
            time.sleep(0.01)
            await asyncio.sleep(0)
        seen.append("task")
    global task
    task = asyncio.ensure_future(rest())

def imports_slowly(folder):
    with open(folder + "/slow_to_import.py", "w") as file:
        file.write("import os, time\\nos.write(1, b'begun\\\\n')\\n"
                   "for _ in range(10): time.sleep(0.03)\\nvalue = 42\\n")
    sys.path.insert(0, folder)
    import slow_to_import
    time.sleep(LONG)

def imported():
    return sys.modules["slow_to_import"].value

@tool(cancel="cooperative")
def reset_handlers():
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    begin()
    while not ctx.cancelled:
        pass
    time.sleep(0.1)
    return "reset"

def has_handlers():
    signal.signal(signal.SIGALRM, lambda *_: seen.append("alarm"))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    try:
        begin()
        while True:
            time.sleep(LONG)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)

def forks():
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        time.sleep(0.3)
        os.write(write, b"not interrupted")
        os._exit(0)
    try:
        begin()
        time.sleep(LONG)
    finally:
        os.waitpid(child, 0)
        seen.append(os.read(read, 100).decode())

def holds(name):
    """Waits until the file is there, in steps that nothing but Cancelled ends."""
    begin()
    while not os.path.exists(name):
        time.sleep(0.001)
    return "held"

def yields_seldom():
    try:
        yield 1
        begin()
        time.sleep(LONG)
    finally:
        seen.append("finally")

async def yields_and_blocks():
    try:
        yield 1
        begin()
        time.sleep(LONG)
    finally:
        seen.append("finally")

pause = tool(time.sleep)

class Value:
    def to_dict(self):
        begin()
        for _ in range(10):
            time.sleep(0.03)
        return {"converted": True}

def value():
    return Value()

last_gate = None

def set_last_gate(name):
    global last_gate
    last_gate = name

def teardown():
    begin()
    while last_gate and not os.path.exists(last_gate):
        time.sleep(0.001)
'''

BLOCKED = ("in_sleep", "in_select", "in_lock", "in_event", "in_queue", "in_socket", "in_pipe", "in_subprocess",
           "in_process_wait", "in_thread", "in_future", "in_loop", "in_log", "in_own_loop", "in_generator",
           "in_recursion", "catches_exceptions", "swallows_by_context")


class CancellationTest(unittest.TestCase):
    def setUp(self):
        self.host = WorkerHost(TOOLS, page_size=protocol.PAGE_SIZE)
        self.addCleanup(self.host.__exit__)

    def begin(self, name, *arguments):
        """Calls a tool and waits until it has begun."""
        self.host.write(self.host.call_frame(name, list(arguments)))
        self.host.output_until(b"begun\n")

    def cancel(self, seq=None):
        seq = self.host.seq if seq is None else seq
        self.host.send_control(protocol.CANCEL, call=1000 + seq, seq=seq)

    def signal(self, seq=None):
        """Interrupts as the host does before the control channel is read."""
        self.host.page[protocol.PAGE_CANCELLED] = self.host.seq if seq is None else seq
        os.kill(self.host.process.pid, protocol.SIGNAL_INTERRUPT)

    def interrupted(self, name, *arguments, how=None):
        self.begin(name, *arguments)
        (how or self.cancel)()
        reply = self.host.read()
        self.assertEqual((reply.kind, reply.seq), (protocol.ERROR, self.host.seq), reply.body)
        self.assertEqual(self.host.result("add", [40, 2]), 42)
        return reply.value["type"]

    def seen(self):
        return self.host.result("what_was_seen")


# Rule: L5
@unittest.skipUnless(hasattr(signal, "pthread_kill"), "calls are interrupted on Linux")
class InterruptTests(CancellationTest):
    def test_tool_is_interrupted_wherever_it_waits_or_computes(self):
        for name in BLOCKED:
            for how in (self.cancel, self.signal) if name in ("in_sleep", "in_loop") else (self.cancel,):
                with self.subTest(tool=name, how=how.__name__):
                    self.assertEqual(self.interrupted(name, how=how), "Cancelled")
        self.assertEqual(self.seen(), [])

    def test_numpy_is_interrupted_between_two_operations(self):
        try:
            import numpy  # noqa: F401
        except ImportError:
            self.skipTest("numpy is not installed")
        self.assertEqual(self.interrupted("in_numpy"), "Cancelled")

    def test_builtin_that_is_a_tool_is_interrupted(self):
        self.host.write(self.host.call_frame("pause", [3600]))
        self.cancel()
        self.assertEqual(self.host.read().value["type"], "Cancelled")

    def test_signal_is_repeated_when_the_tool_swallows_the_exception(self):
        self.begin("swallows", 3)
        self.cancel()
        self.assertEqual(self.host.read().value, "all the same")
        self.assertEqual(self.seen(), ["Cancelled"] * 3)

    def test_cleaning_up_is_not_torn(self):
        self.assertEqual(self.interrupted("cleans_up", 6), "Cancelled")
        self.assertEqual(self.seen(), list(range(6)))

    def test_import_is_not_torn(self):
        self.assertEqual(self.interrupted("imports_slowly", self.host.folder.name), "Cancelled")
        self.assertEqual(self.host.result("imported"), 42)

    def test_result_is_converted_in_peace(self):
        self.begin("value")
        self.signal()
        self.cancel()
        self.assertEqual(self.host.read().value, {"converted": True})

    def test_handlers_of_the_tool_go_on(self):
        self.assertEqual(self.interrupted("has_handlers"), "Cancelled")
        self.assertLessEqual(set(self.seen()), {"alarm"})

    def test_worker_whose_handler_was_removed_does_not_die(self):
        self.begin("reset_handlers")
        self.cancel()
        self.assertEqual(self.host.read().value, "reset")
        self.begin("cooperates", 2)
        self.cancel()
        self.assertIs(self.host.read().value, True)

    def test_process_that_the_tool_forked_goes_on(self):
        self.assertEqual(self.interrupted("forks"), "Cancelled")
        self.assertEqual(self.seen(), ["not interrupted"])

    def test_signal_for_another_call_interrupts_nothing(self):
        gate = os.path.join(self.host.folder.name, "gate")
        self.begin("holds", gate)
        for seq in (0, self.host.seq - 1, self.host.seq + 1, 1 << 40):
            self.signal(seq)
        self.cancel(self.host.seq - 1)
        self.cancel(self.host.seq + 7)
        open(gate, "w").close()
        self.assertEqual(self.host.read().value, "held")

    def test_signal_between_calls_and_in_teardown_does_nothing(self):
        self.assertEqual(self.interrupted("in_sleep"), "Cancelled")
        for seq in range(self.host.seq + 1):
            self.signal(seq)
        self.assertEqual(self.host.result("add", [1, 2]), 3)
        gate = os.path.join(self.host.folder.name, "gate")
        self.host.result("set_last_gate", [gate])
        self.host.send_control(protocol.SHUTDOWN)
        self.host.close_data_in()
        self.host.output_until(b"begun\n")
        for _ in range(20):
            self.signal()
            time.sleep(0.001)
        open(gate, "w").close()
        self.assertEqual(self.host.process.wait(30), 0)


# Rule: L5
@unittest.skipUnless(hasattr(signal, "pthread_kill"), "calls are interrupted on Linux")
class ShieldTests(CancellationTest):
    def test_cancellation_waits_for_the_end_of_the_section(self):
        self.assertEqual(self.interrupted("shields", 0.2), "Cancelled")
        self.assertEqual(self.seen(), [True, "outer"])

    def test_section_without_a_cancellation_ends_as_any(self):
        self.host.call("shields", [0])
        self.assertEqual(self.seen(), [False, "outer", "after"])

    def test_cancellation_comes_after_a_section_that_fails(self):
        self.assertEqual(self.interrupted("shields_failure", 0.2), "Cancelled")

    def test_cancellation_that_the_tool_has_checked_itself_is_raised_once(self):
        self.assertEqual(self.interrupted("checks_in_shield"), "Cancelled")

    def test_section_that_never_ends_shields_no_other_call(self):
        self.host.result("leaves_shield_open")
        self.assertEqual(self.interrupted("in_sleep"), "Cancelled")
        self.assertEqual(self.interrupted("shields", 0.1), "Cancelled")

    def test_task_is_cancelled_after_its_section(self):
        self.assertEqual(self.interrupted("shields_async", 0.2), "CancelledError")
        self.assertEqual(self.seen(), [True, "finally"])

    def test_section_in_a_task_of_the_call_shields_it(self):
        self.assertEqual(self.interrupted("shields_in_a_task", 0.2), "CancelledError")
        self.assertEqual(self.seen(), ["section"])


# Rule: L5
@unittest.skipUnless(hasattr(signal, "pthread_kill"), "calls are interrupted on Linux")
class ModeTests(CancellationTest):
    def test_tool_that_cooperates_or_is_to_be_killed_is_not_interrupted(self):
        for name, result in (("cooperates", True), ("cooperates_async", True), ("waits_for_death", "alive")):
            with self.subTest(tool=name):
                self.begin(name, 5)
                self.signal()
                self.cancel()
                self.assertEqual(self.host.read().value, result)
                self.assertEqual(self.host.result("add", [40, 2]), 42)

    def test_catalogue_tells_the_mode(self):
        modes = {entry["name"]: entry["cancel"] for entry in self.host.ready.value["tools"]}
        self.assertEqual((modes["add"], modes["cooperates"], modes["waits_for_death"]),
                         ("interrupt", "cooperative", "kill"))

    def test_unknown_mode_is_refused(self):
        for mode in ("abort", None, 1, "x" * 1000):
            self.assertRaisesRegex(ValueError, "'interrupt', 'cooperative', 'kill'", tool, cancel=mode)


# Rule: L5
@unittest.skipUnless(hasattr(signal, "pthread_kill"), "calls are interrupted on Linux")
class AsyncTests(CancellationTest):
    def test_coroutine_that_blocks_its_loop_is_interrupted(self):
        self.assertEqual(self.interrupted("blocks_its_loop"), "Cancelled")
        self.assertEqual(self.seen(), ["finally"])

    def test_coroutine_that_yields_soon_is_cancelled_by_its_loop_alone(self):
        self.assertEqual(self.interrupted("yields_soon"), "CancelledError")
        self.assertEqual(self.seen(), ["cancelled by its loop"])

    def test_remaining_task_of_another_call_is_not_interrupted(self):
        self.host.result("leaves_task")
        for _ in range(3):
            self.assertEqual(self.interrupted("blocks_its_loop"), "Cancelled")
        while (seen := self.seen())[-1:] != ["task"]:
            self.assertLessEqual(set(seen), {"finally"})


# Rule: L5
@unittest.skipUnless(hasattr(signal, "pthread_kill"), "calls are interrupted on Linux")
class StreamTests(CancellationTest):
    def test_generator_is_interrupted_between_two_items(self):
        for name in "yields_seldom", "yields_and_blocks":
            for window in 0, 16:
                with self.subTest(tool=name, window=window):
                    self.host.write(self.host.call_frame(name, window=window))
                    self.host.output_until(b"begun\n")
                    self.cancel()
                    reply = self.host.read()
                    if window:
                        self.assertEqual((reply.kind, reply.value), (protocol.CHUNK, 1))
                        reply = self.host.read()
                    self.assertEqual((reply.kind, reply.value["type"]), (protocol.ERROR, "Cancelled"))
                    self.assertEqual(self.seen(), ["finally"])


# Rule: L5
class PortableTests(unittest.TestCase):
    def test_tool_is_only_told_where_there_are_no_signals(self):
        with StandardHost(TOOLS) as host:
            for name in "cooperates", "waits_for_death":
                host.write(host.call_frame(name, [3]))
                host.output_until(b"begun\n")
                host.send_control(protocol.CANCEL, call=1000 + host.seq, seq=host.seq)
                self.assertEqual(host.read().kind, protocol.RESULT)
            host.write(host.call_frame("shields", [0.1]))
            host.output_until(b"begun\n")
            host.send_control(protocol.CANCEL, call=1000 + host.seq, seq=host.seq)
            self.assertEqual(host.read().kind, protocol.RESULT)
            self.assertEqual(host.result("what_was_seen"), [True, "outer", "after"])


STORM = '''
import time
from snakepit import ctx

def quick(number):
    return number

def loops(number):
    end = time.monotonic() + number % 7 / 1000
    while time.monotonic() < end:
        pass
    return number

def sleeps(number):
    time.sleep(number % 5 / 1000)
    return number

def logs(number):
    for _ in range(number % 20):
        ctx.log.info("%s", number)
    return number

async def awaits(number):
    import asyncio
    await asyncio.sleep(number % 5 / 1000)
    return number
'''


# Rule: L5
@unittest.skipUnless(hasattr(signal, "pthread_kill"), "calls are interrupted on Linux")
class StormTests(unittest.TestCase):
    def test_storm_of_cancellations_loses_no_frame_and_hits_no_other_call(self):
        """Each call gets one reply, in order: its result, or Cancelled, which only calls get that were cancelled."""
        rest = random.Random(20261130)
        calls = int(os.environ.get("SNAKEPIT_CANCELS", "1500"))
        for page_size in 0, protocol.PAGE_SIZE:
            with self.subTest(page_size=page_size), WorkerHost(STORM, page_size=page_size) as host:
                drained = threading.Thread(target=drain, args=(host.control.fileno(),), daemon=True)
                drained.start()
                hit = 0
                sent = answered = 0
                cancelled = set()
                while answered < calls:
                    while sent < calls and sent - answered < 1 + rest.randrange(4):
                        sent += 1
                        name = rest.choice(("quick", "loops", "sleeps", "logs", "awaits"))
                        host.write(host.call_frame(name, [sent]))
                    if rest.random() < 0.6:
                        time.sleep(rest.random() * 0.003)
                        seq = rest.randrange(max(1, answered - 1), sent + 1)
                        cancelled.add(seq)
                        if page_size and rest.random() < 0.7:
                            host.page[protocol.PAGE_CANCELLED] = seq
                            os.kill(host.process.pid, protocol.SIGNAL_INTERRUPT)
                        host.send_control(protocol.CANCEL, call=1000 + seq, seq=seq)
                    reply = host.read()
                    answered += 1
                    self.assertEqual((reply.call, reply.seq), (1000 + answered, answered))
                    if reply.kind == protocol.RESULT:
                        self.assertEqual(json.loads(reply.body), answered)
                    else:
                        self.assertIn(json.loads(reply.body)["type"], ("Cancelled", "CancelledError"))
                        self.assertIn(answered, cancelled)
                        hit += 1
                self.assertGreater(hit, calls // 50)
                self.assertEqual(host.shutdown(), 0)


def drain(fd: int) -> None:
    try:
        while os.read(fd, 1 << 16):
            pass
    except OSError:
        pass
