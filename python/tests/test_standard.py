"""Workers on standard streams and two pipes for control, on Unix and as on Windows."""

import os
import select
import signal
import subprocess
import sys
import unittest

from snakepit import _protocol as protocol

from tests.host import BOUND, PACKAGE_PARENT, HostAsOnWindows, StandardHost

ADAPTER = """
import sys
from snakepit import ctx
def add(a, b): return a + b
def echo(value): return value
def say(text):
    ctx.log.info("said %s", text)
    print(text)
def read(): return sys.stdin.read()
def arguments(): return sys.argv
def forever():
    print("in")
    while True: pass
def start(program):
    import subprocess
    print(subprocess.Popen(program, close_fds=False).pid, "started")
def memory_usage(): return 12345
def teardown(): print("teardown ran")
"""


class StandardChannelTests(unittest.TestCase):
    host = StandardHost

    def test_calls_are_answered_whatever_their_size(self):
        with self.host(ADAPTER) as host:
            self.assertEqual(host.hello.value["features"], [])
            self.assertEqual(host.result("add", [1, 2]), 3)
            large = "x" * 3_000_000
            self.assertEqual(host.result("echo", [large]), large)
            self.assertEqual(host.error("add", [1])["type"], "TypeError")

    def test_output_is_the_users_and_never_among_the_replies(self):
        with self.host(ADAPTER) as host:
            host.result("say", ["hello"])
            host.output_until(b"hello\n")
            self.assertEqual(self._read_control(host, protocol.LOG)["message"], "said hello")

    def test_tool_finds_no_input_and_no_trace_of_the_channels(self):
        with self.host(ADAPTER) as host:
            self.assertEqual(host.result("read"), "")
            self.assertEqual(host.result("arguments"), ["-c"])

    def test_pings_are_answered_and_memory_is_told(self):
        with self.host(ADAPTER) as host:
            self.assertEqual(self._read_control(host, protocol.EVENT), {"kind": "memory_usage", "bytes": 12345})
            host.write(host.call_frame("forever"))
            host.send_control(protocol.PING)
            self.assertEqual(host.read_control().kind, protocol.PONG)

    def test_shutdown_runs_teardown(self):
        with self.host(ADAPTER) as host:
            self.assertEqual(host.shutdown(), 0)
            self.assertEqual(host.output_until_end(), b"teardown ran\n")

    def test_lost_host_ends_the_worker_while_a_tool_runs(self):
        with self.host(ADAPTER) as host:
            host.write(host.call_frame("forever"))
            host.output_until(b"in\n")
            host.control.close()
            self.assertNotEqual(host.process.wait(BOUND), 0)

    def test_process_of_a_tool_holds_no_channel(self):
        with self.host(ADAPTER) as host:
            host.result("start", [["sleep", "600"]])
            host.output_until(b"started\n")
            self.assertEqual(host.shutdown(), 0)
            self.assertIsNone(host.read(allow_end=True))

    def test_worker_started_by_hand_says_so(self):
        code = (f"import sys;sys.path.insert(0,{PACKAGE_PARENT!r});"
                "from snakepit import _worker;_worker.main_on_standard_streams()")
        for arguments in [], ["x", "y"], ["998", "999"]:
            with self.subTest(arguments):
                ended = subprocess.run(
                    [sys.executable, "-c", code, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                    timeout=BOUND)
                self.assertEqual(ended.returncode, protocol.EXIT_CHANNEL_LOST)
                self.assertIn(b"a worker is started by its host", ended.stderr)

    def _read_control(self, host, kind):
        while (frame := host.read_control()).kind != kind:
            pass
        return frame.value


class WithoutUnixTests(StandardChannelTests):
    host = HostAsOnWindows


class UnixTests(unittest.TestCase):
    def test_tool_that_closes_low_descriptors_is_answered(self):
        with StandardHost("import os\ndef close():\n    os.closerange(0, 32)\n") as host:
            self.assertIsNone(host.result("close"))

    def test_what_a_tool_started_ends_with_a_worker_that_loses_its_host(self):
        with StandardHost(ADAPTER) as host:
            host.result("start", [["sleep", "600"]])
            pid = int(host.output_until(b"started\n").rpartition(protocol.OUTPUT_END.encode())[2].split()[0])
            pidfd = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
            host.control.close()
            self.assertEqual(host.process.wait(BOUND), -signal.SIGKILL)
            if pidfd is not None:
                self.assertTrue(select.select([pidfd], [], [], BOUND)[0])
                os.close(pidfd)
