"""The launcher process: the parent of every worker and zygote of one host. It starts them, reports their ends, and
never outlives the host.

It has a single thread: the kernel sends a parent-death signal when the *thread* that forked ends. The host starts the
launcher's own parent, a guard that only waits for the launcher's end. The guard is the next subreaper: it inherits the
descendants of a killed launcher, and ends them.
"""

import _signal
import _socket
import errno
import os
import select

from . import _descendants, _linux, _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._frames import Struct
from ._nursery import LOAD, Nursery, send
from ._rights import pack_descriptors, space_for, unpack_descriptors
from ._spawn import spawn

READ_SIZE = 65536
WORKER_DESCRIPTORS = 4  # and a page, if there is one
ZYGOTE_DESCRIPTORS = 1
MAX_DESCRIPTORS = 64

# In the environment of every process that the launcher starts, and of its descendants. A later run finds by it the
# processes that a lost launcher has left behind.
MARK = b"SNAKEPIT_RUN_ID"

_MESSAGE = Struct("<IBI")
_U32 = Struct("<I")
_I32 = Struct("<i")
_STARTED = Struct("<I?")  # the pid, and whether its pidfd comes with it
_EXITED = Struct("<BiQQQ")

RETRY_MS = 10  # after too many descriptors in flight: no event reports that there are fewer


def main() -> None:
    """Runs the launcher on its end of the host's socketpair, descriptor 3, until the host ends."""
    _close_all_but(protocol.FD_LAUNCHER)
    for signal in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
        # A terminal sends them to the whole group; the host decides what they mean.
        _signal.signal(signal, _signal.SIG_IGN)
    _linux.set_child_subreaper()
    _leave_guard()
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


def _leave_guard() -> None:
    """Continues in a child, and leaves this process behind as its guard. Without a guard, the launcher continues alone.
    """
    host = os.getppid()
    try:
        launcher = os.fork()
    except OSError:
        return
    if launcher == 0:
        _linux.set_child_subreaper()  # a fork does not inherit it
        return
    os.close(protocol.FD_LAUNCHER)
    while os.waitpid(-1, 0)[0] != launcher:
        pass
    _descendants.end_all(has_host=os.getppid() == host)
    os._exit(0)


