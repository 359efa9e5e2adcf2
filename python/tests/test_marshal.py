"""The marshal codec against the golden vectors, and with all other values."""

import collections
import datetime
import decimal
import enum
import json
import marshal
import pathlib
import subprocess
import sys
import unittest
import uuid
from unittest import mock

from snakepit import _marshal, _values
from tests.wire_values import VALUES, form, numpy, pandas, value_of

ROOT = pathlib.Path(__file__).resolve().parents[2]

encode = _marshal.make_encoder("type", 500)
decode = _marshal.make_decoder()
json_encode = _values.make_encoder("type", 500)
json_decode = _values.make_decoder()


# Rule: V1, V3
class VectorTests(unittest.TestCase):
    def setUp(self):
        self.vectors = json.loads((ROOT / "tests/vectors/marshal.json").read_text("utf-8"))

    def test_vectors_all_have_a_value_here(self):
        self.assertEqual({vector["name"] for vector in self.vectors}, set(VALUES) - {"float_1e16_long"})

    def test_encode_vector_gives_the_same_bytes(self):
        for vector in self.vectors:
            without_pandas = vector["name"].startswith("table") and pandas is None
            without_shape = vector["name"] == "array_empty" and numpy is None
            if "python" in vector.get("written_by", ["python"]) and not without_pandas and not without_shape:
                with self.subTest(vector["name"]):
                    self.assertEqual(encode(value_of(vector["name"])).hex(), vector["wire"])

    def test_decode_vector_gives_an_equal_value(self):
        for vector in self.vectors:
            wire = bytes.fromhex(vector["wire"])
            for data in (wire, memoryview(wire), memoryview(bytearray(b"header" + wire))[6:]):
                with self.subTest(vector["name"]):
                    self.assertEqual(form(decode(data)), form(value_of(vector["name"])))


class Text(str):
    pass


class Name(str, enum.Enum):
    ADA = "ada"


class Level(enum.IntEnum):
    HIGH = 3


class Numbers(list):
    pass


class BufferedFloat(float):
    pass


Point = collections.namedtuple("Point", "x y")

# Values that marshal would write itself, but not as the wire format says, or not so that the host could read them.
IMPOSTORS = [
    bytearray(b"ab"),
    memoryview(b"ab"),
    memoryview(b"abcd").cast("H"),
    {1},
    frozenset({1}),
    1 + 2j,
    Ellipsis,
    StopIteration,
    compile("1", "", "eval"),
    {1: 2},
    {("a", 1): 2},
    {"__snakepit__": "float", "v": "nan"},
    {Text("a"): 1},
    {Name.ADA: Level.HIGH},
    Text("a"),
    BufferedFloat(1.5),
    Numbers([1]),
    Point(1, 2.0),
    collections.OrderedDict(b=1, a=2),
    decimal.Decimal("1.10"),
    uuid.UUID(int=1),
    datetime.datetime(2024, 2, 29),
    datetime.timedelta(1),
    object(),
]


