"""Tests the runner's arithmetic: what counts as passed, and what must never count as passed."""
import contextlib
import io
import json

import summarise
from tests.repository import SOLUTION, RepositoryTestCase

TRX = """<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
  <Results>{results}</Results>
  <ResultSummary outcome="{outcome}"><RunInfos><RunInfo><Text>{text}</Text></RunInfo></RunInfos></ResultSummary>
</TestRun>"""
PASSED = '<UnitTestResult testName="A.passes" outcome="Passed" />'
FAILED = '<UnitTestResult testName="A.fails" outcome="Failed" />'
SKIPPED = (
    '<UnitTestResult testName="A.skips" outcome="NotExecuted">'
    "<Output><StdOut>no numpy</StdOut></Output></UnitTestResult>"
)
SILENT = '<UnitTestResult testName="A.hides" outcome="NotExecuted" />'


class SummariseTests(RepositoryTestCase):
    def trx(self, *results, outcome="Completed", text="", exit_code="0"):
        self.write("S.trx", TRX.format(results="".join(results), outcome=outcome, text=text))
        self.write("S.exit", exit_code + "\n")

    def summarise(self, *suites):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = summarise.main(self.root, list(suites))
        lines = output.getvalue().splitlines()
        return code, lines[-1], lines

    def test_passed_and_skipped_with_reason_is_green(self):
        self.trx(PASSED, PASSED, SKIPPED)
        code, last, lines = self.summarise("S")
        self.assertEqual((0, "2 passed, 0 failed, 1 skipped"), (code, last))
        self.assertIn("skipped  S: A.skips: no numpy", lines)

    def test_no_skips_are_not_mentioned(self):
        self.trx(PASSED)
        self.assertEqual("1 passed, 0 failed", self.summarise("S")[1])

    def test_a_failed_test_fails(self):
        self.trx(PASSED, FAILED, outcome="Failed", exit_code="2")
        code, last, lines = self.summarise("S")
        self.assertEqual((1, "1 passed, 1 failed"), (code, last))
        self.assertIn("FAILED   S: A.fails", lines)

    def test_a_skip_without_reason_fails(self):
        self.trx(PASSED, SILENT)
        self.assertEqual((1, "1 passed, 1 failed"), self.summarise("S")[:2])

    def test_a_suite_without_tests_fails(self):
        self.trx()
        self.assertEqual((1, "0 passed, 1 failed"), self.summarise("S")[:2])

    def test_a_killed_run_fails_although_its_tests_passed(self):
        self.trx(PASSED, outcome="Failed", text="Test host crashed", exit_code="7")
        code, last, lines = self.summarise("S")
        self.assertEqual((1, "1 passed, 1 failed"), (code, last))
        self.assertIn("FAILED   S: the run itself, after 1 tests: Test host crashed", lines)

    def test_a_bad_exit_code_alone_fails(self):
        self.trx(PASSED, exit_code="137")
        self.assertEqual((1, "1 passed, 1 failed"), self.summarise("S")[:2])

    def test_a_suite_that_never_ran_fails(self):
        self.assertEqual((1, "0 passed, 1 failed"), self.summarise("S")[:2])

    def test_a_suite_without_results_fails(self):
        self.write("S.exit", "0\n")
        self.assertEqual((1, "0 passed, 1 failed"), self.summarise("S")[:2])

    def test_suites_are_added_up(self):
        self.trx(PASSED, SKIPPED)
        self.write("P.json", json.dumps({"passed": 3, "failed": ["t.x"], "skipped": [["t.y", "too old"]]}))
        self.write("P.exit", "1\n")
        self.assertEqual((1, "4 passed, 1 failed, 2 skipped"), self.summarise("S", "P")[:2])

    def test_a_failed_check_fails(self):
        self.trx(PASSED)
        self.write("Build.exit", "1\n")
        code, last, lines = self.summarise("S")
        self.assertEqual((1, "1 passed, 1 failed"), (code, last))
        self.assertIn("FAILED   check: Build: see its section above", lines)

    def test_a_check_that_passed_is_not_a_test(self):
        self.trx(PASSED)
        self.write("Build.exit", "0\n")
        self.assertEqual((0, "1 passed, 0 failed"), self.summarise("S")[:2])


class TestProjectTests(RepositoryTestCase):
    def list_projects(self):
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
            code = summarise.list_test_projects(self.root)
        return code, output.getvalue().split()

    def setUp(self):
        super().setUp()
        self.write("Snakepit.slnx", SOLUTION)
        project = "<Project><PropertyGroup><IsTestProject>true</IsTestProject></PropertyGroup></Project>"
        self.write("tests/Some.Tests/Some.Tests.csproj", project)

    def test_projects_come_from_the_solution(self):
        self.assertEqual((0, ["tests/Some.Tests/Some.Tests.csproj"]), self.list_projects())

    def test_a_project_outside_the_solution_is_an_error(self):
        self.write("tests/Forgotten/Forgotten.csproj", "<Project />")
        self.assertEqual(1, self.list_projects()[0])

    def test_a_solution_without_test_projects_is_an_error(self):
        self.write("tests/Some.Tests/Some.Tests.csproj", "<Project />")
        self.assertEqual(1, self.list_projects()[0])
