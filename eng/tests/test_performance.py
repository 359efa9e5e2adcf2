"""Tests the page of results that is made from saved results, and when it is stale."""
import contextlib
import io
import json
import sys
import unittest.mock
import xml.etree.ElementTree

import chart
import performance
from tests.repository import RepositoryTestCase

RESULT = {
    "scenario": "latency",
    "date": "2026-01-02",
    "command": "dotnet run -c Release --project bench/Snakepit.Bench -- latency",
    "machine": {"cores": 2, "kernel": "Linux 6.18", "dotnet": ".NET 10.0.0", "python": "CPython 3.11.2",
                "python_executable": "/usr/bin/python3", "load": 0.5},
    "description": "One call.",
    "meanings": {"p50_us": "median", "over_floor_us": "above the floor"},
    "metrics": {"p50_us": 1234.5, "over_floor_us": 31},
    "bars": [{"name": "over_floor_us", "value": 31, "bar": 30, "held": False}],
}

REFERENCE = {
    "before": {
        "dictionary_pair_ns": 22,
        "python_loop_ns": 26,
        "interpreter_start_ms": 6,
        "wake_up_us": 5,
        "late_wake_up_us": 30,
    },
    "after": {
        "dictionary_pair_ns": 23,
        "python_loop_ns": 26.5,
        "interpreter_start_ms": 6.5,
        "wake_up_us": 4,
        "late_wake_up_us": 40,
    },
}

BARS = [
    {
        "scenario": "latency", "metric": "over_floor_us",
        "fixed": 0, "times": 750, "reference": "python_loop_ns", "reason": "measured",
    },
    {
        "scenario": "start", "metric": "ready_ms",
        "fixed": 50, "times": 1, "reference": "interpreter_start_ms", "reason": "as well",
    },
    {
        "scenario": "throughput", "metric": "calls_per_s", "at_least": True,
        "fixed": 0, "times": 200, "reference": "python_loop_ns", "reason": "too",
    },
    {"scenario": "fuzz", "metric": "inputs", "at_least": True, "fixed": 1000000, "in_full_runs_only": True},
]

CHART = {
    "x": "seconds",
    "y": "MiB",
    "curves": [
        {"name": "one & only", "points": "0,1 5,20 10,400.5"},
        {"name": "other", "points": "0,1 10,2"},
    ],
}


