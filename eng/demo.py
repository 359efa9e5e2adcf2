#!/usr/bin/env python3
"""Runs ./demo as on a machine where Snakepit never ran, and reports its problems; exit 1 when there is one.

demo.py           here
demo.py --fresh   in a copy of the repository in which nothing was ever built; as another user when root may become one

Both have a HOME with NuGet's configuration alone, and empty temporary folders. The demo must print the expected lines,
leave no process running, and leave nothing on disk but the build and the cache of Python's package.
"""
import contextlib
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import leftovers

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT = 600  # seconds, including the build
USER = 61236  # an id that belongs to no user
UNTRACKED = (".git", "bin", "obj", "artifacts", "__pycache__")
SAMPLE = "samples/Quickstart"

BUILDING = re.compile(r"Building Snakepit and the demo\. .+")
FIRST = re.compile(r"The first answer from Python: 7 words in 2 sentences\.")
RECYCLED = re.compile(r"recycled text\S* after .+ calls \(max_requests\), 0 failed")
LAST = (
    re.compile(r".+ calls in .+ s: .+ calls/s, p50 .+ ms, p99 .+ ms"),
    re.compile(r"workers recycled: [1-9].*, crashed: 0; failed calls: 0"),
)


class Place:
    """The home and the temporary folders of one run, which belong to the user of the run."""

    def __init__(self, root, user):
        self.root, self.user = root, user
        self.home, self.temporary, self.run = root / "home", root / "tmp", root / "run"
        self.mark = f"demo-{os.getpid()}"
        root.chmod(0o711)
        for folder in (self.home, self.temporary, self.run):
            folder.mkdir(mode=0o700)
        real = pathlib.Path(os.environ.get("HOME", "/nowhere"))
        for name in (".nuget/NuGet", ".config/NuGet"):
            if (real / name).is_dir():
                shutil.copytree(real / name, self.home / name)
        self.packages = os.environ.get("NUGET_PACKAGES") or str(real / ".nuget/packages")

    def environment(self):
        kept = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("SNAKEPIT", "XDG_")) and name not in ("TMP", "TEMP")
        }
        return {
            **kept,
            "HOME": str(self.home),
            "DOTNET_CLI_HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "XDG_RUNTIME_DIR": str(self.run),
            "NUGET_PACKAGES": self.packages,
            leftovers.MARK: self.mark,
        }

    def give(self):
        """Gives the folders to the user of the run."""
        if self.user is not None:
            for folder, _, files in os.walk(self.root):
                if folder != str(self.root):
                    os.chown(folder, self.user, self.user)
                for file in files:
                    os.chown(os.path.join(folder, file), self.user, self.user, follow_symlinks=False)

    def start(self, command, folder):
        become = {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}
        return subprocess.Popen(
            command, cwd=folder, env=self.environment(), text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **become)


def can_become(user):
    """True when this process can start others as that user, and they find the SDK."""
    environment = {**os.environ, "HOME": "/nowhere", "DOTNET_CLI_HOME": "/nowhere"}
    try:
        subprocess.run(
            ["dotnet", "--version"], cwd="/", env=environment, user=user, group=user, extra_groups=[],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=LIMIT)
        return True
    except (OSError, subprocess.SubprocessError):
        return False


def copy_packages(root, target):
    """Copies the packages of the sample's build for a user who cannot read ours; else NuGet downloads its own."""
    assets = root / SAMPLE / "obj/project.assets.json"
    if assets.exists():
        known = json.loads(assets.read_text())
        for library in known["libraries"].values():
            for folder in known["packageFolders"]:
                source = pathlib.Path(folder, library.get("path", ""))
                if library["type"] == "package" and source.is_dir():
                    shutil.copytree(source, target / library["path"], dirs_exist_ok=True)
    target.mkdir(exist_ok=True)


def files(root):
    """Returns the files of a folder without those that builds make."""
    found = set()
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in UNTRACKED[:-1]]
        found.update(os.path.relpath(os.path.join(folder, name), root) for name in names)
    return found


def without_build(lines):
    """Returns the lines after those of a first build, which are indented."""
    rest = iter(lines[1:] if BUILDING.fullmatch(lines[0]) else lines)
    return list(itertools.dropwhile(lambda line: line.startswith("  "), rest)) or [""]


def judge_output(code, output, errors, *, fresh):
    """Yields what is wrong."""
    lines = output.splitlines() or [""]
    if fresh and not BUILDING.fullmatch(lines[0]):
        yield f"a first build begins with '{lines[0]}', not '{BUILDING.pattern}'"
    lines = without_build(lines)
    if code != 0:
        yield f"it ended with exit code {code}"
    if errors:
        yield "it wrote to standard error"
    if not FIRST.fullmatch(lines[0]):
        yield f"its first line is '{lines[0]}', not '{FIRST.pattern}'"
    if not any(RECYCLED.fullmatch(line.strip()) for line in lines):
        yield f"no line tells of a recycled worker: '{RECYCLED.pattern}'"
    for line, pattern in zip(["", "", *lines][-len(LAST):], LAST):
        if not pattern.fullmatch(line.strip()):
            yield f"'{line}' stands where '{pattern.pattern}' should"


def judge_remains(place):
    """Yields what it left. Ends the processes among it."""
    for folder in (place.temporary, place.run):
        for left in leftovers.left_files(folder, place.user):
            yield f"it left {left}"
        for path in sorted(folder.glob("snakepit*/*")):
            yield f"it left file {path}"  # including the entry of a killed host, because the demo's host ends in order
    for path in sorted(place.home.rglob("*[sS]nakepit*")):
        if path.relative_to(place.home).parts[:2] != (".cache", "snakepit"):
            yield f"it left file {path}"


def end(process):
    """Kills a process and everything that it started, and returns its output."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.communicate()


def run(place, folder, limit, fresh):
    """Yields what is wrong."""
    process = place.start(["./demo"], folder)
    try:
        output, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        output, errors = end(process)
        yield f"it did not end within {limit} s"
    print(output, end="")
    print(errors, end="", file=sys.stderr, flush=True)
    yield from judge_output(process.returncode, output, errors, fresh=fresh)
    for left in leftovers.end_left_processes(place.mark, alone=False):
        yield f"it left {left}"
    yield from judge_remains(place)


def main(root, *, fresh, limit=LIMIT):
    user = USER if fresh and os.getuid() == 0 and can_become(USER) else None
    with tempfile.TemporaryDirectory(prefix="demo-") as temporary:
        place = Place(pathlib.Path(temporary), user)
        folder = root
        if fresh:
            folder = place.root / "clone"
            shutil.copytree(root, folder, symlinks=True, ignore=shutil.ignore_patterns(*UNTRACKED))
            if user is not None:
                place.packages = str(place.root / "packages")
                copy_packages(root, pathlib.Path(place.packages))
        place.give()
        before = files(folder)
        problems = list(run(place, folder, limit, fresh))
        if fresh:  # tests may run at the same time in the other case
            problems += [f"it left {path} in the repository" for path in sorted(files(folder) - before)]
    place_name = "a fresh copy" if fresh else "this clone"
    print(f"\n./demo ran in {place_name} as user {os.getuid() if user is None else user}.")
    for problem in problems:
        print(f"./demo: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(ROOT, fresh="--fresh" in sys.argv[1:]))
