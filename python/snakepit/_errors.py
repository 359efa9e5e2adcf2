"""Exceptions as error objects: data that the host can show, match and log without Python."""

from ._builtins import __builtins__  # noqa: F401

MAX_CAUSES = 10
MAX_FRAMES = 200
MAX_REPR = 500
MAX_TEXT = 65536
MAX_ITEMS = 50
MAX_NAME = 1000
MAX_HEADLINE = 2000
MAX_BASES = 200
MAX_EXCEPTIONS = 10_000  # causes, contexts and group members; beyond that, Python's own formatting is not used

# As Python stores them: a class or its metaclass may override these attributes.
_name_of, _bases_of = type.__dict__["__name__"].__get__, type.__dict__["__mro__"].__get__
traceback_of = BaseException.__dict__["__traceback__"].__get__
_cause_of, context_of = BaseException.__dict__["__cause__"].__get__, BaseException.__dict__["__context__"].__get__

PACKAGE = (lambda: None).__code__.co_filename.rpartition("_errors")[0]  # as in the file names of frames, also in a zip


class LimitExceeded(Exception):
    """An exception is too large to be described in full."""


def describe(error: BaseException) -> dict:
    """Returns the error object of an exception. Never raises: it leaves out what cannot be described."""
    try:
        return _describe(error)
    except BaseException as failure:
        reason = headline(failure)
    try:
        return _describe_bare(
            error, f"(without source lines, causes and Python's own formatting, which failed: {reason})")
    except BaseException:
        return _minimal(_name(type(error)), _text(error), f"(describing the error failed: {reason})")


def encode_error(error: BaseException, dumps, limit: int) -> bytes:
    """Returns an ERROR body within the size limit, shortened as far as necessary."""
    try:
        body = dumps(describe(error))
        if len(body) <= limit:
            return body
    except BaseException:
        pass
    for length in (2000, 200, 0):
        body = dumps(_minimal(
            _name(type(error)), _text(error)[:length], "(shortened: Call.MaxMessage)" if length else ""))
        if len(body) <= limit:
            break
    return body


def headline(error: BaseException) -> str:
    """Returns the last line of a traceback: ``Type: message``, or the type alone when there is no message. Never
    raises."""
    return _last_line(type(error), _cut(_text(error), MAX_HEADLINE))


def last_resort(error: BaseException) -> bytes:
    """Returns an ERROR body when every other description has failed."""
    kind = "".join(
        letter for letter in _name_of(type(error))[:MAX_NAME] if letter.isalnum() and letter.isascii() or letter == "_")
    return b'{"type":"' + kind.encode() + b'","module":"","bases":[],"message":"(describing the error failed)"}'


def _describe(error: BaseException) -> dict:
    from traceback import TracebackException
    if not _is_safe(error):
        raise LimitExceeded(
            f"there are more than {MAX_EXCEPTIONS} causes and members of groups, or a class has its own __traceback__")
    # A negative limit keeps the frames nearest to the raise.
    summary = TracebackException(type(error), error, traceback_of(error), limit=-MAX_FRAMES)
    _without_own_frames(summary, 0)
    return _error_object(error, summary, 0)


def _describe_bare(error: BaseException, note: str) -> dict:
    """Describes an error without a module that may not be importable any more, and without reading files."""
    kind, frames, trace = type(error), [], traceback_of(error)
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(PACKAGE):
            frames.append({
                "file": _scrub(code.co_filename), "line": trace.tb_lineno or 0, "function": _scrub(code.co_name),
                "code": None})
        trace = trace.tb_next
    frames, message = frames[-MAX_FRAMES:], _text(error)
    lines = [f"  File \"{frame['file']}\", line {frame['line']}, in {frame['function']}\n" for frame in frames]
    is_group = hasattr(error, "exceptions")  # the arguments of a group are all its members
    arguments = [] if is_group else [_repr(argument) for argument in _first(getattr(error, "args", ()))]
    text = ["Traceback (most recent call last):\n", *lines, _last_line(kind, message), "\n"]
    return {
        **_minimal(_name(kind), message, note),
        "module": _cut(str(kind.__module__), MAX_NAME),
        "bases": _bases(kind),
        "args": arguments,
        "frames": frames,
        "traceback": _cut("".join(text), 4 * MAX_TEXT),
    }