class PerformanceTests(RepositoryTestCase):
    def setUp(self):
        super().setUp()
        self.write("docs/README.md", "")
        self.write("bench/bars.json", json.dumps(BARS))
        self.save(RESULT)

    def save(self, result):
        self.write(f"bench/results/{result['scenario']}.json", json.dumps(result))

    def run_main(self, *arguments):
        self.said = io.StringIO()
        argv = unittest.mock.patch.object(sys, "argv", ["performance.py", *arguments])
        with argv, contextlib.redirect_stdout(self.said):
            return performance.main(self.root)

    def page(self):
        self.assertEqual(self.run_main(), 0)
        return (self.root / "docs/performance.md").read_text()

    def test_shows_values_bars_command_and_machine(self):
        page = self.page()
        self.assertIn("| `p50_us` | median | 1,234.5 |  |  |  |", page)
        self.assertIn("dotnet run -c Release --project bench/Snakepit.Bench -- latency\n", page)
        self.assertIn("2026-01-02, 2 cores, load 0.5 before the run, Linux 6.18, .NET 10.0.0, CPython 3.11.2", page)

    def test_shows_a_missed_bar(self):
        self.assertIn("| `over_floor_us` | above the floor | 31 |  | ≤ 30 | **missed** |", self.page())

    def test_shows_a_held_bar(self):
        self.save({**RESULT, "bars": [{**RESULT["bars"][0], "held": True}]})
        self.assertIn("| 31 |  | ≤ 30 | held |", self.page())

    def test_shows_no_share_as_whole_that_is_not(self):
        for value, text in (
            (0.9999, "0.9999"),
            (0.999951, "0.99995"),
            (1, "1"),
            (0.1234, "0.123"),
            (0.00004, "0.00004"),
            (0, "0"),
            (-0.0001, "-0.0001"),
            (31.0001, "31"),
        ):
            self.assertEqual(text, performance.number(value))
        self.save({**RESULT, "bars": [{**RESULT["bars"][0], "at_least": True, "bar": 0.9999}]})
        self.assertIn("| ≥ 0.9999 | **missed** |", self.page())

    def test_shows_a_bar_that_is_the_least(self):
        self.save({**RESULT, "bars": [{**RESULT["bars"][0], "at_least": True, "held": True}]})
        self.assertIn("| 31 |  | ≥ 30 | held |", self.page())

    def test_shows_references_ratios_and_bars_in_references(self):
        self.save({
            **RESULT,
            "reference": REFERENCE,
            "ratios": [{"name": "p50_us", "ratio": 47.5, "reference": "python_loop_ns"}],
            "bars": [{
                "name": "over_floor_us", "value": 31, "bar": 19.688,
                "times": 750, "reference": "python_loop_ns", "held": False,
            }],
        })
        page = self.page()
        self.assertIn(
            "References before / after: pair 22 / 23 ns, loop 26 / 26.5 ns, start 6 / 6.5 ms, wake-up 5 / 4 µs, "
            "late wake-up 30 / 40 µs.",
            page)
        self.assertIn("| `p50_us` | median | 1,234.5 | 47.5 loops |  |  |", page)
        self.assertIn("| 31 |  | ≤ 750 loops = 19.688 | **missed** |", page)
        self.assertNotIn("have references", page)

    def test_shows_what_a_result_says_of_its_metrics(self):
        self.save({**RESULT, "evidence": ["6 workers were back after 612 ms"]})
        self.assertIn("\n- 6 workers were back after 612 ms\n", self.page())

    def test_shows_a_clock_with_its_slack_and_a_rate(self):
        bar = {
            "name": "over_floor_us", "value": 31, "bar": 56.3, "clock": 50,
            "times": 1, "reference": "interpreter_start_ms", "held": True,
        }
        rate = {
            "name": "p50_us", "value": 1, "bar": 190000, "at_least": True,
            "times": 200, "reference": "python_loop_ns", "held": True,
        }
        self.save({**RESULT, "reference": REFERENCE, "bars": [bar, rate]})
        page = self.page()
        self.assertIn("| ≤ 50 + 1 start = 56.3 | held |", page)
        self.assertIn("| ≥ 1 in 200 loops = 190,000 | held |", page)

    def test_says_which_results_have_no_reference(self):
        self.save({**RESULT, "scenario": "floor", "reference": REFERENCE})
        page = self.page()
        self.assertIn("Of the 2 results below, 1 have references. Not measured since there are any: latency.", page)
        self.assertIn("Measured before references were", page[page.index("## latency"):])
        self.assertNotIn("Measured before references were", page[page.index("## floor"):page.index("## latency")])

    def test_lists_all_bars_with_where_they_come_from(self):
        page = self.page()
        self.assertIn("| latency | `over_floor_us` | ≤ 750 loops | measured |", page)
        self.assertIn("| start | `ready_ms` | ≤ 50 + 1 start | as well |", page)
        self.assertIn("| throughput | `calls_per_s` | ≥ 1 in 200 loops | too |", page)
        self.assertIn("| fuzz | `inputs` | ≥ 1,000,000, full runs only |  |", page)

    def test_orders_scenarios_from_the_floor_up(self):
        self.save({**RESULT, "scenario": "floor"})
        page = self.page()
        self.assertLess(page.index("## floor"), page.index("## latency"))

    def test_check_passes_on_a_fresh_page(self):
        self.page()
        self.assertEqual(self.run_main("--check"), 0)

    def test_check_fails_when_a_result_has_changed(self):
        self.page()
        self.save({**RESULT, "date": "2026-01-03"})
        self.assertEqual(self.run_main("--check"), 1)
        self.assertIn("run eng/performance.py", self.said.getvalue())

    def test_check_fails_without_a_page_and_writes_none(self):
        self.assertEqual(self.run_main("--check"), 1)
        self.assertFalse((self.root / "docs/performance.md").exists())

    def test_draws_a_picture_of_curves(self):
        self.save({**RESULT, "chart": CHART})
        self.assertIn("![MiB, over seconds](images/latency.svg)", self.page())
        drawn = xml.etree.ElementTree.parse(self.root / "docs/images/latency.svg")
        lines = [element.get("points") for element in drawn.iter("{http://www.w3.org/2000/svg}polyline")]
        self.assertEqual([len(line.split()) for line in lines], [3, 2])
        self.assertIn("one &amp; only", (self.root / "docs/images/latency.svg").read_text())

    def test_check_fails_without_its_picture(self):
        self.save({**RESULT, "chart": CHART})
        self.page()
        (self.root / "docs/images/latency.svg").unlink()
        self.assertEqual(self.run_main("--check"), 1)
        self.assertIn("docs/images/latency.svg differs", self.said.getvalue())


class TicksTests(unittest.TestCase):
    def test_are_round_and_reach_the_most(self):
        self.assertEqual(chart.ticks(1430), [0, 500, 1000, 1500])
        self.assertEqual(chart.ticks(90), [0, 20, 40, 60, 80, 100])

    def test_of_nothing_are_some(self):
        self.assertEqual(chart.ticks(0)[0], 0)


if __name__ == "__main__":
    unittest.main()
