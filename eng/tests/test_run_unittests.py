"""Tests that the unittest runner counts tests with every kind of end."""
import json
import subprocess
import sys

import run_unittests
from tests.repository import RepositoryTestCase

SUITE = """
import unittest

class Case(unittest.TestCase):
    def test_passes(self):
        pass

    def test_fails_in_two_subtests(self):
        for number in range(2):
            with self.subTest(number):
                self.fail()

    def test_raises(self):
        raise ValueError

    @unittest.skip("numpy is not installed")
    def test_skips(self):
        pass

    @unittest.expectedFailure
    def test_passes_unexpectedly(self):
        pass
"""


class RunnerTests(RepositoryTestCase):
    def run_suite(self, text, *dispensable):
        self.write("cases/__init__.py", "")
        self.write("cases/test_case.py", text)
        output = self.root / "counts.json"
        folders = [str(self.root / "cases"), str(self.root)]
        command = [sys.executable, run_unittests.__file__, *folders, str(output), *dispensable]
        finished = subprocess.run(command, stderr=subprocess.DEVNULL, check=False)
        return finished.returncode, json.loads(output.read_text())

    def test_every_ending_is_counted_once(self):
        code, counts = self.run_suite(SUITE)
        self.assertEqual(1, code)
        self.assertEqual(1, counts["passed"])
        self.assertEqual(
            ["test_fails_in_two_subtests", "test_passes_unexpectedly", "test_raises"],
            sorted(name.rpartition(".")[2] for name in counts["failed"]),
        )
        self.assertEqual(["numpy is not installed"], [reason for _, reason in counts["skipped"]])
        self.assertEqual(5, len(counts["seconds"]))
        self.assertTrue(all(0 <= seconds < 60 for seconds in counts["seconds"].values()))

    def test_skips_for_want_of_a_dispensable_module_are_not_counted(self):
        self.assertEqual([], self.run_suite(SUITE, "pandas", "numpy")[1]["skipped"])
        self.assertEqual(1, len(self.run_suite(SUITE, "pandas")[1]["skipped"]))

    def test_a_module_that_cannot_be_imported_fails(self):
        code, counts = self.run_suite("import nowhere_to_be_found")
        self.assertEqual((1, 0, 1), (code, counts["passed"], len(counts["failed"])))

    def test_only_passing_tests_exit_with_zero(self):
        code, counts = self.run_suite(
            "import unittest\nclass C(unittest.TestCase):\n    def test_a(self):\n        pass\n")
        self.assertEqual((0, 1), (code, counts["passed"]))
