"""Whether tools may run on several threads at once: what the adapter says, what is known of its libraries, and what
happens."""

import os
import pathlib
import sys
import types
import unittest

from snakepit import _protocol as protocol, thread_safe, thread_unsafe
from snakepit._known import KNOWN, SAFE, UNSAFE, WITH_CARE, describe, known_of, verdict_of
from tests.host import WorkerHost
from tests.several_calls import SeveralCalls

MARKED = '''
import threading
from snakepit import thread_safe, thread_unsafe, tool

_both = threading.Barrier(2)

@thread_safe
def meet():
    return _both.wait(30)

@tool(name="other")
@thread_unsafe
def alone():
    return 1

async def wait():
    return 2
'''

MEET = '''
import threading

thread_safe = True
_both = threading.Barrier(2)

def meet():
    return _both.wait(30)

def items():
    _both.wait(30)
    yield 1
    _both.wait(30)
'''


class RefusalTests(unittest.TestCase):
    def refused(self, text, **init):
        with WorkerHost(text, threads=8, **init) as host:
            self.assertEqual(host.ready.kind, protocol.FAILED)
            return host.ready.value

    def test_adapter_must_say_that_it_is_safe(self):
        failure = self.refused("def tool(): pass")
        self.assertEqual((failure["stage"], failure["error"]["type"]), ("adapter", "AdapterError"))
        self.assertIn("thread_safe = True", failure["error"]["message"])
        self.assertIn("is a int, where True", self.refused("thread_safe = 1\ndef tool(): pass")["error"]["message"])

    def test_class_says_it_by_an_attribute_or_a_decorator(self):
        text = "import snakepit\n{}class Tools:\n    {}\n    def tool(self): return 1\n"
        with WorkerHost(handshake=False) as other:
            path = os.path.join(other.folder.name, "adapter_of_class.py")
            for mark, line, kind in (("", "thread_safe = True", protocol.READY),
                                     ("@snakepit.thread_safe\n", "pass", protocol.READY),
                                     ("", "pass", protocol.FAILED)):
                with open(path, "w") as file:
                    file.write(text.format(mark, line))
                with WorkerHost(adapter=f"{path}:Tools", threads=2) as host:
                    self.assertEqual(host.ready.kind, kind, host.ready.body)

    def test_file_with_marked_tools_says_it(self):
        for mode in "trust", "watch", "strict":
            with self.subTest(mode), WorkerHost(MARKED, threads=2, thread_safety=mode) as host:
                self.assertEqual(host.ready.kind, protocol.READY, host.ready.body)
        failure = self.refused(MARKED + "\ndef unmarked(): pass\n")
        self.assertIn("does not say that it is safe", failure["error"]["message"])

    def test_setup_of_a_thread_that_raises_fails_the_start(self):
        failure = self.refused("thread_safe = True\ndef thread_setup(): raise OSError('no')\ndef tool(): pass")
        self.assertEqual((failure["stage"], failure["error"]["message"]), ("thread_setup", "no"))
        failure = self.refused("thread_safe = True\nasync def thread_setup(): pass\ndef tool(): pass")
        self.assertIn("must be plain", failure["error"]["message"])

    def test_strict_demands_a_mark_of_each_plain_tool(self):
        failure = self.refused(
            MARKED + "\nthread_safe = True\ndef first(): pass\ndef second(): pass\n", thread_safety="strict")
        self.assertEqual(failure["stage"], "adapter")
        self.assertRegex(
            failure["error"]["message"], "ThreadSafety = Strict demands of each: first, second\\..*thread_unsafe")
        many = "thread_safe = True\n" + "".join(f"def tool_{i}(): pass\n" for i in range(30))
        self.assertRegex(
            self.refused(many, thread_safety="strict")["error"]["message"], "tool_9 and 20 more\\. Check")


