"""Turns any Python value into what a codec can say: tagged objects, conversions, or a marker. Never fails because of a type."""

import sys

from ._protocol import MAX_DEPTH, MAX_NODES, VALUE_TAG, VALUE_UNSERIALIZABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable

_MAX_TOLIST = 1_000_000
_TOO_DEEP = f"the value is nested more than {MAX_DEPTH} levels deep, or contains itself"
_DTYPES = {
    "?": "|b1", "b": "|i1", "B": "|u1", "h": "<i2", "H": "<u2", "i": "<i4", "I": "<u4", "l": "<i8", "L": "<u8",
    "q": "<i8", "Q": "<u8", "e": "<f2", "f": "<f4", "d": "<f8",
}  # fmt: skip


class Converter:
    """Converts one value for json. Counts its nodes, so that shared branches cannot grow without bound."""

    def __init__(self, detail: str, repr_max: int) -> None:
        self._detail = detail
        self._repr_max = repr_max
        self._nodes = 0
        kind = type(self)  # not bound to self: that would be a cycle for the collector to find
        self._built_in = [(base, getattr(kind, name)) for base, name in _BUILT_IN]

    def convert(self, value: "Any", depth: int) -> "Any":
        """The value as exact dict, list, str, int, finite float, bool and None. depth is how many levels are open around it."""
        self._nodes += 1
        if depth > MAX_DEPTH:
            raise ValueError(_TOO_DEEP)
        if self._nodes > MAX_NODES:
            raise ValueError(f"the value has more than {MAX_NODES} nodes")
        if value is None or value is True or value is False:
            return value
        for base, convert in self._built_in:
            if isinstance(value, base):
                converted = convert(self, value, depth)
                break
        else:
            converted = self._library(value, depth)
        if depth == MAX_DEPTH and isinstance(converted, (dict, list)):
            raise ValueError(_TOO_DEEP)
        return converted

    def _int(self, value: int, depth: int) -> int:
        return int.__index__(value)

    def _float(self, value: float, depth: int) -> "Any":
        value = float.__float__(value)
        if value - value == 0:
            return value
        return _tag("float", "nan" if value != value else "inf" if value > 0 else "-inf")

    def _str(self, value: str, depth: int) -> "Any":
        text = str.__str__(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            return _tag("str", _base64(text.encode("utf-16-le", "surrogatepass")))
        return text

    def _map(self, value: "Any", depth: int) -> "dict[str, Any]":
        pairs = list(value.items())
        if all(isinstance(key, str) for key, _ in pairs):
            converted = {self._str(key, depth): self.convert(item, depth + 1) for key, item in pairs if self._is_key(key)}
            if len(converted) == len(pairs) and VALUE_TAG not in converted:
                return converted
        return _tag("map", [[self.convert(key, depth + 3), self.convert(item, depth + 3)] for key, item in pairs])

    def _list(self, value: "Iterable[Any]", depth: int) -> "Any":
        as_dict = getattr(type(value), "_asdict", None)  # a namedtuple
        if as_dict is not None:
            return self._map(as_dict(value), depth)
        return [self.convert(item, depth + 1) for item in value]

    def _is_key(self, key: str) -> bool:
        try:
            str.encode(key)
        except UnicodeEncodeError:
            return False
        return True

    def _bytes(self, value: "Any", depth: int) -> "Any":
        return _tag("bytes", _base64(value))

    def _array(self, dtype: str, shape: "Iterable[int]", data: bytes) -> "dict[str, Any]":
        return {VALUE_TAG: "array", "dtype": dtype, "shape": list(shape), "v": _base64(data)}

    def _memoryview(self, value: memoryview, depth: int) -> "Any":
        if value.format == "B" and value.ndim == 1:
            return self._bytes(value.tobytes(), depth)
        dtype = _DTYPES.get(value.format.lstrip("@")) if len(value.format) < 3 else None
        if dtype is None:
            return self._unserializable(value)
        return self._array(dtype, value.shape, value.tobytes("C"))

    def _library(self, value: "Any", depth: int) -> "Any":
        """Types of modules that only exist here when the program imported them."""
        for module, convert in _LIBRARIES:
            loaded = sys.modules.get(module)
            if loaded is not None:
                found = convert(self, loaded, value, depth)
                if found is not _NOT_MINE:
                    return found
        return self._by_protocol(value, depth)

    def _by_protocol(self, value: "Any", depth: int) -> "Any":
        # Looked up on the type: a mock answers to every name, and a class is not its instances.
        for name in ("model_dump", "to_dict", "_asdict", "tolist", "isoformat"):
            method = None if isinstance(value, type) else getattr(type(value), name, None)
            if not callable(method) or (name == "tolist" and not _is_small(value)):
                continue
            try:
                converted = method(value)
            except Exception:
                continue  # the next way may work
            return self.convert(converted, depth + 1)
        return self._by_shape(value, depth)

    def _by_shape(self, value: "Any", depth: int) -> "Any":
        from _collections_abc import Mapping, Sequence, Set, ValuesView

        if isinstance(value, type):
            return self._unserializable(value)
        if hasattr(type(value), "__dataclass_fields__"):
            fields = sys.modules["dataclasses"].fields(value)
            return self._map({field.name: getattr(value, field.name, None) for field in fields}, depth)
        enum = sys.modules.get("enum")
        if enum is not None and isinstance(value, enum.Enum):
            return self.convert(value.value, depth + 1)
        if isinstance(value, Mapping):
            return self._map(value, depth)
        if isinstance(value, (Sequence, Set, ValuesView)):
            return self._list(value, depth)
        return self._unserializable(value)

    def _unserializable(self, value: "Any") -> "dict[str, Any]":
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
    """For marshal, which carries bytes, any float and any string by itself."""

    def _float(self, value: float, depth: int) -> float:
        return float.__float__(value)

    def _str(self, value: str, depth: int) -> str:
        return str.__str__(value)

    def _is_key(self, key: str) -> bool:
        return True

    def _bytes(self, value: "Any", depth: int) -> bytes:
        return bytes(value)

    def _array(self, dtype: str, shape: "Iterable[int]", data: bytes) -> "dict[str, Any]":
        return {VALUE_TAG: "array", "dtype": dtype, "shape": list(shape), "v": data}


def _decimal(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    return _tag("decimal", module.Decimal.__str__(value)) if isinstance(value, module.Decimal) else _NOT_MINE


def _uuid(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    return _tag("uuid", module.UUID.__str__(value)) if isinstance(value, module.UUID) else _NOT_MINE


def _datetime(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    if isinstance(value, module.datetime):
        if type(value).__name__ == "NaTType":
            return None
        offset = value.utcoffset()
        if offset is not None and offset % module.timedelta(minutes=1):
            value = value.astimezone(module.timezone.utc)  # .NET's offsets are whole minutes
        return _tag("datetime", module.datetime.isoformat(value))
    if isinstance(value, module.date):
        return _tag("date", module.date.isoformat(value))
    if isinstance(value, module.time) and value.tzinfo is None:
        return _tag("time", module.time.isoformat(value))
    if isinstance(value, module.timedelta):
        return _tag("timedelta", value // module.timedelta(microseconds=1))
    return _NOT_MINE


def _numpy(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    if isinstance(value, module.generic):
        item = value.item()
        if isinstance(item, module.generic):
            item = float(item) if isinstance(item, module.floating) else complex(item)
        return converter.convert(item, depth + 1)
    if not isinstance(value, module.ndarray) or value.dtype.kind not in "biufc" or value.dtype.char in "gG":
        return _NOT_MINE
    if isinstance(value, module.ma.MaskedArray):
        return _NOT_MINE  # tolist gives None for what is masked
    dtype = value.dtype.newbyteorder("<")
    return converter._array(dtype.str, value.shape, value.astype(dtype, copy=False).tobytes("C"))


def _pandas(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    if value is module.NA:
        return None
    if not isinstance(value, module.DataFrame):
        return _NOT_MINE
    names = [converter._str(str(name), depth) for name in value.columns]
    columns = [converter.convert(value.iloc[:, index].tolist(), depth + 2) for index in range(len(names))]
    return {VALUE_TAG: "table", "names": names, "columns": columns}


def _is_small(value: "Any") -> bool:
    size = getattr(value, "size", None)
    try:
        if not isinstance(size, int):
            size = value.numel() if hasattr(value, "numel") else len(value)
        return size <= _MAX_TOLIST
    except Exception:
        return False


def _tag(name: str, value: "Any") -> "dict[str, Any]":
    return {VALUE_TAG: name, "v": value}


def _base64(data: "Any") -> str:
    import binascii

    return binascii.b2a_base64(data, newline=False).decode()


_NOT_MINE = object()
_BUILT_IN: "list[tuple[Any, str]]" = [
    (str, "_str"),
    (int, "_int"),
    (float, "_float"),
    (dict, "_map"),
    ((list, tuple, set, frozenset), "_list"),
    ((bytes, bytearray), "_bytes"),
    (memoryview, "_memoryview"),
]
_LIBRARIES = [("datetime", _datetime), ("decimal", _decimal), ("uuid", _uuid), ("numpy", _numpy), ("pandas", _pandas)]
