"""The host's side of a launcher, as small as tests need it."""

import os
import select
import signal
import socket
import struct
import subprocess
import sys

from snakepit import _protocol as protocol
from tests.host import BOUND, PACKAGE_PARENT

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
        """(kind, status) of an EXITED."""
        return struct.unpack_from("<Bi", self.payload)


class Worker:
    """The host's ends of one worker's channels."""

    def __init__(self, data_in: int, data_out: int, output: int, control: socket.socket) -> None:
        self.data_in, self.data_out, self.output, self.control = data_in, data_out, output, control
        self.pid = self.pidfd = None

    def close(self) -> None:
        for fd in (self.data_in, self.data_out, self.output):
            os.close(fd)
        self.control.close()
        if self.pidfd is not None:
            os.close(self.pidfd)

    def read_output(self) -> bytes:
        """All output, until every writer has ended."""
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


class LauncherHost:
    """Starts a launcher and speaks with it."""

    def __init__(self, preexec=None) -> None:
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(BOUND)
        self.workers: "list[Worker]" = []

        def place():
            if theirs.fileno() == protocol.FD_LAUNCHER:
                os.set_inheritable(protocol.FD_LAUNCHER, True)
            else:
                os.dup2(theirs.fileno(), protocol.FD_LAUNCHER)
            if preexec is not None:
                preexec()

        code = f"import sys;sys.path.insert(0,{PACKAGE_PARENT!r});from snakepit import _launcher;_launcher.main()"
        self.process = subprocess.Popen([sys.executable, "-I", "-S", "-c", code], preexec_fn=place, close_fds=False,
                                        stderr=subprocess.PIPE)
        theirs.close()
        ready = self.read()
        assert (ready.operation, ready.token, ready.number) == (protocol.LAUNCHER_READY, 0, self.process.pid)

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
        child_in, data_in = os.pipe()
        data_out, child_out = os.pipe()
        output, child_output = os.pipe()
        control, child_control = socket.socketpair()
        payload = _texts(argv) + _texts(environment) + _text(cwd)
        theirs = (child_in, child_out, child_output, child_control.fileno())
        self.socket.sendmsg([MESSAGE.pack(5 + len(payload), protocol.LAUNCHER_SPAWN, token) + payload],
                            [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("4i", *theirs))])
        for fd in theirs[:3]:
            os.close(fd)
        child_control.close()
        worker = Worker(data_in, data_out, output, control)
        self.workers.append(worker)
        return worker

    def spawn(self, token: int, argv, environment=(), cwd="") -> Worker:
        worker = self.request_spawn(token, argv, environment, cwd)
        event = self.read()
        assert (event.operation, event.token, len(event.descriptors)) == (protocol.LAUNCHER_STARTED, token, 1), event.payload
        worker.pid, worker.pidfd = event.number, event.descriptors[0]
        return worker

    def python(self, token: int, code: str, **options) -> Worker:
        return self.spawn(token, [sys.executable, "-I", "-S", "-c", code], **options)

    def signal_group(self, token: int, number: int) -> None:
        self.socket.sendall(MESSAGE.pack(9, protocol.LAUNCHER_SIGNAL_GROUP, token) + struct.pack("<i", number))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def wait_for_end(pid: int) -> None:
    """Returns when the process has ended, whoever's child it is."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([pidfd], [], [], BOUND)[0]:
            raise TimeoutError(f"process {pid} lives")
    finally:
        os.close(pidfd)


def _text(text) -> bytes:
    data = os.fsencode(text)
    return struct.pack("<I", len(data)) + data


def _texts(texts) -> bytes:
    return struct.pack("<I", len(texts)) + b"".join(map(_text, texts))
