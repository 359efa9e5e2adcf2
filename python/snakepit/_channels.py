"""The descriptors between this worker and its host, and the ways in which a worker ends when they fail.

The functions of os are taken at import, before the user's code may replace them.
"""

import errno
import os
import sys
from os import _exit, close, getpid, write

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._frames import set_blocking, write_frame

try:
    from _socket import AF_UNIX, MSG_CMSG_CLOEXEC, MSG_DONTWAIT, SOCK_STREAM, socket
    from ._rights import space_for, unpack_descriptors
except ImportError:  # not Linux: control is a pair of pipes
    socket = None

FIRST_PRIVATE = 64
MAX_DESCRIPTORS = 16  # the most that come with one control frame

_HOST_GONE = (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN, errno.ESHUTDOWN)

_killpg = getattr(os, "killpg", None)
_SIGKILL = 9

ends_group = False  # whether a worker that loses its host ends its whole process group, because no launcher does


class Channels:
    """Data in, data out and control, moved out of the range that careless code closes."""

    interrupts = True  # whether signals interrupt calls where they are used

    __slots__ = ("data_in", "data_out", "control", "forked", "_socket")

    def __init__(self, data_in: int, data_out: int, control: int) -> None:
        self.forked = False
        self._socket = None
        self.data_in = data_in
        self.data_out = data_out
        self.control = control
        if hasattr(os, "register_at_fork"):  # not on Windows
            os.register_at_fork(after_in_child=self._abandon)

    def send(self, header: bytes, body: bytes) -> None:
        """Writes a frame on data out."""
        try:
            write_frame(self.data_out, header, body)
        except OSError as error:
            die_of(error, "writing the data channel")

    def send_control(self, frame: bytes) -> bool:
        """Sends a control frame if there is room for it now; returns False if there is none."""
        try:
            sent = self._socket.send(frame, MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.__traceback__.tb_next is not None:
                raise  # from a signal handler, while a tool logs
            return True  # the host has ended: the reading thread will notice
        if sent < len(frame):
            self._socket.sendall(memoryview(frame)[sent:])
        return True

    def receive_control(self, size: int) -> "tuple[bytes, list[int]]":
        """Waits for bytes from the host. Returns them (none at the end of the stream) and the descriptors that came
        with the last of them."""
        while True:
            try:
                data, ancillary, _, _ = self._socket.recvmsg(size, space_for(MAX_DESCRIPTORS), MSG_CMSG_CLOEXEC)
                return data, unpack_descriptors(ancillary)
            except BlockingIOError:
                set_blocking(self.control, True)  # user code has changed it

    def _abandon(self) -> None:
        """Runs in a process that a tool forked. That process must neither send as the worker nor keep the pipes open.
        """
        self.forked = True
        if self._socket is not None:
            self._socket.detach()
        for fd in (self.data_in, self.data_out, self.control):
            try:
                close(fd)
            except OSError:
                pass
        self.data_in = self.data_out = self.control = -1


def open_channels() -> Channels:
    """Returns the channels on the descriptors that the host has placed."""
    channels = Channels(_channel(protocol.FD_DATA_IN), _channel(protocol.FD_DATA_OUT), _channel(protocol.FD_CONTROL))
    # Created now: socket.setdefaulttimeout() would change the mode of the descriptor if user code called it first.
    channels._socket = socket(AF_UNIX, SOCK_STREAM, 0, channels.control)
    channels._socket.settimeout(None)  # a module in the zygote may have called it
    return channels


def _channel(fd: int) -> int:
    try:
        moved = move_away(fd)
        set_blocking(moved, True)
        return moved
    except OSError as error:
        die(protocol.EXIT_CHANNEL_LOST, f"descriptor {fd} is not a channel ({error}); a worker is started by its host")


def move_away(fd: int) -> int:
    """Moves a descriptor to a high number, close-on-exec."""
    import fcntl
    for lowest in (FIRST_PRIVATE, 32, 16):
        try:
            moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, lowest)
        except OSError as error:
            import errno
            if error.errno not in (errno.EINVAL, errno.EMFILE):  # EINVAL: RLIMIT_NOFILE is below it
                raise
            continue
        os.close(fd)
        return moved
    os.set_inheritable(fd, False)
    return fd


def die(code: int, reason: "str | None" = None):
    """Ends this process at once, without running user code, and writes the reason as a line on stderr."""
    if reason is not None:
        try:
            write(2, f"snakepit worker {getpid()}: {reason}\n".encode("utf-8", "backslashreplace"))
        except OSError:
            pass
    if ends_group and code in (protocol.EXIT_CHANNEL_LOST, protocol.EXIT_CHANNEL_FAILED):
        _killpg(0, _SIGKILL)
    _exit(code)


def die_of(error: OSError, what: str):
    """Ends this process because a channel failed: the host has closed its end, or an unexpected error occurred."""
    if error.errno in _HOST_GONE:
        die(protocol.EXIT_CHANNEL_LOST)
    remedy = "; has a tool closed a descriptor that is not its own?" if error.errno == errno.EBADF else ""
    die(protocol.EXIT_CHANNEL_FAILED, f"{what} failed: {error}{remedy}")


def go_on(error: OSError, fd: int, what: str) -> None:
    """Returns when a read or write that has failed may be tried again. Raises exceptions of signal handlers. Any other
    error ends this process."""
    if error.__traceback__.tb_next is not None:
        raise error
    if type(error) is not BlockingIOError:
        die_of(error, what)
    set_blocking(fd, True)  # user code has changed the mode of the descriptor


def leave_fork(error: "BaseException | None"):
    """Ends a forked process that has returned from its tool, as any program ends. It never sends as the worker."""
    code = 0
    if issubclass(type(error), SystemExit):
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    elif error is not None:
        code = 1
        sys.excepthook(type(error), error, error.__traceback__)
    flush_output()
    _exit(code & 0xFF)


def flush_output() -> None:
    """Writes the buffered output of user code, before an exit that skips the interpreter's own flush."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
