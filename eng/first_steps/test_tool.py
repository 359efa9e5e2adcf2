"""Installs the tool from the packages, and uses it as a new user does."""
import json
import pathlib
import shutil

from first_steps.workshop import WorkshopTestCase


class ToolTests(WorkshopTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (path,) = cls.workshop.feed.glob("Snakepit.Cli.[0-9]*.nupkg")
        version = path.name[len("Snakepit.Cli."):-len(".nupkg")]
        cls.tool = cls.workshop.home / "tools" / "snakepit"
        cls.workshop.run(
            "dotnet", "tool", "install", "Snakepit.Cli", "--tool-path", str(cls.tool.parent), "--version", version,
            "--add-source", str(cls.workshop.feed), folder=cls.workshop.work)

    def snakepit(self, *arguments):
        # A program finds .NET by this variable, wherever it is installed.
        dotnet = str(pathlib.Path(shutil.which("dotnet")).resolve().parent)
        return self.workshop.run(str(self.tool), *arguments, folder=self.workshop.work, DOTNET_ROOT=dotnet)

    def test_ps_says_that_no_host_runs(self):
        (line,) = self.snakepit("ps")
        self.assertRegex(line, "^No host with Snakepit runs as user")
        self.assertEqual({"hosts": []}, json.loads("\n".join(self.snakepit("ps", "--json"))))

    def test_doctor_examines_the_machine(self):
        lines = self.snakepit("doctor")
        self.assertEqual("No host runs here; this machine and its Python:", lines[0])
        self.assertTrue(any("interpreter: CPython" in line for line in lines), lines)

    def test_adapter_that_was_generated_runs(self):
        self.snakepit("gen", "adapter", "text")
        self.assertEqual(["Hello, World!"], self.snakepit("run", "adapters/text.py", "greet", "name=World"))

    def test_help_names_the_command(self):
        self.assertIn("  snakepit [command] [options]", self.snakepit("--help"))
