"""A minimal host for tests of a worker: pipes, handshake, calls, control frames."""

import fcntl
import json
import marshal
import mmap
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap

from snakepit import _protocol as protocol
from snakepit._frames import CALL_HEADER, HEADER, REPLY_HEADER

PACKAGE_PARENT = str(pathlib.Path(__file__).resolve().parent.parent)
BOUND = 30  # seconds; only a failing test waits this long


class Reply:
    """A frame from the worker."""

    def __init__(self, frame: bytes) -> None:
        _, self.kind, self.format, _, self.call, self.seq, header_length, _ = HEADER.unpack_from(frame)
        self.run_ns = REPLY_HEADER.unpack_from(frame)[8] if header_length >= REPLY_HEADER.size else None
        self.body = frame[header_length:]

    @property
    def value(self):
        return marshal.loads(self.body) if self.format == protocol.BODY_MARSHAL else json.loads(self.body)


def read_exact(fd: int, size: int, allow_end: bool = False) -> bytes:
    data = b""
    while len(data) < size:
        if not select.select([fd], [], [], BOUND)[0]:
            raise TimeoutError(f"{len(data)} of {size} bytes after {BOUND} s")
        more = os.read(fd, min(size - len(data), 1 << 20))
        if not more:
            if allow_end and not data:
                return b""
            raise EOFError(f"the stream ended after {len(data)} of {size} bytes: {data[:200]!r}")
        data += more
    return data


def read_frame(fd: int, allow_end: bool = False):
    start = read_exact(fd, 4, allow_end)
    if not start:
        return None
    return Reply(start + read_exact(fd, struct.unpack("<I", start)[0] - 4))


def high(fd: int) -> int:
    """Moves the descriptor to a number that no descriptor of the worker has."""
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 30)
    os.close(fd)
    return moved


def pipe():
    return tuple(high(fd) for fd in os.pipe())


class Page:
    """The host's view of the page that it shares with a worker."""

    def __init__(self, size: int) -> None:
        self.fd = high(os.memfd_create("page", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING))
        os.truncate(self.fd, size)
        fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
        self.map = mmap.mmap(self.fd, size)
        self.fields = memoryview(self.map).cast("Q")

    def __getitem__(self, field: int) -> int:
        return self.fields[field]

    def __setitem__(self, field: int, value: int) -> None:
        self.fields[field] = value

    def staged(self) -> bytes:
        start = protocol.PAGE_REPLIES_OFFSET
        return self.map[start:start + self[protocol.PAGE_STAGED]]


