#!/usr/bin/env python3
"""Runs Python's unittest and writes the result.

run_unittests.py START_DIRECTORY TOP_DIRECTORY RESULT_FILE [MODULE...]

This interpreter may lack the MODULEs. Tests that are skipped because "MODULE is not installed" do not count, because
another interpreter runs them.
"""
import faulthandler
import json
import pathlib
import sys
import time
import unittest

SECONDS_PER_TEST = 120  # enough for a slow machine that runs suites side by side


class CountingResult(unittest.TextTestResult):
    """Counts tests instead of problems: a test with three failed subtests is one failed test."""

    uncounted = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.passed, self.failed, self.skips = 0, {}, []
        self.begun, self.seconds = time.monotonic(), {}

    def startTest(self, test):
        # A test that hangs ends the run with the stacks of all threads. The missing result file counts as a failure.
        faulthandler.dump_traceback_later(SECONDS_PER_TEST, exit=True, file=sys.__stderr__)
        super().startTest(test)
        self.begun = time.monotonic()

    def stopTest(self, test):
        # When a class is skipped, Python 3.12.1 stops tests that it has not started.
        self.seconds[test.id()] = time.monotonic() - self.begun
        faulthandler.cancel_dump_traceback_later()
        super().stopTest(test)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.passed += 1

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.failed[test.id()] = None

    def addError(self, test, err):
        super().addError(test, err)
        self.failed[test.id()] = None

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.failed[test.id()] = None

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.failed[test.id()] = None

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if reason not in self.uncounted:
            self.skips.append([test.id(), reason])


def main(start, top, output, *dispensable):
    CountingResult.uncounted = [f"{module} is not installed" for module in dispensable]
    suite = unittest.TestLoader().discover(start, top_level_dir=top)
    result = unittest.TextTestRunner(resultclass=CountingResult).run(suite)
    counts = {
        "passed": result.passed,
        "failed": list(result.failed),
        "skipped": result.skips,
        "seconds": result.seconds,
    }
    pathlib.Path(output).write_text(json.dumps(counts))
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
