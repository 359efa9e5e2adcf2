"""The files that this process has imported, and whether one of them has changed since."""

import os
import sys
import time

from ._builtins import __builtins__  # noqa: F401

# Every file is checked before every fork.
MAX_FILES = 5_000

# Installed packages and the standard library are assumed not to change while a host runs.
INSTALLED = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))


class ImportedFiles:
    """The files of this process's modules. Created before the imports."""

    __slots__ = ("_begun", "_own", "_files")

    def __init__(self) -> None:
        self._begun = time.time_ns()
        self._own = tuple(os.path.dirname(os.path.realpath(file)) + os.sep for file in (os.__file__, __file__))
        self._files: "dict[str, tuple | None]" = {}

    def note(self) -> None:
        """Records the files of all imported modules."""
        now = time.time_ns()
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and len(self._files) < MAX_FILES and not self._is_installed(file):
                facts = _look(file)
                if facts is not None:
                    # A file written during the imports may have been read before that.
                    self._files[file] = None if self._begun < facts[0] <= now else facts

    def find_changed(self) -> "str | None":
        """Returns a file that has changed since it was imported. A missing file does not count: it is about to be
        replaced."""
        for file, facts in self._files.items():
            found = _look(file)
            if found is not None and found != facts:
                return file
        return None

    def _is_installed(self, file: str) -> bool:
        real = os.path.realpath(file)
        return any(name in real for name in INSTALLED) or real.startswith(self._own)


def _look(file: str) -> "tuple[int, int, int] | None":
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
