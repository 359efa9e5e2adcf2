"""Conversions of types of the standard library, numpy and pandas: never a wrong value, and the same in both codecs."""

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import io
import ipaddress
import json
import os
import pathlib
import random
import re
import threading
import time
import types
import typing
import unittest
import unittest.mock
import uuid
import warnings

from snakepit import _conversions, _libraries, _marshal, _plain, _values
from tests.wire_values import form, numpy, pandas

UTC = datetime.timezone.utc
MARKER = "__snakepit_unserializable__"

encode = _values.make_encoder("type", 500)
decode = _values.make_decoder()
encode_native = _marshal.make_encoder("type", 500)
decode_native = _marshal.make_decoder()


def wire(value):
    return json.loads(encode(value))


def arrives(test, value):
    """Returns the value after a round trip in each codec."""
    by_json = decode(encode(value))
    test.assertEqual(form(by_json), form(decode_native(encode_native(value))))
    return by_json


class Weekday(enum.Enum):
    MONDAY = "mon"


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


class Row(typing.NamedTuple):
    name: str
    tags: list


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: int
    y: dict


@dataclasses.dataclass
class Slotted:
    __slots__ = ("x", "unset")
    x: int
    unset: int


class Attrs:
    __attrs_attrs__ = (types.SimpleNamespace(name="a"), types.SimpleNamespace(name="_b"))

    def __init__(self):
        self.a, self._b, self.hidden = 1, [2], 3


def zone(**offset):
    return datetime.timezone(datetime.timedelta(**offset))


