import json
import os
import subprocess
import sys
import tempfile
import unittest

from tests.host import BOUND, PACKAGE_PARENT

BOOT = f"import sys;sys.path.insert(0,{PACKAGE_PARENT!r});from snakepit import _examine;_examine.main()"

TOOL = """
def add(a, b):
    return a + b
"""


class ExamineTests(unittest.TestCase):
    def examine(self, code, **asked):
        """Returns the lines by their kind, and the exit code."""
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "adapter_under_test.py")
            with open(file, "w") as opened:
                opened.write(code)
            question = {
                "adapter": file, "python_path": [], "modules": [], "preload": [], "threads": 0, "loads": True, **asked}
            done = subprocess.run(
                [sys.executable, "-c", BOOT, json.dumps(question)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, timeout=BOUND)
        return {line["kind"]: line for line in map(json.loads, done.stdout.splitlines())}, done.returncode

    def test_a_sound_adapter(self):
        said, code = self.examine(TOOL)
        self.assertEqual((list(said), code), (["python", "modules", "loading", "adapter", "libraries"], 0))
        self.assertEqual([tool["name"] for tool in said["adapter"]["tools"]], ["add"])
        self.assertEqual((said["modules"]["missing"], said["libraries"]["known"]), ([], []))
        self.assertIn(PACKAGE_PARENT, said["python"]["search_path"])

    def test_modules_that_are_missing(self):
        said, _ = self.examine(
            "import json, acme_not_there.deep\n" + TOOL,
            modules=["email.acme_not_there", "email.mime"], preload=["acme_neither"])
        self.assertEqual(said["modules"]["missing"], [
            ["email.acme_not_there", "the caller"],
            ["acme_neither", "Start.Preload"],
            ["acme_not_there", "the adapter"],
        ])
        self.assertEqual(said["failure"]["error"]["type"], "ModuleNotFoundError")
        self.assertNotIn("adapter", said)

    def test_an_adapter_that_ends_the_process_leaves_what_was_said_before(self):
        said, code = self.examine("import os; os._exit(3)")
        self.assertEqual((list(said), code), (["python", "modules", "loading"], 3))

    def test_what_the_adapter_prints_is_no_answer(self):
        said, _ = self.examine("import os, sys\nprint('{}')\nos.write(1, b'noise\\n')\nsys.stdout = None\n" + TOOL)
        self.assertIn("adapter", said)

    def test_the_adapters_threads_and_exit_handlers_do_not_hold_it_up(self):
        said, code = self.examine(
            "import atexit, threading\nwait = threading.Event().wait\nthreading.Thread(target=wait).start()\n"
            "atexit.register(wait)\n" + TOOL)
        self.assertEqual((code, "adapter" in said), (0, True))

    def test_threads(self):
        said, _ = self.examine(TOOL, threads=4)
        self.assertIn("thread_safe = True", said["failure"]["error"]["message"])
        said, _ = self.examine("import sqlite3\nthread_safe = True\n" + TOOL, threads=4)
        self.assertEqual([known[0] for known in said["libraries"]["known"]], ["sqlite3"])

    def test_an_adapter_that_is_not_to_be_loaded_is_not(self):
        said, code = self.examine("raise SystemExit(9)", loads=False)
        self.assertEqual((list(said), code), (["python", "modules"], 0))

    def test_a_module_as_adapter_that_does_not_exist(self):
        said, _ = self.examine("", adapter="acme_not_there.tools:Adapter")
        self.assertEqual(said["modules"]["missing"], [["acme_not_there", "Adapter"]])


if __name__ == "__main__":
    unittest.main()
