"""Which processes are a worker's descendants, and how they are ended.

A descendant can leave its worker's group, session and environment, and its parents can end. It cannot leave a resource
limit that it does not know of. Fork and exec inherit all limits, and RLIMIT_LOCKS has had no effect since Linux 2.4.
Its soft limit carries a worker's mark.
"""

import _signal
import os
from time import monotonic

from ._builtins import __builtins__  # noqa: F401
from ._linux import children_finder, parent_of, state_of

try:
    import resource
except ImportError:
    # An interpreter that was built without it: descendants in sessions of their own then live until the launcher ends.
    resource = None

RLIMIT_LOCKS = 10

# The resource tracker of multiprocessing (or of loky) unlinks the shared memory and semaphores that its worker has
# left. Then it ends by itself.
TRACKER = b".resource_tracker import main"
TRACKER_PATIENCE = 2.0  # it needs some milliseconds
TRACKER_LONGEST = 10.0  # while it only waits for a processor
TRACKER_LOOK = 0.1
TRACKER_PATIENCE_WITHOUT_HOST = 0.05  # short, because little may outlive a host

# Processes that fork faster than they are found are left for the next exit of a worker: the launcher has other work.
MAX_LOOKS = 50
MAX_TREE = 10_000

_VALID = 1 << 62
_LAUNCHER = ((1 << 30) - 1) << 32
_TOKEN = (1 << 32) - 1


def new_launcher() -> int:
    """Returns the part of a mark that all workers of one launcher share. It never equals that of another launcher,
    inside a worker or around it."""
    return _VALID | int.from_bytes(os.urandom(4), "little") << 32 & _LAUNCHER


def launcher_of(mark: int) -> int:
    return mark & ~_TOKEN


def token_of(mark: int) -> int:
    return mark & _TOKEN


def put_mark(mark: int) -> None:
    """Marks this process and all its future descendants; does nothing where the system refuses."""
    try:
        resource.setrlimit(RLIMIT_LOCKS, (mark, resource.getrlimit(RLIMIT_LOCKS)[1]))
    except (AttributeError, OSError, ValueError):
        pass


def read_mark(pid: int = 0) -> "int | None":
    """Returns the mark of a process, by default of this one; None when it has none, or belongs to another user."""
    try:
        mark = resource.prlimit(pid, RLIMIT_LOCKS)[0]
    except (AttributeError, OSError, ValueError):
        return None
    return mark if mark > 0 and mark & _VALID else None


def kill_below(is_due, is_spared, killed: "set[int]", leader: "int | None" = None) -> "list[int]":
    """Kills the children that are due with all their descendants, except the spared ones, and returns those. Looks
    until a look finds no new process. In a chain where each process forks the next one and ends, some may escape every
    look; the next exit of a worker is another attempt.

    leader: a dead child that is not reaped yet. Its group is killed even when this process has no descriptor left to
    look with.
    """
    me = os.getpid()
    for _ in range(MAX_LOOKS):
        tree = _look(me, is_due, leader)
        spared = [pid for pid in tree if is_spared(pid)]
        fresh = [pid for pid in tree if pid not in killed and pid not in spared]
        if not fresh:
            break
        kept = set(map(_group_of, spared))
        killed.update([pid for pid in fresh if _kill_found(pid, tree[pid], me, kept)])
        if len(tree) == 1 and leader in tree:
            break  # the usual case: orphans of the leader would be our children by now, and there are none
    return spared


