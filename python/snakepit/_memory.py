"""Reports the result of the adapter's ``memory_usage()`` to the host."""

from time import monotonic

from ._builtins import __builtins__  # noqa: F401
from ._errors import headline

try:
    from select import POLLIN, poll
except ImportError:  # Windows
    poll = None

INTERVAL = 1.0
MAX_BYTES = (1 << 63) - 1


class MemoryReports:
    """Created only when the adapter has the hook."""

    __slots__ = ("_hook", "_tell", "_log", "_poll", "_now", "_due")

    def __init__(self, hook, tell, log, data_in: "int | None") -> None:
        """hook: the adapter's, to be called without arguments; tell: takes the kind of an event and its details.
        data_in: where calls arrive; None when something else waits for them."""
        self._now = monotonic
        self._hook = hook
        self._tell = tell
        self._log = log
        self._due = monotonic()
        self._poll = None
        if poll is not None and data_in is not None:
            self._poll = poll()
            self._poll.register(data_in, POLLIN)

    @property
    def early(self) -> float:
        """The seconds until the next report is due."""
        return self._due - self._now()

    def before_wait(self) -> bool:
        """Reports before the main thread waits for calls, at most once a second. While the last report is younger, it
        waits here for calls, and those go first; on Windows, where nothing waits for a pipe with a timeout, it skips
        the report. Returns False when there will be no more reports, because the hook cannot be used."""
        early = self.early
        if early > 0 and (self._poll is None or self._poll.poll(early * 1000)):
            return True
        try:
            used = self._hook()
            size = _bytes(used)
        except BaseException as error:
            self._log.warning("memory_usage() failed and is not called again: %s", headline(error))
            return False
        if size is None:
            self._log.warning(
                "memory_usage() returned no number of bytes but a value of type %s; it is not called again",
                type(used).__name__)
            return False
        self._tell("memory_usage", bytes=size)
        self._due = self._now() + INTERVAL
        return True


def _bytes(used) -> "int | None":
    """Returns the value as an int that the host can read; None when it is no number of bytes."""
    if isinstance(used, bool):
        return None
    try:
        # The number types of every library have one of the two.
        size = used.__index__() if hasattr(used, "__index__") else int(used.__float__())
    except (AttributeError, TypeError, ValueError, OverflowError):
        return None
    return size if 0 <= size <= MAX_BYTES else None