class WorkerHost:
    """Starts a worker and communicates with it. A context manager, which kills what is left of the worker at its end.
    """

    def __init__(
            self, adapter_text="", adapter=None, package=PACKAGE_PARENT, handshake=True, page_size=0,
            before_main="pass", **init) -> None:
        self.folder = tempfile.TemporaryDirectory()
        if adapter is None:
            adapter = os.path.join(self.folder.name, "adapter_under_test.py")
            pathlib.Path(adapter).write_text(textwrap.dedent(adapter_text))
        self.init = {
            "protocol": 1, "codec": "json", "worker": "text/3#17", "pool": "text", "slot": 3, "generation": 17,
            "adapter": adapter,
            "python_path": [], "max_message": 1 << 26, "unserializable": "type", "repr_max_length": 500,
            "interrupts": True, **init,
        }
        self.page = Page(page_size) if page_size else None
        self.before_main = before_main  # a statement that the worker runs before it begins
        self._start(package)
        self.hello = self.ready = None
        self.seq = 0
        if handshake:
            self.hello = self.read()
            self.send_init()
            self.ready = self.read()

    def _start(self, package: str) -> None:
        read_in, self.data_in = pipe()
        self.data_out, write_out = pipe()
        self.output, write_output = pipe()
        self.control, control = socket.socketpair()
        self.control.settimeout(BOUND)
        control_fd = high(control.detach())
        theirs = {read_in: 3, write_out: 4, control_fd: 5}
        if self.page is not None:
            theirs[self.page.fd] = protocol.FD_PAGE

        def place():
            for source, target in theirs.items():
                os.dup2(source, target)

        code = (f"import sys;sys.path.insert(0,{package!r});from snakepit import _worker;{self.before_main};"
                "_worker.main()")
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=write_output, stderr=write_output,
            preexec_fn=place, close_fds=False, start_new_session=True)
        for fd in (*theirs, write_output):
            os.close(fd)

    def __enter__(self) -> "WorkerHost":
        return self

    def __exit__(self, *_) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.close_data_in()
        os.close(self.data_out)
        os.close(self.output)
        self.control.close()
        self.folder.cleanup()

    def close_data_in(self) -> None:
        if self.data_in is not None:
            os.close(self.data_in)
            self.data_in = None

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self.data_in, view):]

    def read(self, allow_end: bool = False):
        return read_frame(self.data_out, allow_end)

    def read_control(self) -> Reply:
        return read_frame(self.control.fileno())

    def send_init(self) -> None:
        body = json.dumps(self.init).encode()
        self.write(HEADER.pack(24 + len(body), protocol.INIT, 0, 0, 0, 0, 24, 0) + body)

    def call_frame(self, tool, arguments=None, remaining_ms=0, attempt=1, extra_header=b"", body=None,
                   window=0) -> bytes:
        self.seq += 1
        if body is None:
            body = json.dumps([tool] if arguments is None else [tool, arguments]).encode()
        size = 32 + len(extra_header)
        return CALL_HEADER.pack(
            size + len(body), protocol.CALL, 0, 0, 1000 + self.seq, self.seq, size, 0, remaining_ms, attempt, window) \
            + extra_header + body

    def call(self, tool, arguments=None, **options) -> Reply:
        """Calls and returns the reply."""
        self.write(self.call_frame(tool, arguments, **options))
        reply = self.read()
        assert (reply.call, reply.seq) == (1000 + self.seq, self.seq), "a reply to another call"
        return reply

    def result(self, tool, arguments=None, **options):
        reply = self.call(tool, arguments, **options)
        assert reply.kind == protocol.RESULT, reply.body
        return reply.value

    def error(self, tool, arguments=None, **options) -> dict:
        reply = self.call(tool, arguments, **options)
        assert reply.kind == protocol.ERROR, reply.body
        return reply.value

    def stream(self, tool, arguments=None, window=1000, **options) -> None:
        """Calls a tool and takes a stream."""
        self.write(self.call_frame(tool, arguments, window=window, **options))

    def credit(self, items: int, size: int = 1 << 40) -> bytes:
        """Returns a frame that grants credit to the last call."""
        header = HEADER.pack(40, protocol.CREDIT, 0, 0, 1000 + self.seq, self.seq, 24, 0)
        return header + struct.pack("<QQ", items, size)

    def stop(self) -> bytes:
        """Returns a frame that stops the stream of the last call."""
        return HEADER.pack(32, protocol.STOP, 0, 0, 1000 + self.seq, self.seq, 32, 0) + bytes(8)

    def items(self, count: int) -> list:
        """Reads that many items of a stream."""
        replies = [self.read() for _ in range(count)]
        assert {reply.kind for reply in replies} <= {protocol.CHUNK}, [reply.body for reply in replies]
        numbers = [reply.run_ns for reply in replies]
        assert numbers == list(range(numbers[0], numbers[0] + count)) if numbers else True, numbers
        return [reply.value for reply in replies]

    def send_control(self, kind: int, call: int = 0, seq: int = 0) -> None:
        self.control.sendall(HEADER.pack(24, kind, 0, 0, call, seq, 24, 0))

    def shutdown(self) -> int:
        """Stops the worker as the host does; returns its exit code."""
        self.send_control(protocol.SHUTDOWN)
        self.close_data_in()
        return self.process.wait(BOUND)

    def output_until_end(self) -> bytes:
        data = b""
        while True:
            more = os.read(self.output, 1 << 20)
            if not more:
                return data
            data += more

    def output_until(self, text: bytes) -> bytes:
        data = b""
        while text not in data:
            if not select.select([self.output], [], [], BOUND)[0]:
                raise TimeoutError(f"{text!r} not in {data!r}")
            more = os.read(self.output, 1 << 20)
            if not more:
                raise EOFError(repr(data))
            data += more
        return data


class StandardHost(WorkerHost):
    """A host on standard streams and two pipes for control, as on every platform."""

    PREAMBLE = ""

    def _start(self, package: str) -> None:
        read_in, self.data_in = pipe()
        self.data_out, write_out = pipe()
        self.output, write_output = pipe()
        control_in, ours_out = pipe()
        ours_in, control_out = pipe()
        self.control = PipePair(ours_in, ours_out)
        code = (f"{self.PREAMBLE}import sys;sys.path.insert(0,{package!r});"
                "from snakepit import _worker;_worker.main_on_standard_streams()")
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(control_in), str(control_out)], stdin=read_in, stdout=write_out,
            stderr=write_output,
            pass_fds=(control_in, control_out), start_new_session=True)
        for fd in (read_in, write_out, write_output, control_in, control_out):
            os.close(fd)


class ThreadHost(WorkerHost):
    """A host of a worker with one thread for calls, so that replies come in the order of the calls."""

    def __init__(self, adapter_text="", **init) -> None:
        super().__init__(f"{textwrap.dedent(adapter_text)}\nthread_safe = True\n", **{"threads": 1, **init})


class HostAsOnWindows(StandardHost):
    """The worker lacks the modules and functions that Python has on Unix only."""

    PREAMBLE = textwrap.dedent("""
        import os, select, signal, sys
        for module, names in {
            os: "readv writev register_at_fork setsid getpgrp killpg fork uname pread memfd_create getuid",
            select: "poll epoll",
            signal: "SIGKILL SIGUSR1 pthread_sigmask",
        }.items():
            for name in names.split():
                if hasattr(module, name):
                    delattr(module, name)
        for name in "fcntl", "resource", "pwd", "grp", "termios":
            sys.modules[name] = None
        """)


class PipePair:
    """Two pipes with the methods of a socket that WorkerHost uses."""

    def __init__(self, read_end: int, write_end: int) -> None:
        self._ends = [read_end, write_end]

    def fileno(self) -> int:
        return self._ends[0]

    def sendall(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._ends[1], data):]

    def close(self) -> None:
        while self._ends:
            os.close(self._ends.pop())