# Rule: V3, V4
class ExactnessTests(unittest.TestCase):
    def assert_as_json(self, value):
        """Checks that marshal's result equals JSON's."""
        self.assertEqual(form(decode(encode(value))), form(json_decode(json_encode(value))))

    def test_encode_impostor_gives_what_json_gives(self):
        for value in IMPOSTORS:
            for place in (value, [value], [1.5, value], {"a": [{"b": value}]}, (1.5,) * 100 + (value,)):
                with self.subTest(place):
                    self.assert_as_json(list(place) if type(place) is tuple else place)

    def test_encode_plain_tree_needs_no_conversion(self):
        tree = [None, True, 1, 2**70, 1.5, float("nan"), "a", "\ud800", b"\0", (1, [2]), {"a": {"\udfff": ()}}]
        with mock.patch("snakepit._marshal.NativeConverter", side_effect=AssertionError):
            self.assertEqual(encode(tree), marshal.dumps(tree, 2))

    def test_encode_an_instances_dict_beside_one_with_other_keys(self):
        """From Python 3.13 on, the collector hides as many items of the first as it shows keys of the second."""
        class Settings:
            def __init__(self, value):
                self.value = value

        for settings in (Settings(b"\1"), Settings({1, 2}), Settings(bytearray(b"x"))):
            for value in ([vars(settings), {1: 2}], {"a": {3: 4}, "b": vars(settings)}, vars(settings)):
                with self.subTest(value):
                    self.assert_as_json(value)

    def test_encode_dict_that_once_had_another_key(self):
        rows = {"a": 1, 2: 3}
        del rows[2]
        self.assertEqual(encode([rows]), marshal.dumps([{"a": 1}], 2))

    def test_encode_tuple_stays_a_tuple_on_the_wire(self):
        self.assertEqual(encode((1,)), b"(\1\0\0\0i\1\0\0\0")

    def test_encode_interned_and_shared_values_are_written_out(self):
        name = sys.intern("an_interned_name")
        row = [name, name]
        written = b"[\2\0\0\0" + 2 * (b"u\x10\0\0\0" + name.encode())
        self.assertEqual(encode([row, row]), b"[\2\0\0\0" + written + written)

    def test_encode_string_that_holds_the_tag_stays_a_string(self):
        for value in ("x__snakepit__", ["__snakepit__"], {"a": "__snakepit__", "b__snakepit__": [1]}):
            self.assertEqual(form(decode(encode(value))), form(value))

    def test_encode_marker_has_the_configured_detail(self):
        marker = decode(_marshal.make_encoder("repr_truncated", 9)(object()))
        self.assertEqual(marker, {"__snakepit_unserializable__": True, "type": "builtins.object", "repr": "<object o"})
        self.assertEqual(decode(_marshal.make_encoder("none")([object])), [{"__snakepit_unserializable__": True}])

    def test_encode_text_form_of_another_class_is_written_as_text(self):
        class Price(decimal.Decimal):
            def __str__(self):
                return Text("cheap")

        self.assertEqual(decode(encode(Price("1.5"))), decimal.Decimal("1.5"))


