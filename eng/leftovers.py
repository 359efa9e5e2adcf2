#!/usr/bin/env python3
"""Tells what a test run left behind and ends the processes among it; exit 1 when there is anything.

A process is a leftover when it carries the run's mark (SNAKEPIT_TEST_RUN) in its environment, or, without a mark, when it runs where only
this run's processes do: in the mount namespace of eng/isolate.sh. Elsewhere a process without a mark may be anybody's.
A file is a leftover when it lies in a folder of the run (SNAKEPIT_ISOLATED): these were empty when the run began. What .NET leaves there
and the folder in which hosts of a user register are not leftovers; they go when the run's folders go.
"""
import os
import pathlib
import re
import select
import signal
import stat
import sys

PROC = pathlib.Path("/proc")
MARK = "SNAKEPIT_TEST_RUN"
ISOLATED = "SNAKEPIT_ISOLATED"
TOOLS = "tools"  # the temporary folder of the steps that are no tests
GRACE_MS = 1000  # a process whose host has just exited may still be on its way out

# The runtime's diagnostics of processes that were killed, its named mutexes, MSBuild's pipes and those of the testing platform.
OF_DOTNET = re.compile(r"clr-debug-pipe-|dotnet-diagnostic-|\.dotnet|MSBuild|NuGetScratch|CONTROLTOHOST_|MONITORTOHOST_|[0-9a-f]{32}$")
REGISTRY = re.compile(r"snakepit(?:-(\d+))?$")


def state_and_parent(pid):
    state, parent = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[:2]
    return state, int(parent)


def ancestors(pid):
    """The process and whatever it descends from."""
    while pid > 0:
        yield pid
        pid = state_and_parent(pid)[1]


def command_line(pid):
    return (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()


def mark(pid):
    for entry in (PROC / str(pid) / "environ").read_bytes().split(b"\0"):
        name, _, value = entry.partition(b"=")
        if name == MARK.encode():
            return value.decode()
    return None


def namespace(pid):
    return os.readlink(PROC / str(pid) / "ns" / "mnt")


def is_ours(pid, run, alone):
    """Whether the run started it and it still runs. Between two programs a process has no mark, and no command line either."""
    try:
        owner = mark(pid)
        if owner is not None:
            return owner == run
        return alone and state_and_parent(pid)[0] != "Z" and namespace(pid) == namespace("self")
    except OSError:
        return False  # it has exited, or is another user's


def outlives_grace(handle):
    watch = select.poll()
    watch.register(handle, select.POLLIN)
    return not watch.poll(GRACE_MS)


def end_left_processes(run, alone):
    """Kills what outlives the grace. Yields a line for each."""
    own = set(ancestors(os.getpid()))
    for entry in sorted(PROC.glob("[0-9]*"), key=lambda path: int(path.name)):
        pid = int(entry.name)
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            continue
        try:
            if pid not in own and is_ours(pid, run, alone):
                command = command_line(pid)
                if outlives_grace(handle):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    yield f"process {pid}: {command}"
        except OSError:
            continue  # it has exited meanwhile
        finally:
            os.close(handle)


def given_names(folder):
    """The names in a folder below which something is mounted: eng/isolate.sh keeps what the environment names in sight."""
    mounts = (line.split()[4] for line in (PROC / "self" / "mountinfo").read_text().splitlines())
    return {pathlib.Path(path).relative_to(folder).parts[0] for path in mounts if path.startswith(f"{folder}/")}


def is_registry(path):
    """The folder in which hosts of one user register. It stays; entries of hosts that were killed are for the next host to sweep."""
    facts, match = path.lstat(), REGISTRY.match(path.name)
    return bool(match) and stat.S_ISDIR(facts.st_mode) and facts.st_uid == int(match[1] or os.getuid())


def is_empty_folder(path):
    """The .NET SDK makes some and forgets them."""
    return path.is_dir() and not path.is_symlink() and not path.name.startswith("snakepit") and not any(path.iterdir())


def left_files(folder):
    expected = given_names(folder) | {TOOLS}
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.name not in expected and not OF_DOTNET.match(path.name) and not is_registry(path) and not is_empty_folder(path):
            yield f"file {path}"


def main(run, folders):
    left = list(end_left_processes(run, alone="/tmp" in folders))
    for folder in folders:
        left += left_files(folder)
    for item in left:
        print(f"left behind: {item}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(os.environ[MARK], os.environ[ISOLATED].split(":")))
