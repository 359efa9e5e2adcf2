"""Values as JSON bodies. A placeholder: plain JSON without tagged forms, until the codec replaces this file."""

from _json import make_encoder as c_make_encoder, make_scanner, encode_basestring_ascii


class _Settings:
    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo: dict = {}


_scan = make_scanner(_Settings())


def _marker(value):
    return {"__snakepit_unserializable__": True, "type": type(value).__name__}


def make_encoder(detail, repr_max):
    iterate = c_make_encoder(None, _marker, encode_basestring_ascii, None, ":", ",", False, False, True)
    join = "".join

    def encode(value):
        return join(iterate(value, 0)).encode("ascii")
    return encode


def make_decoder():
    def decode(data):
        try:
            value, end = _scan(str(data, "utf-8"), 0)
        except StopIteration as error:
            raise ValueError(f"the body is no JSON at character {error.value}") from None
        return value
    return decode


dumps_plain = make_encoder("none", 0)
loads_plain = make_decoder()
