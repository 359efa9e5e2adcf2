"""How a worker reports its health: pings, stacks, memory, requests to recycle."""

import mmap
import os
import pathlib
import subprocess
import sys
import time
import unittest
import weakref

from snakepit import _protocol as protocol
from snakepit._control import _collect
from tests.host import BOUND, PACKAGE_PARENT, WorkerHost

TOOL = "def tool(): return 'done'\n"


def event(host: WorkerHost) -> dict:
    frame = host.read_control()
    assert frame.kind == protocol.EVENT, (frame.kind, frame.body)
    return frame.value


def log(host: WorkerHost) -> dict:
    frame = host.read_control()
    assert frame.kind == protocol.LOG, (frame.kind, frame.body)
    return frame.value


class StacksTests(unittest.TestCase):
    HANGING = """
        import ctypes, faulthandler, os, signal, threading, time

        def busy():
            print("begun", flush=True)
            while True:
                pass

        def naps():
            print("begun", flush=True)
            time.sleep(1000)

        def holds_the_interpreter():
            print("begun", flush=True)
            while True:
                ctypes.PyDLL(None).usleep(1_000_000_000)  # a signal ends it

        def blocks_signals():
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
            naps()

        def has_handlers_of_its_own():
            faulthandler.enable()
            faulthandler.register(signal.SIGUSR1, chain=False)
            os.kill(os.getpid(), signal.SIGUSR1)
            naps()

        def many_and_deep():
            ready = threading.Barrier(41)

            def a_function_whose_name_takes_room(depth):
                if depth:
                    return a_function_whose_name_takes_room(depth - 1)
                ready.wait()
                time.sleep(1000)

            for _ in range(40):
                threading.Thread(target=a_function_whose_name_takes_room, args=(80,)).start()
            ready.wait()
            naps()

        def forks():
            pid = os.fork()
            if pid == 0:
                os.kill(os.getpid(), 61)
            return os.waitpid(pid, 0)[1]

        def private_memfds():
            paths = [f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd") if int(fd) >= 64]
            return [path for path in paths if os.path.lexists(path) and "memfd" in os.readlink(path)]

        def descriptors_of_a_child():
            read, write = os.pipe()
            if os.fork() == 0:
                os.write(write, repr(private_memfds()).encode())
                os._exit(0)
            os.wait()
            return os.read(read, 10000).decode()
    """

    def stacks(self, host: WorkerHost) -> str:
        return host.page.map[protocol.PAGE_STACKS_OFFSET:].rstrip(b"\0").decode()

    def wait_for_stacks(self, host: WorkerHost) -> None:
        """Waits until the stacks are complete. The page tells nobody of them, so the host has to look."""
        for _ in range(BOUND * 100):
            if self.stacks(host).endswith(" in <module>\n"):  # the main thread comes last
                return
            time.sleep(0.01)
        self.fail(f"no stacks after {BOUND} s: {self.stacks(host)}")

    def hang(self, tool: str) -> str:
        with WorkerHost(self.HANGING, page_size=protocol.PAGE_SIZE) as host:
            host.send_control(protocol.PING)
            # The control thread runs now, though a tool may keep it from running again.
            self.assertEqual(host.read_control().kind, protocol.PONG)
            host.write(host.call_frame(tool))
            self.printed = host.output_until(b"begun")
            host.process.send_signal(protocol.SIGNAL_STACKS)
            self.assertEqual(host.process.wait(BOUND), -protocol.SIGNAL_STACKS)
            return self.stacks(host)

    def test_stacks_are_written_before_the_end_whatever_the_tool_does(self):
        for tool in ("busy", "naps", "holds_the_interpreter", "blocks_signals"):
            with self.subTest(tool):
                stacks = self.hang(tool)
                self.assertIn(f" in {tool}\n", stacks)
                self.assertIn("_control.py", stacks)  # the stacks of all threads

    def test_stacks_are_shown_whatever_the_tool_does_and_the_worker_goes_on(self):
        for tool in ("busy", "naps", "holds_the_interpreter"):
            with self.subTest(tool), WorkerHost(self.HANGING, page_size=protocol.PAGE_SIZE) as host:
                host.write(host.call_frame(tool))
                host.output_until(b"begun")
                host.process.send_signal(protocol.SIGNAL_SHOW)
                self.wait_for_stacks(host)
                host.process.send_signal(protocol.SIGNAL_STACKS)
                self.assertEqual(host.process.wait(BOUND), -protocol.SIGNAL_STACKS)
                self.assertEqual(self.stacks(host).count(f" in {tool}\n"), 2)

    def test_handlers_of_the_adapter_still_work(self):
        self.assertIn(" in has_handlers_of_its_own\n", self.hang("has_handlers_of_its_own"))
        self.assertIn(b" in has_handlers_of_its_own\n", self.printed)

    def test_more_stacks_than_there_is_room_for_are_cut(self):
        stacks = self.hang("many_and_deep")
        self.assertIn(" in a_function_whose_name_takes_room\n", stacks)
        self.assertGreater(len(stacks), protocol.PAGE_STACKS_SIZE - mmap.PAGESIZE)

    def test_stacks_are_written_while_the_adapter_loads(self):
        text = "import time\ndef loads():\n    print('begun', flush=True)\n    time.sleep(1000)\nloads()\n"
        with WorkerHost(text, handshake=False, page_size=protocol.PAGE_SIZE) as host:
            host.read()
            host.send_init()
            host.output_until(b"begun")
            host.process.send_signal(protocol.SIGNAL_STACKS)
            self.assertEqual(host.process.wait(BOUND), -protocol.SIGNAL_STACKS)
            self.assertIn(" in loads\n", self.stacks(host))

    def test_child_of_a_tool_dies_of_the_signal_and_writes_nothing(self):
        with WorkerHost(self.HANGING, page_size=protocol.PAGE_SIZE) as host:
            self.assertEqual(host.result("forks"), protocol.SIGNAL_STACKS)
            self.assertEqual(self.stacks(host), "")
            self.assertEqual(len(host.result("private_memfds")), 1)
            self.assertEqual(host.result("descriptors_of_a_child"), "[]")

    def test_worker_without_a_page_just_dies(self):
        with WorkerHost(TOOL) as host:
            host.process.send_signal(protocol.SIGNAL_STACKS)
            self.assertEqual(host.process.wait(BOUND), -protocol.SIGNAL_STACKS)
            self.assertEqual(host.output_until_end(), b"")


