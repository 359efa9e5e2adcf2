"""The control channel: a thread that answers the host while a tool runs, log records, and events for the host."""

from gc import collect
from os import close
from _thread import RLock, allocate_lock, start_new_thread

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._channels import Channels, die, die_of
from ._context import Context, _print, format_message
from ._errors import headline
from ._forks import warn_of_threads_of_others_only
from ._frames import FrameReader, ProtocolError, frame_header
from ._linux import give_free_memory_back
from ._telemetry import count_spans

try:
    from select import POLLIN, POLLOUT, poll
except ImportError:  # Windows, where nothing can wait for room in a pipe
    poll = None

MAX_LOG_MESSAGE = 8192  # characters
MAX_LOG_EXCEPTION = 16_384
MAX_LOG_FRAME = 32_000  # bytes; Linux takes up to 35,000 whole or not at all, and of more a part
SHUTDOWN_GRACE = 5.0
CLOSE_GRACE_MS = 1000


class ControlReader(FrameReader):
    """Reads control frames, and the descriptors that come with them."""

    __slots__ = ("_channels", "_received", "_read", "_arrived")

    def __init__(self, channels: Channels) -> None:
        super().__init__(channels.control, protocol.MAX_CONTROL)
        self._channels = channels
        self._received = self._read = 0  # bytes: those that have arrived, and those of the frames already read
        self._arrived = []  # descriptors, each with the number of bytes received when it arrived

    def read(self):
        """Returns the next frame as (header fields, whole frame), or None at the end of the stream."""
        read = super().read()
        if read is not None:
            self._read += len(read[1])
        return read

    def is_readable(self, within_ms: int) -> bool:
        """Waits for the start of a frame or the end of the stream; returns False when nothing has come in that time.
        """
        if self._rest:
            return True
        arrived = poll()
        arrived.register(self._fd, POLLIN)
        return bool(arrived.poll(within_ms))

    def take_descriptors(self) -> "list[int]":
        """Returns the descriptors that came with the last frame; the caller closes them. The kernel ends a read where a
        message with descriptors ends, and the host sends each frame as one message."""
        taken = [fd for fd, received in self._arrived if received <= self._read]
        del self._arrived[:len(taken)]
        return taken

    def _receive(self, size: int) -> bytes:
        data, descriptors = self._channels.receive_control(size)
        self._received += len(data)
        self._arrived += [(fd, self._received) for fd in descriptors]
        return data


