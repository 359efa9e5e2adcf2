#!/usr/bin/env python3
"""Writes docs/performance.md and its pictures from the results in bench/results. With --check, fails when one is stale.

This command saves a result: dotnet run -c Release --project bench/Snakepit.Bench -- <scenario> --save
"""
import json
import pathlib
import sys

import chart

ROOT = pathlib.Path(__file__).resolve().parent.parent
ORDER = (
    "floor", "kernel", "latency", "throughput", "metrics", "stream", "hosttool", "codec", "hol", "session", "threads",
    "grpc", "pythons", "start", "cli", "scale", "replace", "reload", "autoscale", "recycle", "recycle-storm",
    "recycle-storm-mixed", "recycle-storm-threads", "count-overshoot", "ttl-lateness", "memory", "soak-memory",
    "leak-free", "overload", "kill-pipelined", "kill-storm", "kill-storm-mixed", "kill-storm-threads", "host-death",
    "hang", "cancel", "broken-adapter", "soak", "simulate", "fuzz", "idle", "lifecycle-cost",
)

INTRO = pathlib.Path(__file__).with_name("performance_intro.md").read_text(encoding="utf-8")

UNREFERENCED = "Measured before references were: no ratios, and the bars of that time."

UNITS = {
    "dictionary_pair_ns": ("pair", "pairs"),
    "python_loop_ns": ("loop", "loops"),
    "interpreter_start_ms": ("start", "starts"),
    "wake_up_us": ("wake-up", "wake-ups"),
    "late_wake_up_us": ("late wake-up", "late wake-ups"),
}


def number(value):
    """Formats a number with three decimals, or with more where a share close to 1 or 0 would look like it."""
    decimals = 3
    while abs(value) < 1 and value != 0 and decimals < 9 and round(value, decimals) in (-1, 0, 1):
        decimals += 1
    text = f"{value:,.{decimals}f}".rstrip("0").rstrip(".")
    return text if text != "-0" else "0"


def counted(times, reference):
    """Formats a multiple of a reference: 1 start, 4 pairs."""
    return f"{number(times)} {UNITS[reference][times != 1]}"


def limit_of(bar):
    """Formats a bar on the machine of its result: ≤ 0, ≤ 4 pairs = 90.1, ≤ 50 + 8 starts = 100.4."""
    sign, reference = "≥" if bar.get("at_least") else "≤", bar.get("reference")
    if not reference:
        return f"{sign} {number(bar['bar'])}"
    parts = [number(bar["clock"])] if bar.get("clock") else []
    parts.append(f"{'1 in ' if bar.get('at_least') else ''}{counted(bar['times'], reference)}")
    return f"{sign} {' + '.join(parts)} = {number(bar['bar'])}"


def references_of(result):
    """Formats the references before and after a result."""
    before, after = result["reference"]["before"], result["reference"]["after"]
    shown = []
    for name, (reference, _) in UNITS.items():
        unit = name.rsplit("_", 1)[1].replace("us", "µs")
        shown.append(f"{reference} {number(before[name])} / {number(after[name])} {unit}")
    return f"References before / after: {', '.join(shown)}."


def section(result):
    machine, bars = result["machine"], {bar["name"]: bar for bar in result["bars"]}
    ratios = {ratio["name"]: ratio for ratio in result.get("ratios", [])}
    lines = [
        f"## {result['scenario']}", "",
        result["description"], "",
        "```sh", result["command"], "```", "",
        f"{result['date']}, {machine['cores']} cores, load {number(machine['load'])} before the run, "
        f"{machine['kernel']}, {machine['dotnet']}, {machine['python']}", "",
        references_of(result) if "reference" in result else UNREFERENCED, "",
        "| metric | | value | ratio | bar | |", "|---|---|--:|--:|---|---|",
    ]
    for name, value in result["metrics"].items():
        bar, ratio = bars.get(name), ratios.get(name)
        limit, held = (limit_of(bar), "held" if bar["held"] else "**missed**") if bar else ("", "")
        times = counted(ratio["ratio"], ratio["reference"]) if ratio else ""
        lines.append(f"| `{name}` | {result['meanings'][name]} | {number(value)} | {times} | {limit} | {held} |")
    if "evidence" in result:
        lines += ["", *(f"- {line}" for line in result["evidence"])]
    if "chart" in result:
        lines += ["", f"![{result['chart']['y']}, over {result['chart']['x']}]({picture_of(result)})"]
    return "\n".join(lines) + "\n"


def listed_limit(bar):
    """Formats a bar as it is on every machine."""
    sign, reference = "≥" if bar.get("at_least") else "≤", bar.get("reference")
    if not reference:
        return f"{sign} {number(bar['fixed'])}{', full runs only' if bar.get('in_full_runs_only') else ''}"
    parts = [number(bar["fixed"])] if bar["fixed"] else []
    parts.append(f"{'1 in ' if bar.get('at_least') else ''}{counted(bar['times'], reference)}")
    return f"{sign} {' + '.join(parts)}"


def bar_table(bars):
    """Returns the table of all bars with their origins."""
    lines = [
        "## All bars", "",
        "| scenario | metric | bar | measured on the machine of these results, and what the bar was before |",
        "|---|---|---|---|",
    ]
    for bar in bars:
        lines.append(f"| {bar['scenario']} | `{bar['metric']}` | {listed_limit(bar)} | {bar.get('reason', '')} |")
    return "\n".join(lines) + "\n"


def coverage(results):
    """Returns a sentence about results without references, or an empty text when there are none."""
    without = [result["scenario"] for result in results if "reference" not in result]
    if not without:
        return ""
    return (
        f"Of the {len(results)} results below, {len(results) - len(without)} have references. "
        f"Not measured since there are any: {', '.join(without)}.\n"
    )


def picture_of(result):
    """Returns the path of a result's picture, relative to docs."""
    return f"images/{result['scenario']}.svg"


def rank(result):
    name = result["scenario"]
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


def pages(root):
    """Returns the files to write in docs: the page, and a picture for each result with curves."""
    results = sorted((json.loads(path.read_text()) for path in (root / "bench/results").glob("*.json")), key=rank)
    bars = json.loads((root / "bench/bars.json").read_text())
    parts = [INTRO, coverage(results), bar_table(bars), *map(section, results)]
    made = {"performance.md": "\n".join(filter(None, parts))}
    made.update((picture_of(result), chart.draw(result["chart"])) for result in results if "chart" in result)
    return made


def main(root=ROOT):
    stale = {root / "docs" / name: text for name, text in pages(root).items()}
    stale = {target: text for target, text in stale.items() if not target.exists() or target.read_text() != text}
    if stale and "--check" in sys.argv:
        names = ", ".join(f"docs/{target.relative_to(root / 'docs')}" for target in stale)
        print(names, "differs from bench/results; run eng/performance.py")
        return 1
    for target, text in stale.items():
        target.parent.mkdir(exist_ok=True)
        target.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
