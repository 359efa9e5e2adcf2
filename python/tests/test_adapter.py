import os
import pathlib
import pickle
import sys
import tempfile
import textwrap
import time
import unittest

from snakepit._adapter import AdapterError, load_adapter


class AdapterTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.addCleanup(setattr, sys, "path", list(sys.path))
        modules = set(sys.modules)
        self.addCleanup(lambda: [sys.modules.pop(name) for name in set(sys.modules) - modules])

    def write(self, text, name="adapter_file.py"):
        path = pathlib.Path(self.folder, name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return str(path)

    def load(self, text, suffix=""):
        return load_adapter(self.write(text) + suffix, [])

    def names(self, adapter):
        return list(adapter.tools)

    def refused(self, text, suffix=""):
        with self.assertRaises(AdapterError) as raised:
            self.load(text, suffix)
        return str(raised.exception)


class ModuleAdapterTests(AdapterTests):
    def test_file_that_changes_twice_in_a_second_is_loaded_as_it_is(self):
        self.addCleanup(setattr, sys, "dont_write_bytecode", sys.dont_write_bytecode)
        sys.dont_write_bytecode = False
        now = time.time()
        for version in (1, 2):
            path = self.write(f"def version(): return {version}\n")
            os.utime(path, (now, now))
            self.assertEqual(load_adapter(path, []).tools["version"](), version)
            del sys.modules["adapter_file"]

    def test_code_of_a_file_that_has_not_just_changed_is_cached(self):
        self.addCleanup(setattr, sys, "dont_write_bytecode", sys.dont_write_bytecode)
        sys.dont_write_bytecode = False
        path = self.write("def version(): return 1\n")
        os.utime(path, (1_000_000_000, 1_000_000_000))
        load_adapter(path, [])
        self.assertEqual(len(os.listdir(os.path.join(self.folder, "__pycache__"))), 1)

    def test_public_functions_of_the_file_are_tools_in_order(self):
        adapter = self.load('''
            import functools
            from os.path import join
            from json import dumps
            def zeta(): pass
            def alpha(): pass
            async def later(): pass
            def _private(): pass
            def setup(): pass
            def teardown(): pass
            def health_check(): pass
            def memory_usage(): pass
            def device(): pass
            def on_session_end(): pass
            def export_session(): pass
            def import_session(): pass
            class NotATool:
                def __call__(self): pass
            instance = NotATool()
            constant = 5
            @functools.lru_cache()
            def cached(x): return x
            ''')
        self.assertEqual(self.names(adapter), ["zeta", "alpha", "later", "cached"])
        self.assertIsNotNone(adapter.hook("setup"))
        self.assertIsNone(self.load_again("def tool(): pass").hook("setup"))

    def load_again(self, text):
        return load_adapter(self.write(text, "second_file.py"), [])

    def test_tool_decorator_names_describes_and_includes_imported(self):
        self.write('''
            from snakepit import tool
            @tool
            def shared(): "Shared."
            def hidden(): pass
            ''', "library_module.py")
        adapter = self.load('''
            import math
            from snakepit import tool
            from library_module import shared, hidden
            @tool(name="renamed", description="Does it.", idempotent=True)
            def original(): "Not this."
            root = tool(math.sqrt)
            ''')
        self.assertEqual(self.names(adapter), ["shared", "renamed", "root"])
        self.assertEqual(adapter.catalogue[1], {
            "name": "renamed", "description": "Does it.", "parameters": [], "exact": True,
            "schema": {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
            "result": {}, "idempotent": True, "cancel": "interrupt"})
        self.assertEqual(adapter.tools["root"](9), 3)

    def test_file_is_a_proper_module(self):
        self.write("value = 7", "neighbour_module.py")
        adapter = self.load('''
            import dataclasses, neighbour_module
            @dataclasses.dataclass
            class Point:
                x: int
            def make(): return Point(neighbour_module.value)
            ''')
        point = adapter.tools["make"]()
        self.assertEqual(pickle.loads(pickle.dumps(point)), point)
        self.assertEqual(type(point).__module__, "adapter_file")
        self.assertEqual(sys.path[0], self.folder)

    def test_module_is_found_on_the_python_path(self):
        self.write("def tool(): return 'in package'", "package_folder/inner_module.py")
        adapter = load_adapter("package_folder.inner_module", [self.folder])
        self.assertEqual(adapter.tools["tool"](), "in package")

    def test_file_whose_name_is_taken_is_refused(self):
        with self.assertRaisesRegex(AdapterError, "rename the file"):
            load_adapter(self.write("def tool(): pass", "os.py"), [])
        self.assertIs(sys.modules["os"], os)

    def test_file_that_fails_leaves_no_module(self):
        with self.assertRaises(ZeroDivisionError):
            self.load("1 / 0")
        self.assertNotIn("adapter_file", sys.modules)

    def test_two_tools_of_one_name_are_refused(self):
        message = self.refused('''
            from snakepit import tool
            @tool(name="same")
            def one(): pass
            @tool(name="same")
            def two(): pass
            ''')
        self.assertIn("'same'", message)
        self.assertIn("one", message)
        self.assertIn("two", message)

    def test_adapter_without_tools_is_refused(self):
        self.assertIn("no tools", self.refused("import os\ndef _private(): pass\ndef setup(): pass"))


class ClassAdapterTests(AdapterTests):
    TEXT = '''
        from snakepit import tool
        class Base:
            def inherited(self): return "base"
            def overridden(self): return "base"
        class Adapter(Base):
            limit = 5
            class Nested: pass
            def __init__(self): self.count = 0
            def setup(self): self.count = 10
            def overridden(self): return "derived"
            def next(self, step: int = 1):
                self.count += step
                return self.count
            @tool(name="renamed")
            def original(self): pass
            @staticmethod
            def static(x): return x
            @classmethod
            def of_class(cls): return cls.__name__
            @property
            def explosive(self): raise RuntimeError("evaluated")
            def _private(self): pass
        not_a_class = 5
        class NeedsArguments:
            def __init__(self, x): pass
            def tool(self): pass
        '''

    def test_public_methods_of_a_class_are_tools(self):
        adapter = self.load(self.TEXT, ":Adapter")
        self.assertEqual(self.names(adapter), ["inherited", "overridden", "next", "renamed", "static", "of_class"])
        adapter.hook("setup")()
        self.assertEqual(adapter.tools["next"](5), 15)
        self.assertEqual(adapter.tools["overridden"](), "derived")
        self.assertEqual(adapter.tools["static"](3), 3)
        self.assertEqual(adapter.tools["of_class"](), "Adapter")
        entry = next(entry for entry in adapter.catalogue if entry["name"] == "next")
        self.assertEqual([parameter["name"] for parameter in entry["parameters"]], ["step"])

    def test_class_that_is_missing_or_none_is_refused(self):
        self.assertIn("it has: Base, Adapter", self.refused(self.TEXT, ":Missing"))

    def test_name_that_is_no_class_is_refused(self):
        self.assertIn("not a class", self.refused(self.TEXT, ":not_a_class"))

    def test_class_that_needs_arguments_raises_pythons_error(self):
        with self.assertRaises(TypeError):
            self.load(self.TEXT, ":NeedsArguments")


class ToolDecoratorTests(unittest.TestCase):
    def test_tool_name_that_nobody_could_call_is_refused(self):
        from snakepit import tool
        for name in ("", "\ud800", "x" * 1001):
            with self.assertRaisesRegex(ValueError, "1 to 1000 characters"):
                tool(name=name)

    def test_wrong_use_raises(self):
        from snakepit import tool
        with self.assertRaises(TypeError):
            tool("name")
        with self.assertRaises(TypeError):
            tool(name=5)
