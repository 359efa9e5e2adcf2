"""Standard output and standard error, of which each line that a tool prints begins with the tool's name, for the host.
"""

import sys
from _io import BufferedWriter, FileIO, TextIOWrapper
from os import fstat

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._context import Context
from ._frames import set_blocking

_TOOL, _END = protocol.OUTPUT_TOOL.encode(), protocol.OUTPUT_END.encode()


def mark_output(context: Context) -> None:
    """Replaces ``sys.stdout`` and ``sys.stderr``. What is printed without them, as in C, has no marks."""
    for name, fd in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:
            continue
        settings = {"encoding": "utf-8", "errors": "backslashreplace", "line_buffering": True}
        stream.reconfigure(**settings)  # a module in the zygote may have kept it
        raw = _MarkedOutput(fd, context)
        raw.name = stream.name
        marked = TextIOWrapper(BufferedWriter(raw), **settings)
        marked.mode = "w"
        setattr(sys, name, marked)
        setattr(sys, f"__{name}__", marked)


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
