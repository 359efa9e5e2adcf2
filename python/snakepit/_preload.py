"""Imports the modules that workers need before they are forked, and finds what makes forking unsafe."""

import ast
import importlib.util
import os
import sys
import time

from ._builtins import __builtins__  # noqa: F401
from ._adapter import is_file, search_first, split_reference
from ._errors import headline

SETTLE = 0.005
SETTLE_TIMES = 40


class Refusal(Exception):
    """Workers cannot be forked from this process. The message says why and what to change."""


def preload(modules: "list[str]", adapter: str, python_path) -> "list[str]":
    """Imports the modules, or without any, the adapter's imports; returns the names of the imported modules. Raises
    Refusal when one of the modules cannot be imported, or when this process must not fork afterwards. A failed
    import of the adapter is left for the worker to report."""
    source = split_reference(adapter)[0]
    search_first(source, python_path)
    wanted = [(name, ()) for name in modules] or imports_of(source)
    loaded, culprit = [], None
    for name, names in wanted:
        try:
            __import__(name, None, None, names)
            loaded.append(name)
        except BaseException as error:
            if modules:
                raise Refusal(f"'{name}' of Start.Preload can't be imported ({headline(error)}). "
                              f"Mend that, or remove it from Start.Preload.") from None
        if _fork_problem() is None:
            culprit = None
        elif culprit is None:
            culprit = name
    problem = _lasting_problem()
    if problem is not None:
        remedy = (f"Remove '{culprit}' from Start.Preload" if modules
                  else f"Name modules other than '{culprit}' in Start.Preload")
        raise Refusal(f"after the import of '{culprit}' {problem}. {remedy}, or set Start.Method to Spawn.")
    return list(dict.fromkeys(loaded))


def imports_of(source: str):
    """Yields (module, names taken from it) of every import that the adapter's own code runs whenever it is loaded."""
    try:
        text, package = _read(source)
        statements = ast.parse(text).body
    except Exception:
        return []
    found = []
    while statements:
        statement, *statements = statements
        if isinstance(statement, ast.Import):
            found += [(alias.name, ()) for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
            try:
                name = importlib.util.resolve_name("." * statement.level + (statement.module or ""), package)
            except (ImportError, ValueError):
                continue
            found.append((name, tuple(alias.name for alias in statement.names)))
        elif isinstance(statement, (ast.Try, ast.With)):
            statements = statement.body + statements
    return found


def _read(source: str):
    """Returns the source of a file or a module, and the package that its relative imports refer to."""
    if is_file(source):
        with open(source, "rb") as file:
            return file.read(), None
    spec = importlib.util.find_spec(source)
    return spec.loader.get_source(source), spec.parent


def _lasting_problem() -> "str | None":
    """Returns a problem that remains: a thread that has ended is still counted for a moment."""
    for _ in range(SETTLE_TIMES):
        problem = _fork_problem()
        if problem is None:
            return None
        time.sleep(SETTLE)
    return problem


def _fork_problem() -> "str | None":
    tasks = len(os.listdir("/proc/self/task"))
    if tasks > 1:
        return f"the process has {tasks} threads, of which a fork would have only one"
    if "grpc" in sys.modules:
        return "gRPC is loaded, which does not work in a fork"
    if _has_cuda_context():
        return "the process uses a CUDA device, which a fork can't"
    return None


def _has_cuda_context() -> bool:
    torch = sys.modules.get("torch")
    is_initialized = getattr(getattr(torch, "cuda", None), "is_initialized", None)
    return (is_initialized is not None and is_initialized()) or any(map(_is_nvidia, os.listdir("/proc/self/fd")))


def _is_nvidia(fd: str) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{fd}").startswith("/dev/nvidia")
    except OSError:  # the descriptor of the listing itself
        return False
