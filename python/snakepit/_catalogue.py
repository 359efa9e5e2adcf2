"""The tool catalogue: the description of each tool in READY. Plain functions are described without importing inspect,
and annotations that are plain classes without ``_schema``.
"""

import sys

from ._builtins import __builtins__  # noqa: F401
from ._tool import MARK

MAX_PARTS = 20_000  # of the schemas of one adapter; what lies beyond accepts anything
MAX_DEFAULT = 500

_VARARGS = 0x04
_VARKEYWORDS = 0x08
MISSING = object()

PLAIN = {
    type(None): {"type": "null"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    bytes: {"type": "string", "contentEncoding": "base64"},
    bytearray: {"type": "string", "contentEncoding": "base64"},
    memoryview: {"type": "string", "contentEncoding": "base64"},
    list: {"type": "array"},
    tuple: {"type": "array"},
    set: {"type": "array", "uniqueItems": True},
    frozenset: {"type": "array", "uniqueItems": True},
    dict: {"type": "object"},
}
_PLAIN_NAMES = {"None": PLAIN[type(None)], **{kind.__name__: schema for kind, schema in PLAIN.items()}}


class Parts:
    """Counts the parts of the schemas of one adapter."""

    __slots__ = ("left",)

    def __init__(self, left: int = MAX_PARTS) -> None:
        self.left = left

    def take(self, count: int = 1) -> bool:
        """Returns whether there may be more parts."""
        self.left -= count
        return self.left >= 0


def describe_tool(name: str, function, mark, parts: "Parts | None" = None) -> dict:
    """Returns the catalogue entry of a tool. parts: of the adapter."""
    _, description, idempotent, cancel = mark or (None, None, False, "interrupt")
    if description is None:
        description = first_line(getattr(function, "__doc__", None))
    signature = _Signature(function)
    parts = parts or Parts()
    return {
        "name": name,
        "description": _text(description),
        "parameters": [_entry(*parameter) for parameter in signature.parameters],
        "exact": signature.is_exact,
        "schema": _schema_of_parameters(signature, _Schemas(signature.scope, parts)),
        "result": _schema_of_result(signature, _Schemas(signature.scope, parts)),
        "idempotent": idempotent,
        "cancel": cancel,
    }


def mark_of(*candidates):
    """Returns the mark that @tool left on the first candidate that has one."""
    for candidate in candidates:
        mark = getattr(candidate, MARK, None)
        if type(mark) is tuple and len(mark) == 4:
            return mark
    return None


def describe_parameters(function) -> list:
    """Returns the catalogue's description of a tool's parameters."""
    return [_entry(*parameter) for parameter in _Signature(function).parameters]


def first_line(document) -> str:
    """Returns the first line of a docstring."""
    return document.strip().partition("\n")[0].strip() if isinstance(document, str) else ""


def as_json(value):
    """Returns the value if JSON has it, or else MISSING. An enum's member counts as its value."""
    enum = sys.modules.get("enum")
    if enum is not None and issubclass(type(value), enum.Enum):
        value = enum.Enum.__dict__["value"].__get__(value)
    kind = type(value)
    if value is None or kind is bool or (kind is int and -1 << 63 <= value < 1 << 64):
        return value
    if (kind is float and value - value == 0) or (kind is str and len(value) <= MAX_DEFAULT and _text(value) == value):
        return value
    return MISSING


class _Signature:
    """A tool's parameters (name, kind, annotation, and the default if there is one), the annotation of its result, and
    the names that annotations refer to. is_exact: whether Python accepts just what the parameters say; a decorator may
    take more arguments, or fewer."""

    __slots__ = ("parameters", "result", "scope", "is_exact")

    def __init__(self, function) -> None:
        plain, bound = function, 0
        if type(plain) is _MethodType:
            plain, bound = plain.__func__, 1
        self.is_exact = (type(plain) is _FunctionType and "__wrapped__" not in plain.__dict__
                         and "__signature__" not in plain.__dict__)
        if self.is_exact:
            annotations = annotations_of(plain)
            self.scope = plain.__globals__
            self.parameters = _plain(plain, annotations)[bound:]
            self.result = annotations.get("return", MISSING)
        else:
            self.scope = _scope_of(plain)
            self.parameters, self.result = _inspected(function)


def _plain(function, annotations: dict) -> list:
    code = function.__code__
    names = code.co_varnames
    count, positional_only, named_only = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
    defaults = function.__defaults__ or ()
    named_defaults = function.__kwdefaults__ or {}
    first_default = count - len(defaults)

    def entry(name, kind, *default):
        return name, kind, annotations.get(name, MISSING), *default

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
        "type": None if annotation is MISSING else _annotation(annotation),
        "required": not optional,
        "default": _repr(default[0]) if default else None,
    }


