"""A minimal host for tests of a launcher."""

import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys

from snakepit import _protocol as protocol
from tests.host import BOUND, PACKAGE_PARENT, WorkerHost

MESSAGE = struct.Struct("<IBI")


class Event:
    """A message from the launcher."""

    def __init__(self, operation: int, token: int, payload: bytes, descriptors: "list[int]") -> None:
        self.operation, self.token, self.payload, self.descriptors = operation, token, payload, descriptors

    @property
    def number(self) -> int:
        return struct.unpack_from("<I", self.payload)[0]

    @property
    def exit(self):
        """The (kind, status) of an EXITED message."""
        return struct.unpack_from("<Bi", self.payload)


class Process:
    """A process that the launcher has started, and its output."""

    def __init__(self, output: int) -> None:
        self.output = output
        self.pid = self.pidfd = None

    def started(self, event: Event) -> None:
        self.pid, (self.pidfd,) = event.number, event.descriptors

    def close(self) -> None:
        os.close(self.output)
        if self.pidfd is not None:
            os.close(self.pidfd)

    def read_output(self) -> bytes:
        """Returns all output, once every writer has ended."""
        data = b""
        while True:
            if not select.select([self.output], [], [], BOUND)[0]:
                raise TimeoutError(repr(data))
            more = os.read(self.output, 65536)
            if not more:
                return data
            data += more

    def read_line(self) -> str:
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([self.output], [], [], BOUND)[0]:
                raise TimeoutError(repr(line))
            more = os.read(self.output, 1)
            if not more:
                raise EOFError(repr(line))
            line += more
        return line.decode().rstrip()


class Worker(Process):
    """The host's ends of one worker's channels."""

    def __init__(self, data_in: int, data_out: int, output: int, control: socket.socket) -> None:
        super().__init__(output)
        self.data_in, self.data_out, self.control = data_in, data_out, control

    def close(self) -> None:
        super().close()
        os.close(self.data_in)
        os.close(self.data_out)
        self.control.close()


class Zygote(Process):
    """A zygote; modules are those that it reports as imported."""

    def __init__(self, token: int, output: int) -> None:
        super().__init__(output)
        self.token, self.modules = token, None


