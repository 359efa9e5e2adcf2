"""The reading end of the data channel: bytes become calls, and none is lost when a signal handler raises meanwhile.
While a call runs, frames of its own may arrive.

A handler may raise between the return of a function and the assignment of its result. So a system call and the
assignment of its result are one step of Python here: ``next`` of a ``map`` that appends, or ``list.extend`` of a
``map``. Everything else follows from the bytes and the number of the last finished call.
"""

from _collections import deque
from itertools import repeat

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._channels import die, go_on
from ._frames import (
    CALL_WORDS, HEADER, MAX_READ, READ_SIZE, REPLY_HEADER, ProtocolError, check_header, read, readv)

TOGETHER = 16  # replies are held back while this many calls are running; with more, the host would idle

try:
    from select import POLLIN, poll
except ImportError:  # Windows, where no loop waits for the channel
    poll = None

OF_RUNNING_CALLS = frozenset((
    protocol.CREDIT, protocol.STOP, protocol.ITEM, protocol.ITEMS_END, protocol.HOST_RESULT, protocol.HOST_ERROR))

_EXTENDED = protocol.EXTENDED_HEADER_SIZE
_BEYOND_BUFFER = 1 << 62  # where the frame after a large call begins
_SIZES = (READ_SIZE,)
_READING = "reading the data channel"
_unpack = CALL_WORDS.unpack_from


