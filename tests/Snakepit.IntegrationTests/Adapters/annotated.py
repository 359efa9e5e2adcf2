"""Tools whose annotations become JSON schemas."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import functools
import uuid
from typing import TYPE_CHECKING, Annotated, Any, Dict, List, Literal, NamedTuple, Optional, TypedDict, Union

if TYPE_CHECKING:
    from nowhere import Unknown


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Node:
    """One node of a tree."""

    value: int
    children: List[Node] = dataclasses.field(default_factory=list)


class Movie(TypedDict, total=False):
    title: str
    year: int


class Size(NamedTuple):
    width: int
    height: int = 1


def _logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper


def plain(a: int, b: str = "x", *, c: bool = True) -> float:
    """Takes plain values."""
    return float(a)


def bare(a, b=2, *rest, **more):
    return a


def rich(
    node: Node, movie: Optional[Movie], size: Size, color: Color, mode: Literal["fit", "fill"],
    either: Union[int, str], names: Dict[str, List[int]], pair: Annotated[tuple, "Two of them."],
    at: datetime.datetime, cost: decimal.Decimal, key: uuid.UUID, data: bytes, anything: Any, unknown: Unknown,
) -> List[Node]:
    return [node]


@_logged
def decorated(size: Size) -> None:
    pass


def first(items: list, /, default: int = 0) -> int:
    return items[0] if items else default
