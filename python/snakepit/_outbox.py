"""Writes replies so that none is lost or doubled when a signal handler raises meanwhile: what has gone out is counted within the same step of
Python as the system call, by ``list.extend`` of a ``map``."""

from . import _protocol as protocol
from ._channels import die_of
from ._frames import set_blocking, write, writev
from ._page import Page

_STAGED, _BATCH = protocol.PAGE_STAGED, protocol.PAGE_BATCH


class Outbox:
    """The writing end of the data channel."""

    __slots__ = ("_fds", "_board", "_replies", "_flushed", "_sent", "_seq")

    def __init__(self, fd: int, page: Page) -> None:
        self._fds = (fd,)
        self._board = page.board
        self._replies = page.replies
        self._flushed = []  # counts of bytes, of what is staged
        self._sent = []  # of the reply with this number
        self._seq = None

    def flush(self, size: int) -> None:
        """Writes what is staged; what a kill leaves unwritten of it, the host takes from the page. Then the buffer may be used again, in
        this order: nothing of it counts any more, and whoever is copying it learns that it changes."""
        board, flushed = self._board, self._flushed
        try:
            if not flushed:
                flushed.extend(map(write, self._fds, (self._replies[:size],)))
        except OSError as error:
            self._judge(error)
        if not flushed or flushed[0] != size:
            self._flush_rest(size)
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
                self._judge(error)

    def recover(self) -> None:
        """After an interruption: writes what is staged."""
        staged = self._board[_STAGED]
        if staged:
            self.flush(staged)
        else:
            self._flushed.clear()
            self._board[_BATCH] += 1  # the interrupted flush may not have come to that; once more does no harm

    def _flush_rest(self, size: int) -> None:
        flushed = self._flushed
        while (done := sum(flushed)) < size:
            try:
                flushed.extend(map(write, self._fds, (self._replies[done:size],)))
            except OSError as error:
                self._judge(error)

    def _judge(self, error: OSError) -> None:
        """Returns when writing may go on."""
        if type(error) is BlockingIOError:  # somebody has changed the mode of the descriptor
            set_blocking(self._fds[0], True)
        elif error.__traceback__.tb_next is None:
            die_of(error, "writing the data channel")
        else:
            raise error