class Control:
    """Reads control frames on its own thread; sends from any thread."""

    __slots__ = (
        "_channels", "_context", "_dumps", "_send_lock", "_dropped", "_lost", "_recycling", "_ending", "_shutdown")

    def __init__(self, channels: Channels, context: Context, dumps) -> None:
        self._channels = channels
        self._context = context
        self._dumps = dumps
        self._send_lock = RLock()  # a signal handler may log while the tool that it interrupts logs
        self._dropped = 0  # log records since the last one that was sent
        self._lost = 0  # measurements, events and spans, likewise
        self._recycling = False
        self._shutdown = False
        self._ending = allocate_lock()

    def start(self) -> None:
        """Starts the thread."""
        self._ending.acquire()
        warn_of_threads_of_others_only()
        start_new_thread(self._run, ())

    def wait_for_shutdown(self) -> bool:
        """Returns True when the host sent SHUTDOWN before it closed the data channel. They arrive on different
        descriptors, so the main thread may see the close before the control thread has seen SHUTDOWN."""
        return self._ending.acquire(timeout=SHUTDOWN_GRACE) and self._shutdown

    def log(self, level: str, message, args, **details) -> None:
        """Sends a log record, or drops it when the host does not keep up. details: logger, exception; of a warning
        category, file, line."""
        if self._channels.forked:
            return _print(level, message, args, **details)
        context = self._context
        record = {"level": level, "message": _cut(format_message(message, args), MAX_LOG_MESSAGE),
                  "call": context.call_id or 0}
        session = context.session
        ident = None if session is None else session.id
        for name, value in (("tool", context._tool), ("session", ident), *details.items()):
            if value is not None:
                record[name] = value if type(value) is int else _cut(str(value), MAX_LOG_EXCEPTION)
        with self._send_lock:
            self._send_record(record)
        if context._interruption is not None:
            context._interruption.check()

    def _send_record(self, record: dict) -> None:
        dropped = self._dropped
        if dropped:
            record["dropped"] = dropped
        body = self._dumps(record)
        if len(body) > MAX_LOG_FRAME:
            short = MAX_LOG_FRAME // 30  # a character takes up to 6 bytes, and 5 texts may be long
            body = self._dumps({name: _cut(value, short) if type(value) is str else value
                                for name, value in record.items()})
        if self._channels.send_control(frame_header(protocol.LOG, len(body)) + body):
            self._dropped = 0
        else:
            self._dropped = dropped + 1

    def take(self, record: dict) -> None:
        """Sends a measurement, an event or a span, or drops it when the host does not keep up."""
        if self._channels.forked:
            return
        context = self._context
        record["call"] = context.call_id or 0
        with self._send_lock:
            self._send_telemetry(record)
        if context._interruption is not None:
            context._interruption.check()

    def _send_telemetry(self, record: dict) -> bool:
        self._lost += record.get("dropped", 0)
        if record["kind"] == "none" and not self._lost:
            return True
        record["dropped"] = self._lost
        body = self._dumps(record)
        if len(body) > MAX_LOG_FRAME and "children" in record:
            record["dropped"] += count_spans(record.pop("children"))
            body = self._dumps(record)
        if self._channels.send_control(frame_header(protocol.TELEMETRY, len(body)) + body):
            self._lost = 0
            return True
        self._lost = record["dropped"] + (record["kind"] != "none") + count_spans(record.get("children", ()))
        return False

    def close(self) -> None:
        """Tells the host how many records were dropped, before this process ends."""
        if not self._tell_dropped() and poll is not None:
            self._wait_for_room(CLOSE_GRACE_MS)
            self._tell_dropped()

    def _tell_dropped(self) -> bool:
        """Tells the host how many records were dropped, if no record has done so since. Returns False when there is no
        room for that."""
        with self._send_lock:
            if self._dropped and not self._channels.forked:
                body = self._dumps({"level": "warning", "message": "", "call": 0, "dropped": self._dropped})
                if not self._channels.send_control(frame_header(protocol.LOG, len(body)) + body):
                    return False
                self._dropped = 0
            return self._channels.forked or self._send_telemetry({"kind": "none", "call": 0})

    def request_recycle(self) -> None:
        """Asks the host to replace this worker; further requests have no effect."""
        with self._send_lock:
            if self._recycling or self._channels.forked:
                return
            self._recycling = True
        self.tell("recycle_requested")

    def tell(self, kind: str, **details) -> None:
        """Sends an event to the host, and waits until the host has room for it."""
        body = self._dumps({"kind": kind, **details})
        self._send(frame_header(protocol.EVENT, len(body)) + body)

    def _run(self) -> None:
        try:
            self._read_frames()
        except ProtocolError as error:
            die(protocol.EXIT_PROTOCOL_ERROR, f"protocol error on the control channel: {error}")
        except OSError as error:
            if not self._shutdown:
                die_of(error, "reading the control channel")
        except BaseException as error:  # such as no memory; without this thread the worker would look hung
            die(protocol.EXIT_CHANNEL_FAILED, f"reading the control channel failed: {headline(error)}")
        if not self._shutdown and not self._channels.forked:
            die(protocol.EXIT_CHANNEL_LOST)

    def _read_frames(self) -> None:
        reader = ControlReader(self._channels)
        while (read := self._next(reader)) is not None:
            _, kind, _, _, call, seq, _, _ = read[0]
            if kind == protocol.PING:
                self._send(frame_header(protocol.PONG, 0, call, seq))
            elif kind == protocol.CANCEL:
                self._context._cancel(seq)
            elif kind == protocol.SHUTDOWN:
                if not self._shutdown:
                    self._shutdown = True
                    self._ending.release()
            elif kind == protocol.SESSION_END or kind == protocol.SESSION_MOVED:
                self._context._sessions.end(call, seq, kind == protocol.SESSION_MOVED)
            elif kind == protocol.COLLECT:
                _collect()
                self.tell("collected")
            else:
                raise ProtocolError(f"unknown frame type {kind}")
            if self._dropped or self._lost:
                self._tell_dropped()
            for descriptor in reader.take_descriptors():
                close(descriptor)  # no frame takes it

    def _next(self, reader: ControlReader):
        """Waits for the next frame, and meanwhile interrupts the running call if it was cancelled."""
        interruption = self._context._interruption
        while interruption is not None and (pause := interruption.send()):
            if reader.is_readable(pause):
                break
        return reader.read()

    def _send(self, frame: bytes) -> None:
        """Sends when the host has room for it. It does not hold the lock while it waits, so a log record never waits.
        """
        while True:
            with self._send_lock:
                if self._channels.send_control(frame):
                    return
            self._wait_for_room()

    def _wait_for_room(self, timeout_ms: "int | None" = None) -> None:
        room = poll()
        room.register(self._channels.control, POLLOUT)
        room.poll(timeout_ms)


def _cut(text: str, length: int) -> str:
    """Returns valid Unicode of about that length at most."""
    if len(text) > length:
        text = f"{text[:length]}... ({len(text)} characters)"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _collect() -> None:
    """Collects garbage. A failure must not affect the tool that runs meanwhile."""
    try:
        collect()
        give_free_memory_back()
    except BaseException:
        pass
