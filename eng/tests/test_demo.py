"""Tests that ./demo is judged by its output and its leftovers."""
import contextlib
import io
import os
import pathlib
import sys
import unittest

import demo
from tests.repository import RepositoryTestCase

SAID = """\
The first answer from Python: 7 words in 2 sentences.
recycled text/0#1 after 250 calls (max_requests), 0 failed
4,000 calls in 1.2 s: 3,333 calls/s, p50 0.21 ms, p99 1.10 ms
workers recycled: 12, crashed: 0; failed calls: 0
"""
BUILT = f"""\
Building Snakepit and the demo. The first build takes up to two minutes, later ones a few seconds.
  Determining projects to restore...
  ... 10 s
{SAID}"""


@unittest.skipUnless(demo.leftovers.PROC.is_dir(), "processes are inspected through /proc")
class DemoTests(RepositoryTestCase):
    def judge(self, script="", said=None, *, fresh=False, limit=60):
        """Returns the problems of a demo that prints a text and then runs a script."""
        said = (BUILT if fresh else SAID) if said is None else said
        place = self.root / "repository"
        place.mkdir(exist_ok=True)
        (place / "demo").write_text(f"#!/bin/bash\ncat <<'EOF'\n{said}EOF\n{script}\n")
        (place / "demo").chmod(0o755)
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            code = demo.main(place, fresh=fresh, limit=limit)
        lines = output.getvalue().splitlines()
        problems = [line.removeprefix("./demo: ") for line in lines if line.startswith("./demo: ")]
        self.assertEqual(code == 1, bool(problems))
        return problems

    def test_one_that_does_what_it_should_is_well(self):
        self.assertEqual([], self.judge())

    def test_its_home_and_temporary_folders_are_empty_and_its_own(self):
        self.assertEqual([], self.judge(
            '[ -z "$(ls -A "$HOME" "$TMPDIR" "$XDG_RUNTIME_DIR" | grep -v -e : -e "^$" -e nuget -e config -i)" ] '
            '&& [ -w "$HOME" ]'))

    def test_its_exit_code_and_errors_tell(self):
        problems = self.judge("echo bad >&2; exit 3")
        self.assertEqual(["it ended with exit code 3", "it wrote to standard error"], problems)

    def test_what_it_says_tells(self):
        for line, instead, problem in (
                ("7 words", "6 words", "its first line is "),
                ("recycled text", "lost text", "no line tells of a recycled worker"),
                ("recycled: 12", "recycled: 0", "'workers recycled: 0, "),
                ("failed calls: 0", "failed calls: 1", "'workers recycled: 12, "),
                (" calls in ", " in ", "'4,000 in ")):
            with self.subTest(line):
                (found,) = self.judge(said=SAID.replace(line, instead))
                self.assertTrue(found.startswith(problem), found)
        self.assertEqual(4, len(self.judge(said="")))

    def test_a_first_build_is_told(self):
        self.assertEqual([], self.judge(said=BUILT))
        (found,) = self.judge(said=SAID, fresh=True)
        self.assertTrue(found.startswith("a first build begins with 'The first answer "), found)
        (found,) = self.judge(said=BUILT.replace("  ...", "..."))
        self.assertTrue(found.startswith("its first line is '... 10 s'"), found)

    def test_what_stands_after_the_last_line_tells(self):
        self.assertEqual(2, len(self.judge("echo The first failure: KeyError")))

    def test_a_process_that_it_leaves_is_told_and_ended(self):
        (found,) = self.judge(
            f"exec 3< <(exec setsid {sys.executable} -c 'import signal; print(flush=True); signal.pause()' "
            "2>/dev/null); read -u 3; echo $! > pid")
        pid = int((self.root / "repository/pid").read_text())
        self.assertTrue(found.startswith(f"it left process {pid}: "), found)
        command = pathlib.Path(f"/proc/{pid}/cmdline")
        self.assertFalse(command.exists() and command.read_bytes())

    def test_files_that_it_leaves_tell(self):
        found = self.judge(
            'touch "$TMPDIR/x"; '
            'mkdir "$XDG_RUNTIME_DIR/snakepit"; touch "$XDG_RUNTIME_DIR/snakepit/$(printf %032d 0)"; '
            'mkdir -p "$HOME/.cache/snakepit" "$HOME/.snakepit" "$HOME/.nuget"')
        paths = [pathlib.Path(item.split()[-1]) for item in found[:2]]
        ends = ["/".join(path.parts[-(3 if "run" in item else 2):]) for path, item in zip(paths, found)]
        self.assertEqual(["tmp/x", f"run/snakepit/{'0' * 32}"], ends)
        self.assertEqual(3, len(found), found)
        self.assertTrue(found[2].endswith("/home/.snakepit"), found)

    def test_one_that_does_not_end_is_ended(self):
        found = self.judge("read < <(sleep 600)", limit=1)
        self.assertEqual(["it did not end within 1 s", "it ended with exit code -9"], found[:2])

    def test_a_fresh_copy_has_nothing_that_was_built_and_keeps_nothing_new(self):
        for path in ("samples/bin/x", "obj/x", "artifacts/x", "python/__pycache__/x", ".git/x", "docs/page"):
            self.write(f"repository/{path}", "")
        self.assertEqual([], self.judge(
            "test ! -e samples/bin -a ! -e obj -a ! -e artifacts -a ! -e python/__pycache__ -a ! -e .git "
            "-a -e docs/page; mkdir obj; touch obj/y",
            fresh=True))
        self.assertEqual(["it left docs/new in the repository"], self.judge("touch docs/new", fresh=True))

    @unittest.skipUnless(os.getuid() == 0, "only root can become another user")
    def test_in_a_fresh_copy_another_user_runs_it(self):
        if not demo.can_become(demo.USER):
            self.skipTest("no other user can run the SDK here")
        script = f'[ "$(id -u)" -eq {demo.USER} ] && mkdir obj && mkdir -m 700 "$XDG_RUNTIME_DIR/snakepit"'
        self.assertEqual([], self.judge(script, fresh=True))
