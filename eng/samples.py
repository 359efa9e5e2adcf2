#!/usr/bin/env python3
"""Runs the samples that need no input, and compares what they print.

Usage: eng/samples.py [--configuration NAME]
"""

import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT = 60  # seconds

EXPECTED = {
    "ChatSession": [
        "> The snake sleeps.",
        "Ada, your message 1 has new words: the, snake, sleeps.",
        "> The snake wakes!",
        "Ada, your message 2 has new words: wakes.",
        "All workers are new.",
        "> Does the snake sleep?",
        "Ada, your message 3 has new words: does, sleep.",
        "3 messages, the first one: The snake sleeps.",
    ],
    "HostTools": [
        "EUR: orders = 3, letter = Dear Ada, please pay 200.00 EUR.",
        "USD: orders = 3, letter = Dear Ada, please pay 216.00 USD.",
        "XXX: problem = There is no rate for XXX.",
    ],
}


def check(name, configuration):
    """Returns what is wrong with a sample; nothing when it prints what it should."""
    program = ROOT / "samples" / name / "bin" / configuration / "net10.0" / f"{name}.dll"
    try:
        ran = subprocess.run(["dotnet", program], capture_output=True, text=True, timeout=LIMIT, cwd=program.parent)
    except subprocess.TimeoutExpired:
        return f"{name} has not ended after {LIMIT} s"
    if ran.returncode or ran.stdout.splitlines() != EXPECTED[name]:
        return f"{name} ended with code {ran.returncode} and printed:\n{ran.stdout}{ran.stderr}"
    return None


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--configuration", default="Release")
    chosen = options.parse_args()
    problems = [problem for name in EXPECTED if (problem := check(name, chosen.configuration)) is not None]
    print("\n".join(problems) or f"{len(EXPECTED)} samples print what they should")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
