#!/usr/bin/env python3
"""Finds what a test run left behind: `snapshot FILE` before it, `compare FILE` after it (exit 1 when anything is left).

A process is a leftover when it carries the run's mark (SNAKEPIT_TEST_RUN) in its environment, or is a Snakepit worker or
launcher with no mark at all. A file is one when its name begins with "snakepit". What was there before is never one.
"""
import json
import os
import pathlib
import select
import sys
import tempfile

PROC = pathlib.Path("/proc")
MARK = "SNAKEPIT_TEST_RUN"
GRACE_MS = 1000  # a process whose host has just gone may still be on its way out


def identity(pid):
    """The process id with its start time: ids are used again, the pair is not."""
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return f"{pid}@{fields[19]}"


def processes():
    found = {}
    for entry in PROC.glob("[0-9]*"):
        try:
            found[identity(entry.name)] = int(entry.name)
        except OSError:
            continue  # gone meanwhile
    return found


def command_line(pid):
    return (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()


def mark(pid):
    for entry in (PROC / str(pid) / "environ").read_bytes().split(b"\0"):
        name, _, value = entry.partition(b"=")
        if name == MARK.encode():
            return value.decode()
    return None


def is_ours(pid, run):
    """Whether the run started it. A zombie has neither a mark nor a command line."""
    try:
        owner, command = mark(pid), command_line(pid)
    except OSError:
        return False
    if owner is not None:
        return owner == run
    return "snakepit" in command and ("_launcher" in command or "_worker" in command)


def outlives(pid):
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        watch = select.poll()
        watch.register(handle, select.POLLIN)
        return not watch.poll(GRACE_MS)
    finally:
        os.close(handle)


def left_processes(before, run):
    suspects = [pid for key, pid in processes().items() if key not in before and pid != os.getpid() and is_ours(pid, run)]
    return [f"process {pid}: {command_line(pid)}" for pid in suspects if outlives(pid)]


def folders():
    candidates = [tempfile.gettempdir(), "/tmp", "/dev/shm", os.environ.get("XDG_RUNTIME_DIR")]
    return sorted({os.path.realpath(c) for c in candidates if c and os.path.isdir(c)})


def files():
    return [os.path.join(folder, name) for folder in folders() for name in os.listdir(folder) if name.lower().startswith("snakepit")]


def snapshot(path):
    path.write_text(json.dumps({"processes": sorted(processes()), "files": files()}))
    return 0


def compare(path):
    before = json.loads(path.read_text())
    left = left_processes(set(before["processes"]), os.environ.get(MARK))
    left += [f"file {name}" for name in sorted(set(files()) - set(before["files"]))]
    for item in left:
        print(f"left behind: {item}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit({"snapshot": snapshot, "compare": compare}[sys.argv[1]](pathlib.Path(sys.argv[2])))
