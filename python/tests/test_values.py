"""The JSON codec against the golden vectors, and with all other values.

Run it with any interpreter: ``python3 -m unittest discover python/tests``.
"""

import base64
import collections
import dataclasses
import datetime
import enum
import json
import pathlib
import struct
import subprocess
import sys
import threading
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

from snakepit import _tagged, _values  # noqa: E402
from snakepit._redaction import redact  # noqa: E402
from tests.wire_values import VALUES, form, numpy, pandas, value_of  # noqa: E402

encode = _values.make_encoder("type", 500)
decode = _values.make_decoder()


class VectorTests(unittest.TestCase):
    """Rule V1."""

    def setUp(self):
        self.vectors = json.loads((ROOT / "tests/vectors/values.json").read_text("utf-8"))

    def test_vectors_all_have_a_value_here(self):
        self.assertEqual({vector["name"] for vector in self.vectors}, set(VALUES))

    def test_encode_vector_gives_the_same_bytes(self):
        for vector in self.vectors:
            without_pandas = vector["name"].startswith("table") and pandas is None
            without_shape = vector["name"] == "array_empty" and numpy is None
            if "python" in vector.get("written_by", ["python"]) and not without_pandas and not without_shape:
                with self.subTest(vector["name"]):
                    self.assertEqual(encode(value_of(vector["name"])), vector["wire"].encode())

    def test_decode_vector_gives_an_equal_value(self):
        for vector in self.vectors:
            with self.subTest(vector["name"]):
                self.assertEqual(form(decode(vector["wire"].encode())), form(value_of(vector["name"])))
                self.assertEqual(form(decode(memoryview(vector["wire"].encode()))), form(value_of(vector["name"])))


class Colour(enum.Enum):
    RED = {1: 2}


class Name(str, enum.Enum):
    ADA = "ada"


class Level(enum.IntEnum):
    HIGH = 3


Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Box:
    corner: Point
    tags: set


class Model:
    def __init__(self, **methods):
        self.methods = methods

    def model_dump(self):
        return self.methods["model_dump"]()

    def to_dict(self):
        return {"from": "to_dict"}


class Sized:
    def __init__(self, size):
        self.size = size

    def tolist(self):
        return [self.size]


class Opaque:
    def __repr__(self):
        return "Opaque(password='hunter2', n=" + "9" * 1000 + ")"


class BadRepr:
    def __repr__(self):
        raise RuntimeError


class ConversionTests(unittest.TestCase):
    """Rule V4."""

    def assert_encoded(self, value, expected):
        self.assertEqual(form(json.loads(encode(value))), form(expected))

    def test_encode_subclass_gives_its_base(self):
        self.assert_encoded(Name.ADA, "ada")
        self.assert_encoded(Level.HIGH, 3)
        self.assert_encoded({Name.ADA: Level.HIGH}, {"ada": 3})
        self.assert_encoded(collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2})
        self.assert_encoded(collections.defaultdict(int, a=1), {"a": 1})

    def test_encode_collection_gives_list(self):
        self.assert_encoded((1, (2,)), [1, [2]])
        self.assert_encoded({1}, [1])
        self.assert_encoded(frozenset({"a"}), ["a"])
        self.assert_encoded(range(3), [0, 1, 2])
        self.assert_encoded(collections.deque([1]), [1])
        self.assert_encoded({"a": 1}.keys(), ["a"])
        self.assert_encoded({"a": 1}.values(), [1])

    def test_encode_mapping_gives_map(self):
        self.assert_encoded(collections.UserDict(a=1), {"a": 1})
        self.assert_encoded(collections.ChainMap({"a": 1}), {"a": 1})

    def test_encode_convertible_gives_conversion(self):
        self.assert_encoded(Point(1, 2.0), {"x": 1, "y": 2.0})
        self.assert_encoded(Box(Point(1, 2), {3}), {"corner": {"x": 1, "y": 2}, "tags": [3]})
        self.assert_encoded(Colour.RED, {"__snakepit__": "map", "v": [[1, 2]]})
        self.assert_encoded(Model(model_dump=lambda: {"from": "model_dump"}), {"from": "model_dump"})
        self.assert_encoded(datetime.time(1, tzinfo=datetime.timezone.utc), "01:00:00+00:00")

    def test_encode_failing_conversion_gives_the_next(self):
        self.assert_encoded(Model(), {"from": "to_dict"})

    def test_encode_tolist_of_too_many_is_not_tried(self):
        self.assert_encoded(Sized(1_000_000), [1_000_000])
        self.assertIn("__snakepit_unserializable__", json.loads(encode(Sized(1_000_001))))

    def test_encode_conversion_to_itself_raises_value_error(self):
        model = Model()
        model.methods["model_dump"] = lambda: model
        with self.assertRaisesRegex(ValueError, "contains itself"):
            encode(model)

    def test_encode_buffer_gives_bytes(self):
        for value in (b"abc", bytearray(b"abc"), memoryview(b"abc"), memoryview(b"a_b_c_")[::2]):
            self.assertEqual(encode(value), b'{"__snakepit__":"bytes","v":"YWJj"}')

    def test_encode_datetime_with_odd_offset_gives_utc(self):
        zone = datetime.timezone(datetime.timedelta(seconds=30))
        wire = encode(datetime.datetime(2024, 1, 1, 0, 0, 30, tzinfo=zone))
        self.assertEqual(wire, b'{"__snakepit__":"datetime","v":"2024-01-01T00:00:00+00:00"}')

    def test_encode_type_nobody_knows_gives_marker(self):
        for value in (object(), Opaque, lambda: 0, sys, mock.Mock(), Ellipsis, (item for item in "ab")):
            marker = json.loads(encode([value]))[0]
            kind = type(value)
            self.assertEqual(
                marker, {"__snakepit_unserializable__": True, "type": f"{kind.__module__}.{kind.__qualname__}"})

    def test_encode_marker_has_the_configured_detail(self):
        def marker(detail, value=None, most=40):
            return json.loads(_values.make_encoder(detail, most)(value or Opaque()))

        self.assertEqual(marker("none"), {"__snakepit_unserializable__": True})
        self.assertNotIn("repr", marker("type"))
        self.assertEqual(marker("repr_truncated")["repr"], repr(Opaque())[:40])
        self.assertEqual(marker("repr_redacted")["repr"], "Opaque(password=<redacted>, n=<redacted>)"[:40])
        self.assertEqual(marker("repr_truncated", BadRepr())["repr"], "<repr raised RuntimeError>")


