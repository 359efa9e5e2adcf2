"""Tools that leave processes, shared memory and semaphores behind."""

import os
import subprocess
from multiprocessing import get_context, resource_tracker, shared_memory

_kept = []


def leave(way, gate):
    """Starts a process that stays, waits at the gate, and returns the id of this process and that of the other."""
    left = _leave(way)
    with open(gate, "rb", buffering=0) as file:
        file.read(1)
    return [os.getpid(), left]


def _leave(way):
    if way == "session":
        return _start(start_new_session=True)
    if way == "no environment":
        return _start(start_new_session=True, env={})
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.write(write, _start(env={}).to_bytes(4, "little"))
        os._exit(0)
    os.wait()
    pid = int.from_bytes(os.read(read, 4), "little")
    os.close(read)
    os.close(write)
    return pid


def share():
    """Creates a segment and a semaphore and leaves them; returns their files and the id of the resource tracker."""
    segment = shared_memory.SharedMemory(create=True, size=4096)
    lock = get_context("spawn").Lock()
    _kept.append((segment, lock))
    names = [segment.name, "sem." + lock._semlock.name.lstrip("/")]
    return {"files": ["/dev/shm/" + name for name in names], "tracker": resource_tracker._resource_tracker._pid}


def end():
    os._exit(3)


def _start(**options):
    return subprocess.Popen(["sleep", "3600"], **options).pid
