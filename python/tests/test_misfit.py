import functools
import unittest

from snakepit._catalogue import describe_parameters
from snakepit._errors import describe
from snakepit._misfit import MAX_SIGNATURE, explain_misfit, signature


def resize(width: int, height: int, *, mode="fit"):
    return len(None) if mode == "broken" else width * height


def positional(value, /, other=1):
    return value


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper


class Adapter:
    def method(self, first_name, last_name="x"):
        return first_name

    def options(self, name, **more):
        return name

    @timed
    def decorated(self, size):
        return int([]) if size == "broken" else size


class MisfitTests(unittest.TestCase):
    def explained(self, tool, *args, **kwargs) -> TypeError:
        try:
            tool(*args, **kwargs)
        except TypeError as raised:
            # In a worker, the calling frame belongs to the package.
            error = raised.with_traceback(raised.__traceback__.tb_next)
            explain_misfit(error, "tool", tool, args, kwargs)
            return error
        self.fail("nothing was raised")

    def notes(self, tool, *args, **kwargs) -> "list[str]":
        return describe(self.explained(tool, *args, **kwargs))["notes"]

    def hint(self, tool, *args, **kwargs) -> str:
        """Returns the hint of Snakepit, or from 3.13 on, of Python."""
        error = self.explained(tool, *args, **kwargs)
        return f"{error} {describe(error)['notes'][0]}"

    def test_signature_is_named_whatever_does_not_fit(self):
        told = ["The tool's signature is tool(width: int, height: int, *, mode='fit')."]
        self.assertEqual(self.notes(resize), told)
        self.assertEqual(self.notes(resize, 1), told)
        self.assertEqual(self.notes(resize, 1, 2, "fit"), told)
        self.assertEqual(self.notes(resize, 1, 2, width=1), told)
        self.assertEqual(self.notes(resize, 1, 2, quite_another=1), told)
        self.assertEqual(self.notes(positional, other=2), ["The tool's signature is tool(value, /, other=1)."])
        self.assertEqual(self.notes(positional, value=2), ["The tool's signature is tool(value, /, other=1)."])
        self.assertEqual(self.notes(Adapter().method), ["The tool's signature is tool(first_name, last_name='x')."])

    def test_near_names_are_named(self):
        self.assertIn("Did you mean 'width'?", self.hint(resize, widht=1, height=2))
        self.assertIn("Did you mean 'first_name'?", self.hint(Adapter().method, firstName=1))
        self.assertIn("Did you mean 'name'?", self.hint(Adapter().options, nmae=1))
        self.assertIn("Did you mean 'name' instead of 'nmae'?", self.hint(Adapter().options, nmae=1, colour=2))

    def test_parameters_that_have_a_value_are_not_near(self):
        self.assertNotIn("instead", self.hint(resize, 1, 2, mode="fit", widths=1, **{"modes": 2}))
        self.assertEqual(self.hint(positional, 1, values=2).count("Did you mean"), 0)

    def test_an_endless_name_is_no_trouble(self):
        self.assertIn("The tool's signature is", self.hint(resize, 1, 2, **{"x" * 1_000_000: 1}))

    def test_what_the_tool_raises_is_left_alone(self):
        self.assertEqual(self.notes(resize, 1, 2, mode="broken"), [])
        self.assertEqual(self.notes(Adapter().decorated, "broken"), [])
        self.assertEqual(self.notes(len, None), [])
        self.assertEqual(self.notes(functools.partial(resize, 1), 2, mode="broken"), [])

    def test_a_call_within_the_tool_that_does_not_fit_is_the_tools_own(self):
        def outer(width=1):
            return resize(width)
        self.assertEqual(self.notes(outer), [])
        self.assertEqual(self.notes(outer, width=2), [])

    def test_a_decorator_passes_the_arguments_on(self):
        self.assertEqual(self.notes(Adapter().decorated, 1, 2), ["The tool's signature is tool(size)."])
        self.assertIn("Did you mean 'size'?", self.hint(timed(timed(Adapter().decorated)), sise=1))

    def test_callables_without_a_signature_say_nothing(self):
        class Unsigned:
            __signature__ = "none"

            def __call__(self):
                pass
        self.assertEqual(self.notes(Unsigned(), 1), [])

    def test_signature_is_written_as_python_writes_it(self):
        def full(a, b: int, /, c: "list[str]", d=(1,), *rest: float, k: str = "x", **more):
            pass
        self.assertEqual(
            signature("full", describe_parameters(full)),
            "full(a, b: int, /, c: list[str], d=(1,), *rest: float, k: str = 'x', **more)")
        self.assertEqual(signature("f", describe_parameters(lambda *, k: 0)), "f(*, k)")
        self.assertEqual(signature("f", describe_parameters(lambda: 0)), "f()")
        self.assertEqual(
            len(signature("f", describe_parameters(lambda a="x" * 499, b="x" * 499, c="x" * 499: 0))), MAX_SIGNATURE)

    def test_nothing_is_raised_whatever_the_error_is(self):
        class Resisting:
            __wrapped__ = property(lambda self: 1 / 0)

            def __call__(self, x):
                pass
        error = TypeError()
        explain_misfit(error, "tool", Resisting(), (), {})
        self.assertEqual(describe(error)["notes"], [])

