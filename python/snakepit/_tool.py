"""The ``tool`` decorator, and those that say what a tool bears with."""

from ._builtins import __builtins__  # noqa: F401

MARK = "__snakepit_tool__"
UNSAFE = "__snakepit_thread_unsafe__"
SAFE = "__snakepit_thread_safe__"
MAX_NAME = 1000

_CO_COROUTINE = 0x80

CANCEL_MODES = "interrupt", "cooperative", "kill"


def tool(function=None, *, name: "str | None" = None, description: "str | None" = None, idempotent: bool = False,
         cancel: str = "interrupt"):
    """Marks a function or method as a tool; plain ``@tool`` and ``@tool(...)`` both work.

    name: the tool's name; the function's own by default.
    description: what it does; the docstring's first line by default.
    idempotent: true when it may run again after its worker died.
    cancel: what happens when its call is cancelled. "interrupt": Cancelled is raised in it, or its task is cancelled.
        "cooperative": it finds out by ``ctx.cancelled``. "kill": its worker is killed at once.
    """
    for option, value in (("name", name), ("description", description)):
        if value is not None and not isinstance(value, str):
            raise TypeError(f"@tool {option} must be a string, not {type(value).__name__}")
    if name is not None and (not name or len(name) > MAX_NAME or not _is_text(name)):
        raise ValueError(f"@tool name must be 1 to {MAX_NAME} characters of valid text, not {name[:50]!r}")
    if cancel not in CANCEL_MODES:
        raise ValueError(f"@tool cancel must be one of {', '.join(map(repr, CANCEL_MODES))}, not {cancel!r:.50}")

    def mark(target):
        if not callable(target) and not isinstance(target, (staticmethod, classmethod)):
            raise TypeError(f"@tool marks functions and methods, not {type(target).__name__}")
        try:
            setattr(target, MARK, (name, description, bool(idempotent), cancel))
        except (AttributeError, TypeError):
            return mark(_wrapped(target))
        return target

    return mark if function is None else mark(function)


def thread_safe(target):
    """Marks a class or a tool that several threads may run at once. A class with this mark is an adapter for workers
    with threads, as with ``thread_safe = True`` in it; so is a file all of whose plain tools have this mark or
    ``@thread_unsafe``."""
    if isinstance(target, type):
        target.thread_safe = True
        return target
    return _marked(target, SAFE)


def thread_unsafe(function):
    """Marks a tool that must not run while another tool with this mark runs in the worker. For adapters that are safe
    with threads but for some tools; in a worker without threads, it changes nothing."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is not None and code.co_flags & _CO_COROUTINE:
        raise TypeError("@thread_unsafe marks plain functions; coroutines share one thread already")
    return _marked(function, UNSAFE)


def is_marked(function) -> bool:
    """Returns whether a tool says whether several threads may run it at once."""
    return getattr(function, SAFE, False) or getattr(function, UNSAFE, False)


def _marked(function, mark: str):
    if not callable(function) and not isinstance(function, (staticmethod, classmethod)):
        raise TypeError(f"@{mark[11:-2]} marks functions and methods, not {type(function).__name__}")
    try:
        setattr(function, mark, True)
    except (AttributeError, TypeError):
        return _marked(_wrapped(function), mark)
    return function


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # a lone surrogate: no caller could send it
        return False
    return True


def with_frame(function):
    """Returns a function that has a frame of Python's while it runs, so that it can be interrupted. C code has none."""
    plain = getattr(function, "__func__", function)
    return function if type(plain) is type(with_frame) else _wrapped(function)


def _wrapped(target):
    """Returns a function around a callable, such as a builtin, that takes no attributes."""
    import functools

    @functools.wraps(target)
    def call(*args, **kwargs):
        return target(*args, **kwargs)

    return call