class RedactionTests(unittest.TestCase):
    """Rule V4."""

    def test_redact_secret_leaves_nothing_of_it(self):
        secret = "s3cr3tvalue"
        texts = [
            f"password={secret}", f"{{'api_key': '{secret}'}}", f'"token": "{secret}"', f"DB_PASSWORD: {secret}",
            f"Authorization: Bearer {secret}", f"Bearer {secret}", f"postgres://user:{secret}@host/db", f"sk-{secret}",
            f"ghp_{secret}", f"client_secret='{secret} with words'", f"passwd = \"{secret}",
        ]  # fmt: skip
        for text in texts:
            with self.subTest(text):
                redacted = redact(f"before {text} after")
                self.assertTrue(redacted.startswith("before "), redacted)
                self.assertNotIn(secret, redacted)

    def test_redact_plain_text_stays(self):
        for text in ("Point(x=1, y=2)", "<Response [404]>", "tokens of gratitude", "DataFrame(rows=12)"):
            self.assertEqual(redact(text), text)


class LimitTests(unittest.TestCase):
    """Rule V1: depth and size."""

    @staticmethod
    def _nested(levels, leaf=None):
        value = leaf
        for _ in range(levels):
            value = [value]
        return value

    def test_encode_200_levels_round_trips(self):
        for leaf in (None, 1.5, float("nan")):
            levels = 199 if leaf != leaf else 200
            self.assertEqual(form(decode(encode(self._nested(levels, leaf)))), form(self._nested(levels, leaf)))

    def test_encode_deeper_raises_value_error(self):
        for value in (
                self._nested(201, 1), self._nested(201, float("nan")), self._nested(200, []),
                self._nested(199, {1: 2})):
            with self.assertRaisesRegex(ValueError, "200 levels"):
                encode(value)

    def test_encode_beyond_the_stack_raises_value_error(self):
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(300)
        try:
            with self.assertRaisesRegex(ValueError, "200 levels"):
                encode(self._nested(190, float("nan")))
        finally:
            sys.setrecursionlimit(limit)

    def test_encode_cycle_raises_value_error(self):
        ring, table = [], {}
        ring.append(ring)
        table["a"] = [float("nan"), table]
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

    def test_decode_200_levels_is_read(self):
        value = decode(b"[" * 200 + b"]" * 200)
        for _ in range(199):
            (value,) = value
        self.assertEqual(value, [])

    def test_decode_deeper_raises_value_error(self):
        for levels in (201, 1_000, 200_000):
            for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
                with self.assertRaisesRegex(ValueError, "200 levels"):
                    decode(opening * levels + b"1" + closing * levels)

    def test_decode_malformed_raises_value_error(self):
        for data in (
            b"", b" ", b"[1,]", b"[1", b'"a', b"1 2", b"{1:2}", b"nul", b"NaN", b"-Infinity", b"\xff",
            b'"\xed\xa0\x80"', b"01",
            b'{"__snakepit__":"future","v":1}', b'{"__snakepit__":null}', b'{"__snakepit__":[]}',
            b'{"__snakepit__":"bytes"}',
            b'{"__snakepit__":"bytes","v":1}', b'{"__snakepit__":"float","v":"x"}',
            b'{"__snakepit__":"decimal","v":"x"}',
            b'{"__snakepit__":"uuid","v":"x"}', b'{"__snakepit__":"uuid","v":1}', b'{"__snakepit__":"time","v":1}',
            b'{"__snakepit__":"map","v":[1]}', b'{"__snakepit__":"datetime","v":"x"}',
            b'{"__snakepit__":"array","dtype":"<f8","shape":[2],"v":""}',
            b'{"__snakepit__":"array","dtype":",f8","shape":[0],"v":""}',
            b'{"__snakepit__":"array","dtype":"<01f8","shape":[0],"v":""}',
            b'{"__snakepit__":"table","names":1,"columns":[]}',
        ):  # fmt: skip
            with self.subTest(data):
                with self.assertRaises(ValueError):
                    decode(data)

    @unittest.skipUnless(hasattr(sys, "get_int_max_str_digits"), "this Python has no digit limit")
    def test_huge_integers_of_several_threads_leave_the_digit_limit_as_it_was(self):
        limit, pace, failed = sys.get_int_max_str_digits(), sys.getswitchinterval(), []
        self.addCleanup(sys.set_int_max_str_digits, limit)
        self.addCleanup(sys.setswitchinterval, pace)
        sys.setswitchinterval(1e-6)

        def convert():
            try:
                for _ in range(300):
                    decode(encode(10 ** 5000))
            except ValueError as error:
                failed.append(error)

        threads = [threading.Thread(target=convert) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((failed, sys.get_int_max_str_digits()), ([], limit))

    @unittest.skipUnless(hasattr(sys, "get_int_max_str_digits"), "this Python has no digit limit")
    def test_huge_integer_leaves_the_digit_limit_as_it_was(self):
        limit = sys.get_int_max_str_digits()
        self.assertEqual(decode(encode([10**5000])), [10**5000])
        self.assertEqual(sys.get_int_max_str_digits(), limit)


def array_of(data: bytes, dtype: str, *shape: int, is_list: bool = True) -> bytes:
    tagged = {"__snakepit__": "array", "dtype": dtype, "shape": shape, "v": base64.b64encode(data).decode()}
    return json.dumps({**tagged, "list": True} if is_list else tagged).encode()


class ListArrayTests(unittest.TestCase):
    """Rule V1: arrays of numbers that .NET has as arrays of its own."""

    DOUBLES = struct.pack("<6d", *range(6))

    def test_without_numpy_they_are_nested_lists(self):
        with mock.patch.dict(sys.modules, {"numpy": None}), mock.patch.object(_tagged, "_path_without_numpy", None):
            self.assertEqual(decode(array_of(self.DOUBLES, "<f8", 6)), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
            self.assertEqual(decode(array_of(self.DOUBLES, "<f8", 2, 3)), [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])
            self.assertEqual(decode(array_of(self.DOUBLES, "<f8", 1, 2, 3)), [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]])
            for dtype in ("|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"):
                size = int(dtype[2:])
                self.assertEqual(decode(array_of(bytes(2 * size), dtype, 2)), [0, 0])
                self.assertEqual(decode(array_of(b"", dtype, 0)), [])
            self.assertEqual(decode(array_of(b"", "<f8", 2, 0)), [[], []])
            self.assertEqual(decode(array_of(b"", "<f8", 0, 2)), [])
            self.assertIsInstance(decode(array_of(self.DOUBLES, "<f8", 6, is_list=False)), memoryview)
            with self.assertRaises(ValueError):
                decode(array_of(self.DOUBLES, "<c16", 3))

    def test_numpy_that_is_missing_is_looked_for_once_for_each_path(self):
        with mock.patch.dict(sys.modules, {"numpy": None}), mock.patch.object(_tagged, "_path_without_numpy", None):
            self.assertIsNone(_tagged._find_numpy())
            with mock.patch.dict(_tagged.__builtins__, {"__import__": None}):
                self.assertIsNone(_tagged._find_numpy())

    def test_as_keys_they_are_tuples(self):
        key = array_of(struct.pack("<2i", 1, 2), "<i4", 2).decode()
        self.assertEqual(decode(f'{{"__snakepit__":"map","v":[[{key},"x"]]}}'.encode()), {(1, 2): "x"})


@unittest.skipIf(numpy is None, "numpy is not installed")
class NumpyTests(unittest.TestCase):
    """Rules V1 and V4."""

    def test_arrays_of_dotnet_are_numpys(self):
        for shape in ((6,), (2, 3), (1, 2, 3)):
            array = decode(array_of(ListArrayTests.DOUBLES, "<f8", *shape))
            self.assertEqual((type(array), array.shape, array.dtype), (numpy.ndarray, shape, numpy.dtype("f8")))
            array[...] = 0

    def test_encode_scalar_gives_pythonvalue_of(self):
        for value, wire in (
            (numpy.float64(1.5), b"1.5"), (numpy.float32(0.5), b"0.5"), (numpy.int8(-3), b"-3"),
            (numpy.bool_(True), b"true"),
            (numpy.str_("x"), b'"x"'), (numpy.longdouble(2), b"2.0"),
            (numpy.uint64(2**64 - 1), b"18446744073709551615"),
        ):  # fmt: skip
            self.assertEqual(encode(value), wire)

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

    def test_array_of_no_dimension_round_trips(self):
        self.assertEqual(decode(encode(numpy.array(1.5))).shape, ())

    def test_encode_array_of_other_things_gives_list(self):
        self.assertEqual(decode(encode(numpy.array(["a", "bc"]))), ["a", "bc"])
        self.assertEqual(decode(encode(numpy.array([None, 1], dtype=object))), [None, 1])
        self.assertEqual(decode(encode(numpy.array(["2024-02-29"], "M8[D]"))), [datetime.date(2024, 2, 29)])
        self.assertEqual(decode(encode(numpy.ma.array([1, 2], mask=[True, False]))), [None, 2])


@unittest.skipIf(pandas is None, "pandas is not installed")
class PandasTests(unittest.TestCase):
    """Rules V1 and V4."""

    def test_encode_frame_of_many_types_gives_columns(self):
        frame = pandas.DataFrame({"n": [1, 2], 3: ["x", None], "t": pandas.to_datetime(["2024-02-29", None])})
        day = datetime.datetime(2024, 2, 29)
        self.assertEqual(
            json.loads(encode(frame)),
            {
                "__snakepit__": "table",
                "names": ["n", "3", "t"],
                "columns": [[1, 2], ["x", None], [{"__snakepit__": "datetime", "v": day.isoformat()}, None]],
            },
        )

    def test_frame_with_a_column_twice_round_trips(self):
        frame = pandas.DataFrame([[1, 2]], columns=["a", "a"])
        self.assertEqual(list(decode(encode(frame)).columns), ["a", "a"])
        self.assertEqual(decode(encode(frame)).values.tolist(), [[1, 2]])

    def test_encode_nothing_gives_null(self):
        self.assertEqual(encode([pandas.NA, pandas.NaT]), b"[null,null]")


class ImportTests(unittest.TestCase):
    def test_import_brings_no_slow_module(self):
        code = (
            "import sys; sys.path.insert(0, sys.argv[1]); from snakepit import _values;"
            "_values.make_encoder()({'a': [1, 2.5]}); _values.make_decoder()(b'[1]');"
            "print(sorted({'json', 're', 'decimal', 'datetime', 'uuid', 'enum', 'typing', 'numpy'} & set(sys.modules)))"
        )
        # Without -S, site itself would import modules.
        printed = subprocess.run(
            [sys.executable, "-S", "-c", code, str(ROOT / "python")], capture_output=True, text=True, check=True)
        self.assertEqual(printed.stdout.strip(), "[]")

    def test_malformed_json_is_told_in_an_interpreter_that_has_not_imported_json(self):
        code = (
            "import sys; sys.path.insert(0, sys.argv[1]); from snakepit import _values\n"
            "assert 'json.decoder' not in sys.modules\n"
            "try:\n    _values.loads(sys.argv[2].encode())\n"
            "except ValueError as error:\n    print(error)"
        )
        for text, problem in (
            ('{"a" 1}', "Expecting ':' delimiter: line 1 column 6"),
            ('"abc', "Unterminated string starting at: line 1 column 1"),
            ("[" + "1, " * 100 + "2 3]", "Expecting ',' delimiter: line 1 column 304"),
        ):
            with self.subTest(text):
                printed = subprocess.run(
                    [sys.executable, "-S", "-c", code, str(ROOT / "python"), text], capture_output=True, text=True)
                self.assertIn(problem, printed.stdout, printed.stderr)

    def test_without_the_accelerator_the_public_module_serves(self):
        code = (
            "import sys; sys.modules['_json'] = None; sys.path.insert(0, sys.argv[1]); from snakepit import _values as "
            "v;"
            "value = {'a': [1, 2.5, float('inf'), b'x', 'é\\ud800']}; assert v.loads(v.make_encoder()(value)) == "
            "value; print('same')"
        )
        printed = subprocess.run(
            [sys.executable, "-c", code, str(ROOT / "python")], capture_output=True, text=True, check=True)
        self.assertEqual(printed.stdout.strip(), "same")


if __name__ == "__main__":
    unittest.main()
