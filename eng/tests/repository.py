"""A throw-away repository for tests of the tools that read one."""
import pathlib
import tempfile
import unittest

SOLUTION = (
    '<Solution><Project Path="tests/Some.Tests/Some.Tests.csproj" />'
    '<Project Path="samples/Quickstart/Quickstart.csproj" /></Solution>'
)


class RepositoryTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target
