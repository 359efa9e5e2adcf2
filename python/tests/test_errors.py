import json
import sys
import unittest

from snakepit import _errors
from snakepit._context import format_message
from snakepit._errors import describe, encode_error, headline


def raised(action) -> BaseException:
    try:
        action()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def chain(length: int) -> BaseException:
    error = ValueError("link 0")
    for number in range(1, length):
        outer = ValueError(f"link {number}")
        outer.__cause__ = error
        error = outer
    return error


class ErrorTests(unittest.TestCase):
    def test_describe_tells_type_bases_message_arguments_and_frames(self):
        def fail():
            raise KeyError("missing", 7)
        error = describe(raised(fail))
        self.assertEqual((error["type"], error["module"]), ("KeyError", "builtins"))
        self.assertEqual(error["bases"], ["LookupError", "Exception", "BaseException"])
        self.assertEqual(error["message"], "('missing', 7)")
        self.assertEqual(error["args"], ["'missing'", "7"])
        self.assertEqual([frame["function"] for frame in error["frames"]], ["raised", "fail"])
        self.assertEqual(error["frames"][1]["code"], "raise KeyError(\"missing\", 7)")
        self.assertEqual(error["frames"][1]["file"], __file__)
        self.assertIn("Traceback (most recent call last)", error["traceback"])
        self.assertIsNone(error["cause"])

    def test_frames_of_the_package_are_left_out(self):
        from snakepit import _tool
        error = raised(lambda: _tool.tool(name=1))
        told = json.dumps(describe(error))
        self.assertIn("test_errors.py", told)
        self.assertNotIn("_tool.py", told)

    def test_cause_and_context_are_told_and_suppressed_context_is_not(self):
        def fail(suppress):
            try:
                raise KeyError("inner")
            except KeyError as inner:
                if suppress is None:
                    raise ValueError("outer")
                raise ValueError("outer") from (None if suppress else inner)
        self.assertEqual(describe(raised(lambda: fail(None)))["cause"]["type"], "KeyError")
        self.assertEqual(describe(raised(lambda: fail(False)))["cause"]["type"], "KeyError")
        self.assertIsNone(describe(raised(lambda: fail(True)))["cause"])

    def test_chain_of_causes_is_limited(self):
        for length in (9, 10, 11, 5000):
            with self.subTest(length):
                error, depth = describe(chain(length)), 0
                while error is not None:
                    error, depth = error["cause"], depth + 1
                self.assertEqual(depth, min(length, _errors.MAX_CAUSES))

    def test_chain_that_bites_its_tail_is_survived(self):
        first, second = ValueError("first"), ValueError("second")
        first.__cause__, second.__cause__ = second, first
        self.assertEqual(describe(first)["type"], "ValueError")

    def test_exceptions_that_resist_are_told_all_the_same(self):
        class Resisting(Exception):
            def __str__(self):
                raise RuntimeError("no")
            __repr__ = __str__

            @property
            def __notes__(self):
                raise RuntimeError("no")
        error = describe(Resisting(Resisting()))
        self.assertEqual(error["type"], "Resisting")
        json.dumps(error).encode()

    def test_lone_surrogates_are_written_as_escapes(self):
        error = describe(raised(lambda: exec(compile("raise ValueError('\\ud800')", "\udc80.py", "exec"))))
        json.dumps(error, ensure_ascii=False).encode("utf-8")
        self.assertEqual(error["message"], "\\ud800")

    def test_long_parts_are_cut(self):
        error = describe(ValueError("x" * 1_000_000))
        self.assertLessEqual(len(error["args"][0]), 500)
        self.assertLess(len(json.dumps(error)), 1_000_000)

    def test_deep_stacks_are_cut_at_the_end_nearest_to_the_raise(self):
        def deep(left):
            if left == 0:
                raise ValueError("bottom")
            deep(left - 1)
        frames = describe(raised(lambda: deep(500)))["frames"]
        self.assertEqual(len(frames), _errors.MAX_FRAMES)
        self.assertIn("bottom", frames[-1]["code"])

    def test_headline_is_the_last_line_of_a_traceback_and_never_raises(self):
        class Resisting(Exception):
            def __str__(self):
                raise RuntimeError("no")
        self.assertEqual(headline(ValueError("no")), "ValueError: no")
        self.assertEqual(headline(ValueError()), "ValueError")
        self.assertEqual(headline(Resisting()), "Resisting: <str() of the Resisting raised RuntimeError>")
        self.assertEqual(len(headline(ValueError("x" * 100_000))), len("ValueError: ") + _errors.MAX_HEADLINE)

    def test_notes_are_told(self):
        error = ValueError("x")
        error.__notes__ = ["one", "two"]
        self.assertEqual(describe(error)["notes"], ["one", "two"])

    def test_syntax_error_and_group_are_formatted_by_python(self):
        self.assertIn("SyntaxError", describe(raised(lambda: compile("def (", "f.py", "exec")))["traceback"])
        if sys.version_info >= (3, 11):
            group = ExceptionGroup("several", [ValueError("one"), TypeError("two")])  # noqa: F821
            self.assertIn("TypeError: two", describe(group)["traceback"])

    def test_encode_error_stays_within_the_limit(self):
        dumps = lambda value: json.dumps(value).encode()  # noqa: E731
        error = ValueError("x" * 100_000)
        for limit in (10_000_000, 50_000, 3000, 500):
            with self.subTest(limit):
                body = encode_error(error, dumps, limit)
                self.assertLessEqual(len(body), limit)
                self.assertEqual(json.loads(body)["type"], "ValueError")


class LogTests(unittest.TestCase):
    def test_a_record_whose_text_cannot_be_made_does_not_raise_in_the_tool(self):
        for message, args in ((Silent(), ()), (Silent(), (1,)), ("%s", (Silent(),)), ("%d", (Silent(),))):
            with self.subTest(message=type(message).__name__, args=len(args)):
                self.assertIn("cannot be shown", format_message(message, args))
        self.assertEqual(format_message("%d", ("x",)), "%d ('x',)")


class Silent:
    def __str__(self):
        raise ValueError("no text")
    __repr__ = __str__
