"""Prints the dependencies that a pyproject.toml declares, one a line, for the host to install.

Runs in the new environment, whose pip brings a reader of TOML for Python 3.9 and 3.10.
"""

import sys

from ._builtins import __builtins__  # noqa: F401


def main() -> None:
    """Prints the dependencies of the file that the last argument names."""
    try:
        for dependency in dependencies_of(sys.argv[-1]):
            print(dependency)
    except (OSError, ValueError) as error:
        sys.exit(f"error: {sys.argv[-1]}: {error}")


def dependencies_of(path: str) -> "list[str]":
    """Returns the dependencies of the project, without extras and groups."""
    try:
        import tomllib
    except ImportError:
        from pip._vendor import tomli as tomllib
    with open(path, "rb") as file:
        project = tomllib.load(file).get("project")
    if not isinstance(project, dict):
        raise ValueError("there is no [project]; write the packages down in a requirements.txt")
    if "dependencies" in project.get("dynamic", ()):
        raise ValueError("its dependencies are dynamic; write them down in a requirements.txt")
    found = project.get("dependencies", [])
    if not isinstance(found, list) or not all(isinstance(one, str) and one.isprintable() for one in found):
        raise ValueError("'dependencies' of [project] is no list of texts")
    return found
