"""The page that a worker shares with its host.

The page tells the host the progress of the worker, holds the replies that are not written yet, and tells the worker
which calls the host has recalled, and which it interrupts. Each thread that runs calls has a row of its own. Fields are
written as single aligned 64-bit stores, so the host never sees half of one. At its end, the file has room for the
stacks of a worker that is about to be killed.
"""

import os
import sys

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._channels import move_away
from ._linux import register_membarrier

_FIRST_ROW = protocol.PAGE_BEGUN
_ALIGNMENT = 4096

# Fields of a row.
BEGUN, FINISHED, BEGAN_AT = 0, protocol.PAGE_FINISHED - _FIRST_ROW, protocol.PAGE_BEGAN_AT - _FIRST_ROW


class Page:
    """The worker writes ``fields``, the host writes ``recalled`` and ``cancelled``; ``replies`` holds replies until
    they are written."""

    __slots__ = ("fields", "recalled", "cancelled", "replies", "is_shared")

    def __init__(self, shared=None) -> None:
        """shared: the mapped file; None for a private page."""
        self.is_shared = shared is not None
        if shared is None:
            self.fields = {protocol.PAGE_STAGED: 0, protocol.PAGE_BATCH: 0}
            self.recalled, self.cancelled = [0], [0]
            self.replies = memoryview(bytearray(protocol.PAGE_REPLIES_SIZE))
        else:
            view = memoryview(shared)
            self.fields = view.cast("Q")
            self.recalled = self.fields[protocol.PAGE_RECALLED:protocol.PAGE_RECALLED + 1]
            self.cancelled = self.fields[protocol.PAGE_CANCELLED:protocol.PAGE_CANCELLED + 1]
            self.replies = view[protocol.PAGE_REPLIES_OFFSET:protocol.PAGE_REPLIES_OFFSET + protocol.PAGE_REPLIES_SIZE]

    def row(self, index: int):
        """Returns the fields BEGUN, FINISHED and BEGAN_AT of one thread."""
        if not self.is_shared:
            return [0] * protocol.PAGE_ROW
        start = _FIRST_ROW + index * protocol.PAGE_ROW
        return self.fields[start:start + protocol.PAGE_ROW]


def open_page() -> Page:
    """Returns the page that the host has passed, or a private one without it or without the barrier that recalls need.
    """
    fd = protocol.FD_PAGE
    try:
        more = os.fstat(fd).st_size - protocol.PAGE_SIZE  # for rows beyond PAGE_ROWS, before the stacks
        if more < 0 or more % _ALIGNMENT:
            return Page()
    except OSError:
        return Page()
    stacks = protocol.PAGE_STACKS_OFFSET + more
    try:
        import mmap
        shared = mmap.mmap(fd, stacks)
        if hasattr(mmap, "MADV_DONTFORK"):
            shared.madvise(mmap.MADV_DONTFORK)  # processes that tools fork are no workers
        register_membarrier()
    except (ImportError, OSError):
        os.close(fd)
        return Page()
    _write_stacks_at_end(move_away(fd), stacks)
    return Page(shared)


def _write_stacks_at_end(fd: int, offset: int) -> None:
    """Makes the interpreter write the stacks of all threads on two signals of the host, and on those by which native
    code crashes. This needs no interpreter lock. The process still dies of the signal, unless that is SHOW."""
    try:
        import faulthandler
        os.lseek(fd, offset, os.SEEK_SET)
        faulthandler.register(protocol.SIGNAL_STACKS, file=fd, all_threads=True, chain=True)
        faulthandler.register(protocol.SIGNAL_SHOW, file=fd, all_threads=True)
        enabled = not faulthandler.is_enabled()  # else the user has chosen where they go
        if enabled:
            # Stacks of C functions may need a lock that the crashed code holds, and the worker would hang.
            more = {"c_stack": False} if sys.version_info >= (3, 14) else {}
            faulthandler.enable(file=fd, all_threads=True, **more)
    except (ImportError, AttributeError, OSError, RuntimeError, ValueError):
        # Without faulthandler, the signal only kills.
        os.close(fd)
        return

    def abandon():
        faulthandler.unregister(protocol.SIGNAL_STACKS)
        faulthandler.unregister(protocol.SIGNAL_SHOW)
        if enabled:
            faulthandler.disable()
        try:
            os.close(fd)
        except OSError:  # the tool has closed it
            pass

    os.register_at_fork(after_in_child=abandon)
