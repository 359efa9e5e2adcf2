"""Forks and executes one worker process."""

import _signal
import fcntl
import os

from . import _protocol as protocol
from ._linux import set_parent_death_signal

TARGETS = 7  # descriptors 0 to 6 are the worker's


def spawn(argv: "list[bytes]", environment: "dict[bytes, bytes]", cwd: bytes, channels: "list[int]") -> int:
    """Starts a worker and returns its pid. channels: data in, data out, output, control and, if there is
    one, the page. OSError when it can't be forked."""
    launcher = os.getpid()
    pid = os.fork()
    if pid != 0:
        return pid
    try:
        _become_worker(argv, environment, cwd, channels, launcher)
    except BaseException as error:
        _tell(argv, error)
    finally:
        os._exit(protocol.EXIT_EXEC_FAILED)


def _become_worker(argv, environment, cwd, channels, launcher: int) -> None:
    os.setsid()
    set_parent_death_signal(_signal.SIGKILL)
    if os.getppid() != launcher:  # it ended before the line above took effect
        os._exit(protocol.EXIT_EXEC_FAILED)
    _place_descriptors(channels)
    _restore_signals()
    if cwd:
        os.chdir(cwd)
    os.execve(argv[0], argv, environment)


def _place_descriptors(channels) -> None:
    """Everything but 0 to 6 is close-on-exec: the launcher closed what it inherited and opens nothing else."""
    data_in, data_out, output, control, *page = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, TARGETS) for fd in channels)
    null = fcntl.fcntl(os.open(os.devnull, os.O_RDONLY), fcntl.F_DUPFD_CLOEXEC, TARGETS)
    os.dup2(output, 2)  # first, so that a failure of the rest is told
    for source, target in ((null, 0), (output, 1), (data_in, protocol.FD_DATA_IN), (data_out, protocol.FD_DATA_OUT),
                           (control, protocol.FD_CONTROL), *((fd, protocol.FD_PAGE) for fd in page)):
        os.dup2(source, target)


def _restore_signals() -> None:
    """Ignored signals stay ignored across exec, and so does the mask; handlers don't."""
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