class LibraryTests(unittest.TestCase):
    TEXT = "import sqlite3, snakepit\n{}\n@snakepit.thread_safe\ndef tool(): pass\n"

    def test_libraries_that_need_care_are_told_at_the_start(self):
        with WorkerHost(self.TEXT.format("thread_safe = True"), threads=2) as host:
            told = host.read_control().value
            self.assertEqual(told["level"], "info")
            self.assertRegex(told["message"], "sqlite3: a connection .* thread_local.*docs.python.org")
        self.assertEqual(list(KNOWN), sorted(KNOWN))
        self.assertEqual(len(describe(dict.fromkeys(KNOWN)).splitlines()), len(KNOWN))

    def test_page_has_what_is_known(self):
        page = pathlib.Path(__file__).parents[2].joinpath("docs", "worker-profiles.md").read_text("utf-8")
        for name, known in KNOWN.items():
            verdict = known.verdict + (f" since {'.'.join(map(str, known.since))}" if known.since else "")
            self.assertIn(f"| [{name}]({known.source}) | {verdict} | {known.hazard} | {known.remedy} |", page)

    def test_those_that_are_safe_are_not_told(self):
        text = "import logging, types, sys, snakepit\nthread_safe = True\n@snakepit.thread_safe\n" \
               "def tool(): pass\nsys.modules['urllib3'] = types.ModuleType('urllib3')\n" \
               "def setup(): snakepit.ctx.log.info('first')\n@snakepit.thread_safe\n" \
               "def log(): snakepit.ctx.log.info('last')\n"
        for mode in "watch", "strict":
            with self.subTest(mode), WorkerHost(text, threads=2, thread_safety=mode) as host:
                self.assertEqual(host.ready.kind, protocol.READY, host.ready.body)
                host.result("log")
                self.assertEqual([host.read_control().value["message"] for _ in range(2)], ["first", "last"])
        self.assertEqual(known_of({"urllib3": None, "json": None}), [])

    def test_verdict_holds_since_a_version(self):
        for version, verdict in ("1.4.0", WITH_CARE), ("2.1", WITH_CARE), ("1.3.9", UNSAFE), ("dev", WITH_CARE), \
                (None, WITH_CARE), ("0.90", UNSAFE):
            with self.subTest(version):
                module = types.SimpleNamespace(__version__=version)
                self.assertEqual(verdict_of("xgboost", module), verdict)
                [[name, hazard, remedy, source]] = known_of({"xgboost": module})
                self.assertEqual((name, remedy == "update it"), ("xgboost", verdict == UNSAFE))
                self.assertEqual("before version 1.4" in describe({"xgboost": module}), verdict == UNSAFE)
        self.assertEqual(verdict_of("urllib3", None), SAFE)
        text = "import sys, types\nthread_safe = True\ndef tool(): pass\n" \
               "sys.modules['h5py'] = types.SimpleNamespace(__version__='2.3.1')\n"
        with WorkerHost(text, threads=2) as host:
            self.assertIn("h5py: it is not known to be safe with threads before version 2.4; update it",
                          host.read_control().value["message"])

    def test_strict_refuses_those_that_are_unsafe(self):
        with WorkerHost(self.TEXT.format(""), threads=2, thread_safety="strict") as host:
            self.assertEqual((host.ready.kind, host.ready.value["stage"]), (protocol.FAILED, "thread_setup"))
            self.assertRegex(
                host.ready.value["error"]["message"],
                r"(?s)sqlite3: a connection .*write 'thread_safe_with = \('sqlite3',\)'")

    def test_adapter_that_names_them_uses_them_with_care(self):
        text = self.TEXT.format("thread_safe_with = ('sqlite3',)") + "\ndef setup(): snakepit.ctx.log.info('first')"
        for mode in "strict", "watch":
            with self.subTest(mode), WorkerHost(text, threads=2, thread_safety=mode) as host:
                self.assertEqual(host.ready.kind, protocol.READY, host.ready.body)
                self.assertEqual(host.read_control().value["message"], "first")
                self.assertIsNone(host.result("tool"))
        with WorkerHost(self.TEXT.format("thread_safe_with = 'sqlite3'"), threads=2) as host:
            self.assertIn("must be a tuple of names", host.ready.value["error"]["message"])


class EntranceTests(SeveralCalls, unittest.TestCase):
    def test_first_time_that_two_threads_run_a_tool_without_a_mark_is_told(self):
        with WorkerHost(MEET, threads=2) as host:
            for _ in range(2):
                self.send(host, [("meet", [])] * 2)
            told = host.read_control().value
            self.assertEqual(told["level"], "info")
            self.assertRegex(told["message"], "Two threads run the tool 'meet' at once.*@snakepit.thread_unsafe")
            self.send(host, [("items", [])] * 2)
            self.assertIn("the tool 'items'", host.read_control().value["message"])

    def test_tools_with_marks_and_trusted_ones_are_not_told(self):
        log = "\nthread_safe = True\ndef log(): __import__('snakepit').ctx.log.info('last')\n"
        for text, mode in (MARKED, "watch"), (MEET, "trust"):
            with self.subTest(mode), WorkerHost(text + log, threads=2, thread_safety=mode) as host:
                self.send(host, [("meet", [])] * 2)
                host.result("log")
                self.assertEqual(host.read_control().value["message"], "last")


class MarkTests(unittest.TestCase):
    def test_marks_are_for_functions_and_classes(self):
        for mark in thread_safe, thread_unsafe:
            with self.subTest(mark), self.assertRaisesRegex(TypeError, f"@{mark.__name__} marks functions"):
                mark(3)
        self.assertTrue(thread_safe(type("Tools", (), {})).thread_safe)
        self.assertTrue(callable(thread_safe(sys.getrefcount)))  # a builtin takes no attributes


if __name__ == "__main__":
    unittest.main()
