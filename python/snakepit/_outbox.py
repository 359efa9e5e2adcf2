"""Writes replies so that none is lost or doubled when a signal handler raises meanwhile: what has gone out is counted within the same step of
Python as the system call, by ``next`` of a ``map`` that appends or ``list.extend`` of a ``map``."""

from _collections import deque
from itertools import repeat

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._channels import go_on
from ._frames import write, writev
from ._page import Page

_STAGED, _BATCH = protocol.PAGE_STAGED, protocol.PAGE_BATCH
_WRITING = "writing the data channel"


class Outbox:
    """The writing end of the data channel."""

    __slots__ = ("_fds", "_board", "_replies", "_next", "_flushed", "_flush_next", "_sent", "_seq")

    def __init__(self, fd: int, page: Page) -> None:
        self._fds = (fd,)
        self._board = page.board
        self._replies = page.replies
        self._next = [b""]
        self._flushed = deque()  # counts of bytes, of what is staged
        self._flush_next = map(self._flushed.append, map(write, repeat(fd), map(self._next.__getitem__, repeat(0))))
        self._sent = []  # of the reply with this number
        self._seq = None

    def flush(self, staged) -> None:
        """Writes what is staged, all of it; what a kill leaves unwritten of it, the host takes from the page. Then the buffer may be used
        again, in this order: nothing of it counts any more, and a host that is copying it learns that it changes."""
        board, flushed = self._board, self._flushed
        if not flushed:
            self._next[0] = staged
            try:
                next(self._flush_next)
            except OSError as error:
                go_on(error, self._fds[0], _WRITING)
            self._next[0] = b""
        if not flushed or flushed[0] != len(staged):
            self._flush_rest(staged)
        board[_STAGED] = 0
        board[_BATCH] += 1
        flushed.clear()

    def send(self, seq: int, header: bytes, body: bytes) -> None:
        """Writes a reply that is not staged. Called again for the same one, it goes on where it was interrupted."""
        if self._seq != seq:
            self._sent = []
            self._seq = seq
        sent, start, size = self._sent, len(header), len(header) + len(body)
        while True:
            done = sum(sent)
            if done >= size:
                return
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

    def recover(self) -> None:
        """After an interruption: writes what is staged."""
        staged = self._board[_STAGED]
        if staged:
            self.flush(self._replies[:staged])
        else:
            self._flushed.clear()
            self._board[_BATCH] += 1  # the interrupted flush may not have come to that; once more does no harm

    def _flush_rest(self, staged) -> None:
        flushed = self._flushed
        while (done := sum(flushed)) < len(staged):
            try:
                flushed.extend(map(write, self._fds, (memoryview(staged)[done:],)))
            except OSError as error:
                go_on(error, self._fds[0], _WRITING)
