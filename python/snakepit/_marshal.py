"""The marshal codec: Python values to version 2 of CPython's own format and back, several times as fast as JSON.

marshal silently writes every object with a buffer (bytearray, numpy's scalars) as plain bytes, and writes types that
the host cannot read. So values are first checked by exact type. Other values are converted by ``_conversions`` (out)
and ``_tagged`` (in).
"""

from marshal import dumps as _dumps, loads as _loads

from ._builtins import __builtins__  # noqa: F401
from ._conversions import NativeConverter
from ._plain import NO_LIMIT, LimitError, is_plain, too_large
from ._protocol import MAX_DEPTH, VALUE_TAG
from ._tagged import untag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_VERSION = 2  # the last version without references between objects, which the host would have to track
_SCALARS = frozenset({str, int, float, bool, bytes, type(None)})
_KINDS = _SCALARS | {list, tuple, dict}
_TOO_DEEP = f"the value is nested more than {MAX_DEPTH} levels deep"
_TAG_BYTES = VALUE_TAG.encode()


def make_encoder(detail: str = "type", repr_max: int = 500, limit: int = NO_LIMIT) -> "Callable[[Any], bytes]":
    """Returns a function that writes any value as marshal.

    detail: how much a value that cannot be encoded reveals: none, type, repr_truncated or repr_redacted. The function
    raises ValueError for a value that is nested too deep, contains itself, has too many nodes, or is larger than
    limit; never for a type.
    """

    def encode(value: "Any") -> bytes:
        kind = type(value)
        if kind in _SCALARS:
            if (kind is str or kind is bytes) and len(value) > limit:
                raise too_large(limit)
            return _dumps(value, _VERSION)
        try:
            if is_plain(value, _SCALARS, limit):
                data = _dumps(value, _VERSION)
                if data.find(_TAG_BYTES) < 0:  # "in" would first try the tag as a number, which costs an exception
                    return data
        except LimitError:
            raise
        except ValueError:
            pass  # a key of a type derived from str
        try:
            return _dumps(NativeConverter(detail, repr_max, limit).convert(value, 0), _VERSION)
        except RecursionError:
            raise ValueError(_TOO_DEEP) from None

    return encode


def make_decoder() -> "Callable[[Any], Any]":
    """Returns a function that reads one value from any bytes-like object that the host wrote. It raises ValueError for
    invalid data."""
    return loads


def loads(data: "Any") -> "Any":
    """Reads one value; dicts with the tag become the values that they describe. The host is trusted not to nest too
    deep."""
    try:
        value = _loads(data)
    except (EOFError, TypeError, SystemError) as error:  # SystemError: data that claims to be a code object
        raise ValueError(f"malformed marshal data: {error}") from None
    if type(value) not in _KINDS:
        raise ValueError(f"a {type(value).__name__} is no value")
    # Searches all of a view's buffer, not a copy of its part: a hit elsewhere only costs an unnecessary walk.
    if (data.obj if type(data) is memoryview else data).find(_TAG_BYTES) < 0:
        return value
    try:
        return _untag(value)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def _untag(value: "Any") -> "Any":
    kind = type(value)
    if kind is dict:
        for key, item in value.items():
            if type(item) not in _SCALARS:
                value[key] = _untag(item)
        if VALUE_TAG in value:
            return untag(value)
    elif kind is list:
        for index, item in enumerate(value):
            if type(item) not in _SCALARS:
                value[index] = _untag(item)
    elif kind is tuple:
        return tuple(map(_untag, value))
    return value
