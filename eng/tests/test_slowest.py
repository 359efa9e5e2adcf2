"""Tests the list of the slowest steps and tests of every kind of suite."""
import contextlib
import io
import json

import slowest
from tests.repository import RepositoryTestCase
from tests.test_summarise import TRX


class SlowestTests(RepositoryTestCase):
    def run_slowest(self, *suites):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            slowest.main(self.root, 623, list(suites))
        total, steps, tests = output.getvalue().split("\n\n")
        self.assertEqual("     623 s in all (10 min 23 s)", total)
        return steps.splitlines(), tests.splitlines()

    def test_steps_and_tests_are_listed_with_the_slowest_first(self):
        self.write("Build.time", "58.1 90.5 4.5\n")
        self.write("A step.time", "60,5 1,0 0,5\n")  # as some languages write numbers
        tests = (("quick", "00:00:00.1000000"), ("slow", "00:01:02.5"))
        self.write("S.trx", TRX.format(outcome="Completed", text="", results="".join(
            f'<UnitTestResult testName="S.{name}" duration="{duration}" outcome="Passed" />'
            for name, duration in tests)))
        self.write("P.json", json.dumps({"passed": 1, "failed": [], "skipped": [], "seconds": {"t.x": 3.25}}))
        steps, tests = self.run_slowest("S", "P", "never ran")
        self.assertEqual(
            [
                "      60.5 s,     1.5 s of processor time   A step",
                "      58.1 s,    95.0 s of processor time   Build",
            ],
            steps)
        self.assertEqual(["      62.5 s   S: slow", "       3.2 s   P: t.x", "       0.1 s   S: quick"], tests)

    def test_only_twelve_are_shown(self):
        self.write("P.json", json.dumps({"seconds": {f"t.{i}": i for i in range(20)}}))
        self.write("Build.time", "1 1 1\n")
        tests = self.run_slowest("P")[1]
        self.assertEqual(12, len(tests))
        self.assertTrue(tests[0].endswith("t.19"))