class LauncherHost:
    """Starts a launcher and communicates with it."""

    def __init__(self, preexec=None, prepare="pass") -> None:
        """preexec: runs in the new process; prepare: code that runs before the launcher."""
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(BOUND)
        self.workers: "list[Process]" = []

        def place():
            if theirs.fileno() == protocol.FD_LAUNCHER:
                os.set_inheritable(protocol.FD_LAUNCHER, True)
            else:
                os.dup2(theirs.fileno(), protocol.FD_LAUNCHER)
            if preexec is not None:
                preexec()

        code = (f"import sys;sys.path.insert(0,{PACKAGE_PARENT!r});"
                f"from snakepit import _descendants,_launcher;{prepare};_launcher.main()")
        self.process = subprocess.Popen([sys.executable, "-I", "-S", "-c", code], preexec_fn=place, close_fds=False,
                                        stderr=subprocess.PIPE)
        theirs.close()
        ready = self.read()
        assert (ready.operation, ready.token) == (protocol.LAUNCHER_READY, 0)
        self.pid = ready.number  # the launcher's pid; the process is its guard

    def __enter__(self) -> "LauncherHost":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()
        try:
            self.process.wait(BOUND)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stderr.close()
            for worker in self.workers:
                worker.close()

    def read(self) -> Event:
        data, ancillary, _, _ = self.socket.recvmsg(MESSAGE.size, socket.CMSG_SPACE(64))
        while len(data) < MESSAGE.size:
            data += self._some(MESSAGE.size - len(data))
        descriptors = [fd for _, _, content in ancillary for fd in struct.unpack(f"{len(content) // 4}i", content)]
        length, operation, token = MESSAGE.unpack(data)
        payload = b""
        while len(payload) < length - 5:
            payload += self._some(length - 5 - len(payload))
        return Event(operation, token, payload, descriptors)

    def _some(self, size: int) -> bytes:
        data = self.socket.recv(size)
        if not data:
            raise EOFError("the launcher closed its socket")
        return data

    def request_spawn(self, token: int, argv, environment=(), cwd="") -> Worker:
        """Sends a SPAWN and returns the host's ends."""
        return self._request(protocol.LAUNCHER_SPAWN, token, _command(argv, environment, cwd))

    def send_without_descriptors(self, operation: int, token: int, argv) -> None:
        """Sends a SPAWN that announces no descriptors."""
        self._send(operation, token, _command(argv, (), ""), ())

    def request_fork(self, token: int, zygote: int, *page: int) -> Worker:
        """Sends a FORK and returns the host's ends."""
        return self._request(protocol.LAUNCHER_FORK, token, struct.pack("<I", zygote), *page)

    def _request(self, operation: int, token: int, payload: bytes, *page: int) -> Worker:
        child_in, data_in = os.pipe()
        data_out, child_out = os.pipe()
        output, child_output = os.pipe()
        control, child_control = socket.socketpair()
        theirs = (child_in, child_out, child_output, child_control.fileno())
        self._send(operation, token, payload, (*theirs, *page))
        for fd in theirs[:3]:
            os.close(fd)
        child_control.close()
        worker = Worker(data_in, data_out, output, control)
        self.workers.append(worker)
        return worker

    def _send(self, operation: int, token: int, payload: bytes, descriptors) -> None:
        payload = bytes([len(descriptors)]) + payload
        self.socket.sendmsg([MESSAGE.pack(5 + len(payload), operation, token) + payload],
                            [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack(f"{len(descriptors)}i", *descriptors))]
                            if descriptors else [])

    def start_zygote(self, token: int, preload=(), adapter="", python_path=(), code=None, environment=()) -> "Zygote":
        """Starts a zygote, or the given code instead."""
        if code is None:
            code = f"import sys;sys.path.insert(0,{PACKAGE_PARENT!r});from snakepit import _zygote;_zygote.main()"
        told = json.dumps({"preload": preload, "adapter": adapter, "python_path": python_path}).encode()
        output, theirs = os.pipe()
        self._send(
            protocol.LAUNCHER_ZYGOTE, token, _command([sys.executable, "-c", code], environment, "") + told, [theirs])
        os.close(theirs)
        zygote = Zygote(token, output)
        self.workers.append(zygote)
        zygote.started(self.expect(protocol.LAUNCHER_STARTED, token))
        return zygote

    def zygote(self, token: int, *preload, **options) -> "Zygote":
        """Starts a zygote and waits until it is ready."""
        zygote = self.start_zygote(token, preload, **options)
        zygote.modules = self.expect(protocol.LAUNCHER_ZYGOTE_READY, token).payload.decode()
        return zygote

    def fork(self, token: int, zygote: "Zygote", *page: int) -> Worker:
        worker = self.request_fork(token, zygote.token, *page)
        worker.started(self.expect(protocol.LAUNCHER_STARTED, token))
        return worker

    def expect(self, operation: int, token: "int | None" = None) -> Event:
        """Returns the next message, which must have this operation and, if one is given, this token."""
        event = self.read()
        assert event.operation == operation and token in (None, event.token), (
            event.operation, event.token, event.payload)
        return event

    def spawn(self, token: int, argv, environment=(), cwd="") -> Worker:
        worker = self.request_spawn(token, argv, environment, cwd)
        worker.started(self.expect(protocol.LAUNCHER_STARTED, token))
        return worker

    def python(self, token: int, code: str, **options) -> Worker:
        return self.spawn(token, [sys.executable, "-I", "-S", "-c", code], **options)

    def signal_group(self, token: int, number: int) -> None:
        self.socket.sendall(MESSAGE.pack(9, protocol.LAUNCHER_SIGNAL_GROUP, token) + struct.pack("<i", number))

    def stop(self) -> None:
        """Ends the launcher as a host does that waits for its end."""
        self.socket.shutdown(socket.SHUT_WR)
        self.process.wait(BOUND)

    def kill(self) -> None:
        """Kills the launcher and waits until its guard has ended what was left."""
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait(BOUND)


class ForkedHost(WorkerHost):
    """A WorkerHost of a worker that a zygote forks."""

    def __init__(self, launcher: LauncherHost, zygote: Zygote, token: int, adapter_text: str, **options) -> None:
        self._launcher, self._zygote, self._token, self._exit = launcher, zygote, token, None
        super().__init__(adapter_text, **options)

    def _start(self, package: str) -> None:
        page = () if self.page is None else (self.page.fd,)
        worker = self._launcher.fork(self._token, self._zygote, *page)
        self.pid = worker.pid
        self.data_in, self.data_out, self.output = os.dup(worker.data_in), os.dup(worker.data_out), os.dup(
            worker.output)
        self.control = worker.control.dup()
        self.control.settimeout(BOUND)
        self.process = self
        worker.close()
        self._launcher.workers.remove(worker)

    def wait(self, _=BOUND) -> int:
        """Waits until the worker has ended, and returns its exit code."""
        if self._exit is None:
            self._exit = self._launcher.expect(protocol.LAUNCHER_EXITED, self._token).exit[1]
        return self._exit


def wait_for_end(pid: int) -> None:
    """Returns when the process has ended, whatever its parent."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([pidfd], [], [], BOUND)[0]:
            raise TimeoutError(f"process {pid} lives")
    finally:
        os.close(pidfd)


def _command(argv, environment, cwd) -> bytes:
    return _texts(argv) + _texts(environment) + _text(cwd)


def _text(text) -> bytes:
    data = os.fsencode(text)
    return struct.pack("<I", len(data)) + data


def _texts(texts) -> bytes:
    return struct.pack("<I", len(texts)) + b"".join(map(_text, texts))
