"""JSON schemas of annotations that are more than plain classes. A schema describes the value as JSON, and accepts
anything, ``{}``, where nothing is known. It is never narrower than the annotation.

Nothing is imported here: a type that an annotation uses is loaded already.
"""

import sys

from ._builtins import __builtins__  # noqa: F401
from ._catalogue import MISSING, PLAIN, GenericAlias, annotations_of, as_json, first_line

MAX_DEPTH = 20  # the host reads JSON of 64 levels; an annotation has at most two for each of its own
MAX_TEXT = 2000

_ONLY_PARSE = 0x400
_UNKNOWN = object()
_ANYTHING: dict = {}
_ARRAY, _SET, _MAP, _FIRST, _LAST = "array", "set", "map", "first", "last"
_TEXTS = {
    "datetime.datetime": "date-time", "datetime.date": "date", "datetime.time": "time",
    "datetime.timedelta": "duration", "decimal.Decimal": "decimal", "fractions.Fraction": None, "uuid.UUID": "uuid",
    "pathlib.PurePath": "path", "pathlib._local.PurePath": "path", "collections.UserString": None,
    "ipaddress.IPv4Address": "ipv4", "ipaddress.IPv6Address": "ipv6", "ipaddress.IPv4Network": None,
    "ipaddress.IPv6Network": None,
}
_CONTAINERS = {
    **dict.fromkeys(("builtins.list", "collections.deque", "collections.UserList"), _ARRAY),
    **dict.fromkeys((f"collections.abc.{name}" for name in (
        "Sequence", "MutableSequence", "Collection", "Iterable", "Iterator", "Reversible", "Generator",
        "AsyncIterable", "AsyncIterator", "AsyncGenerator", "ValuesView", "KeysView")), _ARRAY),
    **dict.fromkeys(("builtins.set", "builtins.frozenset", "collections.abc.Set", "collections.abc.MutableSet"), _SET),
    **dict.fromkeys((
        "builtins.dict", "collections.OrderedDict", "collections.defaultdict", "collections.UserDict",
        "collections.abc.Mapping", "collections.abc.MutableMapping"), _MAP),
    **dict.fromkeys(("typing.Final", "typing.ClassVar", "typing.Required", "typing.NotRequired", "typing.ReadOnly",
                     "collections.abc.Awaitable"), _FIRST),
    "collections.abc.Coroutine": _LAST,
}