# Rule: V1, V4
class StandardLibraryTests(unittest.TestCase):
    def test_type_becomes_what_the_table_says(self):
        slotted = Slotted.__new__(Slotted)
        slotted.x = 1
        for value, expected in (
            (pathlib.PurePosixPath("/a/ü"), "/a/ü"),
            (pathlib.PureWindowsPath("c:/x"), "c:\\x"),
            (fractions.Fraction(-1, 3), "-1/3"),
            (ipaddress.ip_address("::1"), "::1"),
            (ipaddress.ip_network("10.0.0.0/8"), "10.0.0.0/8"),
            (ipaddress.ip_interface("10.0.0.1/8"), "10.0.0.1/8"),
            (collections.UserString("text"), "text"),
            (types.SimpleNamespace(a=1, b=types.SimpleNamespace()), {"a": 1, "b": {}}),
            (types.MappingProxyType({"a": 1}), {"a": 1}),
            (collections.ChainMap({"a": 1}, {"a": 2, "b": 3}), {"a": 1, "b": 3}),
            (collections.Counter("aab"), {"a": 2, "b": 1}),
            (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
            (collections.defaultdict(list, a=[1]), {"a": [1]}),
            (collections.deque([1, 2], 5), [1, 2]),
            (collections.UserList([1, 2]), [1, 2]),
            (Row("x", [Row("y", [])]), {"name": "x", "tags": [{"name": "y", "tags": []}]}),
            (Frozen(1, {2: 3}), {"x": 1, "y": {2: 3}}),
            (slotted, {"x": 1}),
            (Attrs(), {"a": 1, "_b": [2]}),
            (Weekday.MONDAY, "mon"),
            (Rights.READ | Rights.WRITE, 3),
            (range(3, 0, -1), [3, 2, 1]),
            (frozenset({1}), [1]),
            ({"a": 1}.items(), [["a", 1]]),
            (bytearray(b"ab"), b"ab"),
            (memoryview(b"ab").cast("c"), b"ab"),
            (1 + 2j, 1 + 2j),
            (complex(float("nan"), float("-inf")), complex(float("nan"), float("-inf"))),
            (complex(-0.0, 1e300), complex(-0.0, 1e300)),
            (datetime.time(1, tzinfo=UTC), "01:00:00+00:00"),
            (datetime.timedelta.max, datetime.timedelta.max),
            (datetime.timedelta.min, datetime.timedelta.min),
            (datetime.datetime.max, datetime.datetime.max),
            (
                datetime.datetime(2024, 1, 1, tzinfo=zone(hours=-14)),
                datetime.datetime(2024, 1, 1, tzinfo=zone(hours=-14))),
            (
                datetime.datetime(2024, 1, 1, tzinfo=zone(hours=14, minutes=1)),
                datetime.datetime(2023, 12, 31, 9, 59, tzinfo=UTC)),
            (
                datetime.datetime(2024, 1, 1, tzinfo=zone(hours=-23, minutes=-59)),
                datetime.datetime(2024, 1, 1, 23, 59, tzinfo=UTC)),
            (
                datetime.datetime(2024, 1, 1, tzinfo=zone(seconds=1)),
                datetime.datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC)),
            (
                datetime.datetime(2024, 1, 1, tzinfo=zone(microseconds=1)),
                datetime.datetime(2023, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
            (decimal.Decimal("-0.00"), decimal.Decimal("-0.00")),
            (decimal.Decimal("sNaN12"), decimal.Decimal("sNaN12")),
            (decimal.Decimal("-Infinity"), decimal.Decimal("-Infinity")),
            (uuid.UUID(int=2**128 - 1), uuid.UUID(int=2**128 - 1)),
            (collections.namedtuple("Empty", "")(), {}),
        ):  # fmt: skip
            for place in (lambda item: item, lambda item: [item], lambda item: {"a": [item]}):
                with self.subTest(value):
                    self.assertEqual(form(arrives(self, place(value))), form(place(expected)))

    def test_typed_array_becomes_an_array(self):
        for code in "bBhHiIlLqQfd":
            value = array.array(code, [0, 1, 2])
            with self.subTest(code):
                back = arrives(self, value)
                self.assertEqual((back.tolist(), back.itemsize), ([0, 1, 2], value.itemsize))
        self.assertEqual(len(wire(array.array("b", bytes(1_000_001)))["v"]), 1_333_336)

    def test_structure_keeps_the_names_of_all_its_items(self):
        self.assertEqual(arrives(self, time.gmtime(0))["tm_zone"], "UTC" if time.gmtime(0).tm_zone == "UTC" else "GMT")
        stat = os.stat("/")
        self.assertEqual(arrives(self, stat)["st_mtime_ns"], stat.st_mtime_ns)

    def test_type_without_a_form_becomes_a_marker(self):
        before_the_first_year = datetime.datetime.min.replace(tzinfo=zone(seconds=61))
        for value in (
            io.BytesIO(b"x"), io.StringIO("x"), re.compile("a"), ValueError("x"), threading.Lock(), iter([1]),
            (i for i in "a"), map(str, []),
            int, typing.List[int], json, json.loads, len, object(), NotImplemented, before_the_first_year, slice(1),
            memoryview(b"12345678").cast("P"),
        ):  # fmt: skip
            with self.subTest(value):
                self.assertTrue(arrives(self, [value])[0][MARKER])

    def test_fold_decides_the_offset(self):
        class Berlin(datetime.tzinfo):
            def utcoffset(self, moment):
                return datetime.timedelta(hours=2 - moment.fold)

            def dst(self, moment):
                return None

        berlin = Berlin()
        for fold, offset in ((0, 2), (1, 1)):
            self.assertEqual(
                form(arrives(self, datetime.datetime(2024, 10, 27, 2, 30, fold=fold, tzinfo=berlin))),
                form(datetime.datetime(2024, 10, 27, 2, 30, tzinfo=zone(hours=offset))),
            )


class SaysItIsADict:
    __class__ = dict


class SaysItIsText:
    __class__ = str


class LyingLength(list):
    def __len__(self):
        return 2**62


class Raises(collections.UserDict):
    def items(self):
        raise RuntimeError("no items")


class Changes(collections.UserDict):
    def __iter__(self):
        for key in self.data:
            self.data[f"{key}+"] = 1
            yield key


class RaisesLate(collections.UserList):
    def __iter__(self):
        yield 1
        raise OSError


class Endless(list):
    def __iter__(self):
        while True:
            yield 1


class EndlessMap(dict):
    def items(self):
        while True:
            yield "a", 1


class NoDictionary(types.SimpleNamespace):
    @property
    def __dict__(self):
        raise AttributeError


class RaisingProperty:
    __attrs_attrs__ = (types.SimpleNamespace(name="a"),)

    @property
    def a(self):
        raise RuntimeError


class Unkeyed(str):
    """An object that equals no other."""

    __slots__ = ()

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return id(self)


# Rule: V1, V4
class LiarTests(unittest.TestCase):
    def test_object_that_lies_about_itself_becomes_a_marker(self):
        for value in (
                SaysItIsADict(), SaysItIsText(), Raises(a=1), Changes(a=1), RaisesLate(), NoDictionary(a=1),
                RaisingProperty()):
            with self.subTest(type(value).__name__):
                self.assertEqual(
                    [1, type(value).__qualname__],
                    [arrives(self, [1, value])[0], arrives(self, [1, value])[1]["type"].split(".")[-1]])

    def test_length_that_lies_is_not_believed(self):
        self.assertEqual(arrives(self, LyingLength([1, 2])), [1, 2])

    def test_what_never_ends_is_refused(self):
        with unittest.mock.patch("snakepit._conversions.MAX_NODES", 10_000), unittest.mock.patch(
                "snakepit._plain.MAX_NODES", 10_000):
            for value in (Endless(), EndlessMap()):
                for encoder in (encode, encode_native):
                    with self.assertRaisesRegex(ValueError, "10000 nodes"):
                        encoder([value])

    def test_as_many_nodes_as_there_may_be_are_sent_and_one_more_is_refused(self):
        with unittest.mock.patch.object(_plain, "MAX_NODES", 1000), unittest.mock.patch.object(
                _conversions, "MAX_NODES", 1000):
            for count, make in ((1000, lambda n: [None] * n), (1000, lambda n: {str(key): key for key in range(n)}),
                                (998, lambda n: [[None] * n, 1]),
                                (999, lambda n: collections.deque([None] * n)), (999, lambda n: set(range(n))),
                                (499, lambda n: {key: None for key in range(n)})):
                with self.subTest(str(make(1))):
                    arrives(self, make(count))
                    with self.assertRaisesRegex(ValueError, "more than 1000 nodes"):
                        encode(make(count + 1))

    def test_keys_that_are_one_on_the_wire_stay_two(self):
        by_hand = _plain._items_of is _plain._items_by_hand
        self.assertEqual(
            encode({Unkeyed("a"): 1, Unkeyed("a"): 2}),
            b'{"a":1,"a":2}' if by_hand else b'{"__snakepit__":"map","v":[["a",1],["a",2]]}')
        with self.assertRaisesRegex(ValueError, "equal"):
            decode_native(encode_native({Unkeyed("a"): 1, Unkeyed("a"): 2}))
        with self.assertRaisesRegex(ValueError, "equal"):
            decode(encode({Unkeyed("a"): 1, Unkeyed("a"): 1j}))

    def test_keys_that_are_not_finite_arrive(self):
        back = arrives(self, {float("inf"): 1, float("-inf"): 2, decimal.Decimal("Infinity") + 1: 3})
        self.assertEqual(back, {float("inf"): 3, float("-inf"): 2})
        (key,) = arrives(self, {float("nan"): 1})
        self.assertNotEqual(key, key)


# Rule: V1
class MessageLimitTests(unittest.TestCase):
    """A result above the limit is rejected before it is copied."""

    LIMIT = 10_000
    encoders = [_values.make_encoder("type", 500, LIMIT), _marshal.make_encoder("type", 500, LIMIT)]

    def assert_refused(self, value):
        for encoder in self.encoders:
            with self.assertRaisesRegex(_plain.MessageTooLarge, "10000 that Call.MaxMessage allows"):
                encoder(value)

    def test_result_of_each_kind_is_refused(self):
        large = "x" * 10_001
        shared = ["x" * 2_000]
        for value in (
                large, large.encode(), [0] * 10_001, [[0] * 5_001] * 2, {str(i): i for i in range(10_001)}, {1: large},
                {1: bytearray(10_001)}, shared * 6 + [1j], array.array("b", bytes(10_001)), range(10_001), Endless(),
                EndlessMap()):
            self.assert_refused(value)
        self.assertRaises(_plain.MessageTooLarge, self.encoders[0], shared * 6)
        if numpy is not None:
            self.assert_refused(numpy.zeros(2_000))
            self.assert_refused(numpy.broadcast_to(numpy.float64(1), (10**6, 10**6)))

    def test_many_nodes_are_refused_without_being_written(self):
        with unittest.mock.patch("snakepit._values._text", side_effect=AssertionError), unittest.mock.patch(
                "snakepit._marshal._dumps", side_effect=AssertionError):
            self.assert_refused([[0.5] * 101] * 100)

    def test_what_never_ends_is_refused_after_as_many_items_as_fit(self):
        made = []

        class Counted(collections.UserList):
            def __iter__(self):
                while True:
                    made.append(None)
                    yield 1

        self.assert_refused(Counted())
        self.assertIn(len(made), range(self.LIMIT // 4, 2 * self.LIMIT + 1))

    def test_result_within_the_limit_is_written(self):
        for encoder in self.encoders:
            self.assertLess(len(encoder(["x" * 9_000, 1j])), self.LIMIT)
            self.assertLess(len(encoder({1: bytes(7_000)})), self.LIMIT)


class DepthTests(unittest.TestCase):
    """Rule V1: at the limit a value arrives, one level deeper it is refused."""

    def test_container_of_each_kind_stops_at_the_limit(self):
        kinds = [
            ([], 1), ({}, 1), (b"", 0), (1j, 1), ({1: 2}, 3), (decimal.Decimal(1), 1), (array.array("i", [1]), 2),
            (types.SimpleNamespace(), 1)]
        if pandas is not None:
            frame = pandas.DataFrame({"a": [1]})
            kinds += [(frame, 3), (pandas.DataFrame(), 2), (pandas.DataFrame({"a": [1]}, index=["x"]), 4)]
        if numpy is not None:
            kinds += [
                (numpy.zeros((1, 0), "O"), 2), (numpy.array([(1,)], [("a", "i4")]), 2),
                (numpy.zeros((1, 0), [("a", "i4")]), 2)]
        for value, levels in kinds:
            with self.subTest(value):
                self.assertEqual(self.deepest(encode_native, value), 200 - levels)
                if levels:
                    self.assertEqual(self.deepest(encode, value), 200 - levels)

    @staticmethod
    def deepest(encoder, value):
        for depth in range(190, 202):
            nested = value
            for _ in range(depth):
                nested = [nested]
            try:
                encoder(nested)
            except ValueError:
                return depth - 1
        return None


@unittest.skipIf(numpy is None, "numpy is not installed")
class NumpyTests(unittest.TestCase):
    """Rules V1 and V4, by what numpy says itself."""

    UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "25s", "10ns"]
    NANOSECONDS = {
        "W": 604_800 * 10**9, "D": 86_400 * 10**9, "h": 3_600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6,
        "us": 10**3, "ns": 1}

    def setUp(self):
        self.random = random.Random(12)

    def elements(self, dtype, count):
        """Returns elements of the type with random bits."""
        dtype = numpy.dtype(dtype)
        if dtype.kind == "b":
            return numpy.array([self.random.random() < 0.5 for _ in range(count)], dtype)
        if dtype.char in "gG":
            return numpy.array([self.random.choice([0.1, 1e300, float("nan")]) for _ in range(count)], dtype)
        return numpy.frombuffer(bytearray(self.random.getrandbits(8) for _ in range(count * dtype.itemsize)), dtype)

    def test_array_of_every_type_and_layout_arrives_as_it_was(self):
        types = list("?bBhHiIlLqQefdgFDG") + [f"{kind}8[{unit}]" for kind in "Mm" for unit in self.UNITS] + ["m8"]
        for dtype in types:
            flat = self.elements(dtype, 24)
            cube = flat.reshape(2, 3, 4)
            for view in (
                flat, flat[::-1], flat[:0], cube, cube.T, cube[:, ::-2], numpy.asfortranarray(cube),
                flat.reshape(2, 12)[:0],
                cube.astype(cube.dtype.newbyteorder(">")), flat[:1].reshape(()), numpy.broadcast_to(flat[:2], (3, 2)),
            ):  # fmt: skip
                with self.subTest(f"{dtype} {view.shape} {view.strides}"):
                    back = arrives(self, view)
                    numpy.testing.assert_array_equal(back, view)
                    narrow = {"g": "<f8", "G": "<c16"}.get(view.dtype.char, view.dtype.newbyteorder("<"))
                    self.assertEqual((back.dtype, back.shape), (numpy.dtype(narrow), view.shape))

    def test_matrix_and_memory_map_arrive_as_arrays(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            self.assertEqual(arrives(self, numpy.matrix([[1, 2]])).tolist(), [[1, 2]])

    def test_long_double_that_a_double_cannot_hold_becomes_a_marker(self):
        if numpy.dtype("g").itemsize == 8:
            self.skipTest("a long double is a double on this machine")
        third = numpy.longdouble(1) / 3
        for value in (third, numpy.array([1, third]), numpy.clongdouble(third), numpy.array([third], "G")):
            self.assertTrue(arrives(self, value)[MARKER])
        self.assertEqual(arrives(self, numpy.ma.array([third, 2], mask=[False, True]))[1], None)
        self.assertEqual(arrives(self, numpy.longdouble(0.1)), 0.1)

    def test_time_of_every_unit_is_the_time_that_numpy_has(self):
        for unit in self.UNITS:
            for kind in "Mm":
                counts = [0, 1, -1, 99, 100, -100, 1700, 1_700_000_000_123_456_700, 2**63 - 1, 1 - 2**63]
                counts += [
                    self.random.getrandbits(self.random.randrange(1, 64)) - 2**self.random.randrange(62)
                    for _ in range(200)]
                for count in counts:
                    value = numpy.array(count, "i8").view(f"{kind}8[{unit}]")[()]
                    with self.subTest(f"{value!r}"):
                        self.check_time(value)
                self.assertIsNone(arrives(self, numpy.array(-(2**63), "i8").view(f"{kind}8[{unit}]")[()]))

    def check_time(self, value):
        arrives(self, value)
        sent = wire(value)
        unit, multiple = numpy.datetime_data(value.dtype)
        count = int(value.view("i8")) * multiple
        if sent["__snakepit__"] == "array":
            back = decode(encode(value))
            self.assertEqual(
                (back.dtype, back.shape, back.view("i8").tolist()), (value.dtype, (), int(value.view("i8"))))
        elif sent["__snakepit__"] == "timedelta":
            self.assertEqual(sent["v"] * 1000, count * self.NANOSECONDS[unit])
        elif unit in ("Y", "M"):
            day = datetime.date.fromisoformat(sent["v"])
            self.assertEqual((day.year - 1970) * 12 + day.month - 1, count * (12 if unit == "Y" else 1))
        else:
            text = sent["v"] + ("T00:00:00" if sent["__snakepit__"] == "date" else "")
            since = datetime.datetime.fromisoformat(text[:26]) - datetime.datetime(1970, 1, 1)
            ticks = since // datetime.timedelta(microseconds=1) * 10 + int(text[26:] or 0)
            self.assertEqual(ticks * 100, count * self.NANOSECONDS[unit])

    def test_time_within_reach_of_dotnet_has_its_own_form(self):
        for value, tag in (
            (numpy.datetime64("2024"), "date"), (numpy.datetime64("2024-02"), "date"),
            (numpy.datetime64("2024-02-29"), "date"),
            (numpy.datetime64("2024-02-29T12"), "datetime"),
            (numpy.datetime64("2024-02-29T12:00:00.0000001"), "datetime"),
            (numpy.datetime64("2024-02-29T12:00:00.000000001"), "array"), (numpy.datetime64("12024-02-29"), "array"),
            (numpy.timedelta64(5, "D"), "timedelta"), (numpy.timedelta64(5_000, "ns"), "timedelta"),
            (numpy.timedelta64(5, "ns"), "array"),
            (numpy.timedelta64(5, "M"), "array"), (numpy.timedelta64(5), "array"),
        ):  # fmt: skip
            with self.subTest(f"{value!r}"):
                self.assertEqual(wire(value)["__snakepit__"], tag)

    def test_array_without_a_form_of_its_own_becomes_lists(self):
        structure = numpy.dtype([("name", "U3"), ("at", "M8[ns]"), ("in", [("x", "f4"), ("y", "i2", (2,))])])
        records = numpy.array([("a", "2024-01-01", (0.5, [1, 2])), ("b", "NaT", (1.5, [3, 4]))], structure)
        expected = [
            {"name": "a", "at": datetime.datetime(2024, 1, 1), "in": {"x": 0.5, "y": [1, 2]}},
            {"name": "b", "at": None, "in": {"x": 1.5, "y": [3, 4]}},
        ]
        plain = lambda back: [
            dict(row, **{"in": dict(row["in"], y=list(row["in"]["y"]))}) for row in back]  # noqa: E731
        self.assertEqual(plain(arrives(self, records)), expected)
        self.assertEqual(plain(arrives(self, records.view(numpy.recarray))), expected)
        self.assertEqual(plain([arrives(self, records[1])]), expected[1:])
        masked = numpy.ma.array(
            records, mask=[(True, False, (False, [False, False])), (False, False, (True, [False, True]))])
        self.assertEqual([row["name"] for row in arrives(self, masked)], [None, "b"])
        for value, lists in (
            (numpy.array([["a", "bc"]]), [["a", "bc"]]),
            (numpy.array([b"a\0", b""]), [b"a", b""]),
            (numpy.array([[b"ab", b"cd"]], "V2"), [[b"ab", b"cd"]]),
            (numpy.void(b"ab"), b"ab"),
            (numpy.array([None, 1, datetime.date(2024, 1, 1)], object), [None, 1, datetime.date(2024, 1, 1)]),
            (numpy.array({"a": 1}, object), {"a": 1}),
            (numpy.ma.array([1, 2], mask=[True, False]), [None, 2]),
            (
                numpy.ma.array([["2024-01-01", "NaT", "2024-01-02"]], "M8[ns]", mask=[[True, False, False]]),
                [[None, None, datetime.datetime(2024, 1, 2)]]),
            (numpy.ma.masked, None),
        ):
            with self.subTest(repr(value)):
                self.assertEqual(form(arrives(self, value)), form(lists))


    def test_text_of_any_length_becomes_lists(self):
        text = getattr(getattr(numpy, "dtypes", None), "StringDType", None)
        if text is None:
            self.skipTest("from numpy 2 on")
        for value, lists in (
                (numpy.array([["a", "bc"], ["", "ä"]], text()), [["a", "bc"], ["", "ä"]]),
                (numpy.array(["a", None], text(na_object=None)), ["a", None])):
            self.assertEqual(arrives(self, value), lists)


@unittest.skipIf(pandas is None, "pandas is not installed")
class PandasTests(unittest.TestCase):
    """Rules V1 and V4, by what pandas says itself."""

    def columns(self):
        nan, stamp = float("nan"), pandas.Timestamp
        yield pandas.Series([1, 2, 3]), [1, 2, 3]
        yield pandas.Series([1.5, nan, float("inf")]), [1.5, nan, float("inf")]
        yield pandas.Series([True, False]), [True, False]
        yield pandas.Series([1, None], dtype="Int64"), [1, None]
        yield pandas.Series([255, None], dtype="UInt8"), [255, None]
        yield pandas.Series([True, None], dtype="boolean"), [True, None]
        yield pandas.Series([1.5, None], dtype="Float64"), [1.5, None]
        yield pandas.Series(["a", None], dtype="string"), ["a", None]
        yield pandas.Series(["a", None, 1, nan, b"x", [1], pandas.NA, pandas.NaT]), [
            "a", None, 1, nan, b"x", [1], None, None]
        yield pandas.Series(["a", None, "a"], dtype="category"), ["a", None, "a"]
        yield pandas.Series(pandas.Categorical([2, 1], categories=[2, 1], ordered=True)), [2, 1]
        yield pandas.Series([0, 0, 5], dtype=pandas.SparseDtype("int")), [0, 0, 5]
        yield pandas.Series([nan, 1.0], dtype="Sparse"), [nan, 1.0]
        yield pandas.Series(pandas.period_range("2024-01", periods=2, freq="M")), ["2024-01", "2024-02"]
        yield pandas.Series(pandas.interval_range(0, 1)), [{"left": 0, "right": 1, "closed": "right"}]
        yield pandas.Series(pandas.to_datetime(["2024-02-29", None])), [datetime.datetime(2024, 2, 29), None]
        # Python cuts the seventh digit.
        yield pandas.Series([stamp("2024-02-29T12:00:00.1234567")]), [datetime.datetime(2024, 2, 29, 12, 0, 0, 123456)]
        summer = datetime.datetime(2024, 7, 1, tzinfo=zone(hours=2))
        yield pandas.Series(pandas.to_datetime(["2024-07-01"]).tz_localize("Europe/Berlin")), [summer]
        yield pandas.Series(pandas.to_timedelta(["1 days", None])), [datetime.timedelta(1), None]
        yield pandas.Series([1 + 2j]), [1 + 2j]
        yield pandas.Series([], dtype="float"), []

    def test_column_of_every_type_has_the_values_that_pandas_has(self):
        for series, expected in self.columns():
            with self.subTest(str(series.dtype)):
                table = arrives(self, series)
                sent = wire(series)
                self.assertEqual((sent["__snakepit__"], sent["names"], "index" in sent), ("table", [""], False))
                self.assertEqual(len(table), len(series))
                frame = wire(pandas.DataFrame({"a": series, "b": series}))
                self.assertEqual(frame, {"__snakepit__": "table", "names": ["a", "b"], "columns": sent["columns"] * 2})
                self.assertEqual(form(decode(json.dumps(sent["columns"][0]).encode())), form(expected))
                if not isinstance(series.dtype, pandas.SparseDtype):
                    self.assertEqual(form(arrives(self, pandas.Index(series))), form(expected))
                self.assertEqual(form(arrives(self, series.array)), form(expected))

    def test_missing_text_is_none_whatever_pandas_has_for_it(self):
        for missing in (float("nan"), None, pandas.NA):
            column = types.SimpleNamespace(
                dtype=pandas.StringDtype(), tolist=lambda: ["a", missing])  # noqa: B023  as of pandas 3's str
            self.assertEqual(_libraries._column(pandas, column), ["a", None])

    def random_column(self, length):
        """Returns a column, and its items as pandas returns them one by one."""
        pick = self.random.randrange
        kind = self.random.choice(
            (
                "int64", "uint8", "float64", "bool", "Int32", "boolean", "string", "object", "category", "datetime",
                "zone", "timedelta"))
        if kind in ("datetime", "zone", "timedelta"):
            made = pandas.to_timedelta if kind == "timedelta" else pandas.to_datetime
            column = pandas.Series(made([None if pick(5) == 0 else pick(2**50) * 1000 for _ in range(length)]))
            return column.dt.tz_localize("UTC") if kind == "zone" else column
        if kind in ("string", "object", "category"):
            items = [None if pick(5) == 0 else self.random.choice(("a", "b", "ä\0", "")) for _ in range(length)]
        elif kind in ("boolean", "bool"):
            items = [None if kind == "boolean" and pick(5) == 0 else bool(pick(2)) for _ in range(length)]
        elif kind == "float64":
            items = [float("nan") if pick(5) == 0 else self.random.random() for _ in range(length)]
        else:
            items = [None if kind == "Int32" and pick(5) == 0 else pick(200) for _ in range(length)]
        return pandas.Series(items, dtype=kind)

    def random_index(self, length):
        pick = self.random.randrange
        levels = [
            [self.random.choice(("a", "b", "c")) for _ in range(length)],
            [pick(3) for _ in range(length)],
            [pick(3) / 2 for _ in range(length)],
            [pandas.Timestamp(2024, 1, 1 + pick(3)) for _ in range(length)]]
        kind = pick(6)
        if kind == 5:
            return pandas.MultiIndex.from_arrays(self.random.sample(levels, 2), names=[None, "second"])
        return pandas.RangeIndex(length) if kind == 4 else pandas.Index(
            levels[kind], name=self.random.choice((None, "key")))

    def test_random_frame_has_the_items_and_labels_that_pandas_has(self):
        self.random = random.Random(12)
        for number in range(200):
            length = self.random.randrange(6)
            index = self.random_index(length)
            columns = [self.random_column(length) for _ in range(self.random.randrange(1, 4))]
            for column in columns:
                column.index = index
            frame = pandas.concat(columns, axis=1)
            frame.columns = [self.random.choice("xyz") for _ in columns]
            for value in (frame, columns[0]):
                with self.subTest(f"{number} {value.dtypes} {index!r}"):
                    self.check_table(value, index)

    def check_table(self, value, index):
        arrives(self, value)
        sent = wire(value)
        columns = [value] if isinstance(value, pandas.Series) else [
            value.iloc[:, column] for column in range(value.shape[1])]
        self.assertEqual(sent["names"], ["" if column.name is None else column.name for column in columns])
        self.assertEqual(
            [self.items(column) for column in sent["columns"]], [self.expected(column) for column in columns])
        if "index" in sent:
            levels = [index.get_level_values(level) for level in range(index.nlevels)]
            self.assertEqual(sent["index"]["names"], ["" if name is None else name for name in index.names])
            self.assertEqual(
                [self.items(level) for level in sent["index"]["columns"]], [self.expected(level) for level in levels])
        else:
            self.assertTrue(index.name is None and list(index) == list(range(len(value))))

    def items(self, column):
        return [form(item) for item in decode(json.dumps(column).encode())]

    def expected(self, column):
        """Returns the items as pandas shows each of them; a missing float of a plain column is NaN."""
        plain = getattr(column.dtype, "kind", "O") == "f" and not isinstance(
            column.dtype, pandas.api.extensions.ExtensionDtype)
        def to_python(item):
            if not plain and pandas.isna(item):
                return None
            if isinstance(item, pandas.Timestamp):
                return item.to_pydatetime()
            if isinstance(item, pandas.Timedelta):
                return item.to_pytimedelta()
            return getattr(item, "item", lambda: item)()

        return [form(to_python(item)) for item in column]

    def test_nanoseconds_are_never_cut(self):
        stamp, delta = pandas.Timestamp("2024-01-01T00:00:00.123456789"), pandas.Timedelta(5, "ns")
        self.assertEqual(arrives(self, stamp)[()], numpy.datetime64(stamp.value, "ns"))
        self.assertEqual(arrives(self, delta)[()], numpy.timedelta64(5, "ns"))
        self.assertEqual(wire(pandas.Timestamp("2024-01-01T00:00:00.1234567"))["v"], "2024-01-01T00:00:00.1234567")
        self.assertEqual(
            wire(pandas.Timestamp("2024-01-01T00:00:00.1234567+02:00"))["v"], "2024-01-01T00:00:00.1234567+02:00")
        self.assertTrue(wire(stamp.tz_localize("UTC"))[MARKER])
        self.assertEqual(wire(pandas.Series([stamp, pandas.NaT]).values)["dtype"], "<M8[ns]")

    def test_labels_travel_beside_the_columns(self):
        for frame in (
            pandas.DataFrame({"x": [1, 2]}, index=["a", "a"]),
            pandas.DataFrame({"x": [1, 2]}, index=pandas.Index([7, 3], name="id")),
            pandas.DataFrame({"x": [1, 2], "y": [0.5, 1.5]}).set_index("y"),
            pandas.DataFrame(
                {"x": [1, 2]}, index=pandas.MultiIndex.from_tuples([("a", 1), ("b", 1)], names=["k", None])),
            pandas.DataFrame({"x": [1, 2]}, index=pandas.to_datetime(["2024-01-01", "2024-01-01"])),
            pandas.DataFrame({"x": [1, 2]}, index=[0, 1]),
            pandas.DataFrame({"x": [1, 2, 3]})[lambda f: f.x > 1],
            pandas.DataFrame({"x": [1, 2]}, index=[0.0, 1.0]),
            pandas.DataFrame({"x": [1, 2]}, index=pandas.RangeIndex(2, name="n")),
        ):
            with self.subTest(str(frame.index)):
                pandas.testing.assert_frame_equal(arrives(self, frame), frame, check_index_type=False)
                pandas.testing.assert_frame_equal(
                    decode(encode(frame["x"])), frame["x"].to_frame(), check_index_type=False)

    def test_series_with_repeated_labels_keeps_every_row(self):
        series = pandas.Series([1, 2, 3], index=["a", "a", "b"], name="n")
        self.assertEqual(wire(series), {
            "__snakepit__": "table", "names": ["n"], "columns": [[1, 2, 3]],
            "index": {"names": [""], "columns": [["a", "a", "b"]]},
        })  # fmt: skip

    def test_column_names_become_text(self):
        frame = pandas.DataFrame([[1, 2, 3]], columns=["a", 1, None])
        self.assertEqual(wire(frame)["names"], ["a", "1", ""])
        pairs = pandas.DataFrame([[1, 2]], columns=pandas.MultiIndex.from_tuples([("a", 1), ("a", 2)]))
        self.assertEqual(wire(pairs)["names"], ["('a', 1)", "('a', 2)"])
        twice = pandas.DataFrame([[1, 2]], columns=["a", "a"])
        self.assertEqual(wire(twice)["columns"], [[1], [2]])

    def test_empty_frames_arrive(self):
        for frame in (pandas.DataFrame(), pandas.DataFrame({"a": []})):
            self.assertEqual(arrives(self, frame).shape, frame.shape)

    def test_multi_index_becomes_lists(self):
        self.assertEqual(arrives(self, pandas.MultiIndex.from_tuples([("a", 1), ("b", 2)])), [["a", 1], ["b", 2]])

    def test_repeated_names_without_pandas_are_refused(self):
        table = {"__snakepit__": "table", "names": ["a", "a"], "columns": [[1], [2]]}
        with unittest.mock.patch.dict("sys.modules", pandas=None), self.assertRaisesRegex(ValueError, "twice"):
            decode(json.dumps(table).encode())


if __name__ == "__main__":
    unittest.main()
