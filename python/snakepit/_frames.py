"""Frames on a descriptor: a reader that validates headers before it allocates, and a writer that sends whole frames."""

import os
from os import read, write

try:
    from _struct import Struct
except ImportError:
    from struct import Struct

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401

HEADER = Struct(protocol.HEADER)
CALL_HEADER = Struct(protocol.CALL_HEADER)
REPLY_HEADER = Struct(protocol.REPLY_HEADER)

# The same headers as fewer numbers, which are quicker to read, compare and write. One number holds type, flags and
# segments, another one header length and reserved bits.
CALL_WORDS = Struct("<IIQIIIHH")
REPLY_WORDS = Struct("<IIQIIQ")

READ_SIZE = 65536
JOIN_LIMIT = 16384
MAX_READ = 1 << 20

FORMATTED = frozenset((protocol.CALL, protocol.RESULT, protocol.CHUNK))  # their flags are the body's format

# Taken at import, as read and write above, before user code may replace them. Windows lacks some.
readv, writev = getattr(os, "readv", None), getattr(os, "writev", None)
set_blocking = getattr(os, "set_blocking", None)
_unpack = HEADER.unpack_from
_HEADER_SIZE = protocol.HEADER_SIZE
_MAX_HEADER_SIZE = protocol.MAX_HEADER_SIZE


class ProtocolError(Exception):
    """The peer sent bytes that are no valid frame, so the stream cannot be used any more."""


class FrameReader:
    """Reads frames from a blocking descriptor."""

    __slots__ = ("_fd", "max_body", "_rest")

    def __init__(self, fd: int, max_body: int) -> None:
        self._fd = fd
        self.max_body = max_body
        self._rest = b""  # bytes beyond the last frame

    def read(self):
        """Returns the next frame as (header fields, whole frame), or None at the end of the stream."""
        data = self._rest or self._receive(READ_SIZE)
        self._rest = b""
        if not data:
            return None
        while len(data) < _HEADER_SIZE:
            more = self._receive(READ_SIZE)
            if not more:
                raise ProtocolError(f"the stream ended {len(data)} bytes into a header")
            data += more
        header = _unpack(data)
        check_header(header, self.max_body)
        length = header[0]
        if length < len(data):
            self._rest = data[length:]
            data = data[:length]
        elif length > len(data):
            data = self._complete(data, length)
        return header, data

    def peek(self) -> bytes:
        """Returns the bytes that ``read`` will begin with, after it has waited for some; nothing at the end of the
        stream."""
        if not self._rest:
            self._rest = self._receive(READ_SIZE)
        return self._rest

    def skip(self, size: int) -> None:
        """Leaves out the first of these bytes."""
        self._rest = self._rest[size:]

    def take_rest(self) -> bytes:
        """Returns the bytes beyond the last frame, for the reader that continues."""
        rest, self._rest = self._rest, b""
        return rest

    def _complete(self, start: bytes, length: int) -> bytearray:
        """Reads until there are that many bytes, of which some are there."""
        whole = bytearray(length)
        filled = len(start)
        whole[:filled] = start
        while filled < length:
            more = self._receive(min(length - filled, MAX_READ))
            if not more:
                raise ProtocolError(f"the stream ended {length - filled} bytes before the end of a frame")
            whole[filled:filled + len(more)] = more
            filled += len(more)
        return whole

    def _receive(self, size: int) -> bytes:
        return read_some(self._fd, size)


def read_some(fd: int, size: int) -> bytes:
    """Reads at most that many bytes; waits for the first of them, whatever the mode of the descriptor."""
    while True:
        try:
            return read(fd, size)
        except BlockingIOError:
            set_blocking(fd, True)  # user code has changed it


def check_header(header, max_body: int) -> None:
    """Raises ProtocolError for a header that no frame can have."""
    length, kind, flags, segments, _, _, header_length, reserved = header
    if segments or reserved or flags > (protocol.BODY_MARSHAL if kind in FORMATTED else 0):
        raise ProtocolError(f"reserved header bits are set in a frame of type {kind}")
    if length - header_length > max_body:
        raise ProtocolError(f"a frame of {length} bytes and type {kind}, where {max_body} are allowed")
    if not _HEADER_SIZE <= header_length <= _MAX_HEADER_SIZE or length < header_length:
        raise ProtocolError(f"a header length of {header_length} in a frame of {length} bytes and type {kind}")


def frame_header(kind: int, body_length: int, call: int = 0, seq: int = 0) -> bytes:
    """Returns a plain header, for handshake and control frames."""
    return HEADER.pack(_HEADER_SIZE + body_length, kind, 0, 0, call, seq, _HEADER_SIZE, 0)


def write_frame(fd: int, header: bytes, body: bytes) -> None:
    """Writes header and body: joined up to 16 KiB, gathered beyond that to save the copy."""
    if len(body) <= JOIN_LIMIT or writev is None:
        write_all(fd, memoryview(header + body))
        return
    written = writev(fd, (header, body))
    if written < len(header):
        write_all(fd, memoryview(header)[written:])
        written = len(header)
    write_all(fd, memoryview(body)[written - len(header):])


def write_all(fd: int, data: memoryview) -> None:
    """Writes all data, in as many writes as necessary."""
    while data:
        try:
            data = data[write(fd, data):]
        except BlockingIOError:
            set_blocking(fd, True)