def _inspected(function) -> tuple:
    """Reads wrapped functions, builtins, partials and callables with inspect, which is slow. Without a signature they
    take any arguments."""
    import inspect
    kinds = {0: "positional", 1: "standard", 2: "positionals", 3: "named", 4: "nameds"}
    empty = inspect.Parameter.empty
    try:
        signature = inspect.signature(function)
    except Exception:  # it has none, or its annotations name what is not defined
        return [("args", "positionals", MISSING), ("kwargs", "nameds", MISSING)], MISSING
    parameters = [
        (parameter.name, kinds[int(parameter.kind)],
         MISSING if parameter.annotation is empty else parameter.annotation,
         *(() if parameter.default is empty else (parameter.default,)))
        for parameter in signature.parameters.values()
    ]
    return parameters, MISSING if signature.return_annotation is empty else signature.return_annotation


def _scope_of(function) -> dict:
    """Returns the names that the annotations of a wrapped function or another callable refer to."""
    for _ in range(100):
        wrapped = getattr(function, "__wrapped__", None) or getattr(function, "func", None)
        if wrapped is None:
            break
        function = wrapped
    scope = getattr(function, "__globals__", None)
    return scope if type(scope) is dict else dict(vars(sys.modules.get(getattr(function, "__module__", None), _Sample)))


def annotations_of(owner) -> dict:
    """Returns the annotations of a function or class."""
    try:
        return owner.__annotations__
    except Exception:  # annotations are lazy from Python 3.14 on: undefined names raise
        pass
    try:
        from annotationlib import Format, get_annotations
        return get_annotations(owner, format=Format.FORWARDREF)
    except Exception:
        return {}


class _Schemas:
    """The schemas of some annotations of a tool."""

    __slots__ = ("_scope", "_parts", "_derived")

    def __init__(self, scope: dict, parts: Parts) -> None:
        self._scope = scope
        self._parts = parts
        self._derived = None

    def of(self, annotation) -> dict:
        """Returns the schema of an annotation; ``{}``, which accepts anything, when nothing is known."""
        kind = type(annotation)
        if annotation is MISSING:
            return {}
        if annotation is None or (kind is type and annotation in PLAIN):
            return PLAIN[annotation or type(None)]
        if kind is str and annotation in _PLAIN_NAMES and annotation not in self._scope:
            return _PLAIN_NAMES[annotation]
        if self._derived is None:
            from ._schema import DerivedSchemas
            self._derived = DerivedSchemas(self._scope, self._parts)
        return self._derived.of(annotation)

    def complete(self, schema: dict) -> dict:
        """Returns a schema with the definitions that it refers to."""
        definitions = {} if self._derived is None else self._derived.define()
        return {**schema, "$defs": definitions} if definitions else schema


def _schema_of_parameters(signature: _Signature, schemas: _Schemas) -> dict:
    """Returns the schema of the arguments by name."""
    properties, required, more = {}, [], False
    for name, kind, annotation, *default in signature.parameters:
        if kind == "positionals":
            continue  # JSON has no name for them
        schema = schemas.of(annotation)
        if kind == "nameds":
            more = schema or True
            continue
        name = _text(name)
        if default:
            schema = _with_default(schema, default[0])
        else:
            required.append(name)
        properties[name] = schema
    return schemas.complete(
        {"type": "object", "properties": properties, "required": required, "additionalProperties": more})


def _schema_of_result(signature: _Signature, schemas: _Schemas) -> dict:
    return schemas.complete(schemas.of(signature.result))


def _with_default(schema: dict, default) -> dict:
    if default is None and schema and not _takes_none(schema):
        schema = {"anyOf": [schema, PLAIN[type(None)]]}
    value = as_json(default)
    return schema if value is MISSING else {**schema, "default": value}


def _takes_none(schema: dict) -> bool:
    return (schema.get("type") == "null" or None in schema.get("enum", ())
            or any(map(_takes_none, schema.get("anyOf", ()))))


def _annotation(annotation) -> str:
    """Returns the annotation as written, as far as Python keeps it: strings unchanged, classes by name, the rest by
    repr."""
    if isinstance(annotation, str):
        return _text(annotation)
    if isinstance(annotation, type) and type(annotation) is not GenericAlias:
        return _text(annotation.__name__)
    if type(annotation).__name__ == "ForwardRef":
        return _text(annotation.__forward_arg__)
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
GenericAlias = type(list[int])
