"""Tests that a page is followed to the letter, and that broken promises are reported."""
import os
import textwrap
import unittest

import guide
from tests.repository import RepositoryTestCase

PAGE = """# Page

Introduction.

## First

<!-- file: a/b.txt -->
```text
one

two
```

<!-- not run -->
```console
$ exit 1
```

```console
$ cat a/b.txt
one
…
two
$ cd a
```

```json
{}
```

## Empty

## Second

<!-- keep running -->
```console
$ sleep 600
```
"""


class ReadTests(unittest.TestCase):
    def test_steps_of_a_page(self):
        first, second = guide.read(PAGE)
        self.assertEqual(("First", "Second"), (first.title, second.title))
        self.assertEqual(
            (
                guide.File("a/b.txt", "one\n\ntwo\n"),
                guide.Command("cat a/b.txt", ("one", "two")),
                guide.Command("cd a"),
            ),
            first.steps)
        self.assertEqual((guide.Command("sleep 600", (), True),), second.steps)

    def test_console_that_begins_with_no_command_is_told(self):
        with self.assertRaisesRegex(guide.GuideError, "'First': a console begins with 'oops'"):
            guide.read("## First\n```console\noops\n```\n")

    def test_fence_without_an_end_is_told(self):
        with self.assertRaisesRegex(guide.GuideError, "has no end"):
            guide.read("## First\n```console\n$ ls\n")

    def test_marker_counts_for_the_fence_below_alone(self):
        (section,) = guide.read("## First\n<!-- not run -->\ntext\n```console\n$ ls\n```\n")
        self.assertEqual((guide.Command("ls"),), section.steps)


class MissingTests(unittest.TestCase):
    def test_lines_are_expected_in_order_with_anything_between(self):
        lines = ["  noise\n", "one 1\n", "noise\n", "two\n"]
        self.assertIsNone(guide.missing(["one …", "two"], lines))
        self.assertIsNone(guide.missing([], lines))
        self.assertEqual("one …", guide.missing(["two", "one …"], lines))
        self.assertEqual("one", guide.missing(["one"], lines))
        self.assertEqual("a.c", guide.missing(["a.c"], ["abc"]))


class WalkTests(RepositoryTestCase):
    def follow(self, page, limit=60, **options):
        (section,) = guide.read("## Section\n" + textwrap.dedent(page))
        guide.Walk(self.root, dict(os.environ), limit=limit, **options).follow(section)

    def assert_problem(self, problem, page, **options):
        with self.assertRaisesRegex(guide.GuideError, problem):
            self.follow(page, **options)

    def test_files_are_written_and_commands_typed_where_the_page_is(self):
        self.follow("""\
            ```console
            $ mkdir below
            $ cd below
            ```
            <!-- file: in/file.txt -->
            ```text
            content
            ```
            ```console
            $ cat in/*.txt
            content
            ```
            """)
        self.assertEqual("content\n", (self.root / "below/in/file.txt").read_text())

    def test_what_differs_is_told(self):
        self.assert_problem("'echo one' did not print 'two'. It printed:\none", "```console\n$ echo one\ntwo\n```\n")
        self.assert_problem("'exit 3' ended with exit code 3", "```console\n$ exit 3\n```\n")
        self.assert_problem("'sleep 600' did not end within 0.1 s", "```console\n$ sleep 600\n```\n", limit=0.1)
        page = "<!-- keep running -->\n```console\n$ sleep 600\nready\n```\n"
        self.assert_problem("'sleep 600' did not print 'ready'", page, limit=0.1)
        self.assert_problem("'true' did not print 'ready'", "<!-- keep running -->\n```console\n$ true\nready\n```\n")

    def test_command_that_keeps_running_is_there_for_the_others_and_stopped_at_the_end(self):
        self.follow("""\
            <!-- keep running -->
            ```console
            $ trap 'echo stopped > end; exit 0' INT; echo ready; read < <(sleep 600)
            ready
            ```
            ```console
            $ echo other
            other
            ```
            """)
        self.assertEqual("stopped\n", (self.root / "end").read_text())

    def test_command_that_fails_when_it_is_stopped_is_told(self):
        self.assert_problem(
            "exit code 4 after Ctrl",
            "<!-- keep running -->\n```console\n$ trap 'exit 4' INT; echo ready; read < <(sleep 600)\nready\n```\n")

    def test_what_is_typed_and_shown_may_be_replaced(self):
        self.follow("```console\n$ echo 5080\n5080\n```\n", replace=lambda text: text.replace("5080", "1234"))
