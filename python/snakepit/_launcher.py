"""The launcher process: parent of every worker of one host, which it starts, reports the end of, and never outlives.

Single-threaded: the kernel sends a parent-death signal when the *thread* that forked ends.
"""

import _signal
import _socket
import errno
import os
import select

from . import _linux, _protocol as protocol
from ._frames import Struct
from ._spawn import spawn

READ_SIZE = 65536
DESCRIPTORS_PER_SPAWN = 4  # and the page, when there is one
MAX_DESCRIPTORS = 64

_MESSAGE = Struct("<IBI")
_U32 = Struct("<I")
_I32 = Struct("<i")
_EXITED = Struct("<BiQQ")
_FD = Struct("@i")


def main() -> None:
    """Runs the launcher on its end of the host's socketpair, descriptor 3, until the host is gone."""
    launcher = None
    try:
        launcher = Launcher(protocol.FD_LAUNCHER)
        launcher.run()
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ECONNRESET):
            _tell(error)
    except Exception as error:
        _tell(error)
    finally:
        if launcher is not None:
            launcher.end()
        os._exit(0)


class Launcher:
    """Starts workers for the host and reports their ends."""

    def __init__(self, fd: int) -> None:
        _close_all_but(fd)
        os.set_inheritable(fd, False)
        os.set_blocking(fd, True)
        self._host = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, fd)
        self._pending = bytearray()
        self._descriptors: "list[list[int]]" = []  # one list per message that brought any, in order
        self._pids: "dict[int, int]" = {}
        self._tokens: "dict[int, int]" = {}
        for signal in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
            _signal.signal(signal, _signal.SIG_IGN)  # a terminal sends them to the whole group; the host decides
        self._wake, wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        _signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        _signal.signal(_signal.SIGCHLD, lambda signal, frame: None)
        _linux.set_child_subreaper()

    def run(self) -> None:
        """Serves the host until its end of the socket is closed."""
        self._send(protocol.LAUNCHER_READY, 0, _U32.pack(os.getpid()))
        poll = select.poll()
        poll.register(self._host.fileno(), select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poll.poll()}
            if self._wake in ready:
                self._drain_wake()
                self._report_exits()
            if self._host.fileno() in ready and not self._receive():
                return

    def end(self) -> None:
        """Kills every group that was started and then every process that is left; returns when there is none."""
        for pid in self._tokens:
            _kill_group(pid, _signal.SIGKILL)
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        while True:
            for pid in _linux.children_of(os.getpid()):
                _kill(pid, _signal.SIGKILL)
            try:
                while os.waitpid(-1, os.WNOHANG)[0] != 0:
                    pass
            except ChildProcessError:
                return
            poll.poll(10)  # a descendant may be adopted without a signal to us
            self._drain_wake()

    def _receive(self) -> bool:
        data, ancillary, flags, _ = self._host.recvmsg(
            READ_SIZE, _socket.CMSG_SPACE(MAX_DESCRIPTORS * _FD.size), _socket.MSG_CMSG_CLOEXEC)
        received = [fd for level, kind, content in ancillary if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS)
                    for fd in _unpack_descriptors(content)]
        if received or flags & _socket.MSG_CTRUNC:
            self._descriptors.append(received)
        self._pending += data
        self._take_messages()
        return bool(data)

    def _take_messages(self) -> None:
        pending = self._pending
        while len(pending) >= _MESSAGE.size:
            length, operation, token = _MESSAGE.unpack_from(pending)
            if not _MESSAGE.size - 4 <= length <= protocol.MAX_HANDSHAKE:
                raise ValueError(f"a message of {length} bytes")
            end = 4 + length
            if len(pending) < end:
                return
            payload = bytes(pending[_MESSAGE.size:end])
            del pending[:end]
            if operation == protocol.LAUNCHER_SPAWN:
                self._spawn(token, payload)
            elif operation == protocol.LAUNCHER_SIGNAL_GROUP:
                self._signal_group(token, _I32.unpack(payload)[0])
            else:
                raise ValueError(f"an unknown operation {operation}")

    def _spawn(self, token: int, payload: bytes) -> None:
        channels = self._descriptors.pop(0) if self._descriptors else []
        try:
            if len(channels) < DESCRIPTORS_PER_SPAWN:  # the kernel drops those that exceed RLIMIT_NOFILE
                raise OSError(errno.EMFILE, f"{len(channels)} of {DESCRIPTORS_PER_SPAWN} descriptors arrived")
            pid = spawn(*_parse_spawn(payload), channels)
            self._start(token, pid)
        except OSError as error:
            message = (error.strerror or str(error)).encode("utf-8", "backslashreplace")
            self._send(protocol.LAUNCHER_SPAWN_FAILED, token, _U32.pack(error.errno or 0) + message)
        finally:
            for fd in channels:
                os.close(fd)

    def _start(self, token: int, pid: int) -> None:
        """Reports the start, with a pidfd made while the pid can't have been reused."""
        try:
            pidfd = os.pidfd_open(pid)
        except OSError:
            _kill_group(pid, _signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
        self._pids[token] = pid
        self._tokens[pid] = token
        try:
            self._send(protocol.LAUNCHER_STARTED, token, _U32.pack(pid), pidfd)
        finally:
            os.close(pidfd)

    def _signal_group(self, token: int, signal: int) -> None:
        pid = self._pids.get(token)
        if pid is not None:
            _kill_group(pid, signal)

    def _report_exits(self) -> None:
        """Reaps the dead. A worker's group is killed before its pid, the group's id, is free for reuse."""
        while True:
            try:
                dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if dead is None:
                return
            token = self._tokens.pop(dead.si_pid, None)
            if token is None:
                os.waitpid(dead.si_pid, 0)
                continue
            del self._pids[token]
            _kill_group(dead.si_pid, _signal.SIGKILL)
            usage = os.wait4(dead.si_pid, 0)[2]
            self._send(protocol.LAUNCHER_EXITED, token, _EXITED.pack(
                dead.si_code, dead.si_status, int(usage.ru_utime * 1e6), int(usage.ru_stime * 1e6)))

    def _send(self, operation: int, token: int, payload: bytes, fd: "int | None" = None) -> None:
        message = _MESSAGE.pack(_MESSAGE.size - 4 + len(payload), operation, token) + payload
        rights = [] if fd is None else [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, _FD.pack(fd))]
        sent = self._host.sendmsg([message], rights)
        if sent < len(message):
            self._host.sendall(message[sent:])

    def _drain_wake(self) -> None:
        try:
            os.read(self._wake, READ_SIZE)
        except BlockingIOError:
            pass


