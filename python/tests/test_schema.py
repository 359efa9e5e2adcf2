import collections.abc
import dataclasses
import datetime
import decimal
import enum
import functools
import pathlib
import subprocess
import sys
import typing
import unittest
import uuid
from typing import (
    Any, Awaitable, Callable, Deque, Dict, FrozenSet, Generic, Iterable, Iterator, List, Literal, Mapping, NamedTuple,
    NewType, Optional, Sequence, Set, Tuple, TypedDict, TypeVar, Union)

from snakepit._catalogue import Parts, describe_tool
from snakepit._values import dumps_plain, loads_plain
from tests.host import PACKAGE_PARENT

INTEGER, NUMBER, STRING, NULL = ({"type": name} for name in ("integer", "number", "string", "null"))
T = TypeVar("T")
Text = TypeVar("Text", bound=str)
Either = TypeVar("Either", int, str)
UserId = NewType("UserId", int)


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Odd(enum.Enum):
    PAIR = (1, 2)


@dataclasses.dataclass
class Point:
    """A point in the plane.

    More about it.
    """

    x: float
    y: float = 0.0
    names: List[str] = dataclasses.field(default_factory=list)
    size: typing.ClassVar[int] = 1


@dataclasses.dataclass
class Node:
    left: "Optional[Node]" = None
    right: Optional["Node"] = None


@dataclasses.dataclass
class Box(Generic[T]):
    content: T


class Movie(TypedDict):
    title: str


class Details(Movie, total=False):
    year: "int"


class Pair(NamedTuple):
    first: int
    second: str = "x"


Plain = collections.namedtuple("Plain", "a b", defaults=[1])


class MyInt(int):
    pass


class MyList(list):
    pass


class Hostile(type):
    def __hash__(cls):
        raise RuntimeError("no hash")


class Unhashable(metaclass=Hostile):
    pass


def annotated(annotation):
    def function(a, **more):
        pass
    function.__annotations__ = {"a": annotation}
    return function


def schema_of(annotation):
    """Returns the schema of an annotation, with its definitions if there are any."""
    schema = describe_tool("t", annotated(annotation), None)["schema"]
    found = schema["properties"]["a"]
    return {**found, "$defs": schema["$defs"]} if "$defs" in schema else found


def array(items=None, **more):
    return {"type": "array", **more, **({} if items is None else {"items": items})}


