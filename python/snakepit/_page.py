"""The page that a worker shares with its host.

It tells where the worker stands without asking it, keeps the replies that are not written yet, and carries the host's word on calls it
has taken back. Fields are written as single aligned 64-bit stores, so the host never sees half of one. Behind all that its file has room
for the stacks of a worker that is about to be killed.
"""

import os
import sys

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._channels import move_away
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
            self.replies = view[protocol.PAGE_REPLIES_OFFSET:]


def open_page() -> Page:
    """The page that the host has passed; without it, or without the barrier that recalls need, a private one."""
    fd = protocol.FD_PAGE
    try:
        if os.fstat(fd).st_size != protocol.PAGE_SIZE:
            return Page()
    except OSError:
        return Page()
    try:
        import mmap
        shared = mmap.mmap(fd, protocol.PAGE_STACKS_OFFSET)
        if hasattr(mmap, "MADV_DONTFORK"):
            shared.madvise(mmap.MADV_DONTFORK)  # processes that tools fork are no workers
        register_membarrier()
    except (ImportError, OSError):
        os.close(fd)
        return Page()
    _write_stacks_at_end(move_away(fd))
    return Page(shared)


def _write_stacks_at_end(fd: int) -> None:
    """On a signal of the host, and on those by which native code dies, the stacks of all threads are written down, for which no interpreter
    lock is needed, and then the process dies of that signal as it would have done without."""
    try:
        import faulthandler
        os.lseek(fd, protocol.PAGE_STACKS_OFFSET, os.SEEK_SET)
        faulthandler.register(protocol.SIGNAL_STACKS, file=fd, all_threads=True, chain=True)
        enabled = not faulthandler.is_enabled()  # else the user has said where they go
        if enabled:
            # Stacks of C functions may need a lock that the crashed code holds; a worker that hangs is worse than one that dies without them.
            faulthandler.enable(file=fd, all_threads=True, **({"c_stack": False} if sys.version_info >= (3, 14) else {}))
    except (ImportError, AttributeError, OSError, RuntimeError, ValueError):  # an interpreter without: the signal only kills
        os.close(fd)
        return

    def abandon():
        faulthandler.unregister(protocol.SIGNAL_STACKS)
        if enabled:
            faulthandler.disable()
        try:
            os.close(fd)
        except OSError:  # the tool has closed it
            pass

    os.register_at_fork(after_in_child=abandon)
