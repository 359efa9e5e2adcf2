"""Tests the summary of many kill storms."""
import unittest

import kill_storms

METRICS = {
    "calls": 45000,
    "kills": 150,
    "bystanders_failed": 0,
    "lost": 0,
    "duplicated": 0,
    "misdelivered": 0,
    "finished_but_lost": 0,
}
GAP = ("Spawn: 6 workers were back after 612 ms, bench/1#4 killed by SIGKILL in tool 'again' (for 00:00:00.1): "
       "pause after start failed: exit code 3 (pauses 500 ms, stopped 0 ms, booting 112 ms, other 0 ms)")


class SummaryTests(unittest.TestCase):
    def test_nothing_is_wrong_with_a_run_that_failed_nobody(self):
        self.assertEqual(kill_storms.Summary().take({"metrics": METRICS}), [])

    def test_tells_what_may_never_happen(self):
        result = {"metrics": {**METRICS, "bystanders_failed": 1700}}
        self.assertEqual(kill_storms.Summary().take(result), ["bystanders_failed 1700"])

    def test_sums_up_calls_and_gaps_by_cause(self):
        summary = kill_storms.Summary()
        history = "Spawn: 1 of 60 gaps were longer than 200 ms; their history: /x"
        summary.take({"metrics": METRICS, "evidence": [GAP, history]})
        summary.take({"metrics": METRICS, "evidence": [GAP.replace("612 ms", "300 ms")]})
        self.assertEqual(list(summary.lines()), [
            "2 runs, 90,000 calls, 300 kills",
            "  Spawn: 2 x above 200 ms, 612 ms at most: pause after start failed: exit code 3",
        ])

    def test_every_run_has_a_seed_of_its_own_and_the_core_if_any(self):
        command = kill_storms.command_of("kill-storm-mixed", seed=7, seconds=15, core=0)
        self.assertEqual(command[:3], ["taskset", "--cpu-list", "0"])
        self.assertEqual(command[5:], ["kill-storm-mixed", "--seconds", "15", "--seed", "7", "--json"])
        self.assertEqual(kill_storms.command_of("kill-storm", 7, 15, None)[0], "dotnet")

    def test_the_result_is_the_last_line(self):
        self.assertEqual(kill_storms.last_object('before\n{"metrics": {}}\n'), {"metrics": {}})

    def test_no_result_is_none(self):
        for text in ("", "killed", '{"half": '):
            self.assertIsNone(kill_storms.last_object(text))


if __name__ == "__main__":
    unittest.main()