class DerivedSchemas:
    """The schemas of annotations of one tool, and the definitions that they share."""

    __slots__ = ("_scopes", "_parts", "_names", "_definitions", "_pending")

    def __init__(self, scope: dict, parts) -> None:
        """scope: the names that annotations refer to. parts: counts the parts of all schemas."""
        self._scopes = (scope,)
        self._parts = parts
        self._names: dict = {}  # of what is defined
        self._definitions: dict = {}
        self._pending: list = []  # what is referred to and not defined yet

    def of(self, annotation, depth: int = 0) -> dict:
        """Returns the schema of an annotation. Never raises."""
        if depth > MAX_DEPTH or not self._parts.take():
            return _ANYTHING
        try:
            return self._derive(annotation, depth + 1)
        except Exception:  # of the annotation's own code, or for a name that is not defined
            return _ANYTHING

    def define(self) -> dict:
        """Returns the definitions by name."""
        scopes = self._scopes
        while self._pending:
            target, name, define = self._pending.pop()
            try:
                self._definitions[name] = define(target)
            except Exception:
                pass  # it accepts anything
            self._scopes = scopes
        return self._definitions

    def _derive(self, annotation, depth: int) -> dict:
        annotation = self._resolved(annotation)
        kind = type(annotation)
        if annotation is None:
            return PLAIN[type(None)]
        if kind is not GenericAlias and issubclass(kind, type):
            return self._of_class(annotation, (), depth)
        name, origin = kind.__name__, getattr(annotation, "__origin__", None)
        arguments = getattr(annotation, "__args__", ())
        if kind is _AnyOf:
            return self._any_of(arguments, depth)
        if hasattr(annotation, "__metadata__"):
            return self._described(self.of(origin, depth), annotation.__metadata__)
        if name == "UnionType" or _name_of(origin) == "typing.Union" or (name == "Union" and origin is None):
            return self._any_of(arguments, depth)
        if _name_of(origin) == "typing.Literal":
            return self._one_of(arguments)
        if origin is not None:
            return self._of_class(origin, arguments, depth)
        if name == "TypeAliasType":
            return self._reference(annotation, lambda alias: self._in_modules_of(alias, alias.__value__))
        if hasattr(annotation, "__supertype__"):  # of NewType
            return self.of(annotation.__supertype__, depth)
        if name == "TypeVar":
            if annotation.__constraints__:
                return self._any_of(annotation.__constraints__, depth)
            return _ANYTHING if annotation.__bound__ is None else self.of(annotation.__bound__, depth)
        return _ANYTHING

    def _of_class(self, kind, arguments: tuple, depth: int) -> dict:
        """Returns the schema of a class, or of a special form, with its type arguments."""
        container = _CONTAINERS.get(_name_of(kind))
        if container is not None or kind is tuple:
            return self._of_container(kind, container, arguments, depth)
        if not issubclass(type(kind), type):
            return _ANYTHING  # a special form
        if hasattr(kind, "__required_keys__"):
            return self._reference(kind, self._typed_dict)
        if hasattr(kind, "__dataclass_fields__"):
            return self._reference(kind, self._dataclass)
        enum = sys.modules.get("enum")
        if enum is not None and issubclass(kind, enum.Enum):
            return PLAIN[int] if issubclass(kind, enum.Flag) else self._one_of(kind)
        if issubclass(kind, tuple) and hasattr(kind, "_fields"):
            return self._reference(kind, self._named_tuple)
        for base in kind.__mro__[:-1]:
            name = _name_of(base)
            if base in PLAIN:
                return PLAIN[base]
            if name in _TEXTS:
                return {"type": "string"} if _TEXTS[name] is None else {"type": "string", "format": _TEXTS[name]}
            if name in _CONTAINERS:
                return self._of_container(base, _CONTAINERS[name], (), depth)
        return _ANYTHING

    def _of_container(self, kind, container, arguments: tuple, depth: int) -> dict:
        if kind is tuple:
            return self._tuple(arguments, depth)
        if container == _FIRST or container == _LAST:
            return self.of(arguments[0 if container == _FIRST else -1], depth) if arguments else _ANYTHING
        if container == _MAP:
            return self._map(arguments, depth)
        schema = PLAIN[list] if container == _ARRAY else PLAIN[set]
        items = self.of(arguments[0], depth) if arguments else _ANYTHING
        return {**schema, "items": items} if items else schema

    def _tuple(self, arguments: tuple, depth: int) -> dict:
        if not arguments:
            return PLAIN[tuple]
        if len(arguments) == 2 and arguments[1] is ...:
            return self._of_container(list, _ARRAY, arguments[:1], depth)
        if any(_name_of(getattr(each, "__origin__", each)) == "typing.Unpack" or hasattr(each, "__unpacked__")
               and each.__unpacked__ for each in arguments):
            return PLAIN[tuple]
        items = [self.of(each, depth) for each in arguments if each != ()]  # tuple[()] before Python 3.11
        if not items:
            return {**PLAIN[tuple], "maxItems": 0}
        return {**PLAIN[tuple], "prefixItems": items, "minItems": len(items), "maxItems": len(items)}

    def _map(self, arguments: tuple, depth: int) -> dict:
        schema = PLAIN[dict]
        if len(arguments) != 2:
            return schema
        keys, values = self.of(arguments[0], depth), self.of(arguments[1], depth)
        if keys.get("type") == "string" and "enum" in keys:
            schema = {**schema, "propertyNames": keys}
        return {**schema, "additionalProperties": values} if values else schema

    def _any_of(self, arguments, depth: int) -> dict:
        schemas: list = []
        for argument in arguments:
            schema = self.of(argument, depth)
            if not schema:
                return _ANYTHING
            if schema not in schemas:
                schemas.append(schema)
        return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}

    def _one_of(self, values) -> dict:
        """Returns the schema of Literal and Enum. An enum's member counts as its value."""
        found = {}
        for value in values:
            value = as_json(value)
            if value is MISSING or not self._parts.take(1 + len(str(value)) // 50):
                return _ANYTHING
            found[type(value), value] = value  # 1 and True are equal
        kinds = {kind for kind, _ in found}
        return {**(PLAIN[kinds.pop()] if len(kinds) == 1 else {}), "enum": [*found.values()]} if found else _ANYTHING

    def _described(self, schema: dict, metadata: tuple) -> dict:
        """Adds the text that Annotated[...] gives, also as ``Doc("...")`` or as the description of a field."""
        for each in metadata:
            for text in (each, getattr(each, "documentation", None), getattr(each, "description", None)):
                if type(text) is str and text:
                    return {**schema, "description": self._text(text)}
        return schema

    def _reference(self, target, define) -> dict:
        name = self._names.get(target)
        if name is None:
            base = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in target.__name__[:100])
            name, number = base, 1
            while name in self._definitions:
                number += 1
                name = f"{base}_{number}"
            self._names[target] = name
            self._definitions[name] = _ANYTHING
            self._pending.append((target, name, define))
        return {"$ref": f"#/$defs/{name}"}

    def _dataclass(self, kind) -> dict:
        fields = sys.modules["dataclasses"].fields(kind)
        missing = sys.modules["dataclasses"].MISSING
        properties = [(field.name, field.type, field.default is missing and field.default_factory is missing,
                       MISSING if field.default is missing else as_json(field.default)) for field in fields]
        return {**self._object(kind, properties), "additionalProperties": False}

    def _named_tuple(self, kind) -> dict:
        annotations, defaults = annotations_of(kind), getattr(kind, "_field_defaults", {})
        properties = [(name, annotations.get(name, MISSING), name not in defaults,
                       as_json(defaults[name]) if name in defaults else MISSING) for name in kind._fields]
        return {**self._object(kind, properties), "additionalProperties": False}

    def _typed_dict(self, kind) -> dict:
        self._scopes = _scopes_of(kind)
        required = kind.__required_keys__
        properties = []
        for name, annotation in annotations_of(kind).items():
            is_required = name in required
            try:
                annotation = self._resolved(annotation)
                form = _name_of(getattr(annotation, "__origin__", None))
                # The class does not know it of annotations that are strings.
                is_required = (is_required or form == "typing.Required") and form != "typing.NotRequired"
            except Exception:
                pass
            properties.append((name, annotation, is_required, MISSING))
        return self._object(kind, properties)

    def _object(self, kind, properties: list) -> dict:
        """properties: (name, annotation, whether it is required, default)."""
        self._scopes = _scopes_of(kind)
        told, required = {}, []
        for name, annotation, is_required, default in properties:
            schema = _ANYTHING if annotation is MISSING else self.of(annotation)
            name = self._text(name)
            told[name] = schema if default is MISSING else {**schema, "default": default}
            if is_required:
                required.append(name)
        schema = {"type": "object", "properties": told, "required": required}
        about = first_line(vars(kind).get("__doc__"))
        if about and not about.startswith(f"{kind.__name__}("):  # that is how Python itself describes such a class
            schema["description"] = self._text(about)
        return schema

    def _in_modules_of(self, alias, value) -> dict:
        self._scopes = _scopes_of(alias)
        return self.of(value)

    def _resolved(self, annotation):
        """Returns an annotation without the forms that stand for another one: strings, and what classes and typing make
        of them."""
        for _ in range(MAX_DEPTH):
            if type(annotation).__name__ == "ForwardRef":
                annotation = annotation.__forward_arg__
            if not isinstance(annotation, str):
                return annotation
            annotation = self._read(annotation)
        raise RecursionError(annotation)

    def _read(self, text: str):
        for scope in self._scopes:
            try:
                return _read(text, scope)
            except NameError:
                pass
        raise NameError(text)

    def _text(self, text: str) -> str:
        self._parts.take(len(text) // 50)
        return text[:MAX_TEXT].encode("utf-8", "backslashreplace").decode("utf-8")


def _name_of(kind) -> "str | None":
    """Returns the full name of a class or a special form of typing, also of one that typing_extensions adds."""
    name = getattr(kind, "__qualname__", None) or getattr(kind, "_name", None)
    module = getattr(kind, "__module__", None)
    return f"{'typing' if module == 'typing_extensions' else module}.{name}"


def _scopes_of(target) -> tuple:
    """Returns the names that the annotations of a class refer to: of its module, and of its bases' modules."""
    modules = [each.__module__ for each in getattr(target, "__mro__", (target,))[:20]]
    return tuple(vars(sys.modules[name]) for name in dict.fromkeys(modules) if name in sys.modules)


class _AnyOf:
    """The meaning of ``int | None`` in a string. Also before Python 3.10, which cannot evaluate it."""

    __slots__ = ("__args__",)

    def __init__(self, *parts) -> None:
        self.__args__ = parts

    def __call__(self):
        """Exists because typing takes only what can be called for a type."""


def _read(text: str, scope: dict):
    """Returns what an annotation means that is a string. Reads it without running anything: what is called in it, as a
    field of ``Annotated``, has no meaning."""
    if len(text) > MAX_TEXT:
        raise NameError(text)
    return _meaning(compile(text.strip(), "<annotation>", "eval", flags=_ONLY_PARSE, dont_inherit=True).body, scope)


def _meaning(node, scope: dict):
    kind = type(node).__name__
    if kind == "Name":
        if node.id in scope:
            return scope[node.id]
        if node.id in __builtins__:
            return __builtins__[node.id]
        raise NameError(node.id)
    if kind == "Attribute":
        return getattr(_meaning(node.value, scope), node.attr)
    if kind == "Subscript":
        return _meaning(node.value, scope)[_meaning(node.slice, scope)]
    if kind == "Constant":
        return node.value
    if kind == "Tuple":
        return tuple(_meaning(each, scope) for each in node.elts)
    if kind == "List":
        return [_meaning(each, scope) for each in node.elts]
    if kind == "BinOp" and type(node.op).__name__ == "BitOr":
        return _AnyOf(_meaning(node.left, scope), _meaning(node.right, scope))
    if kind == "UnaryOp" and type(node.op).__name__ == "USub":
        return -_meaning(node.operand, scope)
    return _UNKNOWN