def _error_object(error: BaseException, summary, depth: int) -> dict:
    cause, cause_summary = error.__cause__, summary.__cause__
    if cause is None and not error.__suppress_context__:
        cause, cause_summary = error.__context__, summary.__context__
    told = cause is not None and cause_summary is not None and depth + 1 < MAX_CAUSES
    kind = type(error)
    return {
        "type": _name(kind),
        "module": _cut(str(kind.__module__), MAX_NAME),
        "bases": _bases(kind),
        "message": _text(error),
        "args": [_repr(argument) for argument in _first(getattr(error, "args", ()))],
        "notes": [_cut(str(note), MAX_TEXT) for note in _first(getattr(error, "__notes__", ()))],
        "frames": [_frame(frame) for frame in summary.stack],
        "traceback": _cut("".join(summary.format()) + _older_notes(error), 4 * MAX_TEXT),
        "cause": _error_object(cause, cause_summary, depth + 1) if told else None,
    }


def _older_notes(error: BaseException) -> str:
    """Returns the notes of an exception, to be appended to its traceback as Python does from 3.11 on."""
    if hasattr(error, "add_note"):
        return ""
    return "".join(f"{_cut(str(note), MAX_TEXT)}\n" for note in _first(getattr(error, "__notes__", ())))


def _without_own_frames(summary, depth: int) -> None:
    """Removes Snakepit's frames, the import machinery's above an adapter, and most notes from summary and causes."""
    if summary is None or depth > MAX_CAUSES:
        return
    summary.stack[:] = [frame for frame in summary.stack
                        if not frame.filename.startswith((PACKAGE, "<frozen importlib"))]
    if getattr(summary, "__notes__", None) is not None:
        summary.__notes__ = list(_first(summary.__notes__))
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


def _last_line(kind: type, message: str) -> str:
    return f"{_name(kind)}: {message}" if message else _name(kind)


def _name(kind: type) -> str:
    return _cut(_name_of(kind), MAX_NAME)


def _bases(kind: type) -> list:
    return [_name(base) for base in _bases_of(kind)[1:MAX_BASES] if base is not object]


def _first(value) -> tuple:
    """Returns the first items of a tuple or list, whatever its own iteration does."""
    kind = type(value)
    base = tuple if issubclass(kind, tuple) else list if issubclass(kind, list) else None
    return () if base is None else tuple(base.__getitem__(value, slice(MAX_ITEMS)))


def _is_safe(error: BaseException) -> bool:
    """Returns whether Python's formatting, which follows all causes and members, soon comes to an end."""
    left, seen, count = [error], set(), 0
    while left:
        one = left.pop()
        count += 1
        if count > MAX_EXCEPTIONS:
            return False
        cause, context = _cause_of(one), context_of(one)
        if one.__traceback__ is not traceback_of(one) or one.__cause__ is not cause or one.__context__ is not context:
            return False
        for other in (cause, context):
            if other is not None and id(other) not in seen:
                seen.add(id(other))
                left.append(other)
        members = getattr(one, "exceptions", None)
        if type(members) is tuple:
            left += members[:MAX_EXCEPTIONS + 1]  # a member that occurs twice is formatted twice
    return True


def _text(error: BaseException) -> str:
    try:
        return _cut(str(error), MAX_TEXT)
    except BaseException as failure:
        return f"<str() of the {_name(type(error))} raised {_name(type(failure))}>"


def _repr(value) -> str:
    try:
        return _cut(repr(value), MAX_REPR)
    except BaseException as failure:
        return f"<repr() of a {_name(type(value))} raised {_name(type(failure))}>"


def _cut(text: str, length: int) -> str:
    """Returns valid Unicode of at most that length. Cuts first, because the rest may be huge."""
    text = str.__str__(text)
    text = _scrub(text[:length + 1])
    return text if len(text) <= length else text[:length - 3] + "..."


def _scrub(text: str) -> str:
    """Returns valid Unicode: lone surrogates, which UTF-8 cannot encode, become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
