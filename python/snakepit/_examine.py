"""Examines an interpreter and an adapter for the host: prints one line of JSON for each thing that it has found out.

The order is that of the danger. An adapter that never returns from its import, or ends the process, leaves the lines
before it.
"""

import importlib.util
import os
import sys

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._adapter import is_file, load_adapter, search_first, split_reference
from ._errors import encode_error
from ._known import known_of
from ._preload import imports_of
from ._safety import ThreadSafety
from ._values import dumps_plain, loads_plain


def main() -> None:
    """Examines what the last argument says, as JSON: the adapter, python_path, modules, preload, threads and
    thread_safety."""
    write = _own_output()
    asked = loads_plain(sys.argv[-1].encode("utf-8", "surrogateescape"))
    write({
        "kind": "python",
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "search_path": [entry for entry in sys.path if isinstance(entry, str) and entry.isprintable()],
    })
    try:
        source = split_reference(asked["adapter"])[0]
        search_first(source, asked["python_path"])
        write({"kind": "modules", "missing": _missing(asked, source)})
        if asked["loads"]:
            write({"kind": "loading"})
            write(_load(asked))
            write({"kind": "libraries", "known": known_of(sys.modules)})
    except BaseException as error:
        write(_failure(error))
    os._exit(0)  # not by the adapter's threads, nor by its exit handlers


def _own_output():
    """Returns the function that writes a line to the host. What anything else prints goes to standard error."""
    own = os.dup(1)
    os.set_inheritable(own, False)
    os.dup2(2, 1)
    write, dumps = os.write, dumps_plain

    def write_line(value: dict) -> None:
        line = memoryview(bytes(dumps(value)) + b"\n")
        while line:
            line = line[write(own, line):]

    return write_line


def _missing(asked: dict, source: str) -> "list[list[str]]":
    """Returns the modules that cannot be found, each with what asks for it. Finding one imports its parents only."""
    wanted = [(name, "the caller") for name in asked["modules"]]
    wanted += [(name, "Start.Preload") for name in asked["preload"]]
    wanted += [(name, "the adapter") for name, _ in imports_of(source)]
    if not is_file(source):
        wanted.append((source, "Adapter"))
    seen = set()
    missing = []
    for name, asker in wanted:
        top = name.partition(".")[0]
        # Of the adapter's imports, only the outermost package: the import of its parents would be the adapter's own.
        name = name if asker == "the caller" else top
        if name not in seen and not _is_there(name):
            missing.append([name, asker])
        seen.add(name)
    return missing


def _is_there(name: str) -> bool:
    try:
        return name in sys.modules or importlib.util.find_spec(name) is not None
    except Exception:  # whatever a parent package raises
        return False


def _load(asked: dict) -> dict:
    try:
        adapter = load_adapter(asked["adapter"], asked["python_path"])
        if asked["threads"]:
            safety = ThreadSafety(asked["threads"], asked.get("thread_safety", "watch"), None)
            safety.check_tools(adapter)
            safety.check_libraries(adapter)
    except BaseException as error:
        return _failure(error)
    return {"kind": "adapter", "tools": adapter.catalogue, "source": adapter.source}


def _failure(error: BaseException) -> dict:
    told = encode_error(error, dumps_plain, protocol.MAX_HANDSHAKE // 2)
    return {"kind": "failure", "stage": "adapter", "error": loads_plain(told)}