class CollectTests(unittest.TestCase):
    GARBAGE = """
        import gc, weakref

        class Knot:
            def __del__(self):
                if getattr(self, "fails", False):
                    raise RuntimeError("in a finalizer")

        def tie(fails=False):
            global seen
            gc.disable()
            knot = Knot()
            knot.itself, knot.fails = knot, fails
            seen = weakref.ref(knot)

        def is_gone():
            return seen() is None

        def wait(path):
            with open(path) as fifo:
                return fifo.read()

        def fail_to_collect():
            gc.callbacks.append(lambda phase, info: 1 / 0)
    """

    def test_collect_frees_garbage_while_a_tool_runs_and_is_answered_each_time(self):
        with WorkerHost(self.GARBAGE) as host:
            path = os.path.join(host.folder.name, "fifo")
            os.mkfifo(path)
            host.result("tie")
            host.write(host.call_frame("wait", [path]))
            with open(path, "w") as fifo:  # opens when the tool has opened it
                for _ in range(3):
                    host.send_control(protocol.COLLECT)
                for _ in range(3):
                    self.assertEqual(event(host), {"kind": "collected"})
                fifo.write("undisturbed")
            self.assertEqual(host.read().value, "undisturbed")
            self.assertTrue(host.result("is_gone"))

    def test_collect_that_goes_wrong_disturbs_nobody(self):
        with WorkerHost(self.GARBAGE) as host:
            host.result("tie", [True])
            host.result("fail_to_collect")
            host.send_control(protocol.COLLECT)
            self.assertEqual(event(host), {"kind": "collected"})
            self.assertTrue(host.result("is_gone"))

    def test_collect_without_a_c_library_that_trims_collects_all_the_same(self):
        from unittest import mock
        from snakepit import _linux
        class Ring:
            pass
        ring = Ring()
        ring.itself, gone = ring, weakref.ref(ring)
        del ring
        with mock.patch.object(_linux, "_load", side_effect=AttributeError("malloc_trim")) as load:
            _collect()
        load.assert_called()
        self.assertIsNone(gone())


