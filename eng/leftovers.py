#!/usr/bin/env python3
"""Reports what a test run left behind and ends leftover processes; exit 1 when there is a leftover.

A process is a leftover when it carries the run's mark (SNAKEPIT_TEST_RUN) in its environment, or, without a mark, when
it runs in the mount namespace of eng/isolate.sh, where only this run has processes. Elsewhere a process without a mark
may belong to anyone.
A file is a leftover when it lies in a folder of the run (SNAKEPIT_ISOLATED), because these were empty when the run
began. Files of .NET there and the folder in which a user's hosts register are no leftovers; they go with the run's
folders. The registry may keep the entries of killed hosts only, for the next host to sweep.
"""
import fcntl
import os
import pathlib
import re
import select
import signal
import socket
import stat
import sys

PROC = pathlib.Path("/proc")
MARK = "SNAKEPIT_TEST_RUN"
ISOLATED = "SNAKEPIT_ISOLATED"
TOOLS = "tools"  # the temporary folder of the steps other than tests
GRACE_MS = 1000  # a process whose host has just exited may still be about to end

# .NET's diagnostics of killed processes and named mutexes, the folders and pipes of MSBuild and NuGet, and the pipes of
# the testing platform.
OF_DOTNET = (
    (re.compile(r"clr-debug-pipe-\d+-\d+-(?:in|out)"), (stat.S_ISFIFO,)),
    (re.compile(r"dotnet-diagnostic-\d+-\d+-socket|(?:CONTROLTOHOST|MONITORTOHOST)_.+|[0-9a-f]{32}"), (stat.S_ISSOCK,)),
    (re.compile(r"\.dotnet|NuGetScratch.*"), (stat.S_ISDIR,)),
    (re.compile(r"MSBuild.+"), (stat.S_ISDIR, stat.S_ISSOCK)),
)
REGISTRY = re.compile(r"snakepit(?:-(\d+))?$")
ENTRY = re.compile(r"[0-9a-f]{32}")
CONTROL = re.compile(r"\d+-[0-9a-f]{8}\.control")


def state_and_parent(pid):
    state, parent = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[:2]
    return state, int(parent)


def ancestors(pid):
    """Yields the process and its ancestors."""
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
    """True when the run started the process and it still runs.

    Between two programs a process has neither a mark nor a command line.
    """
    try:
        owner = mark(pid)
        if owner is not None:
            return owner == run
        return alone and state_and_parent(pid)[0] != "Z" and namespace(pid) == namespace("self")
    except OSError:
        return False  # the process has exited, or belongs to another user


def outlives_grace(handle):
    watch = select.poll()
    watch.register(handle, select.POLLIN)
    return not watch.poll(GRACE_MS)


def end_left_processes(run, alone):
    """Kills the processes that outlive the grace period, and yields a line for each."""
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
            continue  # the process has exited meanwhile
        finally:
            os.close(handle)


def given_names(folder):
    """Returns the names in a folder with a mount below, which eng/isolate.sh makes for paths of the environment."""
    mounts = (line.split()[4] for line in (PROC / "self" / "mountinfo").read_text().splitlines())
    return {pathlib.Path(path).relative_to(folder).parts[0] for path in mounts if path.startswith(f"{folder}/")}


def is_of_dotnet(path):
    mode = path.lstat().st_mode
    return any(name.fullmatch(path.name) and any(is_one(mode) for is_one in kinds) for name, kinds in OF_DOTNET)


def is_registry(path, user):
    """True for the folder in which a user's hosts register, which stays."""
    facts, match = path.lstat(), REGISTRY.match(path.name)
    return bool(match) and stat.S_ISDIR(facts.st_mode) and facts.st_uid == int(match[1] or user)


def is_entry_of_ended_host(path):
    """True for the entry or the control socket of a killed host, which the next host sweeps.

    A living host holds the lock of its entry and listens at its socket, and a host that ended in order has neither.
    """
    if CONTROL.fullmatch(path.name) and stat.S_ISSOCK(path.lstat().st_mode):
        return is_refused(path)
    if not ENTRY.fullmatch(path.name) or not stat.S_ISREG(path.lstat().st_mode):
        return False
    with path.open("rb") as entry:
        try:
            fcntl.flock(entry, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def is_refused(path):
    """True for a socket at which no process listens."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            return True
    return False


def is_empty_folder(path):
    """True for an empty folder, which the .NET SDK sometimes leaves."""
    return path.is_dir() and not path.is_symlink() and not path.name.startswith("snakepit") and not any(path.iterdir())


def left_files(folder, user=None):
    expected = given_names(folder) | {TOOLS}
    for path in sorted(pathlib.Path(folder).iterdir()):
        if is_registry(path, os.getuid() if user is None else user):
            yield from (f"file {entry}" for entry in sorted(path.iterdir()) if not is_entry_of_ended_host(entry))
        elif path.name not in expected and not is_of_dotnet(path) and not is_empty_folder(path):
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
