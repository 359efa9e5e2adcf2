"""A place outside the repository, like the machine of a new user who has the packages in a folder."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import demo

PACKAGES = "SNAKEPIT_TEST_PACKAGES"  # the folder that eng/pack.sh has filled
QUIET = {
    "DOTNET_NOLOGO": "1",
    "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
    "DOTNET_GENERATE_ASPNET_CERTIFICATE": "false",
    "DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE": "true",
    "DOTNET_CLI_USE_MSBUILD_SERVER": "0",
    "MSBUILDDISABLENODEREUSE": "1",
    "UseSharedCompilation": "false",
}
FOREIGN = ("ASPNETCORE_", "DOTNET_ENVIRONMENT", "SNAKEPIT")
NO_SOURCES = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    "<configuration><packageSources><clear /></packageSources></configuration>\n"
)


class Workshop:
    """A home in which NuGet has only the sources that are added here.

    NuGet takes the packages that others need from the folder where restores put them.
    """

    def __init__(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="first-steps-")
        root = pathlib.Path(self._temporary.name)
        place = demo.Place(root, None)
        self.home, self.work, self._place = place.home, root / "work", place
        self.public = root / "public"  # which every user can enter
        self.work.mkdir()
        self.public.mkdir()
        self.packages = root / "nuget"
        for folder in (".nuget/NuGet", ".config/NuGet"):
            shutil.rmtree(self.home / folder, ignore_errors=True)
        config = self.home / ".nuget/NuGet/NuGet.Config"
        config.parent.mkdir(parents=True)
        config.write_text(NO_SOURCES)
        self.environment = {
            name: value for name, value in place.environment().items()
            if name != "CI" and (not name.startswith(FOREIGN) or name == demo.leftovers.MARK)
        }
        self.environment.update(QUIET, NUGET_PACKAGES=str(self.packages), NUGET_FALLBACK_PACKAGES=place.packages)

    @property
    def feed(self):
        """The folder of the packages."""
        return pathlib.Path(os.environ[PACKAGES])

    def run(self, *command, folder, limit=100, **variables):
        """Returns the lines that a command prints, or raises an AssertionError with them when the command fails."""
        done = subprocess.run(
            command, cwd=folder, env={**self.environment, **variables}, text=True, timeout=limit,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise AssertionError(f"{command} ended with exit code {done.returncode}:\n{done.stdout}")
        return done.stdout.splitlines()

    def close(self):
        """Yields the leftovers and removes everything."""
        yield from demo.leftovers.end_left_processes(self._place.mark, alone=False)
        for folder in (self._place.temporary, self._place.run):
            yield from demo.leftovers.left_files(folder)
        self._temporary.cleanup()


class WorkshopTestCase(unittest.TestCase):
    """Tests that share a workshop and must leave nothing in it."""

    @classmethod
    def setUpClass(cls):
        cls.workshop = Workshop()
        cls.addClassCleanup(cls._close)

    @classmethod
    def _close(cls):
        left = list(cls.workshop.close())
        if left:
            raise AssertionError(f"left behind: {left}")
