"""The values of the golden vectors as Python objects, and how to compare values."""

import datetime
import decimal
import sys
import uuid

try:
    import numpy
except ImportError:
    numpy = None
try:
    import pandas
except ImportError:
    pandas = None


def _zone(hours, minutes=0):
    return datetime.timezone(datetime.timedelta(hours=hours, minutes=minutes))


UUID = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
VALUES = {
    "null": None,
    "true": True,
    "false": False,
    "int_zero": 0,
    "int_negative": -1,
    "int_beyond_double": 2**53 + 1,
    "int_lowest_64": -(2**63),
    "int_highest_64": 2**63 - 1,
    "int_highest_unsigned_64": 2**64 - 1,
    "int_beyond_128": -(2**128) - 1,
    "int_of_5000_digits": 10**4999,
    "float_one": 1.0,
    "float_negative_zero": -0.0,
    "float_tenth": 0.1,
    "float_smallest": 5e-324,
    "float_largest": sys.float_info.max,
    "float_1e15": 1e15,
    "float_1e22": 1e22,
    "float_small_exponent": 1e-05,
    "float_narrow_tenth": 0.10000000149011612,
    "float_nan": float("nan"),
    "float_infinity": float("inf"),
    "float_negative_infinity": float("-inf"),
    "float_1e16": 1e16,
    "float_1e16_long": 1e16,
    "string_empty": "",
    "string_escapes": "\"\\/\b\f\n\r\t\x00\x1f\x7f<>&'+\u2028",
    "string_scripts": "é Ω 日本 😀",
    "string_lone_surrogate": "a\ud83db",
    "string_reversed_surrogates": "\ude00\ud83d",
    "string_like_the_tag": "__snakepit__",
    "bytes_empty": b"",
    "bytes_all": bytes(range(256)),
    "decimal_scale": decimal.Decimal("1.10"),
    "decimal_largest": decimal.Decimal("-79228162514264337593543950335"),
    "decimal_exponent": decimal.Decimal("1E+5"),
    "datetime_utc": datetime.datetime(2024, 2, 29, 23, 59, 58, tzinfo=datetime.timezone.utc),
    "datetime_offset": datetime.datetime(2024, 2, 29, 23, 59, 58, 120, tzinfo=_zone(5, 30)),
    "datetime_negative_offset": datetime.datetime(1, 1, 2, tzinfo=_zone(-8)),
    "datetime_naive": datetime.datetime(9999, 12, 31, 23, 59, 59, 999999),
    "datetime_seven_digits": datetime.datetime(2024, 2, 29, 23, 59, 58, 123456, tzinfo=datetime.timezone.utc),
    "date": datetime.date(2024, 2, 29),
    "time": datetime.time(23, 59, 58, 1),
    "time_seven_digits": datetime.time(0, 0, 0, 1),
    "timedelta": datetime.timedelta(days=1, hours=1, minutes=1, seconds=1 - 1, microseconds=1000001),
    "timedelta_negative": datetime.timedelta(microseconds=-1),
    "complex": complex(1, -2.5e22),
    "complex_not_finite": complex(float("nan"), float("-inf")),
    "uuid": UUID,
    "list_empty": [],
    "list_mixed": [None, True, 1, 1.0, "x", []],
    "map_empty": {},
    "map_ordered": {"z": 1, "a": {"é": []}, "": None},
    "map_integer_keys": {2: "two", 1: "one"},
    "map_mixed_keys": {"1": 1, 1.5: 3, UUID: 4},
    "map_with_tag_key": {"__snakepit__": "float", "v": "nan"},
    "map_lone_surrogate_key": {"\ud800": 1},
    "map_with_tag_key_inside": {"a": [{"__snakepit__": 1}]},
    "array_doubles": ("d", [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]),
    "array_bytes_3d": ("B", [[[0, 1], [2, 255]]]),
    "array_empty": ("i", (0, 3)),
    "table": {"name": ["x", "y"], "n": [1, 2]},
    "table_with_index": {"": ["x", "x"], "n": [1, 2]},
}


def _array(code, content):
    """Returns the array as this interpreter reads it: numpy's where numpy is installed."""
    if numpy is not None:
        return numpy.zeros(content, code) if isinstance(content, tuple) else numpy.array(content, code)
    if isinstance(content, tuple):
        return memoryview(b"").cast(code)  # memoryview has no empty shapes

    def shape_and_items(nested):
        if not isinstance(nested, list):
            return [], [nested]
        parts = [shape_and_items(item) for item in nested]
        return [len(nested)] + parts[0][0], [item for part in parts for item in part[1]]

    import array

    shape, items = shape_and_items(content)
    return memoryview(array.array(code, items).tobytes()).cast(code, shape)


def value_of(name):
    """Returns the value of the golden vector of that name."""
    value = VALUES[name]
    if name.startswith("array"):
        return _array(*value)
    if name == "table" and pandas is not None:
        return pandas.DataFrame(value)
    if name == "table_with_index" and pandas is not None:
        return pandas.DataFrame({"n": value["n"]}, index=value[""])
    return value


def form(value):
    """Returns an object that is equal only for the same type, content and order."""
    kind = type(value).__name__
    if isinstance(value, dict):
        return kind, [(form(key), form(item)) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return kind, [form(item) for item in value]
    if kind in ("ndarray", "memoryview"):
        return kind, str(getattr(value, "dtype", getattr(value, "format", ""))), list(value.shape), repr(value.tolist())
    if kind == "DataFrame":
        return kind, list(value.columns), repr(value.index.tolist()), repr(value.values.tolist())
    if kind == "datetime":
        return kind, value.isoformat()
    if kind in ("int", "str"):
        return kind, value
    return kind, repr(value)