class SchemaTests(unittest.TestCase):
    def check(self, cases):
        for annotation, expected in cases:
            with self.subTest(annotation):
                self.assertEqual(schema_of(annotation), expected)

    def test_plain_classes(self):
        self.check([
            (int, INTEGER), (float, NUMBER), (str, STRING), (bool, {"type": "boolean"}), (None, NULL),
            (type(None), NULL), (bytes, {"type": "string", "contentEncoding": "base64"}), (list, array()),
            (tuple, array()), (set, array(uniqueItems=True)), (dict, {"type": "object"}), (object, {}), (Any, {}),
            (complex, {}), (MyInt, INTEGER), (MyList, array()),
        ])

    def test_types_of_the_library(self):
        self.check([(kind, {"type": "string", "format": form}) for kind, form in (
            (datetime.datetime, "date-time"), (datetime.date, "date"), (datetime.time, "time"),
            (datetime.timedelta, "duration"), (decimal.Decimal, "decimal"), (uuid.UUID, "uuid"),
            (pathlib.Path, "path"))])

    def test_unions(self):
        both = {"anyOf": [INTEGER, STRING]}
        self.check([
            (Optional[int], {"anyOf": [INTEGER, NULL]}), (Union[int, str], both), (Union[int, Any], {}),
            (Union[int, MyInt], INTEGER), (Optional[object], {}), ("int | str", both), ("Union[int, 'str']", both),
            ("list[int | None]", array({"anyOf": [INTEGER, NULL]})),
        ])
        if sys.version_info >= (3, 10):
            self.check([(int | str, both), (int | None, {"anyOf": [INTEGER, NULL]})])

    def test_containers(self):
        pair = array(prefixItems=[INTEGER, STRING], minItems=2, maxItems=2)
        numbers = {"type": "object", "additionalProperties": INTEGER}
        self.check([
            (List[int], array(INTEGER)), (list[int], array(INTEGER)), (Sequence[str], array(STRING)),
            (Iterable, array()), (Iterator[int], array(INTEGER)), (Deque[int], array(INTEGER)),
            (Set[int], array(INTEGER, uniqueItems=True)), (FrozenSet[int], array(INTEGER, uniqueItems=True)),
            (collections.abc.Generator[int, None, str], array(INTEGER)), (List[Any], array()), (List, array()),
            (Tuple[int, str], pair), (tuple[int, str], pair), (Tuple[int, ...], array(INTEGER)), (Tuple, array()),
            (Dict[str, int], numbers), (dict[str, int], numbers), (Mapping[str, int], numbers),
            (Dict[str, Any], {"type": "object"}), (Dict[int, int], numbers), (Dict, {"type": "object"}),
            (Dict[Color, int], {**numbers, "propertyNames": schema_of(Color)}),
            (typing.Counter[str], {"type": "object"}), (typing.DefaultDict[str, int], numbers),
            (List[List[int]], array(array(INTEGER))), (Awaitable[int], INTEGER),
            (typing.Coroutine[Any, Any, int], INTEGER), (Callable[[int], str], {}), (typing.Type[int], {}),
        ])

    def test_choices(self):
        self.check([
            (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
            (Literal[1, "a", None], {"enum": [1, "a", None]}),
            (Literal[True, 1], {"enum": [True, 1]}), (Literal[Color.RED], {"type": "string", "enum": ["red"]}),
            (Color, {"type": "string", "enum": ["red", "blue"]}), (Level, {"type": "integer", "enum": [1, 2]}),
            (Access, INTEGER), (Odd, {}), (Literal[b"a"], {}),
        ])

    def test_dataclass(self):
        self.assertEqual(schema_of(Point), {
            "$ref": "#/$defs/Point",
            "$defs": {"Point": {
                "type": "object", "additionalProperties": False, "required": ["x"],
                "description": "A point in the plane.",
                "properties": {"x": NUMBER, "y": {**NUMBER, "default": 0.0}, "names": array(STRING)},
            }},
        })
        self.assertEqual(schema_of(Box[int])["$defs"]["Box"]["properties"], {"content": {}})

    def test_recursive_type_refers_to_itself(self):
        child = {"anyOf": [{"$ref": "#/$defs/Node"}, NULL], "default": None}
        self.assertEqual(schema_of(List[Node]), {**array({"$ref": "#/$defs/Node"}), "$defs": {"Node": {
            "type": "object", "additionalProperties": False, "required": [],
            "properties": {"left": child, "right": child}}}})

    def test_typed_dict_and_named_tuple(self):
        self.assertEqual(schema_of(Details)["$defs"]["Details"], {
            "type": "object", "required": ["title"], "properties": {"title": STRING, "year": INTEGER}})
        self.assertEqual(schema_of(Pair)["$defs"]["Pair"], {
            "type": "object", "additionalProperties": False, "required": ["first"],
            "properties": {"first": INTEGER, "second": {**STRING, "default": "x"}}})
        self.assertEqual(schema_of(Plain)["$defs"]["Plain"], {
            "type": "object", "additionalProperties": False, "required": ["a"],
            "properties": {"a": {}, "b": {"default": 1}}})

    @unittest.skipUnless(hasattr(typing, "NotRequired"), "from Python 3.11 on")
    def test_typed_dict_with_marks_of_its_own(self):
        for text in ("NotRequired[int]", typing.NotRequired[int]):
            movie = TypedDict("movie", {"title": str, "year": text})
            movie.__annotations__["year"] = text
            sys.modules[movie.__module__].NotRequired = typing.NotRequired
            self.assertEqual(schema_of(movie)["$defs"]["movie"]["required"], ["title"])

    def test_classes_of_one_name_have_definitions_of_their_own(self):
        def point():
            return dataclasses.make_dataclass("Point", [("z", int)])
        schema = schema_of(Tuple[Point, point()])
        self.assertEqual([*schema["$defs"]], ["Point", "Point_2"])
        self.assertEqual(schema["prefixItems"], [{"$ref": "#/$defs/Point"}, {"$ref": "#/$defs/Point_2"}])

    def test_names_for_other_types(self):
        self.check([(UserId, INTEGER), (Text, STRING), (Either, {"anyOf": [INTEGER, STRING]}), (T, {}),
                    (typing.Final[int], INTEGER)])

    @unittest.skipUnless(sys.version_info >= (3, 12), "from Python 3.12 on")
    def test_type_alias_may_be_recursive(self):
        names = {}
        exec("type Json = dict[str, Json] | list[Json] | str | None\ntype Size = int", names)
        reference = {"$ref": "#/$defs/Json"}
        self.assertEqual(schema_of(names["Size"]), {"$ref": "#/$defs/Size", "$defs": {"Size": INTEGER}})
        self.assertEqual(schema_of(names["Json"]), {**reference, "$defs": {"Json": {"anyOf": [
            {"type": "object", "additionalProperties": reference}, array(reference), STRING, NULL]}}})

    def test_annotated_describes(self):
        class Doc:
            documentation = "The width."

        self.check([
            (typing.Annotated[int, "The width."], {**INTEGER, "description": "The width."}),
            (typing.Annotated[int, Doc()], {**INTEGER, "description": "The width."}),
            (typing.Annotated[Optional[int], 1, 2], {"anyOf": [INTEGER, NULL]}),
            ("typing.Annotated[int, 'The width.']", {**INTEGER, "description": "The width."}),
            ("typing.Annotated[int, Field(gt=0)]", INTEGER),
        ])

    def test_what_is_not_known_accepts_anything(self):
        self.check([(annotation, {}) for annotation in (
            "Undefined", "not an annotation", "1 / 0", 5, [int], "list[Undefined", Unhashable, unittest, Odd.PAIR)])
        self.check([("List[Undefined]", {}), (List["Undefined"], array())])

    def test_annotation_that_is_a_string_is_read_and_not_run(self):
        ran = []
        annotation = annotated("ran.append(1)")
        annotation.__globals__["ran"] = ran
        self.assertEqual(describe_tool("t", annotation, None)["schema"]["properties"], {"a": {}})
        self.assertEqual(ran, [])
        self.check([
            ("Literal[-1, 'a']", {"enum": [-1, "a"]}), ("Callable[[int], str]", {}),
            ("tuple[int, ...]", array(INTEGER)),
            (" int ", INTEGER), ("None | int", {"anyOf": [NULL, INTEGER]}), ("datetime.date", schema_of(datetime.date)),
            ("List[int | 'str']", array({"anyOf": [INTEGER, STRING]})), ("int + str", {}), ("x" * 3000, {})])

    def test_defaults(self):
        def function(a: int = 1, b: int = None, c=None, d=Color.RED, e=(), f=float("nan"), g="\ud800", h: Any = None):
            pass
        self.assertEqual(describe_tool("t", function, None)["schema"]["properties"], {
            "a": {**INTEGER, "default": 1}, "b": {"anyOf": [INTEGER, NULL], "default": None}, "c": {"default": None},
            "d": {"default": "red"}, "e": {}, "f": {}, "g": {}, "h": {"default": None}})

    def test_parameters_of_every_kind(self):
        def function(a: int, /, b: str, *rest: int, c: float = 1.5, **more: "bool") -> "List[Point]":
            pass
        tool = describe_tool("t", function, None)
        self.assertEqual(tool["schema"], {
            "type": "object", "required": ["a", "b"], "additionalProperties": {"type": "boolean"},
            "properties": {"a": INTEGER, "b": STRING, "c": {**NUMBER, "default": 1.5}}})
        self.assertEqual([*tool["result"]], ["type", "items", "$defs"])

    def test_result(self):
        def nothing() -> None:
            pass
        self.assertEqual(describe_tool("t", nothing, None)["result"], NULL)
        self.assertEqual(describe_tool("t", lambda: 1, None)["result"], {})

    def test_names_that_hide_those_of_types(self):
        names = {"Optional": Optional}
        exec("class int: pass\ndef f(a: 'int', b: 'str', c: 'Optional[int]'): pass", names)
        self.assertEqual(describe_tool("t", names["f"], None)["schema"]["properties"], {"a": {}, "b": STRING, "c": {}})

    def test_wrapped_function_has_the_schema_of_what_it_wraps(self):
        @functools.wraps(describe_tool)
        def wrapper(*args):
            pass
        wrapper.__wrapped__ = annotated("List[int]")
        tool = describe_tool("t", wrapper, None)
        self.assertEqual((tool["schema"]["properties"]["a"], tool["exact"]), (array(INTEGER), False))

    def test_only_a_plain_function_takes_exactly_what_it_declares(self):
        class Adapter:
            def method(self, a):
                pass

            def __call__(self, a):
                pass
        exact = [annotated(int), Adapter().method, lambda: 0]
        other = [functools.partial(annotated(int), 1), len, Adapter(), functools.lru_cache(annotated(int))]
        self.assertEqual([describe_tool("t", each, None)["exact"] for each in exact + other], [True] * 3 + [False] * 4)

    def test_size_is_bounded(self):
        deep = int
        for _ in range(100):
            deep = List[deep]
        chain = int
        for number in range(500):
            chain = dataclasses.make_dataclass(f"C{number}", [("next", chain)])
        depth = 0
        schema = schema_of(deep)
        while schema:
            schema, depth = schema.get("items"), depth + 1
        self.assertEqual(depth, 21)
        self.assertEqual(len(schema_of(chain)["$defs"]), 500)

        parts = Parts(10)
        first = describe_tool("t", annotated(Tuple[(int,) * 8]), None, parts)["schema"]["properties"]["a"]
        second = describe_tool("t", annotated(List[str]), None, parts)["schema"]["properties"]["a"]
        self.assertEqual((len(first["prefixItems"]), second), (8, array()))

        wide = annotated(enum.Enum("Wide", [(f"m{number}", number) for number in range(20)]))
        self.assertEqual(describe_tool("t", wide, None, Parts(10))["schema"]["properties"], {"a": {}})

    def test_schemas_are_json(self):
        surrogate = enum.Enum("Surrogate", {"A": "\ud800"})
        for annotation in (Node, Point, Details, surrogate, typing.Annotated[int, "\ud800"], Color):
            tool = describe_tool("t", annotated(annotation), None)
            self.assertEqual(loads_plain(dumps_plain(tool)), tool)

    def test_no_module_is_imported_for_plain_annotations(self):
        code = ("import sys; sys.path.insert(0, %r)\nfrom snakepit._catalogue import describe_tool\n"
                "def f(a: int, b: 'str', *c: float) -> 'list': pass\ndescribe_tool('f', f, None)\n"
                "print(*sorted({'typing', 'inspect', 'enum', 'snakepit._schema', 'ast'} & set(sys.modules)))\n"
                "def g(a: list[int], b: 'dict[str, int]'): pass\nprint(describe_tool('g', g, None)['schema'])\n"
                "print(*sorted({'typing', 'inspect', 'enum', 'ast'} & set(sys.modules)))" % PACKAGE_PARENT)
        done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
        lines = done.stdout.split("\n")
        self.assertEqual((lines[0], lines[2]), ("", ""), done.stderr)
        self.assertIn("'additionalProperties': {'type': 'integer'}", lines[1])


if __name__ == "__main__":
    unittest.main()
