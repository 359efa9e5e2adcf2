#!/usr/bin/env python3
"""Prints the slowest steps and tests of a test run: slowest.py RESULTS SECONDS SUITE...

SECONDS is the time that the run has taken so far. The script reads NAME.time of every step, and NAME.trx or NAME.json
of every suite.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

from summarise import TRX

SHOWN = 12


def read_steps(results):
    """Yields (seconds, seconds of processor time, name) of every step."""
    for path in results.glob("*.time"):
        real, user, system = (float(number) for number in path.read_text().replace(",", ".").split())
        yield real, user + system, path.stem


def read_trx(path):
    for result in ElementTree.parse(path).iter(TRX + "UnitTestResult"):
        hours, minutes, seconds = (float(part) for part in result.get("duration", "0:0:0").split(":"))
        yield hours * 3600 + minutes * 60 + seconds, result.get("testName")


def read_json(path):
    for name, seconds in json.loads(path.read_text()).get("seconds", {}).items():
        yield seconds, name


def read_tests(results, suites):
    """Yields (seconds, suite, name) of every test."""
    for suite in suites:
        trx, counts = results / f"{suite}.trx", results / f"{suite}.json"
        tests = read_trx(trx) if trx.exists() else read_json(counts) if counts.exists() else ()
        yield from ((seconds, suite, name) for seconds, name in tests)


def main(results, total, suites):
    print(f"   {total:5} s in all ({total // 60} min {total % 60} s)\n")
    for real, processor, name in sorted(read_steps(results), reverse=True)[:SHOWN]:
        print(f"   {real:7.1f} s, {processor:7.1f} s of processor time   {name}")
    print()
    for seconds, suite, name in sorted(read_tests(results, suites), reverse=True)[:SHOWN]:
        print(f"   {seconds:7.1f} s   {suite}: {name.removeprefix(suite + '.')}")
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
