"""Which values a codec's own writer can be trusted with, quicker to learn than to convert them."""

from ._protocol import MAX_DEPTH, MAX_NODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_join = "".join


def is_plain(root: "Any", scalars: "frozenset[type]") -> bool:
    """True for a tree of exact dict, list, tuple and these scalar types, whose keys are all text; not for a scalar alone.

    A key may still be the tag, or of a type derived from str. Looks at one level at a time, which bounds depth and size of trees that
    contain themselves or share branches.
    """
    level = [root]
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
                if len(items) > MAX_NODES:
                    return False
            nodes += len(items)
            if depth > MAX_DEPTH or nodes > MAX_NODES:
                return False
            if scalars.issuperset(map(type, items)):
                return True
            level = [item for item in items if type(item) not in scalars]
    except TypeError:
        return False
