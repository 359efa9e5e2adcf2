"""Keeps Python 3.12 and later from warning of the worker's own thread when a tool forks. The thread holds nothing that
a child may need. With threads of the user's, the warning stays.
"""

import _warnings
import sys
from os import stat

try:
    from os import register_at_fork
except ImportError:  # Windows
    register_at_fork = None

from ._builtins import __builtins__  # noqa: F401

_OURS = 2  # threads: the main thread and that of the control channel
_WARNS_AFTER_HOOKS = sys.version_info >= (3, 13)


def warn_of_threads_of_others_only() -> None:
    """Installs the filter only during a fork, so that user code neither removes nor sees it."""
    if register_at_fork is not None and sys.version_info >= (3, 12):
        filter = _Filter()
        register_at_fork(before=filter.before, after_in_parent=filter.after_in_parent, after_in_child=filter.remove)


class _Filter:
    """Matches one warning and then removes itself."""

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
        except Exception:  # /proc is not readable: Python then counts without the worker's thread
            pass

    def after_in_parent(self) -> None:
        if not _WARNS_AFTER_HOOKS:
            self.remove()

    def match(self, text: str) -> bool:
        """The method of a regular expression that warnings call."""
        if not text.startswith("This process (pid="):
            return False
        self.remove()
        return True

    def remove(self) -> None:
        filters, self._filters = self._filters, None
        try:
            if filters is not None:
                filters.remove(self._item)
        except ValueError:  # the filters have been reset meanwhile
            pass
