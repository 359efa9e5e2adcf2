"""Which values a codec's own writer can be trusted with, quicker to learn than to convert them."""

from ._builtins import __builtins__  # noqa: F401
from ._protocol import MAX_DEPTH, MAX_NODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NO_LIMIT = 2**31
_join = "".join


class LimitError(ValueError):
    """A value is too deep, or too large."""


class MessageTooLarge(LimitError):
    """A result has more bytes than a message may have."""


LimitError.__module__ = MessageTooLarge.__module__ = "snakepit"


def too_large(limit: int, size: "int | str" = "more bytes than") -> MessageTooLarge:
    """The error of a result that passes the limit, by its size where that is known."""
    found = size if type(size) is str else f"{size} bytes, more than"
    return MessageTooLarge(f"the result has {found} the {limit} that Call.MaxMessage allows; return less, or raise Call.MaxMessage")


def too_many_nodes(limit: int) -> LimitError:
    """The error of a result of too many nodes, each of which takes a byte at least."""
    return too_large(limit) if limit < MAX_NODES else LimitError(f"the value has more than {MAX_NODES} nodes")


def is_plain(root: "Any", scalars: "frozenset[type]", limit: int = NO_LIMIT) -> bool:
    """True for a tree of exact dict, list, tuple and these scalar types, whose keys are all text; not for a scalar alone.

    A key may still be the tag, or of a type derived from str. Looks at one level at a time, which bounds depth and size of trees that
    contain themselves or share branches. Raises LimitError for more nodes than there may be, or than a message of that many bytes has.
    """
    level = [root]
    most = limit if limit < MAX_NODES else MAX_NODES
    depth = nodes = 0
    try:
        while True:
            depth += 1
            items: "list[Any]" = []
            for container in level:
                kind = type(container)
                if kind is dict:
                    _join(container)  # the quickest way to learn that every key is a string
                    items += container.values()
                elif kind is list or kind is tuple:
                    items += container
                else:
                    return False
                if len(items) > most:
                    raise too_many_nodes(limit)
            nodes += len(items)
            if nodes > most:
                raise too_many_nodes(limit)
            if depth > MAX_DEPTH:
                return False
            if scalars.issuperset(map(type, items)):
                return True
            level = [item for item in items if type(item) not in scalars]
    except TypeError:
        return False
