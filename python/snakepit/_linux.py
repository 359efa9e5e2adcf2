"""The system calls of the launcher and its workers. Avoids ctypes where its C part is enough, because that imports in 1
ms."""

import os

from ._builtins import __builtins__  # noqa: F401

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


# The numbers of membarrier(2), for which the C library has no function.
MEMBARRIER_NUMBERS = {"x86_64": 324, "aarch64": 283, "riscv64": 283}
MEMBARRIER_REGISTER_GLOBAL_EXPEDITED = 4

OOM_SCORE_RAISE = 500
OOM_SCORE_MAX = 1000


def _load(name: str):
    try:
        import _ctypes
        address = _ctypes.dlsym(_ctypes.dlopen(None, os.RTLD_NOW), name)

        def call(*arguments):
            return _ctypes.call_function(address, arguments)
    except (ImportError, AttributeError):
        import ctypes
        call = getattr(ctypes.CDLL(None), name)
    return call


def set_child_subreaper() -> None:
    """Makes this process the parent of orphaned descendants."""
    _call(PR_SET_CHILD_SUBREAPER, 1)


def set_parent_death_signal(signal: int) -> None:
    """Makes the kernel send a signal to this process when its parent ends."""
    _call(PR_SET_PDEATHSIG, signal)


def register_membarrier() -> None:
    """Lets the host order this process's memory accesses with its own. Raises OSError where the system refuses."""
    machine = os.uname().machine
    number = MEMBARRIER_NUMBERS.get(machine)
    if number is None:
        raise OSError(f"the number of membarrier is not known on {machine}")
    if _load("syscall")(number, MEMBARRIER_REGISTER_GLOBAL_EXPEDITED, 0, 0) != 0:
        raise OSError("membarrier is refused")


def become_likely_oom_victim() -> None:
    """Makes the system end this process before its host when memory runs out."""
    try:
        fd = os.open("/proc/self/oom_score_adj", os.O_RDWR | os.O_CLOEXEC)
    except OSError:  # not Linux, or without /proc
        return
    try:
        os.write(fd, b"%d" % min(OOM_SCORE_MAX, int(os.read(fd, 16)) + OOM_SCORE_RAISE))
    except (OSError, ValueError):
        pass
    finally:
        os.close(fd)


def give_free_memory_back() -> None:
    """Makes the C library return unused memory to the system; does nothing where it cannot."""
    try:
        trim = _load("malloc_trim")
    except Exception:  # not glibc
        return
    trim(0)


def _call(option: int, argument: int) -> None:
    if _load("prctl")(option, argument, 0, 0, 0) != 0:
        raise OSError(f"prctl({option}, {argument}) failed")


_tells_children = None  # whether the kernel was built with CONFIG_PROC_CHILDREN; None until that is known


def children_finder():
    """Returns a function that lists the children of a process, unreaped ones included; the list is empty when no file
    can be opened."""
    global _tells_children
    if _tells_children is None:
        _tells_children = os.path.exists(f"/proc/self/task/{os.getpid()}/children")
    return _children_of if _tells_children else _scan()


def parent_of(pid: int) -> int:
    """Returns the parent of a process; 0 when there is no such process."""
    return int(_facts_of(pid)[1])


def state_of(pid: int) -> str:
    """Returns the state letter of a process; empty when there is no such process."""
    return _facts_of(pid)[0]


def _facts_of(pid: int):
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # After the name, which may contain anything.
            return file.read().rpartition(b")")[2].decode("ascii").split(maxsplit=2)
    except OSError:
        return "", "0"


def _children_of(pid: int) -> "list[int]":
    try:
        children = []
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                children += map(int, file.read().split())
        return children
    except OSError:
        return []


def _scan():
    """Reads all processes at once."""
    children: "dict[int, list[int]]" = {}
    try:
        for name in os.listdir("/proc"):
            if name.isdigit():
                children.setdefault(parent_of(int(name)), []).append(int(name))
    except OSError:
        pass
    return lambda pid: children.get(pid, [])
