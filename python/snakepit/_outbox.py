"""The writing end of the data channel: replies are staged on the page and written together, and none is lost or doubled
when a signal handler raises meanwhile. What has gone out is counted within the same step of Python as the system call,
by ``next`` of a ``map`` that appends or ``list.extend`` of a ``map``.
"""

from _collections import deque
from itertools import repeat

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._channels import go_on
from ._frames import write, writev
from ._page import FINISHED, Page

_STAGED, _BATCH = protocol.PAGE_STAGED, protocol.PAGE_BATCH
_HEADER_SIZE = protocol.EXTENDED_HEADER_SIZE
_WRITING = "writing the data channel"


class Outbox:
    """Publishes replies: on the page first, then to the host."""

    __slots__ = ("_fds", "_fields", "_replies", "_room", "_staged", "_batch", "_number", "_next", "_flushed",
                 "_flush_next", "_sending", "_sent", "_sent_number")

    def __init__(self, fd: int, page: Page) -> None:
        self._fds = (fd,)
        self._fields = page.fields
        self._replies = page.replies
        self._room = len(page.replies)
        self._staged = 0  # bytes
        self._batch = 0
        self._number = 0  # of the call whose reply was staged last
        self._next = [b""]
        self._flushed = deque()  # counts of bytes, of what is staged
        self._flush_next = map(self._flushed.append, map(write, repeat(fd), map(self._next.__getitem__, repeat(0))))
        self._sending = None  # what is sent without being staged
        self._sent = []  # counts of bytes of that
        self._sent_number = None  # of what was sent last

    def stage(self, row, number: int, header: bytes, body: bytes) -> None:
        """Puts a reply on the page, and counts its call as finished in the row. One too large for the page is sent."""
        staged = self._staged
        stop = staged + _HEADER_SIZE + len(body)
        if stop > self._room:
            self.flush()
            staged, stop = 0, stop - staged
            if stop > self._room:
                return self.send(row, number, header, body)
        self._replies[staged:stop] = header + body
        self._number = number
        self._fields[_STAGED] = stop
        row[FINISHED] = number
        self._staged = stop

    def flush(self) -> None:
        """Writes what is staged, all of it; what a kill leaves unwritten of it, the host takes from the page."""
        size, flushed = self._staged, self._flushed
        if not size:
            return
        self._next[0] = self._replies[:size]
        try:
            next(self._flush_next)
        except OSError as error:
            go_on(error, self._fds[0], _WRITING)
        if not flushed or flushed[0] != size:
            self._flush_rest(size)
        # Now the buffer may be used again, in this order: nothing of it counts any more, and a host that is copying it
        # learns that it changes.
        self._fields[_STAGED] = 0
        self._batch += 1
        self._fields[_BATCH] = self._batch
        flushed.clear()
        self._staged = 0

    def send(self, row, number: int, header: bytes, body: bytes) -> None:
        """Writes a reply without staging it, and counts its call as finished. Called again after an interruption, it
        sends what is left."""
        if self._sending is None:
            if self._sent_number == number:
                return
            self._sent = []
            self._sending = row, number, header, body
        sent, start, size = self._sent, len(header), len(header) + len(body)
        while True:
            done = sum(sent)
            if done >= size:
                break
            sent[:] = (done,)
            call, data = write, memoryview(body)[done - start:]
            if done < start and writev is not None:
                call, data = writev, (memoryview(header)[done:], body)
            elif done < start:
                data = memoryview(header)[done:]
            try:
                sent.extend(map(call, self._fds, (data,)))
            except OSError as error:
                go_on(error, self._fds[0], _WRITING)
        row[FINISHED] = self._sent_number = number
        self._sending = None

    def recover(self, row) -> None:
        """After an interruption: writes what is staged, and the rest of what was being sent; the calls count as
        finished."""
        fields = self._fields
        staged = fields[_STAGED]
        if staged > self._staged:
            row[FINISHED] = self._number
        self._staged = staged
        if staged:
            self._flush_rest(staged)
            fields[_STAGED] = 0
        self._batch += 1
        fields[_BATCH] = self._batch  # the interrupted flush may not have come to that; once more does no harm
        self._flushed.clear()
        self._staged = 0
        if self._sending is not None:
            self.send(*self._sending)

    def _flush_rest(self, size: int) -> None:
        flushed = self._flushed
        while (done := sum(flushed)) < size:
            try:
                flushed.extend(map(write, self._fds, (self._replies[done:size],)))
            except OSError as error:
                go_on(error, self._fds[0], _WRITING)
