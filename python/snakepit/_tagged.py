"""Reads tagged objects: values that a codec has no form for."""

import sys
from binascii import a2b_base64

from ._builtins import __builtins__  # noqa: F401
from ._interrupts import is_interrupt
from ._protocol import VALUE_TAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_path_without_numpy: "list[str] | None" = None  # sys.path of the last search for numpy that found none

_FORMATS = {
    "|b1": "?", "|i1": "b", "|u1": "B", "<i2": "h", "<u2": "H", "<i4": "i", "<u4": "I", "<i8": "q", "<u8": "Q",
    "<f2": "e", "<f4": "f", "<f8": "d",
}  # fmt: skip


def untag(tagged: "dict[str, Any]") -> "Any":
    """Returns the value of a tagged object. Raises ValueError for a tag that this version does not know."""
    tag = tagged[VALUE_TAG]
    reader = _READERS.get(tag) if isinstance(tag, str) else None
    if reader is None:
        raise ValueError(f"unknown value tag {tag!r}")
    try:
        return reader(tagged)
    except (TypeError, LookupError, ArithmeticError, AttributeError, ValueError) as error:
        if is_interrupt(error):
            raise
        raise ValueError(f"malformed {tag}: {error}") from error


def _float(tagged: "dict[str, Any]") -> float:
    return float(tagged["v"])


def _complex(tagged: "dict[str, Any]") -> complex:
    real, imaginary = tagged["v"].split(" ")
    return complex(float(real), float(imaginary))


def _decimal(tagged: "dict[str, Any]") -> "Any":
    from decimal import Decimal

    return Decimal(tagged["v"])


def _bytes(tagged: "dict[str, Any]") -> bytes:
    return a2b_base64(tagged["v"])


def _str(tagged: "dict[str, Any]") -> str:
    return a2b_base64(tagged["v"]).decode("utf-16-le", "surrogatepass")


def _datetime(tagged: "dict[str, Any]") -> "Any":
    from datetime import datetime

    return datetime.fromisoformat(_to_microseconds(tagged["v"]))


def _date(tagged: "dict[str, Any]") -> "Any":
    from datetime import date

    return date.fromisoformat(tagged["v"])


def _time(tagged: "dict[str, Any]") -> "Any":
    from datetime import time

    return time.fromisoformat(_to_microseconds(tagged["v"]))


def _timedelta(tagged: "dict[str, Any]") -> "Any":
    from datetime import timedelta

    return timedelta(microseconds=tagged["v"])


def _uuid(tagged: "dict[str, Any]") -> "Any":
    from uuid import UUID

    return UUID(tagged["v"])


def _map(tagged: "dict[str, Any]") -> "dict[Any, Any]":
    pairs = tagged["v"]
    read = {_hashable(key): value for key, value in pairs}
    if len(read) != len(pairs):
        raise ValueError("two of its keys are equal in Python")
    return read


def _array(tagged: "dict[str, Any]") -> "Any":
    content = tagged["v"]
    # A bytearray, so that a tool may write into its array.
    data = bytearray(content if type(content) is bytes else a2b_base64(content))
    dtype, shape = tagged["dtype"], tagged["shape"]
    if type(dtype) is not str or "," in dtype or "(" in dtype or not (
            dtype.lstrip("<>=|")[:1].isalpha() or dtype == "?"):
        # To numpy, it may be a structure, parts of which it evaluates as Python.
        raise ValueError(f"{dtype!r} is no type of elements")
    numpy = _find_numpy()
    if numpy is None:
        return _lists(data, dtype, shape) if tagged.get("list") else _view(memoryview(data), dtype, shape)
    return numpy.frombuffer(data, dtype=numpy.dtype(dtype)).reshape(shape)


def _find_numpy() -> "Any":
    """Returns numpy, or None. Repeats a failed search only when sys.path has changed, because a search takes as long as
    a call."""
    global _path_without_numpy
    numpy = sys.modules.get("numpy")
    if numpy is None and _path_without_numpy != sys.path:
        try:
            import numpy
        except ImportError:
            _path_without_numpy = list(sys.path)
            return None
    return numpy


def _table(tagged: "dict[str, Any]") -> "Any":
    names, columns, index = tagged["names"], tagged["columns"], tagged.get("index")
    try:
        import pandas
    except ImportError:
        return _columns(names, columns, index)
    frame = pandas.DataFrame(dict(enumerate(columns)))
    frame.columns = names
    if index is not None:
        levels = [name or None for name in index["names"]]
        if len(levels) == 1:
            frame.index = pandas.Index(index["columns"][0], name=levels[0])
        else:
            frame.index = pandas.MultiIndex.from_arrays(index["columns"], names=levels)
    return frame


def _columns(names: "list[str]", columns: "list[Any]", index: "Any") -> "dict[str, list[Any]]":
    if index is not None:
        names, columns = index["names"] + names, index["columns"] + columns
    read = dict(zip(names, columns))
    if len(read) != len(names):
        raise ValueError("a column's name is there twice, which needs pandas")
    return read


def _view(data: memoryview, dtype: str, shape: "list[int]") -> memoryview:
    if dtype not in _FORMATS:
        raise ValueError(f"an array of {dtype} needs numpy, which is not installed")
    if 0 in shape:
        return data.cast(_FORMATS[dtype])  # memoryview has no empty shapes
    return data.cast(_FORMATS[dtype], shape)


def _lists(data: bytearray, dtype: str, shape: "list[int]") -> "list[Any]":
    """Returns the elements in nested lists, one level for each dimension."""
    from struct import calcsize, unpack

    if 0 in shape:
        return _empty_lists(shape)
    code = _FORMATS[dtype]
    items: "list[Any]" = list(unpack(f"<{len(data) // calcsize('<' + code)}{code}", data))
    for length in reversed(shape[1:]):
        items = [items[start : start + length] for start in range(0, len(items), length)]
    return items


def _empty_lists(shape: "list[int]") -> "list[Any]":
    return [_empty_lists(shape[1:]) for _ in range(shape[0])] if len(shape) > 1 else []


def _to_microseconds(text: str) -> str:
    """Cuts .NET's seventh digit, which Python's time types cannot hold."""
    dot = text.find(".")
    if dot < 0 or not text[dot + 1 : dot + 8].isdigit():
        return text
    return text[: dot + 7] + text[dot + 8 :]


def _hashable(key: "Any") -> "Any":
    if type(key) is list:
        return tuple(map(_hashable, key))
    numpy = sys.modules.get("numpy")
    return _hashable(key.tolist()) if numpy is not None and type(key) is numpy.ndarray else key


def _stream(tagged: "dict[str, Any]") -> "Any":
    from ._argument import ArgumentStream

    return ArgumentStream(tagged["v"])


_READERS = {
    "float": _float,
    "complex": _complex,
    "decimal": _decimal,
    "bytes": _bytes,
    "str": _str,
    "datetime": _datetime,
    "date": _date,
    "time": _time,
    "timedelta": _timedelta,
    "uuid": _uuid,
    "map": _map,
    "array": _array,
    "table": _table,
    "stream": _stream,
}
