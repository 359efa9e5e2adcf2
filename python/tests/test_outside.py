"""The module outside a worker: in the tests of an adapter, in an editor, for a type checker."""
import ast
import inspect
import pathlib
import subprocess
import sys
import tempfile
import unittest

import snakepit
from snakepit import _context, _session_data, _telemetry

PACKAGE = pathlib.Path(snakepit.__file__).parent
BOUND = 60


def run(code):
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True, timeout=BOUND)
    return ended.returncode, ended.stdout, ended.stderr


class OutsideTests(unittest.TestCase):
    def test_it_says_that_this_is_no_worker(self):
        self.assertEqual("<snakepit.ctx, not in a worker>", repr(snakepit.ctx))

    def test_there_is_no_call_and_nothing_is_cancelled(self):
        ctx = snakepit.ctx
        ctx.check_cancelled()
        self.assertEqual(
            ("", "", None, 0, None, False),
            (ctx.worker, ctx.pool, ctx.call_id, ctx.attempt, ctx.deadline, ctx.cancelled))

    def test_a_test_may_hand_it_to_logging(self):
        with self.assertLogs("snakepit", "DEBUG") as logs:
            snakepit.ctx.log.debug("%d of %s", 3, "four")
            snakepit.ctx.log.critical("100%")
            snakepit.ctx.recycle_me()
        self.assertEqual(
            [
                "DEBUG:snakepit:3 of four", "CRITICAL:snakepit:100%",
                "INFO:snakepit:ctx.recycle_me() has no effect outside of a worker"], logs.output)

    def test_what_no_handler_takes_is_printed(self):
        self.assertEqual(
            (0, "", "info: 1 of 2\n"), run("import logging; from snakepit import ctx; ctx.log.info('%d of %d', 1, 2)"))
        self.assertEqual((0, "", "debug: plain\n"), run("from snakepit import ctx; ctx.log.debug('plain')"))
        self.assertEqual((0, "", "INFO:snakepit:once\n"), run(
            "import logging; logging.basicConfig(level='INFO'); from snakepit import ctx; ctx.log.info('once'); "
            "ctx.log.debug('below the threshold')"))

    def test_marked_functions_are_what_they_were(self):
        @snakepit.tool(name="other", idempotent=True)
        def double(value: int) -> int:
            return 2 * value

        self.assertEqual(4, double(2))


class StubTests(unittest.TestCase):
    """The stub for type checkers agrees with the module."""

    stub = ast.parse((PACKAGE / "__init__.pyi").read_text())

    def stub_class(self, name):
        (found,) = [node for node in self.stub.body if isinstance(node, ast.ClassDef) and node.name == name]
        return found

    def members(self, name):
        found = set()
        for node in self.stub_class(name).body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found.add(node.name)
            elif isinstance(node, ast.AnnAssign):
                found.add(node.target.id)
        return found

    def test_names_are_those_of_the_module(self):
        (names,) = [
            ast.literal_eval(node.value)
            for node in self.stub.body if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"]
        self.assertEqual(snakepit.__all__, names)

    def test_members_are_those_of_the_classes(self):
        for module, name in (
                (_context, "Log"), (_context, "Context"), (_telemetry, "Telemetry"), (_telemetry, "Span"),
                (_session_data, "SessionData"), (_session_data, "AsyncSessionData")):
            real = {member for member in dir(getattr(module, name)) if not member.startswith("_")}
            self.assertEqual(real, {member for member in self.members(name) if not member.startswith("_")})

    def test_options_of_tool_are_those_of_the_function(self):
        functions = [node for node in self.stub.body if isinstance(node, ast.FunctionDef) and node.name == "tool"]
        told = {argument.arg for node in functions for argument in (*node.args.args, *node.args.kwonlyargs)}
        self.assertEqual(set(inspect.signature(snakepit.tool).parameters), told)

    def test_docstrings_are_the_same(self):
        for module, name in (
                (_context, "Cancelled"), (_context, "Log"), (_context, "Context"), (_telemetry, "Telemetry"),
                (_telemetry, "Span")):
            self.assertEqual(inspect.getdoc(getattr(module, name)), ast.get_docstring(self.stub_class(name)))
        self.assertEqual(inspect.getdoc(snakepit.Session), ast.get_docstring(self.stub_class("Session")))

    def test_module_is_marked_as_typed(self):
        self.assertTrue((PACKAGE / "py.typed").is_file())

    def test_an_adapter_passes_a_strict_type_checker(self):
        try:
            import mypy  # noqa: F401
        except ImportError:
            self.skipTest("mypy is not installed")
        with tempfile.TemporaryDirectory() as folder:
            adapter = pathlib.Path(folder, "adapter.py")
            adapter.write_text(
                "from snakepit import Cancelled, ctx, tool\n\n\n@tool\ndef plain(a: int) -> int:\n"
                "    ctx.log.info('%d', a)\n    return a\n\n\n"
                "@tool(name='other')\ndef named() -> int:\n    left = ctx.deadline or 0.0\n    try:\n"
                "        ctx.check_cancelled()\n"
                "    except Cancelled:\n        raise\n    return plain(int(left))\n")
            checked = subprocess.run(
                [sys.executable, "-m", "mypy", "--strict", "--cache-dir", folder, str(adapter)],
                cwd=folder, capture_output=True, text=True, timeout=BOUND,
                env={"MYPYPATH": str(PACKAGE.parent), "PATH": "/usr/bin:/bin"})
            self.assertEqual((0, ""), (checked.returncode, checked.stderr), checked.stdout)
