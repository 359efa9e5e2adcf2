"""Decides which values a codec's own writer can write, faster than converting them."""

from ._builtins import __builtins__  # noqa: F401
from ._protocol import MAX_DEPTH, MAX_NODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

NO_LIMIT = 2**31
REFUSE = "refuse"  # in place of a detail: a value that cannot be written raises
_CONTAINERS = frozenset((dict, list, tuple))
_join = "".join


class LimitError(ValueError):
    """A value is too deep, or too large."""


class MessageTooLarge(LimitError):
    """A result has more bytes than a message may have."""


class Unwritable(LimitError):
    """A part of the value cannot be written, and the reader could do nothing with a marker."""


Unwritable.__module__ = LimitError.__module__ = MessageTooLarge.__module__ = "snakepit"


def too_large(limit: int, size: "int | str" = "more bytes than") -> MessageTooLarge:
    """Returns the error of a result above the limit, with its size where that is known."""
    found = size if type(size) is str else f"{size} bytes, more than"
    return MessageTooLarge(
        f"the result has {found} the {limit} that Call.MaxMessage allows; return less, or raise Call.MaxMessage")


def too_many_nodes(limit: int) -> LimitError:
    """Returns the error of a result with too many nodes, each of which takes at least a byte."""
    return too_large(limit) if limit < MAX_NODES else LimitError(f"the value has more than {MAX_NODES} nodes")


def is_plain(root: "Any", scalars: "frozenset[type]", limit: int = NO_LIMIT) -> bool:
    """Returns True for a tree of exact dict, list, tuple and these scalar types whose keys are all strings; not for a
    scalar alone.

    A key may still be the tag, or of a type derived from str. The function looks at one level at a time, which bounds
    depth and size of trees that contain themselves or share branches. It raises LimitError for more nodes than
    allowed, or than a message of that many bytes can have.
    """
    if type(root) not in _CONTAINERS:
        return False
    level = [root]
    most = limit if limit < MAX_NODES else MAX_NODES
    nodes = 0
    try:
        for _ in range(MAX_DEPTH):
            count = sum(map(len, level))
            nodes += count
            if nodes > most:
                raise too_many_nodes(limit)
            items = _items_of(*level)
            if len(items) != count:
                return False
            kinds = set(map(type, items))
            if kinds <= scalars:
                return True
            if not kinds - scalars <= _CONTAINERS:
                return False
            level = [item for item in items if type(item) in _CONTAINERS]
    except LimitError:
        raise
    except Exception:  # a key that is no string, or an audit hook
        pass
    return False


def _items_by_hand(*level: "Any") -> "list[Any]":
    items: "list[Any]" = []
    for container in level:
        if type(container) is dict:
            _join(container)  # the quickest check that every key is a string
            items += container.values()
        else:
            items += container
    return items


class _Instance:
    def __init__(self) -> None:
        self.attribute = None


def _find_items_of() -> "Callable[..., list[Any]]":
    """Returns a function that lists the items of containers. CPython's collector visits the items of many containers at
    once, and skips the keys of a dict whose keys are all strings; other keys make the list longer. From Python 3.13
    on it does not visit the dict of an instance, which could make up for that."""
    try:
        from gc import get_referents
        instance = _Instance()  # lives until its dict has been visited
        containers = ({"key": None}, {0: None}, vars(instance), [None], (None,))
        found = [len(get_referents(container)) for container in containers]
    except Exception:
        return _items_by_hand
    return get_referents if found == [1, 2, 1, 1, 1] else _items_by_hand


_items_of = _find_items_of()
