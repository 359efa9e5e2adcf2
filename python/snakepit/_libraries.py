"""Conversions of types of the standard library, numpy and pandas. Only used for modules that are imported."""

from ._builtins import __builtins__  # noqa: F401
from ._conversions import Converter, tag
from ._protocol import VALUE_TAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOT_MINE = object()
_WIDEST_OFFSET_HOURS = 14  # the widest offset of .NET
_NANOSECONDS = {
    "W": 604_800 * 10**9, "D": 86_400 * 10**9, "h": 3_600 * 10**9, "m": 60 * 10**9, "s": 10**9,
    "ms": 10**6, "us": 10**3, "ns": 1}


def _decimal(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    if not issubclass(type(value), module.Decimal):
        return NOT_MINE
    # The decimal context decides between "e" and "E".
    return tag("decimal", module.Decimal.__str__(value).replace("e", "E"))


def _uuid(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    return tag("uuid", module.UUID.__str__(value)) if issubclass(type(value), module.UUID) else NOT_MINE


def _datetime(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    kind = type(value)
    if issubclass(kind, module.datetime):
        return _moment(module, value)
    if issubclass(kind, module.date):
        return tag("date", module.date.isoformat(value))
    if issubclass(kind, module.time) and value.tzinfo is None:
        return tag("time", module.time.isoformat(value))
    if issubclass(kind, module.timedelta):
        return tag("timedelta", value // module.timedelta(microseconds=1))
    return NOT_MINE


def _moment(module: "Any", value: "Any", digit: str = "") -> "Any":
    """Returns a tagged datetime. digit: the digit after the microseconds."""
    offset = value.utcoffset()
    if offset is not None and (
            offset % module.timedelta(minutes=1) or abs(offset) > module.timedelta(hours=_WIDEST_OFFSET_HOURS)):
        value = value.astimezone(module.timezone.utc)  # .NET's offsets are whole minutes, up to 14 hours
    text = module.datetime.isoformat(value, timespec="microseconds" if digit else "auto")
    return tag("datetime", text[:26] + digit + text[26:])


def _texts(*names: str) -> "Any":
    """Converts types that str() describes completely."""

    def convert(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
        kind = type(value)
        return (converter.text(str(value)) if any(issubclass(kind, getattr(module, name)) for name in names)
                else NOT_MINE)

    return convert


def _namespace(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    return converter.map(value.__dict__, depth) if issubclass(type(value), module.SimpleNamespace) else NOT_MINE


def _typed_array(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    return (converter.buffer(memoryview(value), depth)
            if issubclass(type(value), module.array) and value.typecode not in "uw" else NOT_MINE)


def _numpy(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    kind = type(value)
    if issubclass(kind, module.generic):
        return _numpy_scalar(converter, module, value, depth)
    if not issubclass(kind, module.ndarray):
        return NOT_MINE
    return _numpy_array(converter, module, value, depth)


def _numpy_scalar(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    kind, code = value.dtype.kind, value.dtype.char
    if kind == "V" and value.dtype.names:
        return converter.map({name: value[name] for name in value.dtype.names}, depth)
    if kind in "Mm":
        return _numpy_time(converter, module, value, depth)
    if code in "gG":
        narrow = float(value) if code == "g" else complex(value)
        exact = narrow == value or narrow != narrow
        return converter.convert(narrow, depth) if exact else converter.unserializable(value)
    return converter.convert(value.item(), depth)


def _numpy_time(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    """Returns a datetime64 or timedelta64 as its counterpart where that is exact, else as the array of one element that
    it is."""
    if module.isnat(value):
        return None
    unit, multiple = module.datetime_data(value.dtype)
    count = int(value.astype("i8")) * multiple  # not item(), which overflows silently
    try:
        exact = _duration(unit, count) if value.dtype.kind == "m" else _instant(unit, count)
    except (OverflowError, ValueError):
        exact = None  # outside Python's years
    return _numpy_array(converter, module, module.asarray(value), depth) if exact is None else exact


def _duration(unit: str, count: int) -> "Any":
    import datetime

    ticks = _NANOSECONDS.get(unit, 0) * count
    if unit not in _NANOSECONDS or ticks % 1000:
        return None
    datetime.timedelta(microseconds=ticks // 1000)
    return tag("timedelta", ticks // 1000)


def _instant(unit: str, count: int) -> "Any":
    import datetime

    if unit in ("Y", "M"):
        years, months = divmod(count if unit == "M" else 12 * count, 12)
        return tag("date", datetime.date(1970 + years, 1 + months, 1).isoformat())
    if unit not in _NANOSECONDS or _NANOSECONDS[unit] * count % 100:
        return None
    microseconds, digit = divmod(_NANOSECONDS[unit] * count // 100, 10)
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=microseconds)
    return (tag("date", moment.date().isoformat()) if unit in ("W", "D")
            else _moment(datetime, moment, str(digit) if digit else ""))


def _numpy_array(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    kind, code = value.dtype.kind, value.dtype.char
    masked = issubclass(type(value), module.ma.MaskedArray)
    if value is module.ma.masked:
        return None
    if kind in "Mm" or (kind == "V" and value.dtype.names) or (masked and code in "gG"):
        if masked or kind == "V":
            return _one_by_one(converter, value, depth)
    elif code in "gG" and not masked:
        narrow = value.astype("f8" if code == "g" else "c16")
        if not ((narrow == value) | (value != value)).all():
            return converter.unserializable(value)
        value = narrow
    elif masked or kind not in "biufc":
        return converter.convert(value.tolist(), depth)
    converter.count(value.nbytes)
    dtype = value.dtype.newbyteorder("<")
    return converter.array(dtype.str, value.shape, value.astype(dtype, copy=False).tobytes("C"), depth)


def _one_by_one(converter: Converter, value: "Any", depth: int) -> "Any":
    """Converts numpy's own elements, which keep names, units and masks that tolist() loses."""
    if value.ndim == 0 and value.dtype.names:
        return converter.map({name: value[name] for name in value.dtype.names}, depth)
    if value.ndim == 0:
        return converter.convert(value[()], depth)
    converter.check_depth(depth + value.ndim)
    if value.ndim == 1:
        return converter.convert_all(value, depth)
    return [_one_by_one(converter, item, depth + 1) for item in value]


def _pandas(converter: Converter, module: "Any", value: "Any", depth: int) -> "Any":
    kind = type(value)
    if value is module.NA or value is module.NaT:
        return None
    if issubclass(kind, module.Timestamp):
        return _timestamp(converter, value, depth)
    if issubclass(kind, module.Timedelta):
        return converter.convert(value.to_timedelta64(), depth)
    if issubclass(kind, module.Period):
        return converter.text(str(value))
    if issubclass(kind, module.Interval):
        return converter.map({"left": value.left, "right": value.right, "closed": value.closed}, depth)
    if issubclass(kind, module.DataFrame):
        columns = [value.iloc[:, index] for index in range(len(value.columns))]
        return _table(converter, module, list(value.columns), columns, value.index, depth)
    if issubclass(kind, module.Series):
        return _table(converter, module, [value.name], [value], value.index, depth)
    if issubclass(kind, (module.Index, module.api.extensions.ExtensionArray)):
        return converter.convert_all(_column(module, value), depth)
    return NOT_MINE


def _timestamp(converter: Converter, value: "Any", depth: int) -> "Any":
    import datetime

    if value.nanosecond % 100 == 0:
        return _moment(datetime, value, str(value.nanosecond // 100) if value.nanosecond else "")
    if value.tzinfo is None:
        return converter.convert(value.to_datetime64(), depth)
    return converter.unserializable(value)


def _table(
        converter: Converter, module: "Any", names: "list[Any]", columns: "list[Any]", index: "Any", depth: int
) -> "dict[str, Any]":
    table = {VALUE_TAG: "table", **_columns(converter, module, names, columns, depth)}
    unnamed = index.nlevels == 1 and index.name is None
    if not (unnamed and (index.empty or index.dtype.kind in "iu" and index.equals(module.RangeIndex(len(index))))):
        levels = [index.get_level_values(level) for level in range(index.nlevels)]
        table["index"] = _columns(converter, module, list(index.names), levels, depth + 1)
    return table


def _columns(
        converter: Converter, module: "Any", names: "list[Any]", columns: "list[Any]", depth: int) -> "dict[str, Any]":
    converter.check_depth(depth + 2)
    return {
        "names": ["" if name is None else converter.text(str(name)) for name in names],
        "columns": [converter.convert(_column(module, column), depth + 2) for column in columns],
    }


def _column(module: "Any", column: "Any") -> "list[Any]":
    items = list(column) if isinstance(column, module.api.extensions.ExtensionArray) else column.tolist()
    if isinstance(column.dtype, module.StringDtype):  # missing texts may be NaN there, from pandas 3 on
        return [item if isinstance(item, str) else None for item in items]
    if not isinstance(column.dtype, module.CategoricalDtype):
        return items
    categorical = column if isinstance(column, module.Categorical) else column.array
    return [None if code < 0 else item for code, item in zip(categorical.codes.tolist(), items)]


LIBRARIES = [
    ("pandas", _pandas),
    ("numpy", _numpy),
    ("datetime", _datetime),
    ("decimal", _decimal),
    ("uuid", _uuid),
    ("array", _typed_array),
    ("types", _namespace),
    ("pathlib", _texts("PurePath")),
    ("fractions", _texts("Fraction")),
    ("ipaddress", _texts("IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network")),
    ("collections", _texts("UserString")),
]
