"""Forks and executes one process, a worker or a zygote, and gives it its descriptors."""

import _signal
import fcntl
import os

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._descendants import put_mark
from ._linux import set_parent_death_signal

FIRST_CHANNEL = 3
TARGETS = 7  # descriptors 0 to 6 belong to the process


def spawn(argv: "list[bytes]", environment: "dict[bytes, bytes]", cwd: bytes, output: int, channels, mark: int) -> int:
    """Starts a process and returns its pid. output becomes its 1 and 2, the channels its 3 and up. Raises OSError when
    the fork fails."""
    launcher = os.getpid()
    pid = os.fork()
    if pid != 0:
        return pid
    try:
        os.setsid()
        end_with_parent(launcher)
        put_mark(mark)
        place_descriptors(output, channels)
        _restore_signals()
        if cwd:
            os.chdir(cwd)
        os.execve(argv[0], argv, environment)
    except BaseException as error:
        _tell(argv, error)
    finally:
        os._exit(protocol.EXIT_EXEC_FAILED)


def end_with_parent(parent: int) -> None:
    """Makes the kernel end this process with its parent; ends it now if the parent has ended already."""
    set_parent_death_signal(_signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the call above took effect
        os._exit(protocol.EXIT_EXEC_FAILED)


def place_descriptors(output: int, channels) -> None:
    """Places the descriptors as the protocol says; descriptor 0 has nothing to read. The given descriptors stay open,
    previous ones on these numbers do not."""
    null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    output, *rest = moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, TARGETS) for fd in (output, null, *channels)]
    os.close(null)
    os.dup2(output, 2)  # first, so that later failures can be reported
    os.dup2(output, 1)
    for source, target in zip(rest, (0, *range(FIRST_CHANNEL, TARGETS))):
        os.dup2(source, target)
    for fd in moved:
        os.close(fd)


def _restore_signals() -> None:
    """Resets signals: ignored ones stay ignored across exec, and so does the mask; handlers do not."""
    _signal.set_wakeup_fd(-1)
    for signal in _signal.valid_signals():
        if _signal.getsignal(signal) == _signal.SIG_IGN:
            _signal.signal(signal, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())


def _tell(argv, error: BaseException) -> None:
    program = os.fsdecode(argv[0]) if argv else "nothing"
    line = f"snakepit: cannot start '{program}': {error}\n"
    try:
        os.write(2, line.encode("utf-8", "backslashreplace"))
    except OSError:
        pass
