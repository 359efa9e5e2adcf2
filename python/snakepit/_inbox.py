"""Reads the data channel so that nothing is lost when a signal handler raises meanwhile.

A handler may raise between the return of a function and the storing of what it has returned. So a system call and the storing of its result
are one step of Python here: ``next`` of a ``map`` that appends, or ``list.extend`` of a ``map``.
"""

from _collections import deque
from itertools import repeat

from ._builtins import __builtins__  # noqa: F401
from ._channels import go_on
from ._protocol import HEADER_SIZE
from ._frames import MAX_READ, READ_SIZE, ProtocolError, read, readv

_SIZES = (READ_SIZE,)
_READING = "reading the data channel"


class Inbox:
    """What has arrived and is not yet known to be done with."""

    __slots__ = ("_fds", "_chunks", "_first", "_read_first", "_whole", "_counts", "_check")

    def __init__(self, fd: int, rest: bytes, check) -> None:
        """rest: what was read already; check: raises for a start of a frame that can't be one."""
        self._fds = (fd,)
        self._chunks = [rest]
        self._first = deque((b"",), 1)
        self._read_first = map(self._first.append, map(read, repeat(fd), repeat(READ_SIZE)))
        self._whole = None
        self._counts = []
        self._check = check

    def data(self) -> bytes:
        """All of it, from the start of a frame. After an interruption that is where to go on; what was done with is still in it."""
        return b"".join(self._chunks)

    def more(self, rest: bytes, enough: int) -> bytes:
        """The rest and what arrives after it, enough bytes at least; nothing at the end of the stream."""
        if not rest:
            first = self._first
            first[0] = b""
            self._chunks = first
            while True:
                try:
                    next(self._read_first)
                    break
                except OSError as error:
                    go_on(error, self._fds[0], _READING)
            rest = first[0]
            if len(rest) >= enough or not rest:
                return rest
        chunks = self._chunks = [rest]
        while True:
            if len(rest) >= HEADER_SIZE:
                self._check(rest)
            try:
                chunks.extend(map(read, self._fds, _SIZES))
            except OSError as error:
                go_on(error, self._fds[0], _READING)
                continue
            if not chunks[-1]:
                raise ProtocolError(f"the stream ended {len(rest)} bytes into a header")
            rest = b"".join(chunks)
            if len(rest) >= enough:
                return rest

    def whole(self, start: bytes, length: int) -> bytearray:
        """A frame of that length, of which the start has arrived, in memory of its own size."""
        whole = self._whole
        if whole is None:
            whole = bytearray(length)
            whole[:len(start)] = start
            self._counts = [len(start)]
            self._whole = whole
        counts = self._counts
        while True:
            filled = sum(counts)
            if filled >= length:
                return whole
            counts[:] = (filled,)
            self._fill(counts, memoryview(whole)[filled:])
            if counts[-1] == 0:
                raise ProtocolError(f"the stream ended {length - filled} bytes before the end of a frame")

    def set_aside(self, whole: "bytearray | None") -> None:
        """Keeps a frame to be returned by ``whole`` next; None: the frame that it returned last is its caller's alone."""
        if whole is not None:
            self._counts = [len(whole)]
        self._whole = whole

    def _fill(self, counts: list, view: memoryview) -> None:
        while True:
            try:
                if readv is not None:
                    return counts.extend(map(readv, self._fds, ((view,),)))
                data = read(self._fds[0], min(len(view), MAX_READ))  # Windows, where handlers run between system calls only
                view[:len(data)] = data
                return counts.append(len(data))
            except OSError as error:
                go_on(error, self._fds[0], _READING)
