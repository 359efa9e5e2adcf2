"""The writing end of the data channel: replies and items are staged on the page and written together, and none is lost
or doubled when a signal handler raises meanwhile. The system call and the count of written bytes are one step of
Python: ``next`` of a ``map`` that appends, or ``list.extend`` of a ``map``.
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
    """Publishes replies, and the items of streams: on the page first, then to the host."""

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
        self._flushed = deque()  # counts of written bytes of the staged replies
        self._flush_next = map(self._flushed.append, map(write, repeat(fd), map(self._next.__getitem__, repeat(0))))
        self._sending = None  # the data that is being sent without being staged
        self._sent = []  # counts of its written bytes
        self._sent_number = None  # the number of the call that was sent last

    def stage(self, row, number: int, header: bytes, body: bytes) -> None:
        """Puts a reply on the page, and counts its call as finished in the row. A reply too large for the page is sent.
        """
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

    def stage_item(self, row, header: bytes, body: bytes) -> int:
        """Puts an item of a running call's stream on the page; returns how many bytes are staged. An item too large for
        the page is sent."""
        if self._flushed or self._sending is not None or self._fields[_STAGED] != self._staged:
            self.recover(row)  # a signal handler has interrupted the last one, and the tool goes on
        staged = self._staged
        stop = staged + _HEADER_SIZE + len(body)
        if stop > self._room:
            self.flush()
            staged, stop = 0, stop - staged
            if stop > self._room:
                self._sent = []
                self._sending = None, 0, header, body
                self._send_rest()
                return 0
        self._replies[staged:stop] = header + body
        self._number = row[FINISHED]  # no call has finished since
        self._fields[_STAGED] = stop
        self._staged = stop
        return stop

    def flush(self) -> None:
        """Writes everything that is staged. After a kill, the host takes from the page what was not written."""
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
        # Frees the buffer. The order matters: first no reply counts any more, then a host that is copying learns of the
        # change.
        self._fields[_STAGED] = 0
        self._batch += 1
        self._fields[_BATCH] = self._batch
        flushed.clear()
        self._staged = 0

    def send(self, row, number: int, header: bytes, body: bytes) -> None:
        """Writes a reply without staging it, and counts its call as finished. Called again after an interruption, it
        sends the rest."""
        if self._sending is None:
            if self._sent_number == number:
                return
            self._sent = []
            self._sending = row, number, header, body
        self._send_rest()

    def _send_rest(self) -> None:
        row, number, header, body = self._sending
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
        if row is not None:
            row[FINISHED] = self._sent_number = number
        self._sending = None

    def recover(self, row) -> None:
        """Finishes what an interruption left: writes the staged replies and the rest of a sent one, and counts their
        calls as finished."""
        fields = self._fields
        staged = fields[_STAGED]
        if staged > self._staged:
            row[FINISHED] = self._number
        self._staged = staged
        if staged:
            self._flush_rest(staged)
            fields[_STAGED] = 0
        self._batch += 1
        fields[_BATCH] = self._batch  # the interrupted flush may not have done it; twice does no harm
        self._flushed.clear()
        self._staged = 0
        if self._sending is not None:
            self._send_rest()

    def _flush_rest(self, size: int) -> None:
        flushed = self._flushed
        while (done := sum(flushed)) < size:
            try:
                flushed.extend(map(write, self._fds, (self._replies[done:size],)))
            except OSError as error:
                go_on(error, self._fds[0], _WRITING)
