"""The JSON codec: Python values to bytes and back.

It is imported at every worker start, so it uses the C scanner and encoder directly. ``_conversions`` (out) and
``_tagged`` (in) convert what plain JSON lacks.
"""

import sys
from _thread import allocate_lock

from ._builtins import __builtins__  # noqa: F401
from ._conversions import Converter
from ._plain import NO_LIMIT, LimitError, is_plain, too_large
from ._protocol import MAX_DEPTH, VALUE_TAG
from ._tagged import untag

try:
    from _json import encode_basestring, make_encoder as _c_make_encoder, make_scanner as _c_make_scanner
except ImportError:  # an interpreter without the C accelerator
    _c_make_encoder = _c_make_scanner = encode_basestring = None

_digit_limit = getattr(sys, "get_int_max_str_digits", None)
_set_digit_limit = getattr(sys, "set_int_max_str_digits", None)
_digit_lock = allocate_lock()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_SCALARS = frozenset({str, int, float, bool, type(None)})
_TOO_DEEP = f"the value is nested more than {MAX_DEPTH} levels deep"
_TAG_BYTES = b'"' + VALUE_TAG.encode() + b'"'


def make_encoder(detail: str = "type", repr_max: int = 500, limit: int = NO_LIMIT) -> "Callable[[Any], bytes]":
    """Returns a function that writes any value as JSON.

    detail: how much a value that cannot be encoded reveals: none, type, repr_truncated or repr_redacted. The function
    raises ValueError for a value that is nested too deep, contains itself, has too many nodes, or is larger than
    limit; never for a type.
    """

    def encode(value: "Any") -> bytes:
        kind = type(value)
        try:
            if kind is int:
                return repr(value).encode()
            if kind in _SCALARS:
                if kind is str and len(value) > limit:
                    raise too_large(limit)
                return _text(value).encode()
            if is_plain(value, _SCALARS, limit):
                text = _text(value)
                if len(text) > limit:
                    raise too_large(limit, len(text))
                if VALUE_TAG not in text:
                    return text.encode()
        except LimitError:
            raise
        except ValueError:
            pass  # NaN, infinities, lone surrogates, or an integer beyond CPython's limit of 4300 digits
        try:
            return _without_digit_limit(dumps_plain, Converter(detail, repr_max, limit).convert(value, 0))
        except RecursionError:
            raise ValueError(_TOO_DEEP) from None

    return encode


def make_decoder() -> "Callable[[Any], Any]":
    """Returns a function that reads one JSON value from any bytes-like object. It raises ValueError for invalid data.
    """
    return loads


def loads(data: "Any") -> "Any":
    """Reads one JSON value; objects with the tag become the values that they describe."""
    text = str(data, "utf-8")
    if len(text) <= MAX_DEPTH and VALUE_TAG not in text:
        try:
            value, end = _scan(text, 0)
            if end == len(text):
                return value
        except (StopIteration, ValueError, SystemError):
            pass  # the reader below reports what is wrong
    scan = _scan_tagged if VALUE_TAG in text else _scan
    try:
        value = _whole(scan, text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except ValueError:
        value = _without_digit_limit(_whole, scan, text)
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(value)
    return value


def dumps_plain(value: "Any") -> bytes:
    """Writes a tree of exact dict, list, str, int, float, bool and None. For the handshake, where no value needs a tag.
    """
    return _text(value).encode()


def loads_plain(data: "Any") -> "Any":
    """Reads plain JSON without looking for tags, for the handshake."""
    return _whole(_scan, str(data, "utf-8"))


def _check_depth(root: "Any") -> None:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for container in level
            if type(container) is dict or type(container) is list
            for item in (container.values() if type(container) is dict else container)
            if type(item) not in _SCALARS
        ]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _whole(scan: "Callable[[str, int], tuple[Any, int]]", text: str) -> "Any":
    try:
        value, end = scan(text, 0)
    except StopIteration as stop:
        if text[:1] in (" ", "\t", "\r", "\n"):
            return _whole(scan, text.lstrip(" \t\r\n"))
        raise ValueError(f"no json value at character {stop.value}") from None
    except SystemError:  # CPython 3.10 and 3.11 cannot tell what is wrong before json.decoder is imported
        import json.decoder  # noqa: F401
        value, end = scan(text, 0)
    if end != len(text) and text[end:].strip(" \t\r\n"):
        raise ValueError(f"more after the json value, from character {end}")
    return value


def _without_digit_limit(function: "Callable[..., Any]", *arguments: "Any") -> "Any":
    """Runs without CPython's limit of 4300 digits for integers. The setting belongs to the user, so it is restored. It
    is one for all threads: without the lock, one of them would restore it while another converts."""
    if _set_digit_limit is None:
        return function(*arguments)
    with _digit_lock:
        limit = _digit_limit()
        _set_digit_limit(0)
        try:
            return function(*arguments)
        finally:
            _set_digit_limit(limit)


def _untag(value: "dict[str, Any]") -> "Any":
    if VALUE_TAG not in value:
        return value
    return untag(value)


def _refuse_constant(name: str) -> "Any":
    raise ValueError(f"{name} is not json")


def _refuse_type(value: "Any") -> "Any":
    raise TypeError(f"{type(value).__name__} is not a json type")


class _Scanner:
    """The settings of the C scanner."""

    strict = True
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = staticmethod(_refuse_constant)
    object_hook: "Any" = None


class _TaggedScanner(_Scanner):
    object_hook = staticmethod(_untag)


if _c_make_scanner is not None:
    _scan = _c_make_scanner(_Scanner)
    _scan_tagged = _c_make_scanner(_TaggedScanner)
    _chunks = _c_make_encoder(None, _refuse_type, encode_basestring, None, ":", ",", False, False, False)

    def _text(value: "Any") -> str:
        return "".join(_chunks(value, 0))

else:
    import json

    _scan = json.JSONDecoder(parse_constant=_refuse_constant).scan_once
    _scan_tagged = json.JSONDecoder(parse_constant=_refuse_constant, object_hook=_untag).scan_once
    _text = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")).encode
