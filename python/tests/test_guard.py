import os
import signal
import subprocess
import sys
import unittest

from tests.host import BOUND, PACKAGE_PARENT

BOOT = f"import sys;sys.path.insert(0,{PACKAGE_PARENT!r});from snakepit import _guard;_guard.main()"

# A child, and a grandchild in a session of its own whose parent has ended. Both hold the standard output open.
SHELL = "sleep 1000 & sh -c 'setsid sleep 1000 &'; echo up; "


class GuardTests(unittest.TestCase):
    def start(self, *command):
        guard = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", BOOT, *command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(guard.stderr.close)
        self.addCleanup(guard.stdout.close)
        self.addCleanup(guard.stdin.close)
        self.addCleanup(guard.kill)
        return guard

    def test_its_exit_code_is_that_of_the_command(self):
        for code, command in ((0, "true"), (7, "exit 7"), (128 + signal.SIGTERM, "kill $$")):
            with self.subTest(command):
                self.assertEqual(self.start("sh", "-c", command).wait(BOUND), code)

    def test_a_command_that_is_not_there_is_told(self):
        guard = self.start("/no/such/program")
        self.assertEqual(guard.wait(BOUND), 127)
        self.assertEqual(guard.stderr.read(), b"/no/such/program: No such file or directory\n")

    def test_the_command_has_no_input_and_leads_a_group(self):
        guard = self.start(sys.executable, "-c", "import os, sys; print(sys.stdin.read(), os.getpid() == os.getpgrp())")
        self.assertEqual((guard.stdout.read(), guard.wait(BOUND)), (b" True\n", 0))

    def test_what_the_command_leaves_behind_ends_with_it(self):
        guard = self.start("sh", "-c", SHELL)
        self.assertEqual(guard.stdout.read(), b"up\n")  # to the end: nobody holds it open any more
        self.assertEqual(guard.wait(BOUND), 0)

    def test_everything_ends_with_the_input(self):
        guard = self.start("sh", "-c", SHELL + "wait")
        self.assertEqual(guard.stdout.readline(), b"up\n")
        guard.stdin.close()
        self.assertEqual(guard.stdout.read(), b"")
        self.assertEqual(guard.wait(BOUND), 128 + signal.SIGKILL)

    def test_a_signal_of_the_terminal_is_the_hosts_business(self):
        guard = self.start("sh", "-c", "echo up; read line < /dev/zero")
        self.assertEqual(guard.stdout.readline(), b"up\n")
        os.kill(guard.pid, signal.SIGINT)
        guard.stdin.close()
        self.assertEqual(guard.wait(BOUND), 128 + signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