# Rule: V1
class LimitTests(unittest.TestCase):
    @staticmethod
    def _nested(levels, leaf=None):
        value = leaf
        for _ in range(levels):
            value = [value]
        return value

    def test_encode_200_levels_round_trips(self):
        for leaf in (None, 1.5, float("nan"), b"", bytearray()):
            self.assertEqual(
                form(decode(encode(self._nested(200, leaf)))),
                form(self._nested(200, bytes(leaf) if leaf == b"" else leaf)))

    def test_encode_deeper_raises_value_error(self):
        for value in (
                self._nested(201, 1), self._nested(201, {1}), self._nested(200, []), self._nested(199, {1: 2}),
                self._nested(5000)):
            with self.assertRaisesRegex(ValueError, "200 levels"):
                encode(value)

    def test_encode_beyond_the_stack_raises_value_error(self):
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(300)
        try:
            with self.assertRaisesRegex(ValueError, "200 levels"):
                encode(self._nested(190, {1}))
        finally:
            sys.setrecursionlimit(limit)

    def test_encode_cycle_raises_value_error(self):
        ring, table = [], {}
        ring.append(ring)
        table["a"] = [1.5, table]
        for value in (ring, table):
            with self.assertRaisesRegex(ValueError, "contains itself"):
                encode(value)

    def test_encode_shared_branches_are_counted(self):
        value = [0]
        for _ in range(60):
            value = [value, value]
        with mock.patch("snakepit._plain.MAX_NODES", 10_000), mock.patch("snakepit._conversions.MAX_NODES", 10_000):
            with self.assertRaisesRegex(ValueError, "nodes"):
                encode(value)

    def test_decode_damaged_code_object_raises_value_error(self):
        data = marshal.dumps(compile("f(x, 1)", "", "eval"), 2)
        for i in range(1, len(data)):
            if data[i] == 0:
                continue  # perhaps the high byte of a length: marshal would reserve gigabytes for it
            with self.subTest(i=i), self.assertRaises(ValueError):
                decode(data[:i] + b"N" + data[i + 1:])

    def test_decode_malformed_raises_value_error(self):
        def tagged(**members):
            return marshal.dumps({"__snakepit__": members.pop("tag"), **members}, 2)

        for data in (
            b"", b"?", b"0", b"[\1\0\0\0", b"[\xff\xff\xff\xff", b"{N", b"u\1\0\0\0\xff", b"l\1\0\0\0\0\0", b"c",
            marshal.dumps({1}, 2),
            marshal.dumps(compile("1", "", "eval")), marshal.dumps(1j, 2), b".", tagged(tag="future", v=1),
            tagged(tag=1), tagged(tag=[]),
            tagged(tag="uuid", v="x"), tagged(tag="uuid", v=b"x"), tagged(tag="map", v=[1]), tagged(tag="map", v=b"ab"),
            tagged(tag="array", dtype="<f8", shape=[2], v=b""), tagged(tag="array", dtype="<f8", shape=b"a", v=b""),
            tagged(tag="table", names=1, columns=[]),
        ):  # fmt: skip
            with self.subTest(data):
                with self.assertRaises(ValueError):
                    decode(data)

    def test_decode_of_deep_tags_raises_value_error(self):
        deep = self._nested(1500, {"__snakepit__": "decimal", "v": "1"})
        with self.assertRaisesRegex(ValueError, "200 levels"):
            decode(marshal.dumps(deep, 2))


# Rule: V1, V3, V4
@unittest.skipIf(numpy is None, "numpy is not installed")
class NumpyTests(unittest.TestCase):
    def test_encode_scalar_gives_python_value(self):
        for value, plain in (
            (numpy.float64(1.5), 1.5), (numpy.float32(0.5), 0.5), (numpy.int8(-3), -3), (numpy.bool_(True), True),
            (numpy.str_("x"), "x"),
            (numpy.longdouble(2), 2.0), (numpy.uint64(2**64 - 1), 2**64 - 1), (numpy.bytes_(b"x"), b"x"),
        ):  # fmt: skip
            self.assertEqual(encode(value), marshal.dumps(plain, 2))
            self.assertEqual(encode([0.5] * 20 + [value]), marshal.dumps([0.5] * 20 + [plain], 2))

    def test_array_round_trips_writable(self):
        for dtype in "?bBhHiIqQefdFD":
            array = numpy.arange(24).reshape(2, 3, 4).astype(dtype)
            for view in (
                    array, array.T, array[:, ::2], array.astype(array.dtype.newbyteorder(">")),
                    numpy.asfortranarray(array)):
                back = decode(encode(view))
                self.assertTrue(numpy.array_equal(back, view))
                self.assertEqual((back.dtype, back.shape), (array.dtype, view.shape))
                back[...] = 0


class ImportTests(unittest.TestCase):
    def test_import_brings_no_slow_module(self):
        code = (
            "import sys; sys.path.insert(0, sys.argv[1]); from snakepit import _marshal;"
            "_marshal.make_decoder()(_marshal.make_encoder()({'a': [1, 2.5]}));"
            "print(sorted({'json', 're', 'decimal', 'datetime', 'uuid', 'enum', 'typing', 'numpy', 'snakepit._values'}"
            " & set(sys.modules)))"
        )
        # Without -S, site itself would import modules.
        printed = subprocess.run(
            [sys.executable, "-S", "-c", code, str(ROOT / "python")], capture_output=True, text=True, check=True)
        self.assertEqual(printed.stdout.strip(), "[]")


if __name__ == "__main__":
    unittest.main()
