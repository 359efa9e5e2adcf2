"""Leftovers are found, and only those of this run."""
import contextlib
import io
import json
import os
import subprocess
import sys
import unittest
from unittest import mock

import leftovers
from tests.repository import RepositoryTestCase

WAIT = "import sys; sys.stdin.read()"


@unittest.skipUnless(leftovers.PROC.is_dir(), "processes are inspected through /proc")
class LeftoverTests(RepositoryTestCase):
    def setUp(self):
        super().setUp()
        self.temporary = self.root / "tmp"
        self.temporary.mkdir()
        self.before = self.root / "before.json"
        for patch in (
            mock.patch.object(leftovers, "folders", lambda: [str(self.temporary)]),
            mock.patch.object(leftovers, "GRACE_MS", 0),
            mock.patch.dict(os.environ, {leftovers.MARK: "this-run"}),
        ):
            patch.start()
            self.addCleanup(patch.stop)

    def start(self, *arguments, mark):
        environment = {name: value for name, value in os.environ.items() if name != leftovers.MARK}
        if mark:
            environment[leftovers.MARK] = mark
        process = subprocess.Popen(
            [sys.executable, "-c", f"print(flush=True); {WAIT}", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
        )
        self.addCleanup(process.communicate)
        process.stdout.readline()  # it has its own command line and environment now
        return process

    def compare(self):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            return leftovers.compare(self.before), output.getvalue()

    def test_nothing_left_is_silent(self):
        leftovers.snapshot(self.before)
        self.assertEqual((0, ""), self.compare())

    def test_a_marked_process_is_left(self):
        leftovers.snapshot(self.before)
        process = self.start(mark="this-run")
        code, output = self.compare()
        self.assertEqual(1, code)
        self.assertIn(f"process {process.pid}", output)

    def test_a_worker_without_a_mark_is_left(self):
        leftovers.snapshot(self.before)
        process = self.start("snakepit/_worker.py", mark=None)
        self.assertIn(f"process {process.pid}", self.compare()[1])

    def test_a_worker_of_another_run_is_not_ours(self):
        leftovers.snapshot(self.before)
        process = self.start("snakepit/_worker.py", mark="another-run")
        self.assertNotIn(f"process {process.pid}", self.compare()[1])

    def test_a_process_from_before_is_not_left(self):
        process = self.start(mark="this-run")
        leftovers.snapshot(self.before)
        self.assertNotIn(f"process {process.pid}", self.compare()[1])

    def test_a_new_snakepit_file_is_left(self):
        (self.temporary / "snakepit-old").touch()
        leftovers.snapshot(self.before)
        (self.temporary / "snakepit-new").touch()
        (self.temporary / "other").touch()
        self.assertEqual((1, f"left behind: file {self.temporary}/snakepit-new\n"), self.compare())

    def test_a_reused_process_id_is_another_process(self):
        process = self.start(mark="this-run")
        self.before.write_text(json.dumps({"processes": [f"{process.pid}@1"], "files": []}))
        self.assertIn(f"process {process.pid}", self.compare()[1])
