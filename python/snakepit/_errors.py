"""Exceptions as error objects: data that the host can show, match and log without Python."""

from ._builtins import __builtins__  # noqa: F401

MAX_CAUSES = 10
MAX_FRAMES = 200
MAX_REPR = 500
MAX_TEXT = 65536
MAX_ITEMS = 50

_PACKAGE = (lambda: None).__code__.co_filename.rpartition("_errors")[0]  # as frames name it, in a zip too


def describe(error: BaseException) -> dict:
    """The error object of an exception. Never raises: what can't be told is left out."""
    try:
        return _describe(error)
    except BaseException as failure:
        reason = f"{type(failure).__name__}: {_text(failure)}"
    try:
        return _describe_bare(error, f"(without source lines, causes and Python's own formatting, which failed: {reason})")
    except BaseException:
        return _minimal(_name(type(error)), _text(error), f"(describing the error failed: {reason})")


def encode_error(error: BaseException, dumps, limit: int) -> bytes:
    """An ERROR body within the size limit, shortened as far as that takes."""
    try:
        body = dumps(describe(error))
        if len(body) <= limit:
            return body
    except BaseException:
        pass
    for length in (2000, 200, 0):
        body = dumps(_minimal(_name(type(error)), _text(error)[:length], "(shortened: Call.MaxMessage)" if length else ""))
        if len(body) <= limit:
            break
    return body


def last_resort(error: BaseException) -> bytes:
    """An ERROR body where nothing else can be made any more."""
    kind = "".join(letter for letter in type(error).__name__ if letter.isalnum() and letter.isascii() or letter == "_")
    return b'{"type":"%s","module":"","bases":[],"message":"(describing the error failed)"}' % kind.encode()


def _describe(error: BaseException) -> dict:
    from traceback import TracebackException
    summary = TracebackException(type(error), error, error.__traceback__, limit=-MAX_FRAMES)  # negative: those nearest to the raise
    _without_own_frames(summary, 0)
    return _error_object(error, summary, 0)


def _describe_bare(error: BaseException, note: str) -> dict:
    """Without a module that may not be importable any more, and without files."""
    kind, frames, trace = type(error), [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(_PACKAGE):
            frames.append({"file": _scrub(code.co_filename), "line": trace.tb_lineno or 0, "function": _scrub(code.co_name), "code": None})
        trace = trace.tb_next
    frames, message = frames[-MAX_FRAMES:], _text(error)
    lines = [f"  File \"{frame['file']}\", line {frame['line']}, in {frame['function']}\n" for frame in frames]
    return {
        **_minimal(_name(kind), message, note),
        "module": _scrub(str(kind.__module__)),
        "bases": [_name(base) for base in kind.__mro__[1:] if base is not object],
        "args": [_repr(argument) for argument in _tuple(getattr(error, "args", ()))],
        "frames": frames,
        "traceback": _cut("".join(["Traceback (most recent call last):\n", *lines, f"{_name(kind)}: {message}\n"]), 4 * MAX_TEXT),
    }


def _error_object(error: BaseException, summary, depth: int) -> dict:
    cause, cause_summary = error.__cause__, summary.__cause__
    if cause is None and not error.__suppress_context__:
        cause, cause_summary = error.__context__, summary.__context__
    told = cause is not None and cause_summary is not None and depth + 1 < MAX_CAUSES
    kind = type(error)
    return {
        "type": _name(kind),
        "module": _scrub(str(kind.__module__)),
        "bases": [_name(base) for base in kind.__mro__[1:] if base is not object],
        "message": _text(error),
        "args": [_repr(argument) for argument in _tuple(getattr(error, "args", ()))],
        "notes": [_cut(_scrub(str(note)), MAX_TEXT) for note in _tuple(getattr(error, "__notes__", ()))],
        "frames": [_frame(frame) for frame in summary.stack],
        "traceback": _cut(_scrub("".join(summary.format())), 4 * MAX_TEXT),
        "cause": _error_object(cause, cause_summary, depth + 1) if told else None,
    }


def _without_own_frames(summary, depth: int) -> None:
    """Takes Snakepit's frames, and the import machinery's above an adapter, out of a summary and its causes."""
    if summary is None or depth > MAX_CAUSES:
        return
    summary.stack[:] = [frame for frame in summary.stack
                        if not frame.filename.startswith((_PACKAGE, "<frozen importlib"))]
    _without_own_frames(summary.__cause__, depth + 1)
    _without_own_frames(summary.__context__, depth + 1)
    for part in getattr(summary, "exceptions", None) or ():
        _without_own_frames(part, depth + 1)


def _frame(frame) -> dict:
    return {
        "file": _scrub(frame.filename),
        "line": frame.lineno or 0,
        "function": _scrub(frame.name),
        "code": _scrub(frame.line) if frame.line else None,
    }


def _minimal(name: str, message: str, note: str) -> dict:
    return {"type": name, "module": "", "bases": [], "message": message, "args": [], "notes": [note] if note else [],
            "frames": [], "traceback": "", "cause": None}


def _name(kind: type) -> str:
    return _scrub(str(kind.__name__))


def _tuple(value) -> tuple:
    return tuple(value)[:MAX_ITEMS] if isinstance(value, (tuple, list)) else ()


def _text(error: BaseException) -> str:
    try:
        return _cut(_scrub(str(error)), MAX_TEXT)
    except BaseException as failure:
        return f"<str() of the {type(error).__name__} raised {type(failure).__name__}>"


def _repr(value) -> str:
    try:
        text = _scrub(repr(value))
    except BaseException as failure:
        return f"<repr() of a {type(value).__name__} raised {type(failure).__name__}>"
    return _cut(text, MAX_REPR)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length - 3] + "..."


def _scrub(text: str) -> str:
    """Valid Unicode: lone surrogates, which UTF-8 has no form for, are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
