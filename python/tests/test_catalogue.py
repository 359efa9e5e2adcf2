import functools
import inspect
import subprocess
import sys
import unittest

from snakepit._catalogue import describe_tool
from tests.host import PACKAGE_PARENT


def full(first, second: int, /, third: "list[str]", fourth: list = (1,), *rest: float, named: str, other=None, **more):
    """The first line.

    The rest of it.
    """


class Surrogate:
    def __repr__(self):
        return "\ud800" * 600


class CatalogueTests(unittest.TestCase):
    def parameters(self, function):
        return [tuple(parameter.values()) for parameter in describe_tool("t", function, None)["parameters"]]

    def test_plain_function_is_described_in_full(self):
        self.assertEqual(describe_tool("t", full, None)["description"], "The first line.")
        self.assertEqual(self.parameters(full), [
            ("first", "positional", None, True, None),
            ("second", "positional", "int", True, None),
            ("third", "standard", "list[str]", True, None),
            ("fourth", "standard", "list", False, "(1,)"),
            ("rest", "positionals", "float", False, None),
            ("named", "named", "str", True, None),
            ("other", "named", None, False, "None"),
            ("more", "nameds", None, False, None),
        ])

    def test_plain_way_and_inspect_agree(self):
        samples = [full, lambda: 0, lambda a, b=1: 0, lambda *, a, b=2: 0, lambda *a, **k: 0, self.parameters,
                   subprocess.run, textual, subprocess.Popen.communicate]
        kinds = ["positional", "standard", "positionals", "named", "nameds"]
        for function in samples:
            with self.subTest(function):
                expected = [(p.name, kinds[p.kind], p.default is p.empty and p.kind not in (2, 4))
                            for p in inspect.signature(function).parameters.values()]
                self.assertEqual(
                    [(name, kind, required) for name, kind, _, required, _ in self.parameters(function)], expected)

    def test_bound_method_leaves_self_out(self):
        self.assertEqual([name for name, *_ in self.parameters(self.parameters)], ["function"])

    def test_other_callables_are_inspected(self):
        @functools.wraps(textual)
        def wrapper(*args, **kwargs):
            return textual(*args, **kwargs)
        self.assertEqual(self.parameters(wrapper), self.parameters(textual))
        self.assertEqual([name for name, *_ in self.parameters(functools.partial(textual, 1))], ["b"])
        self.assertEqual([name for name, *_ in self.parameters(len)], ["obj"])

    def test_callable_without_a_signature_takes_anything(self):
        class Opaque:
            __signature__ = "none"

            def __call__(self):
                pass
        self.assertEqual([kind for _, kind, *_ in self.parameters(Opaque())], ["positionals", "nameds"])

    def test_default_that_cannot_be_shown_is_survived(self):
        class Broken:
            def __repr__(self):
                raise RuntimeError()

        def function(a=Broken(), b=Surrogate()):
            pass
        defaults = [default for *_, default in self.parameters(function)]
        self.assertEqual(defaults[0], "<Broken>")
        defaults[1].encode()

    def test_plain_function_needs_no_inspect(self):
        code = ("import sys; sys.path.insert(0, %r)\nfrom snakepit._catalogue import describe_tool\n"
                "def f(a: int, b='x', *c, d=1, **e): pass\ndescribe_tool('f', f, None)\n"
                "print('inspect' in sys.modules)" % PACKAGE_PARENT)
        done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
        self.assertEqual(done.stdout, "False\n", done.stderr)

    def test_worker_imports_nothing_slow(self):
        code = ("import sys; sys.path.insert(0, %r)\nimport snakepit._worker, snakepit._launcher\n"
                "print(*sys.modules)" % PACKAGE_PARENT)
        done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
        slow = {
            "json", "re", "inspect", "logging", "threading", "asyncio", "socket", "enum", "traceback", "ctypes",
            "typing", "collections", "functools", "contextlib", "types", "signal", "subprocess", "selectors"}
        self.assertEqual(slow & set(done.stdout.split()), set(), done.stderr)


def textual(a, b=2):
    pass
