"""Tests that leftovers are found, and only those of this run."""
import contextlib
import fcntl
import io
import os
import socket
import subprocess
import sys
import unittest
from unittest import mock

import leftovers
from tests.repository import RepositoryTestCase
from tests.test_isolate import ISOLATE, can_mount

WAIT = "import sys; sys.stdin.read()"
WORKER = "snakepit/_worker.py"


class LeftoverTestCase(RepositoryTestCase):
    def setUp(self):
        super().setUp()
        self.run_mark = f"{os.getpid()}-leftovers"
        patch = mock.patch.object(leftovers, "GRACE_MS", 0)
        patch.start()
        self.addCleanup(patch.stop)

    def compare(self, *folders):
        """Returns the report of leftovers for the run's folders."""
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = leftovers.main(self.run_mark, folders or [str(self.root)])
        self.assertEqual(code == 1, bool(output.getvalue()))
        return output.getvalue()


@unittest.skipUnless(leftovers.PROC.is_dir(), "processes are inspected through /proc")
class ProcessTests(LeftoverTestCase):
    def start(self, *arguments, mark):
        environment = {name: value for name, value in os.environ.items() if name != leftovers.MARK}
        if mark:
            environment[leftovers.MARK] = mark
        process = subprocess.Popen(
            [sys.executable, "-c", f"print(flush=True); {WAIT}", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
        )
        self.addCleanup(process.communicate)
        process.stdout.readline()  # the process has its own command line and environment now
        return process

    def test_nothing_left_is_silent(self):
        self.assertEqual("", self.compare())

    def test_a_marked_process_is_left_and_ended(self):
        process = self.start(mark=self.run_mark)
        self.assertIn(f"left behind: process {process.pid}: ", self.compare())
        self.assertEqual(-9, process.wait(timeout=60))

    def test_a_process_of_another_run_is_not_ours(self):
        process = self.start(mark="another-run")
        self.assertEqual("", self.compare())
        self.assertIsNone(process.poll())

    def test_a_process_without_a_mark_may_be_anybodys(self):
        process = self.start("snakepit/_worker.py", mark=None)
        self.assertEqual("", self.compare())
        self.assertIsNone(process.poll())

    @unittest.skipUnless(can_mount(), "only root can mount, where it may")
    def test_where_only_the_run_has_processes_one_without_a_mark_is_left(self):
        # The process reports that it runs. If the tool does not end it, the script does, and the test fails.
        script = f"""
            exec 3< <(exec env -u {leftovers.MARK} "$0" -c 'import signal; print(flush=True); signal.pause()')
            read -u 3
            echo $!
            "$0" "$1"
            kill -9 $! 2>/dev/null"""
        finished = subprocess.run(
            [str(ISOLATE), "bash", "-c", script, sys.executable, leftovers.__file__],
            env={**os.environ, leftovers.MARK: self.run_mark}, text=True, check=False, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        pid, report = finished.stdout.splitlines()
        self.assertTrue(report.startswith(f"left behind: process {pid}: {sys.executable}"), report)


class FileTests(LeftoverTestCase):
    def left_names(self):
        return [os.path.basename(line) for line in self.compare().splitlines()]

    def test_every_file_is_left_whatever_its_name(self):
        for name in ("snakepit-it-1", "tmpabc", "notes"):
            self.write(f"{name}/file", "")
        self.write("file", "")
        self.assertEqual(["file", "notes", "snakepit-it-1", "tmpabc"], self.left_names())

    def test_an_empty_folder_of_ours_is_left_and_the_sdks_is_not(self):
        (self.root / "snakepit-it-1").mkdir()
        (self.root / "LnpABC").mkdir()
        self.assertEqual(["snakepit-it-1"], self.left_names())

    def test_what_dotnet_and_the_tools_leave_is_not_left(self):
        self.write("tools/file", "")
        self.write(".dotnet/lockfiles/file", "")
        for name in ("dotnet-diagnostic-1-2-socket", "CONTROLTOHOST_0a", "0" * 32, "MSBuild123"):
            with socket.socket(socket.AF_UNIX) as file:
                file.bind(str(self.root / name))
        os.mkfifo(self.root / "clr-debug-pipe-1-2-in")
        self.assertEqual([], self.left_names())

    def test_a_file_named_as_what_dotnet_leaves_is_left(self):
        names = ["0" * 32, "clr-debug-pipe-1-2-in", "dotnet-diagnostic-1-2-socket", "MSBuild123"]
        for name in names:
            self.write(name, "")
        self.write(f"{'f' * 32}/file", "")
        self.write("x.dotnet/file", "")
        self.assertEqual(sorted([*names, "f" * 32, "x.dotnet"]), self.left_names())

    def test_the_control_socket_of_a_killed_host_stays_and_that_of_a_living_one_is_left(self):
        registry = self.root / f"snakepit-{os.getuid()}"
        registry.mkdir()
        killed, living = registry / "1-00000000.control", registry / "2-11111111.control"
        with socket.socket(socket.AF_UNIX) as ended, socket.socket(socket.AF_UNIX) as host:
            ended.bind(str(killed))
            host.bind(str(living))
            host.listen()
            report = self.compare()
        self.assertIn(living.name, report)
        self.assertNotIn(killed.name, report)

    def test_entries_of_hosts_that_were_killed_are_not_left_and_all_else_beside_them_is(self):
        registry = f"snakepit-{os.getuid()}"
        self.write(f"{registry}/{'0' * 32}", "")
        living = self.write(f"{registry}/{'1' * 32}", "")
        for name in ("2" * 31, f"{'3' * 32}.new", f"{'4' * 32}/file"):
            self.write(f"{registry}/{name}", "")
        with living.open("rb") as entry:
            fcntl.flock(entry, fcntl.LOCK_EX)
            self.assertEqual(["1" * 32, "2" * 31, f"{'3' * 32}.new", "4" * 32], self.left_names())

    def test_the_folder_in_which_hosts_register_is_not_left(self):
        (self.root / f"snakepit-{os.getuid()}").mkdir(0o700)
        (self.root / "snakepit").mkdir(0o700)
        self.assertEqual([], self.left_names())

    @unittest.skipUnless(os.getuid() == 0, "only root can give a folder to another user")
    def test_the_folder_in_which_hosts_of_another_user_register_is_not_left(self):
        folder = self.root / "snakepit-61234"
        folder.mkdir(0o700)
        self.assertEqual(["snakepit-61234"], self.left_names())  # the folder does not belong to that user
        os.chown(folder, 61234, 61234)
        self.assertEqual([], self.left_names())

    def test_a_file_named_as_such_a_folder_is_left(self):
        self.write(f"snakepit-{os.getuid()}", "")
        self.assertEqual([f"snakepit-{os.getuid()}"], self.left_names())