class RecycleMeTests(unittest.TestCase):
    WISHES = """
        import os, threading
        from snakepit import ctx

        WHEN = {!r}
        if WHEN == "import":
            ctx.recycle_me()

        def setup():
            if WHEN == "setup":
                ctx.recycle_me()

        def wish():
            ctx.recycle_me()

        def wish_in_a_thread():
            thread = threading.Thread(target=ctx.recycle_me)
            thread.start()
            thread.join()

        def wish_later(path):
            def wait():
                with open(path) as fifo:
                    fifo.read()
                ctx.recycle_me()
            threading.Thread(target=wait).start()

        def wish_in_a_child():
            if os.fork() == 0:
                ctx.recycle_me()
                os._exit(0)
            return os.wait()[1]

        def mark():
            ctx.log.info("mark")
    """

    def start(self, when="") -> WorkerHost:
        host = WorkerHost(self.WISHES.format(when))
        self.addCleanup(host.__exit__)
        return host

    def test_wish_is_told_once_wherever_it_is_made(self):
        for when in ("import", "setup", "wish", "wish_in_a_thread"):
            with self.subTest(when):
                host = self.start(when)
                if when.startswith("wish"):
                    host.result(when)
                self.assertEqual(event(host), {"kind": "recycle_requested"})
                host.result("wish")
                host.result("mark")
                self.assertEqual(log(host)["message"], "mark")  # with no record before it

    def test_wish_between_calls_is_told(self):
        host = self.start()
        path = os.path.join(host.folder.name, "fifo")
        os.mkfifo(path)
        host.result("wish_later", [path])
        open(path, "w").close()
        self.assertEqual(event(host), {"kind": "recycle_requested"})

    def test_child_of_a_tool_wishes_nothing(self):
        host = self.start()
        self.assertEqual(host.result("wish_in_a_child"), 0)
        host.result("mark")
        self.assertEqual(log(host)["message"], "mark")

    def test_outside_of_a_worker_it_prints(self):
        ended = subprocess.run([sys.executable, "-c", "from snakepit import ctx; ctx.recycle_me()"], cwd=PACKAGE_PARENT,
                               capture_output=True, timeout=BOUND)
        self.assertEqual(
            (ended.returncode, ended.stdout, ended.stderr),
            (0, b"", b"info: ctx.recycle_me() has no effect outside of a worker\n"))


class MemoryUsageTests(unittest.TestCase):
    def start(self, body: str, prefix="") -> WorkerHost:
        host = WorkerHost(f"{prefix}def memory_usage():\n    {body}\n{TOOL}")
        self.addCleanup(host.__exit__)
        return host

    def test_number_of_bytes_is_told_after_ready_and_after_calls(self):
        host = self.start("global n; n += 1; return n", "n = 0\nasync ")
        self.assertEqual(event(host), {"kind": "memory_usage", "bytes": 1})
        host.result("tool")
        # A second after the first report, without another call.
        self.assertEqual(event(host), {"kind": "memory_usage", "bytes": 2})

    def test_calls_do_not_wait_for_the_next_report(self):
        host = self.start("return 5")
        self.assertEqual([host.result("tool") for _ in range(200)], ["done"] * 200)
        self.assertEqual(host.shutdown(), 0)

    def test_floats_and_what_can_be_an_index_or_a_float_are_numbers(self):
        for body in ("return 5.0", "return type('Index', (), {'__index__': lambda self: 5})()",
                     "return type('Float', (), {'__float__': lambda self: 5.0})()"):
            with self.subTest(body):
                self.assertEqual(event(self.start(body)), {"kind": "memory_usage", "bytes": 5})

    def test_anything_else_is_told_once_and_never_called_again(self):
        for body, told in (("return None", "NoneType"), ("return True", "bool"), ("return -1", "int"),
                           ("return 1 << 63", "int"), ("return '5'", "str"), ("return float('nan')", "float"),
                           ("return float('inf')", "float"), ("raise OSError('no')", "OSError: no"),
                           ("raise SystemExit(3)", "SystemExit: 3"),
                           ("return type('Bad', (), {'__index__': lambda self: 1 / 0})()", "ZeroDivisionError")):
            with self.subTest(body):
                host = self.start(body)
                record = log(host)
                self.assertEqual(record["level"], "warning")
                self.assertIn(told, record["message"])
                self.assertIn("not called again", record["message"])
                host.result("tool")
                self.assertEqual(host.shutdown(), 0)
                self.assertEqual(host.control.recv(1), b"")


