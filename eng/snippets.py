#!/usr/bin/env python3
"""Copies code regions into README.md and docs/*.md, so that every snippet compiles. With --check, fails if they differ.

In the page:    <!-- snippet: samples/Quickstart/Program.cs#first-call -->   above a ```csharp or ```python fence
In the source:  // snippet: first-call   ...   // end snippet                (Python: # snippet: first-call)

A fence below <!-- file: ... --> stays as it is in the pages that eng/first_steps follows, where the code is compiled
from the page itself.
"""
import pathlib
import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree

import guide

ROOT = pathlib.Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(?:csharp|cs|c#|python|py)\s*$")
REFERENCE = re.compile(r"^<!-- snippet: (?P<path>[^#\s]+)#(?P<name>[\w-]+) -->$")


class SnippetError(Exception):
    """A page or a source is invalid."""


def region(source, name):
    """Returns the lines between the markers of a name, without their common indentation."""
    begin = re.compile(rf"^\s*(?://|#) snippet: {re.escape(name)}\s*$")
    end = re.compile(r"^\s*(?://|#) end snippet\s*$")
    lines = source.splitlines()
    starts = [number for number, line in enumerate(lines) if begin.match(line)]
    if len(starts) != 1:
        raise SnippetError(f"snippet {name} is there {len(starts)} times, not once")
    for number in range(starts[0] + 1, len(lines)):
        if end.match(lines[number]):
            return textwrap.dedent("\n".join(lines[starts[0] + 1:number])).strip("\n").splitlines()
    raise SnippetError(f"snippet {name} has no end")


def read_region(root, path, name):
    source = root / path
    if not source.is_file():
        raise SnippetError(f"{path} does not exist")
    if source.suffix == ".cs" and not any(path.startswith(folder + "/") for folder in project_folders(root)):
        raise SnippetError(f"{path} is in no project of the solution, so nothing compiles it")
    return region(source.read_text(), name)


def project_folders(root):
    projects = ElementTree.parse(root / "Snakepit.slnx").iter("Project")
    return [project.get("Path").rpartition("/")[0] for project in projects]


def rewrite(root, text, is_followed=False):
    """Returns the page with every code fence filled from its source, except files that a test writes as they stand."""
    output, lines, number = [], text.splitlines(), 0
    while number < len(lines):
        line = lines[number]
        output.append(line)
        number += 1
        if not FENCE.match(line):
            continue
        above = next((earlier for earlier in reversed(output[:-1]) if earlier.strip()), "")
        if is_followed and guide.is_file_marker(above):
            end = lines.index("```", number)
            output += lines[number:end]
            number = end
            continue
        reference = REFERENCE.match(above.strip())
        if not reference:
            raise SnippetError(f"line {number}: a code fence without a snippet comment above it")
        output += read_region(root, reference["path"], reference["name"])
        number = lines.index("```", number)
    return "\n".join(output) + "\n"


def pages(root):
    paths = [root / "README.md", *sorted(root.glob("src/*/README.md")), *sorted(root.glob("docs/*.md"))]
    return [path for path in paths if path.exists()]


def main(root, check):
    problems = []
    for page in pages(root):
        text, name = page.read_text(), page.relative_to(root)
        try:
            wanted = rewrite(root, text, name.as_posix() in guide.PAGES)
        except (SnippetError, ValueError) as error:
            problems.append(f"{name}: {error}")
            continue
        if wanted == text:
            continue
        if check:
            problems.append(f"{name}: a snippet differs from its source; run eng/snippets.py")
        else:
            page.write_text(wanted)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(ROOT, "--check" in sys.argv))
