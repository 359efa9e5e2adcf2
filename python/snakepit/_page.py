"""The page that a worker shares with its host.

It tells where the worker stands without asking it, keeps the replies that are not written yet, and carries the host's word on calls it
has taken back. Fields are written as single aligned 64-bit stores, so the host never sees half of one.
"""

import os

from . import _protocol as protocol
from ._linux import register_membarrier


class Page:
    """``board`` has the fields the worker writes and ``recalled`` the host's; ``replies`` is the buffer for replies that are joined."""

    __slots__ = ("board", "recalled", "replies", "is_shared", "_map")

    def __init__(self, shared=None) -> None:
        self._map = shared
        self.is_shared = shared is not None
        if shared is None:
            self.board = [0] * (protocol.PAGE_BATCH + 1)
            self.recalled = [0]
            self.replies = memoryview(bytearray(protocol.PAGE_REPLIES_SIZE))
        else:
            view = memoryview(shared)
            self.board = view[:protocol.PAGE_RECALLED * 8].cast("Q")
            self.recalled = view[protocol.PAGE_RECALLED * 8:protocol.PAGE_REPLIES_OFFSET].cast("Q")
            self.replies = view[protocol.PAGE_REPLIES_OFFSET:protocol.PAGE_SIZE]


def open_page() -> Page:
    """The page the host gave along; without one, or without the barrier that recalls need, one that nobody else sees."""
    fd = protocol.FD_PAGE
    try:
        if os.fstat(fd).st_size != protocol.PAGE_SIZE:
            return Page()
    except OSError:
        return Page()
    try:
        import mmap
        shared = mmap.mmap(fd, protocol.PAGE_SIZE)
        if hasattr(mmap, "MADV_DONTFORK"):
            shared.madvise(mmap.MADV_DONTFORK)  # processes that tools fork are no workers
        register_membarrier()
        return Page(shared)
    except (ImportError, OSError):
        return Page()
    finally:
        os.close(fd)
