"""Turns any Python value into what a codec can write: tagged objects, conversions, or a marker. Never fails because of
a type.

Types are read with type(), because an object may lie about its __class__. Where a value's own code (iteration,
properties, conversions) raises, the value becomes a marker. Where it never ends, the value is rejected for its size.
"""

import sys
from _collections_abc import Mapping, Sequence, Set, ValuesView
from binascii import b2a_base64
from itertools import islice

from ._builtins import __builtins__  # noqa: F401
from ._interrupts import is_interrupt
from ._plain import NO_LIMIT, REFUSE, LimitError, Unwritable, too_large, too_many_nodes
from ._protocol import MAX_DEPTH, MAX_NODES, VALUE_TAG, VALUE_UNSERIALIZABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

_MAX_TOLIST = 1_000_000
_TOO_DEEP = f"the value is nested more than {MAX_DEPTH} levels deep, or contains itself"
_KINDS = {**dict.fromkeys("bhilqn", "i"), **dict.fromkeys("BHILQN", "u"), **dict.fromkeys("efd", "f"), "?": "b"}


class Converter:
    """Converts one value for JSON. Counts its nodes and its large parts, so that shared branches and endless iterations
    stay bounded."""

    def __init__(self, detail: str, repr_max: int, limit: int = NO_LIMIT) -> None:
        self._detail = detail
        self._repr_max = repr_max
        self._limit = limit
        self._most_nodes = limit if limit < MAX_NODES else MAX_NODES
        self._nodes = 0
        self._size = 0
        kind = type(self)  # not bound to self: a reference cycle would have to wait for the garbage collector
        self._built_in = [(base, getattr(kind, name)) for base, name in _BUILT_IN]

    def convert(self, value: "Any", depth: int) -> "Any":
        """Returns the value as exact dict, list, str, int, finite float, bool and None. depth is the number of open
        levels around it."""
        self._nodes += 1
        self.check_depth(depth)
        if self._nodes > self._most_nodes:
            raise too_many_nodes(self._limit)
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        try:
            for base, convert in self._built_in:
                if issubclass(kind, base):
                    converted = convert(self, value, depth)
                    break
            else:
                converted = self._library(value, depth)
        except (LimitError, RecursionError, MemoryError):
            raise
        except Exception as error:
            if is_interrupt(error):
                raise  # a signal handler has raised; the value is converted again
            converted = self.unserializable(value)  # its own code has raised
        if depth == MAX_DEPTH and isinstance(converted, (dict, list)):
            raise LimitError(_TOO_DEEP)
        return converted

    def convert_all(self, items: "Iterable[Any]", depth: int) -> "list[Any]":
        """Returns the items as a list at that depth. Converts item by item: a length may lie, and the iteration may
        never end."""
        return [self.convert(item, depth + 1) for item in items]

    def count(self, size: int) -> None:
        """Counts a part's minimum size in bytes, before it is copied."""
        self._size += size
        if self._size > self._limit:
            raise too_large(self._limit)

    def check_depth(self, depth: int) -> None:
        """Raises when more levels are open than a message may have."""
        if depth > MAX_DEPTH:
            raise LimitError(_TOO_DEEP)

    def text(self, value: str) -> "Any":
        """Returns a string as the codec writes it."""
        return self._str(value, 0)

    def _int(self, value: int, depth: int) -> int:
        return int.__index__(value)

    def _float(self, value: float, depth: int) -> "Any":
        value = float.__float__(value)
        if value - value == 0:
            return value
        return tag("float", "nan" if value != value else "inf" if value > 0 else "-inf")

    def _complex(self, value: complex, depth: int) -> "Any":
        value = complex.__pos__(value)
        return tag("complex", f"{value.real!r} {value.imag!r}")

    def _str(self, value: str, depth: int) -> "Any":
        text = str.__str__(value)
        self.count(len(text))
        try:
            text.encode()
        except UnicodeEncodeError:
            return tag("str", _base64(text.encode("utf-16-le", "surrogatepass")))
        return text

    def map(self, value: "Any", depth: int) -> "dict[str, Any]":
        """Returns a mapping as an object, or as a tagged list of pairs."""
        pairs = list(islice(value.items(), self._most_nodes - self._nodes + 1))
        if len(pairs) > self._most_nodes - self._nodes:
            raise too_many_nodes(self._limit)
        if all(issubclass(type(key), str) for key, _ in pairs):
            converted = {
                self._str(key, depth): self.convert(item, depth + 1) for key, item in pairs if self._is_key(key)}
            if len(converted) == len(pairs) and VALUE_TAG not in converted:
                return converted
        return tag("map", [[self.convert(key, depth + 3), self.convert(item, depth + 3)] for key, item in pairs])

    def _list(self, value: "Iterable[Any]", depth: int) -> "Any":
        as_dict = getattr(type(value), "_asdict", None)  # a namedtuple
        if as_dict is not None:
            return self.map(as_dict(value), depth)
        fields = _structure_fields(type(value))
        if fields:
            return self.map({name: getattr(value, name) for name in fields}, depth)
        return self.convert_all(value, depth)

    def _is_key(self, key: str) -> bool:
        try:
            str.encode(key)
        except UnicodeEncodeError:
            return False
        return True

    def _bytes(self, value: "Any", depth: int) -> "Any":
        self.count(len(value))
        return tag("bytes", _base64(value))

    def array(self, dtype: str, shape: "Iterable[int]", data: bytes, depth: int) -> "dict[str, Any]":
        """Returns an array with its elements in C order, little-endian."""
        self.check_depth(depth + 2)  # the shape is a level of its own
        return {VALUE_TAG: "array", "dtype": dtype, "shape": list(shape), "v": self._raw(data)}

    def _raw(self, data: bytes) -> "Any":
        return _base64(data)

    def _memoryview(self, value: memoryview, depth: int) -> "Any":
        if value.format in ("B", "c") and value.ndim == 1:
            return self._bytes(value.tobytes(), depth)
        return self.buffer(value, depth)

    def buffer(self, value: memoryview, depth: int) -> "Any":
        """Returns a view's elements as an array."""
        code = value.format.lstrip("@")
        kind = _KINDS.get(code)
        if kind is None or (sys.byteorder != "little" and value.itemsize > 1):
            return self.unserializable(value)
        self.count(value.nbytes)
        return self.array(
            f"{'|' if value.itemsize == 1 else '<'}{kind}{value.itemsize}", value.shape, value.tobytes("C"), depth)

    def _library(self, value: "Any", depth: int) -> "Any":
        """Converts types of modules that the program may have imported."""
        for module, convert in _libraries.LIBRARIES:
            loaded = sys.modules.get(module)
            if loaded is not None:
                found = convert(self, loaded, value, depth)
                if found is not _libraries.NOT_MINE:
                    return found
        return self._by_protocol(value, depth)

    def _by_protocol(self, value: "Any", depth: int) -> "Any":
        # Looked up on the type: a mock has every attribute, and a class may have attributes that are meant for its
        # instances.
        kind = type(value)
        for name in ("model_dump", "to_dict", "_asdict", "tolist", "isoformat"):
            method = None if issubclass(kind, type) else getattr(kind, name, None)
            if not callable(method) or (name == "tolist" and not _is_small(value)):
                continue
            try:
                converted = method(value)
            except Exception as error:
                if is_interrupt(error):
                    raise
                continue  # another conversion may work
            return self.convert(converted, depth + 1)
        return self._by_shape(value, depth)

    def _by_shape(self, value: "Any", depth: int) -> "Any":
        kind = type(value)
        if issubclass(kind, type):
            return self.unserializable(value)
        fields = getattr(kind, "__dataclass_fields__", None) or getattr(kind, "__attrs_attrs__", None)
        if fields:
            return self._attributes(value, _field_names(kind, fields), depth)
        enum = sys.modules.get("enum")
        if enum is not None and issubclass(kind, enum.Enum):
            return self.convert(value.value, depth + 1)
        if issubclass(kind, Mapping):
            return self.map(value, depth)
        if issubclass(kind, (Sequence, Set, ValuesView)):
            return self.convert_all(value, depth)
        return self.unserializable(value)

    def _attributes(self, value: "Any", names: "list[str]", depth: int) -> "Any":
        """Returns an object by its fields; leaves out fields that were never set."""
        return self.map({name: getattr(value, name) for name in names if hasattr(value, name)}, depth)

    def unserializable(self, value: "Any") -> "dict[str, Any]":
        """Returns the marker of a value that cannot be written, or raises Unwritable where no marker will do."""
        if self._detail == REFUSE:
            kind = type(value)
            raise Unwritable(f"an object of type {kind.__module__}.{kind.__qualname__} cannot be sent")
        marker: "dict[str, Any]" = {VALUE_UNSERIALIZABLE: True}
        if self._detail == "none":
            return marker
        kind = type(value)
        marker["type"] = f"{kind.__module__}.{kind.__qualname__}"
        if self._detail in ("repr_truncated", "repr_redacted"):
            try:
                text = repr(value)
            except Exception as error:
                text = f"<repr raised {type(error).__name__}>"
            if self._detail == "repr_redacted":
                from ._redaction import redact

                text = redact(text)
            marker["repr"] = self._str(text[: self._repr_max], 0)
        return marker


