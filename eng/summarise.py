#!/usr/bin/env python3
"""Sums up a test run: summarise.py RESULTS SUITE...

RESULTS holds NAME.exit of every step, and NAME.trx or NAME.json of every suite. The closing line comes last. The exit
code is 1 unless everything passed. With --test-projects, the script lists the solution's test projects.
"""
import dataclasses
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRX = "{http://microsoft.com/schemas/VisualStudio/TeamTest/2010}"


@dataclasses.dataclass
class Outcome:
    """The outcome of a suite or a check: the number of passed tests, the failed, and the skipped with their reasons."""

    passed: int = 0
    failed: list = dataclasses.field(default_factory=list)
    skipped: list = dataclasses.field(default_factory=list)

    @property
    def total(self):
        return self.passed + len(self.failed) + len(self.skipped)


def list_test_projects(root):
    """Prints the solution's test projects.

    A project under tests/ that is missing in the solution is an error, because it would never run.
    """
    known = [project.get("Path") for project in ElementTree.parse(root / "Snakepit.slnx").iter("Project")]
    present = [path.relative_to(root).as_posix() for path in sorted(root.glob("tests/*/*.csproj"))]
    listed = [path for path in known if path.startswith("tests/") and is_test_project(root / path)]
    print("\n".join(listed))
    strangers = [path for path in present if path not in known]
    for path in strangers:
        print(f"{path} is not in Snakepit.slnx", file=sys.stderr)
    return 0 if listed and not strangers else 1


def is_test_project(path):
    return any((value.text or "").strip() == "true" for value in ElementTree.parse(path).iter("IsTestProject"))


def read_trx(path):
    tree, outcome = ElementTree.parse(path), Outcome()
    for result in tree.iter(TRX + "UnitTestResult"):
        name, verdict = result.get("testName"), result.get("outcome")
        if verdict == "Passed":
            outcome.passed += 1
        elif verdict == "NotExecuted":
            outcome.skipped.append((name, (result.findtext(f"{TRX}Output/{TRX}StdOut") or "").strip()))
        else:
            outcome.failed.append(name)
    if tree.find(TRX + "ResultSummary").get("outcome") == "Failed" and not outcome.failed:
        texts = [text.text for text in tree.iter(TRX + "Text")]
        outcome.failed.append(f"the run itself, after {outcome.total} tests: {' '.join(texts)}")
    return outcome


def read_json(path):
    counts = json.loads(path.read_text())
    return Outcome(counts["passed"], counts["failed"], [tuple(skip) for skip in counts["skipped"]])


def read_suite(results, name):
    """Reads a suite's outcome. Missing results or tests, skips without a reason and a bad exit code are failures."""
    trx, counts, code = results / f"{name}.trx", results / f"{name}.json", results / f"{name}.exit"
    if trx.exists():
        outcome = read_trx(trx)
    elif counts.exists():
        outcome = read_json(counts)
    else:
        return Outcome(failed=["it left no results" if code.exists() else "it did not run"])
    if outcome.total == 0:
        outcome.failed.append("it has no tests")
    outcome.failed += [f"{test}: skipped without a reason" for test, reason in outcome.skipped if not reason]
    outcome.skipped = [skip for skip in outcome.skipped if skip[1]]
    exit_code = code.read_text().strip() if code.exists() else "unknown"
    if exit_code != "0" and not outcome.failed:
        outcome.failed.append(f"it ended with exit code {exit_code}")
    return outcome


def read_checks(results, suites):
    """Reads the outcome of the steps that are no suites. A step counts only when it failed."""
    steps = (path for path in sorted(results.glob("*.exit")) if path.stem not in suites)
    failed = [path.stem for path in steps if path.read_text().strip() != "0"]
    return Outcome(failed=[f"{name}: see its section above" for name in failed])


def closing_line(outcomes):
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(len(outcome.failed) for outcome in outcomes)
    skipped = sum(len(outcome.skipped) for outcome in outcomes)
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def main(results, suites):
    outcomes = {name: read_suite(results, name) for name in suites}
    for name, outcome in outcomes.items():
        print(f"   {name:<38}{closing_line([outcome])}")
    outcomes["check"] = read_checks(results, suites)
    for name, outcome in outcomes.items():
        for test, reason in outcome.skipped:
            print(f"skipped  {name}: {test}: {reason}")
    for name, outcome in outcomes.items():
        for test in outcome.failed:
            print(f"FAILED   {name}: {test}")
    print()
    print(closing_line(outcomes.values()))
    return 1 if any(outcome.failed for outcome in outcomes.values()) else 0


if __name__ == "__main__":
    if sys.argv[1] == "--test-projects":
        sys.exit(list_test_projects(ROOT))
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2:]))
