import os
import tempfile
import unittest

from snakepit import _dependencies

try:
    import tomllib  # noqa: F401
    HAS_TOML = True
except ImportError:
    try:
        from pip._vendor import tomli  # noqa: F401
        HAS_TOML = True
    except ImportError:
        HAS_TOML = False


@unittest.skipUnless(HAS_TOML, "pip is not installed")
class DependenciesTests(unittest.TestCase):
    def read(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "pyproject.toml")
            with open(path, "w") as file:
                file.write(text)
            return _dependencies.dependencies_of(path)

    def test_dependencies_of_the_project(self):
        for text, found in (
                ("[project]\nname='a'", []),
                ("[project]\ndependencies=['b>=1', \"c; extra == 'd'\"]", ["b>=1", "c; extra == 'd'"])):
            with self.subTest(text):
                self.assertEqual(self.read(text), found)

    def test_what_cannot_be_read_says_why(self):
        for text, problem in (
                ("", "no .project"), ("[tool.x]", "no .project"), ("[project", "Expected|line 1"),
                ("[project]\ndynamic=['dependencies']", "dynamic"), ("[project]\ndependencies='b'", "no list of texts"),
                ('[project]\ndependencies=["b\\nc"]', "no list of texts")):
            with self.subTest(text), self.assertRaisesRegex(ValueError, problem):
                self.read(text)


if __name__ == "__main__":
    unittest.main()