class Launcher:
    """Starts workers for the host and reports their ends."""

    def __init__(self, fd: int) -> None:
        os.set_inheritable(fd, False)
        os.set_blocking(fd, True)
        self._host = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, fd)
        self._pending = bytearray()
        self._unsent: "list[tuple[bytes, int | None]]" = []  # messages that the host's socket had no room for, in order
        self._is_overloaded = False  # whether the host has too many descriptors to receive
        self._mark = {MARK: os.environb[MARK]} if MARK in os.environb else {}
        self._descriptors: "list[list[int]]" = []  # one list per message that has any, in order
        self._pids: "dict[int, int]" = {}
        self._tokens: "dict[int, int]" = {}
        self._nurseries: "dict[int, Nursery]" = {}  # by the token of their zygote
        self._poll = select.poll()
        self._workers = _descendants.new_launcher()  # the part that all marks have in common
        self._dying: "int | None" = None  # the pid of the worker whose descendants are being ended
        self._trackers = _descendants.Trackers(_descendants.TRACKER_PATIENCE, _descendants.TRACKER_LONGEST)
        self._wake, wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        _signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        _signal.signal(_signal.SIGCHLD, lambda signal, frame: None)

    def run(self) -> None:
        """Serves the host until its end of the socket is closed."""
        self.send(protocol.LAUNCHER_READY, 0, _U32.pack(os.getpid()))
        self._poll.register(self._wake, select.POLLIN)
        while True:
            waits_for_room = self._unsent and not self._is_overloaded
            events_of_host = select.POLLIN | select.POLLOUT if waits_for_room else select.POLLIN
            self._poll.register(self._host.fileno(), events_of_host)
            events = dict(self._poll.poll(RETRY_MS if self._is_overloaded else self._until_overdue()))
            ready = {fd for fd, happened in events.items() if happened != select.POLLOUT}
            self._send_unsent()
            for nursery in self._nurseries.values():
                if nursery.fd in ready:
                    nursery.take_answers()
            if self._wake in ready:
                self._drain_wake()
                self._report_exits()
            elif self._trackers.until_next() == 0:
                self._end_descendants()
            if self._host.fileno() in ready and not self._receive():
                return

    def end(self) -> None:
        """Ends every process that the launcher started, and their descendants; returns when there are none."""
        for pid in self._tokens:
            _descendants.kill_one(pid)
        hung_up = select.poll()
        hung_up.register(self._host.fileno(), 0)
        _descendants.end_all(has_host=not hung_up.poll(0))  # a host that stops keeps its end open

    def _receive(self) -> bool:
        data, ancillary, flags, _ = self._host.recvmsg(READ_SIZE, space_for(MAX_DESCRIPTORS), _socket.MSG_CMSG_CLOEXEC)
        received = unpack_descriptors(ancillary)
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
                self._perform(self._spawn, token, payload, WORKER_DESCRIPTORS)
            elif operation == protocol.LAUNCHER_ZYGOTE:
                self._perform(self._start_zygote, token, payload, ZYGOTE_DESCRIPTORS)
            elif operation == protocol.LAUNCHER_FORK:
                self._perform(self._fork, token, payload, WORKER_DESCRIPTORS)
            elif operation == protocol.LAUNCHER_SIGNAL_GROUP:
                self.signal_group(token, _I32.unpack(payload)[0])
            else:
                raise ValueError(f"an unknown operation {operation}")

    def _perform(self, start, token: int, payload: bytes, least: int) -> None:
        """Starts a process with the descriptors that came with the message, or reports why it cannot. The first byte
        tells how many descriptors were sent: a message without any must not take those of the next one."""
        sent = payload[0]
        descriptors = self._descriptors.pop(0) if sent and self._descriptors else []
        try:
            if len(descriptors) != sent or sent < least:  # the kernel drops those beyond RLIMIT_NOFILE
                raise OSError(errno.EMFILE, f"{len(descriptors)} of {max(sent, least)} descriptors arrived")
            start(token, payload[1:], descriptors)
        except OSError as error:
            self.fail(token, error)
        finally:
            for fd in descriptors:
                os.close(fd)

    def _spawn(self, token: int, payload: bytes, descriptors: "list[int]") -> None:
        data_in, data_out, output, control, *page = descriptors
        argv, environment, cwd, _ = _parse_command(payload)
        channels = (data_in, data_out, control, *page)
        self._start(token, spawn(argv, {**environment, **self._mark}, cwd, output, channels, self._workers | token))

    def _start_zygote(self, token: int, payload: bytes, descriptors: "list[int]") -> None:
        argv, environment, cwd, told = _parse_command(payload)
        socket, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        try:
            send(socket, LOAD, text=told, flags=_socket.MSG_DONTWAIT)
            channels = (theirs.fileno(),)
            pid = spawn(argv, {**environment, **self._mark}, cwd, descriptors[0], channels, self._workers | token)
            self._start(token, pid)
        except OSError:
            socket.close()
            raise
        finally:
            theirs.close()
        self._nurseries[token] = Nursery(token, socket, self, self._poll)

    def _fork(self, token: int, payload: bytes, descriptors: "list[int]") -> None:
        nursery = self._nurseries.get(_U32.unpack(payload)[0])
        if nursery is None:
            raise OSError(errno.ESRCH, "its zygote has ended")
        nursery.ask(token, descriptors)

    def _start(self, token: int, pid: int) -> None:
        """Reports the start, with a pidfd that is opened before the pid can be reused."""
        try:
            pidfd = os.pidfd_open(pid)
        except OSError:
            _descendants.kill_one(pid)
            os.waitpid(pid, 0)
            raise
        self.note(token, pid)
        try:
            self.send_started(token, pid, pidfd)
        finally:
            os.close(pidfd)

    def note(self, token: int, pid: int) -> None:
        """Records the token of a child."""
        self._pids[token] = pid
        self._tokens[pid] = token

    def forget(self, token: int) -> None:
        """Forgets a child, so that its end is not reported."""
        del self._tokens[self._pids.pop(token)]

    def signal_group(self, token: int, signal: int) -> None:
        """Signals a child with its descendants; does nothing when it has ended."""
        pid = self._pids.get(token)
        if pid is not None:
            _descendants.kill_group(pid, signal)

    def _report_exits(self) -> None:
        """Reaps ended children. Kills a worker's descendants before its pid, the id of its group, can be reused."""
        left_some = False
        while True:
            try:
                dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                break
            if dead is None:
                break
            if dead.si_pid not in self._tokens:
                self._take_answers()
            token = self._tokens.get(dead.si_pid)
            if token is None:
                os.waitpid(dead.si_pid, 0)
                left_some = True
                continue
            for nursery in self._nurseries.values():
                nursery.let_pass(token)  # the host must learn of its start before its end
            if token in self._nurseries:
                self._nurseries.pop(token).close()
            self.forget(token)
            self._end_descendants(dead.si_pid)
            usage = os.wait4(dead.si_pid, 0)[2]
            self.send(protocol.LAUNCHER_EXITED, token, _EXITED.pack(
                dead.si_code, dead.si_status, int(usage.ru_utime * 1e6), int(usage.ru_stime * 1e6),
                usage.ru_maxrss * 1024))
        if left_some:
            self._end_descendants()  # orphans of the ended children are our children now

    def _take_answers(self) -> None:
        """Reads the answers of zygotes. A forked worker is announced before it can become our child."""
        for nursery in self._nurseries.values():
            nursery.take_answers()

    def _end_descendants(self, dying: "int | None" = None) -> None:
        """Kills every process that belongs to no living worker, except resource trackers that still have time."""
        self._dying = dying
        self._trackers.keep(_descendants.kill_below(self._is_due, self._trackers.may_clean_up, set(), dying))

    def _is_due(self, pid: int) -> bool:
        if pid not in self._tokens:
            self._take_answers()  # a worker may have become our child since they were read last
        if pid in self._tokens:
            return False
        mark = _descendants.read_mark(pid)
        if mark is None:  # where marks are refused, processes in the worker's session can still be found
            return pid in self._trackers or (self._dying is not None and self._dying == _descendants.session_of(pid))
        return _descendants.launcher_of(mark) != self._workers or _descendants.token_of(mark) not in self._pids

    def _until_overdue(self) -> "int | None":
        """Returns the milliseconds until a tracker's time is over; None when there is no tracker."""
        wait = self._trackers.until_next()
        return None if wait is None else int(wait * 1000 + 1)

    def fail(self, token: int, error: OSError) -> None:
        """Reports that a start has failed."""
        message = (error.strerror or str(error)).encode("utf-8", "backslashreplace")
        self.send(protocol.LAUNCHER_SPAWN_FAILED, token, _U32.pack(error.errno or 0) + message)

    def send_started(self, token: int, pid: int, pidfd: int) -> None:
        """Reports that a process runs."""
        self.send(protocol.LAUNCHER_STARTED, token, _STARTED.pack(pid, True), pidfd, _STARTED.pack(pid, False))

    def send(
            self, operation: int, token: int, payload: bytes, fd: "int | None" = None, without_fd: bytes = b"") -> None:
        """Sends a message to the host without waiting: a suspended host must not keep the groups of dead workers alive.
        When the descriptor cannot be kept until there is room for the message, without_fd is sent instead."""
        message = _pack(operation, token, payload)
        if not self._unsent:
            message, sent_some = self._send_some(message, fd)
            fd = None if sent_some else fd
        if message:
            try:
                fd = None if fd is None else os.dup(fd)  # the caller closes its own
            except OSError:  # the host must not take another message's descriptor for this one's
                fd, message = None, _pack(operation, token, without_fd)
            self._unsent.append((message, fd))

    def _send_unsent(self) -> None:
        while self._unsent:
            message, fd = self._unsent[0]
            rest, sent_some = self._send_some(message, fd)
            if sent_some and fd is not None:
                os.close(fd)
                fd = None
            if rest:
                self._unsent[0] = (rest, fd)
                return
            del self._unsent[0]

    def _send_some(self, message: bytes, fd: "int | None"):
        """Returns the unsent rest of the message, and whether the descriptor has gone, which goes with the first byte.
        """
        try:
            sent = self._host.sendmsg([message], pack_descriptors(() if fd is None else (fd,)), _socket.MSG_DONTWAIT)
        except BlockingIOError:
            return message, False
        except OSError as error:
            if error.errno not in (errno.ETOOMANYREFS, errno.ENOBUFS):
                raise
            self._is_overloaded = True
            return message, False
        self._is_overloaded = False
        return message[sent:], True

    def _drain_wake(self) -> None:
        try:
            os.read(self._wake, READ_SIZE)
        except BlockingIOError:
            pass


def _pack(operation: int, token: int, payload: bytes) -> bytes:
    return _MESSAGE.pack(_MESSAGE.size - 4 + len(payload), operation, token) + payload


def _parse_command(payload: bytes):
    """Returns argv, environment, working directory, and the rest."""
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
            raise ValueError("a message is cut off")
        return payload[position - length:position]

    argv = [text() for _ in range(number())]
    entries = [text() for _ in range(number())]
    pairs = (entry.partition(b"=") for entry in entries)
    environment = {key: value for key, separator, value in pairs if key and separator}
    cwd = text()
    return argv, environment, cwd, payload[position:]


def _close_all_but(fd: int) -> None:
    """Closes descriptors that the host has leaked, so that no worker inherits them; keeps 0, 1 and 2."""
    for name in os.listdir("/proc/self/fd"):
        other = int(name)
        if other > 2 and other != fd:
            try:
                os.close(other)
            except OSError:  # the descriptor of the listing itself
                pass


def _tell(error: BaseException) -> None:
    try:
        text = f"snakepit launcher {os.getpid()}: {type(error).__name__}: {error}\n"
        os.write(2, text.encode("utf-8", "backslashreplace"))
    except OSError:
        pass
