"""Installs the tool from the packages, and uses it as a new user does."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import unittest
import zipfile

import demo
from first_steps.workshop import WorkshopTestCase

ELF = b"\x7fELF"
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = REPOSITORY / "samples/WebApi/bin/Release/net10.0/WebApi.dll"

# Each with --json, of a host that runs. Between them, they read and write every document of the contract.
COMMANDS = (
    "ps", "status", "status text", "workers", "tools primes", "call primes count_primes below=10", "stacks primes/0",
    "recycle primes/0", "drain primes/1 --for 1m", "drain primes/1 --resume", "resize primes 3", "worker-health",
    "profile-inspector --recommendations", "capacity-report --for 1s", "events --for 1s", "top --for 1s", "doctor",
)


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

    def as_another_user(self, *arguments):
        program = self.workshop.public / "snakepit"
        if not program.exists():
            shutil.copy(self.stored("Snakepit.Cli")[0], program)
            program.chmod(0o755)
        done = subprocess.run(
            (str(program), *arguments), cwd=self.workshop.public, env=self.workshop.environment, text=True, timeout=60,
            user=demo.USER, group=demo.USER, extra_groups=[], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        return " ".join(done.stdout.split())

    def stored(self, pattern):
        return list((self.tool.parent / ".store").glob(f"**/{pattern}"))

    def test_tool_of_this_platform_is_native_and_alone(self):
        program = self.stored("Snakepit.Cli")
        self.assertTrue(program and all(path.read_bytes()[:4] == ELF for path in program), program)
        self.assertEqual([], self.stored("*.dll") + self.stored("*.dbg") + self.stored("*.pdb"))

    def test_ps_says_that_no_host_runs(self):
        self.assertRegex(" ".join(self.snakepit("ps")), "^No Snakepit host is running for")
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

    def test_every_command_works_with_a_host_that_runs(self):
        with subprocess.Popen(
                ("dotnet", str(SAMPLE), "--urls", "http://127.0.0.1:0"), cwd=SAMPLE.parent, text=True,
                env=self.workshop.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as host:
            try:
                said = next((line for line in host.stdout if "Application started" in line), "nothing")
                self.assertIn("Application started", said)
                for command in COMMANDS:
                    with self.subTest(command):
                        lines = self.snakepit(*command.split(), "--json")
                        if not command.startswith(("events", "top")):
                            lines = ["\n".join(lines)]
                        for line in lines:
                            self.assertIsInstance(json.loads(line), (dict, list, int))
                self.assertIn('"Steps"', "".join(self.snakepit("trace", "primes")))
                if os.getuid() == 0:
                    with self.subTest("another user"):
                        self.assertRegex(self.as_another_user("ps"), "^No Snakepit host is running for")
            finally:
                host.terminate()
                host.communicate()

    @unittest.skipUnless(os.getuid() == 0, "only root can become another user")
    def test_socket_of_another_user_is_refused(self):
        folder = pathlib.Path(f"/tmp/snakepit-{demo.USER}")
        folder.mkdir(mode=0o700)
        self.addCleanup(shutil.rmtree, folder)
        os.chown(folder, demo.USER, demo.USER)
        path = folder / f"{os.getpid()}-00000000.control"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
            path.chmod(0o600)
            listening.listen()
            said = self.as_another_user("ps")
        self.assertIn(f"The control socket {path} refuses user '", said)
        self.assertIn("it belongs to another user. Run the tool as that user.", said)


class PortableToolTests(WorkshopTestCase):
    def test_tool_of_other_platforms_runs_wherever_dotnet_does(self):
        (package,) = self.workshop.feed.glob("Snakepit.Cli.any.[0-9]*.nupkg")
        with zipfile.ZipFile(package) as opened:
            opened.extractall(self.workshop.work)
        program = self.workshop.work / "tools/net10.0/any/Snakepit.Cli.dll"
        said = self.workshop.run("dotnet", str(program), "ps", "--json", folder=self.workshop.work)
        self.assertEqual({"hosts": []}, json.loads("\n".join(said)))
