"""An adapter for workers with threads."""

# snippet: threads
import threading

thread_safe = True  # what the tools share is guarded by a lock, or exists once per thread

_lock = threading.Lock()
_seen = {}
_own = threading.local()


def thread_setup():
    """Runs in each thread, before the worker takes its first call."""
    _own.buffer = bytearray(65_536)


def visit(page: str) -> int:
    """Counts the visits of a page."""
    with _lock:
        _seen[page] = _seen.get(page, 0) + 1
        return _seen[page]


def room() -> int:
    """Tells the size of this thread's buffer."""
    return len(_own.buffer)
# end snippet