def _parse_spawn(payload: bytes):
    """argv, environment and working directory."""
    position = 0

    def number() -> int:
        nonlocal position
        position += 4
        return _U32.unpack_from(payload, position - 4)[0]

    def text() -> bytes:
        nonlocal position
        length = number()
        position += length
        if position > len(payload):
            raise ValueError("a SPAWN message is cut off")
        return payload[position - length:position]

    argv = [text() for _ in range(number())]
    entries = [text() for _ in range(number())]
    environment = {key: value for key, separator, value in (entry.partition(b"=") for entry in entries) if key and separator}
    return argv, environment, text()


def _unpack_descriptors(content: bytes) -> "list[int]":
    whole = len(content) - len(content) % _FD.size
    return [_FD.unpack_from(content, offset)[0] for offset in range(0, whole, _FD.size)]


def _kill_group(pid: int, signal: int) -> None:
    """Signals a worker's group; the worker alone when it has not made its group yet."""
    try:
        os.killpg(pid, signal)
    except ProcessLookupError:
        _kill(pid, signal)
    except OSError:
        pass


def _kill(pid: int, signal: int) -> None:
    try:
        os.kill(pid, signal)
    except OSError:
        pass


def _close_all_but(fd: int) -> None:
    """Closes what the host let slip through, so that no worker inherits it; 0, 1 and 2 stay."""
    for name in os.listdir("/proc/self/fd"):
        other = int(name)
        if other > 2 and other != fd:
            try:
                os.close(other)
            except OSError:  # the listing's own descriptor
                pass


def _tell(error: BaseException) -> None:
    try:
        os.write(2, f"snakepit launcher {os.getpid()}: {type(error).__name__}: {error}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        pass
