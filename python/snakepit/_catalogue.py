"""The tool catalogue: the description of each tool in READY. Plain functions are described without importing inspect.
"""

from ._builtins import __builtins__  # noqa: F401
from ._tool import MARK

_VARARGS = 0x04
_VARKEYWORDS = 0x08


def describe_tool(name: str, function, mark) -> dict:
    """Returns the catalogue entry of a tool."""
    _, description, idempotent = mark or (None, None, False)
    if description is None:
        document = getattr(function, "__doc__", None)
        description = document.strip().partition("\n")[0].strip() if isinstance(document, str) else ""
    return {
        "name": name,
        "description": _text(description),
        "parameters": describe_parameters(function),
        "idempotent": idempotent,
    }


def mark_of(*candidates):
    """Returns the mark that @tool left on the first candidate that has one."""
    for candidate in candidates:
        mark = getattr(candidate, MARK, None)
        if type(mark) is tuple and len(mark) == 3:
            return mark
    return None


def describe_parameters(function) -> list:
    """Returns the catalogue's description of a tool's parameters."""
    plain, bound = function, 0
    if type(plain) is _MethodType:
        plain, bound = plain.__func__, 1
    if type(plain) is not _FunctionType or "__wrapped__" in plain.__dict__ or "__signature__" in plain.__dict__:
        return _inspected(function)
    return _plain(plain)[bound:]


def _plain(function) -> list:
    code = function.__code__
    names = code.co_varnames
    count, positional_only, named_only = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
    defaults = function.__defaults__ or ()
    named_defaults = function.__kwdefaults__ or {}
    annotations = _annotations(function)
    first_default = count - len(defaults)

    def entry(name, kind, *default):
        return _entry(name, kind, annotations.get(name), *default)

    result = []
    for index in range(count):
        kind = "positional" if index < positional_only else "standard"
        default = defaults[index - first_default:][:1] if index >= first_default else ()
        result.append(entry(names[index], kind, *default))
    after = count + named_only
    if code.co_flags & _VARARGS:
        result.append(entry(names[after], "positionals"))
        after += 1
    for name in names[count:count + named_only]:
        result.append(entry(name, "named", *(named_defaults[name],) if name in named_defaults else ()))
    if code.co_flags & _VARKEYWORDS:
        result.append(entry(names[after], "nameds"))
    return result


def _entry(name, kind, annotation, *default) -> dict:
    optional = bool(default) or kind in ("positionals", "nameds")
    return {
        "name": _text(name),
        "kind": kind,
        "type": None if annotation is None else _annotation(annotation),
        "required": not optional,
        "default": _repr(default[0]) if default else None,
    }


def _inspected(function) -> list:
    """Describes wrapped functions, builtins, partials and callables with inspect, which is slow. Without a signature
    they take any arguments."""
    import inspect
    kinds = {0: "positional", 1: "standard", 2: "positionals", 3: "named", 4: "nameds"}
    empty = inspect.Parameter.empty
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return [_entry("args", "positionals", None), _entry("kwargs", "nameds", None)]
    return [
        _entry(parameter.name, kinds[int(parameter.kind)],
               None if parameter.annotation is empty else parameter.annotation,
               *() if parameter.default is empty else (parameter.default,))
        for parameter in parameters
    ]


def _annotations(function) -> dict:
    try:
        return function.__annotations__
    except Exception:  # annotations are lazy from Python 3.14 on: undefined names raise
        return {}


def _annotation(annotation) -> str:
    """Returns the annotation as written, as far as Python keeps it: strings unchanged, classes by name, the rest by
    repr."""
    if isinstance(annotation, str):
        return _text(annotation)
    if isinstance(annotation, type) and type(annotation) is not _GenericAlias:
        return _text(annotation.__name__)
    return _repr(annotation)


def _repr(value) -> str:
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return _text(text if len(text) <= 500 else text[:497] + "...")


def _text(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class _Sample:
    def method(self):
        """Exists for the type of its bound method."""


_FunctionType = type(_Sample.method)
_MethodType = type(_Sample().method)
_GenericAlias = type(list[int])