class Inbox:
    """Buffers arriving bytes, yields calls, and receives frames for the call that runs."""

    __slots__ = ("_fds", "_longest", "_decoders", "_before_wait", "_buffer", "_fill", "_parts", "_large", "_later")

    def __init__(self, fd: int, rest: bytes, max_body: int, decoders, before_wait: list) -> None:
        """rest: bytes that were read already. decoders: of the bodies of calls, by format. before_wait: functions to
        call before it waits."""
        self._fds = (fd,)
        self._longest = _EXTENDED + max_body
        self._decoders = {protocol.CALL | form << 8: decode for form, decode in enumerate(decoders)}
        self._before_wait = before_wait
        self._buffer = deque((rest,), 1)  # begins with a frame
        self._fill = map(self._buffer.append, map(read, repeat(fd), repeat(READ_SIZE)))
        self._parts = None  # of the next buffer, while it is assembled
        self._large = None  # the number of a large call, counts of bytes read of its frame, and its body
        # Once the running call has received frames: those that nobody has taken yet, then what the buffer holds after
        # that call, in parts.
        self._later = None

    @property
    def fd(self) -> int:
        """The descriptor that becomes readable when frames arrive."""
        return self._fds[0]

    def take(self, finished: int, flush):
        """Yields the calls after the last finished one, each as (id, number, remaining ms, attempt, number on the wire,
        decoder, body, the window of its stream, where the next frame begins), until the stream ends. Asking for the
        next call means that the previous one is finished. flush writes the replies that are held back."""
        if self._parts is not None:
            self._buffer[0] = b"".join(self._parts)
            self._parts = None
        if self._later is not None:
            self._buffer[0] = b"".join(self._later[1:])
            self._later = None
        if self._large is not None and self._large[0] <= finished:
            self._large = None
        decoders, longest, before_wait = self._decoders.get, self._longest, self._before_wait
        number, data = finished, self._buffer[0]
        position, end = _end_of(number, data), len(data)
        base = number & ~0xFFFFFFFF  # the upper half, because the wire has only 32 bits
        pause = number + TOGETHER
        while True:
            if end - position < _EXTENDED:
                flush()
                if before_wait:
                    for work in tuple(before_wait):
                        work()
                data = data[position:]  # keeps nothing of finished calls during the wait
                data = self._read(data, _EXTENDED)
                if not data:
                    return
                position, end, pause = 0, len(data), number + TOGETHER
            elif number == pause:
                flush()
                pause += TOGETHER
            length, what, call, low, header_length, remaining_ms, attempt, window = _unpack(data, position)
            decode = decoders(what)
            if decode is None and what & 0xFF in OF_RUNNING_CALLS:  # of a call that has ended
                data, position = self._skip(data, position)
                end = len(data)
                continue
            number += 1
            if (decode is None or header_length != _EXTENDED or base + low != number
                    or not _EXTENDED <= length <= longest):
                self._check(data[position:], number)
                base = number - low
            start, position = position + header_length, position + length
            if position <= end:
                yield call, number, remaining_ms, attempt, low, decode, data[start:position], window, position
            else:
                flush()
                body = self._read_large(number, data[start - header_length:], length, header_length, decode)
                data, position, end = b"", 0, 0
                yield call, number, remaining_ms, attempt, low, _decode_large, body, window, _BEYOND_BUFFER
                self._large = body.request = body = None
            if self._later is not None:
                data = self._buffer[0] = b"".join(self._later[1:])
                self._later = None
                position, end = 0, len(data)

    def receive(self, call: tuple, wait: bool = True) -> deque:
        """Returns the frames that have arrived for the running call, each as (type, number in its header's extension,
        body). Waits for the first one, unless wait is False. Who takes a frame removes it; a frame that stays is
        returned again. Calls that arrive meanwhile stay in the buffer."""
        if self._later is None:
            self._later = [deque(), self._buffer[0][call[8]:]]
        later = self._later
        while not later[0]:
            data = later[1] if len(later) == 2 else b"".join(later[1:])
            frames, rest, missing = self._sort(data, call[4])
            later[:] = (deque(frames), rest)  # in one step, so that no frame is lost
            if frames or not wait:
                break
            self._read_later(later, len(rest) + missing)
        return later[0]

    def is_readable(self) -> bool:
        """Whether something has arrived that was not read yet."""
        arrived = poll()
        arrived.register(self._fds[0], POLLIN)
        return bool(arrived.poll(0))

    def receive_once(self, call: tuple) -> deque:
        """Reads what has arrived, which must be something. Returns the whole frames for the running call among it."""
        frames = self.receive(call, wait=False)
        if not frames:
            self._read_later(self._later, sum(map(len, self._later[1:])) + 1)
            frames = self.receive(call, wait=False)
        return frames

    def _sort(self, data: bytes, low: int) -> tuple:
        """Takes the frames of the call with that number out of data. Returns them, the remaining data, and how many
        bytes the incomplete frame at its end lacks at least."""
        frames, kept, position, missing = [], [], 0, 1
        while len(data) - position >= HEADER.size:
            header = HEADER.unpack_from(data, position)
            check_header(header, self._longest - _EXTENDED)
            length, kind, _, _, _, seq, header_length, _ = header
            stop = position + length
            if stop > len(data):
                missing = stop - len(data)
                break
            if kind == protocol.CALL:
                kept.append(data[position:stop])
            elif kind not in OF_RUNNING_CALLS:
                raise ProtocolError(f"a frame of type {kind} while call {low} was running")
            elif seq == low:
                number = REPLY_HEADER.unpack_from(data, position)[8] if header_length >= _EXTENDED else 0
                frames.append((kind, number, data[position + header_length:stop]))
            position = stop
        return frames, b"".join((*kept, data[position:])), missing

    def _read_later(self, later: list, size: int) -> None:
        """Reads until there are that many bytes."""
        while sum(map(len, later[1:])) < size:
            try:
                later.extend(map(read, self._fds, _SIZES))
            except OSError as error:
                go_on(error, self._fds[0], _READING)
                continue
            if not later[-1]:
                die(protocol.EXIT_CHANNEL_LOST)

    def _skip(self, data: bytes, position: int) -> tuple:
        """Passes over a frame. Returns the data and where the next frame begins."""
        header = HEADER.unpack_from(data, position)
        check_header(header, self._longest - _EXTENDED)
        if position + header[0] <= len(data):
            return data, position + header[0]
        return self._read(data[position:], header[0]), header[0]

    def _read(self, rest: bytes, size: int) -> bytes:
        """Reads until the buffer, which begins with the rest, has that many bytes, at least a header. Returns nothing
        at the end of the stream."""
        buffer = self._buffer
        if not rest:
            buffer[0] = b""
            while True:
                try:
                    next(self._fill)
                    break
                except OSError as error:
                    go_on(error, self._fds[0], _READING)
            rest = buffer[0]
            if len(rest) >= size or not rest:
                return rest
        parts = self._parts = [rest]
        filled = len(rest)
        while filled < size:
            if HEADER.size <= filled < _EXTENDED:
                self._check(b"".join(parts), None)
            try:
                parts.extend(map(read, self._fds, _SIZES))
            except OSError as error:
                go_on(error, self._fds[0], _READING)
                continue
            if not parts[-1]:
                raise ProtocolError(f"the stream ended {filled} bytes into a frame")
            filled += len(parts[-1])
        rest = buffer[0] = b"".join(parts)
        self._parts = None
        return rest

    def _read_large(self, number: int, start: bytes, length: int, header_length: int, decode) -> "_LargeBody":
        """Reads the rest of a frame into memory of its own size."""
        if self._large is None or self._large[0] != number:
            whole = bytearray(length)
            whole[:len(start)] = start
            self._large = number, [len(start)], _LargeBody(decode, whole)
        _, counts, body = self._large
        while (filled := sum(counts)) < length:
            counts[:] = (filled,)
            self._read_into(memoryview(body.frame)[filled:], counts)
            if counts[-1] == 0:
                raise ProtocolError(f"the stream ended {length - filled} bytes before the end of a frame")
        body.header_length = header_length
        return body

    def _read_into(self, view: memoryview, counts: list) -> None:
        while True:
            try:
                if readv is not None:
                    return counts.extend(map(readv, self._fds, ((view,),)))
                # Windows, where handlers only run between system calls.
                data = read(self._fds[0], min(len(view), MAX_READ))
                view[:len(data)] = data
                return counts.append(len(data))
            except OSError as error:
                go_on(error, self._fds[0], _READING)

    def _check(self, data: bytes, expected: "int | None") -> None:
        """Raises for an invalid header of a CALL. A longer header and a number beyond 32 bits are valid."""
        header = HEADER.unpack_from(data)
        check_header(header, self._longest - _EXTENDED)
        _, kind, form, _, call, seq, header_length, _ = header
        if expected is None and kind in OF_RUNNING_CALLS:
            return
        if kind != protocol.CALL or header_length < _EXTENDED:
            raise ProtocolError(f"a frame of type {kind} with a header of {header_length} bytes, where a CALL was due")
        if form >= len(self._decoders):
            raise ProtocolError(f"call {call} is written in format {form}, which this interpreter does not have")
        if expected is None:
            return
        if seq != expected & 0xFFFFFFFF:
            raise ProtocolError(f"call {call} has the sequence number {seq}, where {expected} was due")


class _LargeBody:
    """The body of a large call. It is decoded once, and then the memory of its frame is released."""

    __slots__ = ("frame", "header_length", "request", "_decode")

    def __init__(self, decode, frame: bytearray) -> None:
        self.frame = frame
        self.header_length = 0
        self.request = None
        self._decode = decode

    def decode(self):
        """Returns the request, also when called again after an interruption."""
        if self.request is None:
            self.request = self._decode(memoryview(self.frame)[self.header_length:])
            self.frame = None
        return self.request


_decode_large = _LargeBody.decode


def _end_of(number: int, data: bytes) -> int:
    """Returns the end of the frame with that number, or of the data. The data begins with a frame, and the frames up to
    that one have been checked."""
    position = 0
    while number and len(data) - position >= HEADER.size:
        length, kind, _, _, _, seq, _, _ = HEADER.unpack_from(data, position)
        if seq == number + 1 & 0xFFFFFFFF or length < HEADER.size:
            break
        if kind != protocol.CALL and position + length > len(data):
            break  # the rest of it has not been read yet
        position += length
    return min(position, len(data))
