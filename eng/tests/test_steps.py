"""Tests that a passing step prints one line and a failing one its whole output."""
import pathlib
import subprocess

from tests.repository import RepositoryTestCase

STEPS = pathlib.Path(__file__).resolve().parent.parent / "steps.sh"


class StepTests(RepositoryTestCase):
    def run_steps(self, script):
        script = f'set -euo pipefail; source "{STEPS}"; results="{self.root}"; {script}'
        done = subprocess.run(
            ["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True, timeout=60)
        return done.stdout.splitlines()

    def read(self, name):
        return (self.root / name).read_text()

    def test_what_a_passing_step_writes_is_kept_and_not_printed(self):
        line = self.run_steps('run "A step" sh -c "echo noise; echo more >&2"')
        self.assertEqual(1, len(line))
        self.assertRegex(line[0], r"^   A step +0 s, 0 s of processor time$")
        self.assertEqual("noise\nmore\n", self.read("A step.log"))
        self.assertEqual("0\n", self.read("A step.exit"))
        self.assertRegex(self.read("A step.time"), r"^\d+[.,]\d+ \d+[.,]\d+ \d+[.,]\d+\n$")

    def test_a_failing_step_shows_all_and_lets_the_next_run(self):
        lines = self.run_steps('run "A step" sh -c "echo bad; echo worse >&2; exit 3"; run "Next" true')
        self.assertEqual(["-- A step failed with exit code 3:", "bad", "worse", "-- end of A step"], lines[1:5])
        self.assertEqual(("3\n", "0\n"), (self.read("A step.exit"), self.read("Next.exit")))

    def test_steps_side_by_side_do_not_mix_their_lines(self):
        lines = self.run_steps('for i in 1 2 3 4 5; do run "Step $i" bash -c "seq 2000; exit 1" & done; wait')
        numbers = [str(number) for number in range(1, 2001)]
        self.assertEqual(5 * 2003, len(lines))
        for start in range(0, len(lines), 2003):
            self.assertEqual(numbers, lines[start + 2:start + 2002])

    def test_processor_time_is_that_of_all_processes_of_the_step(self):
        self.run_steps("""run "Busy" sh -c 'sh -c "i=0; while [ \\$i -lt 100000 ]; do i=\\$((i+1)); done"'""")
        user = float(self.read("Busy.time").split()[1].replace(",", "."))
        self.assertGreater(user, 0)
