"""The promises of docs/security.md about the worker's package."""

import ast
import pathlib
import unittest

PACKAGE = pathlib.Path(__file__).resolve().parents[1] / "snakepit"
FORBIDDEN_MODULES = {
    "pickle", "_pickle", "cPickle", "shelve", "dill", "cloudpickle", "multiprocessing", "code", "codeop"}
RUNS_TEXT = {"eval", "exec", "compile"}
ONLY_PARSE = "_ONLY_PARSE"  # the flag with which compile runs nothing
LISTENS = {"bind", "listen", "accept", "create_server"}
# The adapter and the preload list, which the host's configuration names.
IMPORTS_BY_NAME = {"_adapter.py", "_preload.py"}


def found_in(source, name="x.py"):
    """Returns what a module must not contain and does."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules = {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = {(node.module or "").split(".")[0]}
        else:
            modules = set()
        found += sorted(modules & FORBIDDEN_MODULES)
        if "marshal" in modules and name != "_marshal.py":
            found.append("marshal")
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                called = node.func.id
                flags = [keyword.value for keyword in node.keywords if keyword.arg == "flags"]
                parses = called == "compile" and [getattr(flag, "id", "") for flag in flags] == [ONLY_PARSE]
                if (called in RUNS_TEXT and not parses) or (called == "__import__" and name not in IMPORTS_BY_NAME):
                    found.append(called)
            elif isinstance(node.func, ast.Attribute) and node.func.attr in LISTENS:
                found.append(node.func.attr)
    return found


# Rule: P2, V4
class SourceTests(unittest.TestCase):
    def test_package_neither_unpickles_nor_runs_text_nor_listens(self):
        modules = sorted(PACKAGE.glob("*.py"))
        self.assertGreater(len(modules), 20)
        for path in modules:
            with self.subTest(path.name):
                self.assertEqual(found_in(path.read_text("utf-8"), path.name), [])

    def test_scan_finds_what_must_not_be_there(self):
        for source, expected in {
            "import pickle": ["pickle"], "from pickle import loads": ["pickle"], "import os, shelve": ["shelve"],
            "import marshal": ["marshal"],
            "eval(x)": ["eval"], "compile(x, y, z)": ["compile"], "compile(x, y, z, flags=_ONLY_PARSE)": [],
            "def f():\n    exec(x)": ["exec"], "__import__(x)": ["__import__"],
            "s.bind(x)": ["bind"], "s.listen()": ["listen"],
        }.items():  # fmt: skip
            with self.subTest(source):
                self.assertEqual(found_in(source), expected)


if __name__ == "__main__":
    unittest.main()
