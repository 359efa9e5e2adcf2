"""Runs one command for the host and leaves nothing of it behind.

    python -I -S -c "..._guard.main()" <command> [<argument>...]

The command has no input. When it ends, everything that it has started ends, too. When the guard's own standard input
ends, because the host wants that or has died, the command ends at once.
"""

import _signal
import os
import select
import sys

from . import _descendants, _linux
from ._builtins import __builtins__  # noqa: F401

NOT_FOUND = 127  # as a shell says it
SIGNALLED = 128  # plus the signal


def main() -> None:
    """Runs the command, and ends with its exit code."""
    _linux.set_child_subreaper()
    for signal in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
        _signal.signal(signal, _signal.SIG_IGN)  # a terminal sends them to the whole group; the host decides
    os._exit(run(sys.argv[1:]))


def run(command: "list[str]") -> int:
    """Runs a command in a group of its own, and returns its exit code."""
    child = os.fork()
    if child == 0:
        _become(command)
    _wait(child)
    status = os.waitpid(child, os.WNOHANG)[1] if _has_ended(child) else _signal.SIGKILL
    _descendants.end_all(has_host=True)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else SIGNALLED + os.WTERMSIG(status)


def _become(command: "list[str]") -> None:
    """Replaces this child by the command."""
    try:
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        for signal in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
            _signal.signal(signal, _signal.SIG_DFL)
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(NOT_FOUND)


def _wait(child: int) -> None:
    """Returns when the child or the standard input has ended."""
    poll = select.poll()
    try:
        pidfd = os.pidfd_open(child)
    except OSError:  # a sandbox that does not know it: the command then ends by itself, or by its time limit
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        return
    try:
        poll.register(pidfd, select.POLLIN)
        poll.register(0, select.POLLIN)
        while True:
            for ready, _ in poll.poll():
                if ready == pidfd or not os.read(0, 4096):
                    return
    finally:
        os.close(pidfd)


def _has_ended(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
