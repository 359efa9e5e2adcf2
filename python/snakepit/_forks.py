"""Forks of tools warn of threads, from Python 3.12 on, when there are any. The worker's own is no reason: it holds nothing that a child may need."""

import _warnings
import sys
from os import stat

try:
    from os import register_at_fork
except ImportError:  # Windows
    register_at_fork = None

from ._builtins import __builtins__  # noqa: F401

_OURS = 2  # threads: the main one, and that of the control channel
_WARNS_AFTER_HOOKS = sys.version_info >= (3, 13)


def warn_of_threads_of_others_only() -> None:
    """The filter stands only while a fork is under way, so that user code neither loses it nor sees it."""
    if register_at_fork is not None and sys.version_info >= (3, 12):
        filter = _Filter()
        register_at_fork(before=filter.before, after_in_parent=filter.after_in_parent, after_in_child=filter.remove)


class _Filter:
    """Matches one warning, and removes itself when it has."""

    __slots__ = ("_item", "_filters")

    def __init__(self) -> None:
        self._item = "ignore", self, DeprecationWarning, None, 0
        self._filters = None

    def before(self) -> None:
        self.remove()
        try:
            if stat("/proc/self/task").st_nlink - 2 == _OURS:
                self._filters = (sys.modules.get("warnings") or _warnings).filters
                self._filters.insert(0, self._item)
        except Exception:  # nothing of /proc: then Python counts without the worker's thread
            pass

    def after_in_parent(self) -> None:
        if not _WARNS_AFTER_HOOKS:
            self.remove()

    def match(self, text: str) -> bool:
        """As a regular expression's."""
        if not text.startswith("This process (pid="):
            return False
        self.remove()
        return True

    def remove(self) -> None:
        filters, self._filters = self._filters, None
        try:
            if filters is not None:
                filters.remove(self._item)
        except ValueError:  # they have been reset meanwhile
            pass