class NativeConverter(Converter):
    """For marshal, which writes bytes, any float and any string itself."""

    def _float(self, value: float, depth: int) -> float:
        return float.__float__(value)

    def _str(self, value: str, depth: int) -> str:
        text = str.__str__(value)
        self.count(len(text))
        return text

    def _is_key(self, key: str) -> bool:
        return True

    def _bytes(self, value: "Any", depth: int) -> bytes:
        self.count(len(value))
        return bytes(value)

    def _raw(self, data: bytes) -> bytes:
        return data


def tag(name: str, value: "Any") -> "dict[str, Any]":
    """Returns a tagged object."""
    return {VALUE_TAG: name, "v": value}


def _field_names(kind: type, fields: "Any") -> "list[str]":
    """Returns the fields of a dataclass, without its pseudo-fields, or of an attrs class."""
    if hasattr(kind, "__dataclass_fields__"):
        return [field.name for field in sys.modules["dataclasses"].fields(kind)]
    return [field.name for field in fields]


def _structure_fields(kind: type) -> "list[str]":
    """Returns the names that CPython's structures (os.stat_result, time.struct_time) give their items; some names have
    no item."""
    if not hasattr(kind, "n_sequence_fields"):
        return []
    return [name for name, member in vars(kind).items() if type(member).__name__ == "member_descriptor"]


def _is_small(value: "Any") -> bool:
    try:
        size = getattr(value, "size", None)
        if not isinstance(size, int):
            size = value.numel() if hasattr(value, "numel") else len(value)
        return size <= _MAX_TOLIST
    except Exception as error:
        if is_interrupt(error):
            raise
        return False


def _base64(data: "Any") -> str:
    return b2a_base64(data, newline=False).decode()


_BUILT_IN: "list[tuple[Any, str]]" = [
    (str, "_str"),
    (int, "_int"),
    (float, "_float"),
    (dict, "map"),
    ((list, tuple, set, frozenset), "_list"),
    ((bytes, bytearray), "_bytes"),
    (memoryview, "_memoryview"),
    (complex, "_complex"),
]


from . import _libraries  # noqa: E402  at the end: it needs Converter