class Trackers:
    """The resource trackers whose worker has ended, and the time that they have to clean up."""

    __slots__ = ("_patience", "_longest", "_known")

    def __init__(self, patience: float, longest: float) -> None:
        """patience: seconds since a tracker was first seen; longest: for a tracker that has work to do but no
        processor."""
        self._patience = patience
        self._longest = longest
        self._known: "dict[int, tuple[float, float]]" = {}  # the first look and the end of its time, by pid

    def __contains__(self, pid: int) -> bool:
        return pid in self._known

    def may_clean_up(self, pid: int) -> bool:
        if not is_tracker(pid):
            return False
        now = monotonic()
        since, until = self._known.get(pid, (now, now + self._patience))
        if until <= now < since + self._longest and state_of(pid) in ("R", "D"):
            until = now + TRACKER_LOOK
        self._known[pid] = since, until
        return now < until

    def keep(self, pids) -> None:
        """Forgets all other trackers, which have ended."""
        self._known = {pid: self._known[pid] for pid in pids}

    def until_next(self) -> "float | None":
        """Returns the seconds until a tracker's time is over; None when there is no tracker."""
        return max(0.0, min(until for _, until in self._known.values()) - monotonic()) if self._known else None


def end_all(has_host: bool) -> None:
    """Ends all descendants of this process; returns when there are none."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, (_signal.SIGCHLD,))  # so that a signal before the wait ends the wait
    trackers = Trackers(TRACKER_PATIENCE, TRACKER_LONGEST) if has_host else Trackers(TRACKER_PATIENCE_WITHOUT_HOST, 0.0)
    killed: "set[int]" = set()
    try:
        while True:
            while (dead := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                # First: no signal reports those that ended before SIGCHLD was blocked.
                killed.discard(dead)
            trackers.keep(kill_below(_anybody, trackers.may_clean_up, killed))
            wait = trackers.until_next()
            if wait is not None:
                _signal.sigtimedwait((_signal.SIGCHLD,), wait)
            else:
                # A process can only become our child by the death of its parent, and that death ends this wait.
                killed.discard(os.waitpid(-1, 0)[0])
    except ChildProcessError:
        return


def is_tracker(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return TRACKER in file.read()
    except OSError:
        return False


def kill_group(pid: int, signal: int) -> None:
    """Signals a child's group, or the child alone when it has not created its group yet."""
    try:
        os.killpg(pid, signal)
    except ProcessLookupError:
        _kill(pid, signal)
    except OSError:
        pass


def _look(me: int, is_due, leader: "int | None") -> "dict[int, int]":
    """Returns the descendants of this process that are due, with their parents, from the top down."""
    children_of = children_finder()
    tree = {} if leader is None else {leader: me}
    tree.update((pid, me) for pid in children_of(me) if is_due(pid))
    level = [pid for pid in tree if pid != leader]
    while level and len(tree) < MAX_TREE:
        below = {pid: parent for parent in level for pid in children_of(parent) if pid not in tree}
        tree.update(below)
        level = list(below)
    return tree


def _anybody(pid: int) -> bool:
    return True


def _kill_found(pid: int, parent: int, me: int, kept: "set[int]") -> bool:
    """Kills a found process; returns False when it has another parent by now. A child of this process keeps its pid
    until it is reaped. Any other process is held by a pidfd before its parent is checked, so that a reused pid is
    never hit."""
    if parent == me:
        _kill_group_of(pid, kept)
        kill_one(pid)
        return True
    try:
        pidfd = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        if parent_of(pid) != parent:
            return False
        _kill_group_of(pid, kept)
        _signal.pidfd_send_signal(pidfd, _signal.SIGKILL)
    except OSError:  # it has ended, or belongs to another user
        pass
    finally:
        os.close(pidfd)
    return True


def _kill_group_of(pid: int, kept: "set[int]") -> None:
    """Kills a whole group at once. Killing one by one would always lose against a process that forks and exits
    repeatedly."""
    group = _group_of(pid)
    if group not in kept and group not in (0, os.getpgrp()):
        kill_group(group, _signal.SIGKILL)


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def kill_one(pid: int) -> None:
    """Kills a child of this process that has not been reaped."""
    _kill(pid, _signal.SIGKILL)


def session_of(pid: int) -> int:
    """Returns the session of a process; 0 when it has ended and was reaped."""
    try:
        return os.getsid(pid)
    except OSError:
        return 0


def _kill(pid: int, signal: int) -> None:
    try:
        os.kill(pid, signal)
    except OSError:
        pass
