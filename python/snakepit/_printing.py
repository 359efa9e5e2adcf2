"""Standard output and standard error, of which each line that a tool prints begins with the tool's name, for the host.
"""

import sys
from _io import BufferedWriter, FileIO, TextIOWrapper
from _thread import RLock, get_ident
from os import fstat

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._context import Context
from ._frames import set_blocking

LONGEST_LINE = 65_536  # characters

_SETTINGS = {"encoding": "utf-8", "errors": "backslashreplace", "line_buffering": True}
_TOOL, _END = protocol.OUTPUT_TOOL.encode(), protocol.OUTPUT_END.encode()


def mark_output(context: Context) -> None:
    """Replaces ``sys.stdout`` and ``sys.stderr``. What is printed without them, as in C, has no marks."""
    for name, fd in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:
            continue
        stream.reconfigure(**_SETTINGS)  # a module in the zygote may have kept it
        _replace(name, fd, context, TextIOWrapper)


def separate_lines(context: Context) -> None:
    """Replaces them again, in a worker with threads: what each thread prints arrives in whole lines."""
    for name, fd in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is not None:
            _replace(name, fd, context, _LinesOfThreads)


def _replace(name: str, fd: int, context: Context, kind) -> None:
    raw = _MarkedOutput(fd, context)
    raw.name = getattr(sys, name).name
    marked = kind(BufferedWriter(raw), **_SETTINGS)
    marked.mode = "w"
    setattr(sys, name, marked)
    setattr(sys, f"__{name}__", marked)


class _LinesOfThreads(TextIOWrapper):
    """Keeps the begin of a line until its thread has printed the rest. Belongs to the main thread, which prints what is
    left at the end."""

    def __init__(self, buffer, **settings) -> None:
        super().__init__(buffer, **settings)
        self._lock = RLock()
        self._main = get_ident()
        self._begun: "dict[int, str]" = {}  # by thread

    def write(self, text) -> int:
        if type(text) is not str:
            return super().write(text)
        begun = self._begun.pop(get_ident(), "") + text
        end = len(begun) if len(begun) > LONGEST_LINE else begun.rfind("\n") + 1
        if end:
            with self._lock:
                super().write(begun[:end])
                super().flush()
        if end < len(begun):
            self._begun[get_ident()] = begun[end:]
        return len(text)

    def flush(self) -> None:
        own = get_ident()
        with self._lock:
            for thread in tuple(self._begun) if own == self._main else (own,):
                super().write(self._begun.pop(thread, ""))
            super().flush()


class _MarkedOutput(FileIO):
    """Writes to a descriptor, with a mark at the beginning of each line."""

    def __init__(self, fd: int, context: Context) -> None:
        super().__init__(fd, "wb", closefd=False)
        self._context = context
        self._target = _identity(fd)
        self._begins_line = True

    def write(self, data) -> "int | None":
        data = bytes(data)
        tool = self._context._tool
        if not data or _identity(self.fileno()) != self._target:  # user code has put another file in its place
            return super().write(data)
        marked = data if tool is None else self._mark(data, tool)
        written = super().write(marked)
        if written is None:
            return None
        if marked is data:
            self._begins_line = data[:written].endswith(b"\n")
            return written
        while written < len(marked):
            more = super().write(marked[written:])
            if more is None:
                set_blocking(self.fileno(), True)  # half a mark would be taken for text
            written += more or 0
        self._begins_line = data.endswith(b"\n")
        return len(data)

    def _mark(self, data: bytes, tool: str) -> bytes:
        mark = _TOOL + tool.encode("utf-8", "backslashreplace") + _END
        if b"\n" in mark:
            return data
        return (mark if self._begins_line else b"") + data[:-1].replace(b"\n", b"\n" + mark) + data[-1:]


def _identity(fd: int) -> tuple:
    status = fstat(fd)
    return status.st_dev, status.st_ino