class HealthCheckTests(unittest.TestCase):
    def test_ready_tells_the_hook_and_the_file(self):
        with WorkerHost(TOOL) as host:
            self.assertEqual(
                (host.ready.value["health_check"], host.ready.value["source"]), (False, host.init["adapter"]))
            self.assertEqual(host.error("__snakepit_health_check__")["type"], "ToolNotFound")
        with WorkerHost("def health_check(): pass\n" + TOOL) as host:
            self.assertTrue(host.ready.value["health_check"])
            self.assertEqual([tool["name"] for tool in host.ready.value["tools"]], ["tool"])
            self.assertNotIn("__snakepit", host.error("tol")["message"])

    def test_source_of_a_module_is_its_file_and_of_a_frozen_or_zipped_one_nothing(self):
        import tempfile
        import zipfile
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "acme_plain.py").write_text("class Tools:\n    def tool(self): pass\n")
            archive = os.path.join(folder, "acme.zip")
            with zipfile.ZipFile(archive, "w") as file:
                file.writestr("acme_zipped.py", TOOL)
            for adapter, path, source in (
                    ("acme_plain:Tools", folder, os.path.join(folder, "acme_plain.py")),
                    ("acme_zipped", archive, None)):
                with WorkerHost(adapter=adapter, python_path=[path]) as host:
                    self.assertEqual(host.ready.value["source"], source)

    def test_health_check_runs_as_a_tool(self):
        for text, result in (
                ("def health_check():\n    return True\n", True),
                ("async def health_check():\n    return {'a': 1}\n", {"a": 1}),
                ("def health_check():\n    pass\n", None)):
            with WorkerHost(text + TOOL) as host:
                self.assertEqual(host.result("__snakepit_health_check__"), result)
        with WorkerHost("def health_check():\n    raise RuntimeError('ill')\n" + TOOL) as host:
            self.assertEqual(host.error("__snakepit_health_check__")["message"], "ill")
            self.assertEqual(host.result("tool"), "done")


class WarmUpTests(unittest.TestCase):
    WARM = """
        seen = []
        def setup(): seen.append("setup")
        def warm(): seen.append("warm")
        async def warm_async(): seen.append("warm")
        def cold(): raise RuntimeError("no model")
        def leaves(): raise SystemExit(0)
        def takes_one(argument): pass
        def show(): return seen
    """

    def test_tool_runs_once_after_setup_and_before_ready(self):
        for tool in ("warm", "warm_async"):
            with WorkerHost(self.WARM, warmup=tool) as host:
                self.assertIn("warmup_ms", host.ready.value["timings"])
                self.assertEqual(host.result("show"), ["setup", "warm"])
        with WorkerHost(self.WARM, warmup=None) as host:
            self.assertEqual(host.result("show"), ["setup"])

    def test_failure_is_told_with_its_stage(self):
        for tool, name, message in (("cold", "RuntimeError", "no model"), ("leaves", "SystemExit", "0"),
                                    ("wram", "ToolNotFound", "did you mean 'warm'"),
                                    ("takes_one", "TypeError", "argument"),
                                    ("setup", "ToolNotFound", "setup")):
            with self.subTest(tool), WorkerHost(self.WARM, warmup=tool) as host:
                self.assertEqual(host.ready.kind, protocol.FAILED)
                failure = host.ready.value
                self.assertEqual((failure["stage"], failure["error"]["type"]), ("warmup", name))
                self.assertIn(message, failure["error"]["message"])
                self.assertEqual(host.process.wait(BOUND), protocol.EXIT_BOOT_FAILED)


@unittest.skipUnless(os.path.exists("/proc/self/oom_score_adj"), "the system has no OOM scores")
class OomTests(unittest.TestCase):
    SCORE = "def score():\n    return int(open('/proc/self/oom_score_adj').read())\n"

    def test_worker_is_a_likelier_victim_than_its_host(self):
        with open("/proc/self/oom_score_adj") as file:
            own = int(file.read())
        with WorkerHost(self.SCORE) as host:
            self.assertEqual(host.result("score"), min(1000, own + 500))

    def test_score_stays_within_its_range(self):
        code = ("open('/proc/self/oom_score_adj', 'w').write('800'); "
                "from snakepit._linux import become_likely_oom_victim as raise_it; "
                "raise_it(); print(open('/proc/self/oom_score_adj').read())")
        ended = subprocess.run(
            [sys.executable, "-c", code], cwd=PACKAGE_PARENT, capture_output=True, text=True, timeout=BOUND)
        self.assertEqual(ended.stdout.strip(), "1000", ended.stderr)


if __name__ == "__main__":
    unittest.main()
