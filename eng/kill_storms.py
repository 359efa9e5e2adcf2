#!/usr/bin/env python3
"""Runs the scenario kill-storm repeatedly, each time with another seed, until a bystander fails:

    python3 eng/kill_storms.py --runs 200 --load

With --mixed it runs kill-storm-mixed, in which a third of the load are streams, calls of sessions and nested calls;
with --threads kill-storm-threads, where in addition workers run several calls at once.
With --load everything shares one core with processes that use all of it. The script stops after a run that fails a
bystander, loses a call, runs one twice or does not end, and prints the place of the evidence. Otherwise the last lines
sum up all runs, and the reasons why workers were missing for more than 200 ms.
Build the bench first: dotnet build -c Release bench/Snakepit.Bench
"""
import argparse
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench/Snakepit.Bench/bin/Release/net10.0/Snakepit.Bench.dll"
NEVER = ("bystanders_failed", "lost", "duplicated", "misdelivered", "finished_but_lost")
HOGS = 2
GAP = re.compile(r"^(\w+): (\d+) workers were back after (\d+) ms, .*?: (.*) \(pauses ")


class Summary:
    """The results of the runs so far."""

    def __init__(self):
        self.runs = self.calls = self.kills = 0
        self.gaps = collections.defaultdict(list)

    def take(self, result):
        """Adds a run and returns the forbidden events in it."""
        metrics = result["metrics"]
        self.runs += 1
        self.calls += int(metrics["calls"])
        self.kills += int(metrics["kills"])
        for line in result.get("evidence", []):
            if gap := GAP.match(line):
                self.gaps[(gap[1], gap[4])].append(int(gap[3]))
        return [f"{name} {metrics[name]:g}" for name in NEVER if metrics[name] > 0]

    def lines(self):
        yield f"{self.runs} runs, {self.calls:,} calls, {self.kills:,} kills"
        for (method, cause), took in sorted(self.gaps.items(), key=lambda item: -len(item[1])):
            yield f"  {method}: {len(took)} x above 200 ms, {max(took)} ms at most: {cause}"


def last_object(text):
    """Returns the result, which is the last line of the output, or None."""
    lines = text.strip().splitlines()
    try:
        return json.loads(lines[-1]) if lines else None
    except ValueError:
        return None


def command_of(scenario, seed, seconds, core):
    command = ["dotnet", str(BENCH), scenario, "--seconds", str(seconds), "--seed", str(seed), "--json"]
    return command if core is None else ["taskset", "--cpu-list", str(core), *command]


def run_once(scenario, seed, seconds, core):
    command = command_of(scenario, seed, seconds, core)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds * 4 + 120, check=False)
    except subprocess.TimeoutExpired as e:
        return None, f"It did not end within {e.timeout:g} s.\n{(e.stderr or b'').decode(errors='replace')}"
    return last_object(done.stdout), done.stderr


def hogs(count, core):
    command = ["nice", "-n", "10", "taskset", "--cpu-list", str(core), sys.executable, "-S", "-c", "while True: pass"]
    return [subprocess.Popen(command) for _ in range(count)]


def main():
    parser = argparse.ArgumentParser(description="Runs kill-storm until a bystander fails.")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=15, help="of each run")
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each further one has the next")
    parser.add_argument(
        "--keep-going", action="store_true",
        help="go on after a run that failed something; the exit code says it all the same")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--mixed", action="store_true", help="with streams, calls of sessions and nested calls")
    kind.add_argument("--threads", action="store_true", help="the same with workers of several threads")
    parser.add_argument("--load", action="store_true", help="on one core, beside processes that want all of it")
    arguments = parser.parse_args()
    core = 0 if arguments.load and shutil.which("taskset") else None
    running = hogs(HOGS, core) if core is not None else []
    summary, failed = Summary(), 0
    scenario = "kill-storm" + ("-mixed" if arguments.mixed else "-threads" if arguments.threads else "")
    try:
        for seed in range(arguments.seed, arguments.seed + arguments.runs):
            result, told = run_once(scenario, seed, arguments.seconds, core)
            wrong = summary.take(result) if result else ["it has no result"]
            number = seed - arguments.seed + 1
            print(f"[{number}/{arguments.runs}] seed {seed}: {', '.join(wrong) or 'nothing failed'}", flush=True)
            if wrong:
                failed += 1
                print("\n".join(result.get("evidence", [])) if result else told, flush=True)
                if not arguments.keep_going:
                    break
    finally:
        for hog in running:
            hog.kill()
            hog.wait()
        print("\n".join(summary.lines()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
