import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from tests.host import BOUND, PACKAGE_PARENT

PROBE = os.path.join(PACKAGE_PARENT, "snakepit", "_probe.py")


class ProbeTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        shutil.copytree(os.path.join(PACKAGE_PARENT, "snakepit"), os.path.join(self.folder, "snakepit"),
                        ignore=shutil.ignore_patterns("__pycache__"))

    def run_probe(self, *command):
        done = subprocess.run(
            [sys.executable, "-I", "-S", *command], capture_output=True, text=True, timeout=BOUND, check=True)
        self.assertEqual((done.stderr, done.stdout.count("\n")), ("", 1))
        return json.loads(done.stdout)

    def code_files(self):
        return sorted(
            path.name.split(".")[0] for path in pathlib.Path(self.folder, "snakepit", "__pycache__").glob("*.pyc"))

    def test_probe_tells_the_interpreter(self):
        told = self.run_probe(PROBE)
        self.assertEqual(told["version"], list(sys.version_info[:3]))
        self.assertEqual(told["cache_tag"], sys.implementation.cache_tag)
        self.assertTrue(os.path.samefile(told["executable"], sys.executable))
        self.assertEqual((told["implementation"], told["prefix"]), ("CPython", sys.prefix))

    def test_probe_compiles_what_has_no_code_file(self):
        self.run_probe(PROBE, self.folder)
        sources = sorted(path.stem for path in pathlib.Path(self.folder, "snakepit").glob("*.py"))
        self.assertEqual(self.code_files(), sources)
        existing = next(pathlib.Path(self.folder, "snakepit", "__pycache__").glob("_worker.*.pyc"))
        existing.write_bytes(b"kept")
        self.run_probe(PROBE, self.folder)
        self.assertEqual(existing.read_bytes(), b"kept")

    def test_probe_runs_as_source_text(self):
        self.run_probe("-c", pathlib.Path(PROBE).read_text(), self.folder)
        self.assertIn("_worker", self.code_files())

    def test_probe_survives_what_it_cannot_compile(self):
        for parent in ("/nowhere", PROBE):
            self.run_probe(PROBE, parent)
        pathlib.Path(self.folder, "snakepit", "_worker.py").write_text("def (")
        self.run_probe(PROBE, self.folder)
        self.assertNotIn("_worker", self.code_files())

    def test_probe_parses_under_old_pythons(self):
        pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv")), "versions")
        # glob.glob skips a folder that this user may not read
        old = [*glob.glob(f"{pyenv}/2.7.*/bin/python"), *glob.glob(f"{pyenv}/3.[678].*/bin/python")]
        if not old:
            self.skipTest("no old Python is installed")
        for python in old:
            with self.subTest(python):
                output = subprocess.run(
                    [python, "-E", "-S", PROBE, self.folder], capture_output=True, timeout=BOUND, check=True).stdout
                self.assertLess(json.loads(output)["version"], [3, 9])
