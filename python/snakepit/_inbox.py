"""Reads the data channel so that nothing is lost when a signal handler raises meanwhile.

What a function has returned is lost when a handler raises before it is stored. So what a system call returns goes into a list within one step
of Python: ``list.extend`` of a ``map``.
"""

from ._channels import die_of
from ._protocol import HEADER_SIZE
from ._frames import MAX_READ, READ_SIZE, ProtocolError, read, readv, set_blocking

_SIZES = (READ_SIZE,)


class Inbox:
    """What has arrived and is not yet known to be done with."""

    __slots__ = ("_fds", "_chunks", "_whole", "_counts", "_check")

    def __init__(self, fd: int, rest: bytes, check) -> None:
        """rest: what was read already; check: raises for a start of a frame that can't be one."""
        self._fds = (fd,)
        self._chunks = [rest]
        self._whole = None
        self._counts = []
        self._check = check

    def data(self) -> bytes:
        """All of it, from the start of a frame. After an interruption that is where to go on; what was done with is still in it."""
        return b"".join(self._chunks)

    def more(self, rest: bytes, enough: int) -> bytes:
        """The rest and what arrives after it, enough bytes at least; nothing at the end of the stream."""
        chunks = self._chunks = [rest] if rest else []
        while True:
            try:
                chunks.extend(map(read, self._fds, _SIZES))
            except OSError as error:
                self._judge(error)
                continue
            data = chunks[-1]
            if not data:
                if len(chunks) > 1:
                    raise ProtocolError(f"the stream ended {sum(map(len, chunks))} bytes into a header")
                return data
            if len(chunks) > 1:
                data = b"".join(chunks)
            if len(data) >= enough:
                return data
            if len(data) >= HEADER_SIZE:
                self._check(data)

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
        """A frame that ``whole`` returned is its caller's alone, when None, or the next one that it returns."""
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
                self._judge(error)

    def _judge(self, error: OSError) -> None:
        """Returns when reading may go on."""
        if type(error) is BlockingIOError:  # somebody has changed the mode of the descriptor
            set_blocking(self._fds[0], True)
        elif error.__traceback__.tb_next is None:
            die_of(error, "reading the data channel")
        else:
            raise error
