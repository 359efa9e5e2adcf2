"""Measurements, events and spans of user code, for the meter and the traces of the host: ``ctx.telemetry``.

What is wrong raises here, where the mistake is. What the host has no room for is dropped, counted and told there.
"""

from contextvars import ContextVar
from time import monotonic_ns, time_ns

from ._builtins import __builtins__  # noqa: F401

MAX_NAME = 64  # characters
MAX_NAMES = 1000
MAX_TAGS = 8
MAX_TAG = 64  # characters of a value
MAX_ATTRIBUTE = 256
MAX_DEPTH = 16  # of spans in each other
MAX_SPANS = 50  # in one frame, with the outermost one
RESERVED = "snakepit.", "process.", "rpc."

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_CHARACTERS = _LETTERS | frozenset("0123456789_")
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1

_current: "ContextVar[Span | None]" = ContextVar("snakepit.span", default=None)


class Telemetry:
    """Sends measurements, events and spans to the host, which adds the pool. Never blocks."""

    __slots__ = ("_context", "_send", "_names", "_include", "_exclude", "_sampling", "_share")

    def __init__(self, context) -> None:
        self._context = context
        self._send = None  # takes a record; None outside of a worker
        self._names: "dict[tuple[str, str], bool]" = {}  # whether to send, by (group, name)
        self._configure((), (), 1.0)

    def _configure(self, include, exclude, sampling: float) -> None:
        """include, exclude: names, or beginnings of names with a star behind. sampling: the share of events and spans
        to send."""
        self._include, self._exclude, self._sampling = include, exclude, sampling
        self._share = 1.0 - sampling
        self._names = {}

    def counter(self, name: str, value=1, /, **tags) -> None:
        """Adds to a counter."""
        if self._is_wanted("counter", name):
            number = _number(name, value)
            if number < 0:
                raise ValueError(f"counter '{name}' cannot fall by {-number}; a histogram takes negative values")
            _check(tags, "tag", MAX_TAG)
            self._tell({"kind": "counter", "name": name, "value": number, "tags": tags})

    def histogram(self, name: str, value, /, **tags) -> None:
        """Records a value of a distribution."""
        if self._is_wanted("histogram", name):
            number = _number(name, value)
            _check(tags, "tag", MAX_TAG)
            self._tell({"kind": "histogram", "name": name, "value": number, "tags": tags})

    def event(self, name: str, /, **attributes) -> None:
        """Tells the host that something has happened."""
        if self._is_wanted("event", name):
            _check(attributes, "attribute", MAX_ATTRIBUTE)
            if self._is_sampled():
                self._tell({"kind": "event", "name": name, "tags": attributes, "begin": time_ns()})

    def span(self, name: str, /, **attributes) -> "Span":
        """Returns a context manager for a section of a tool, which becomes a span below that of the call."""
        is_wanted = self._is_wanted("span", name)
        _check(attributes, "attribute", MAX_ATTRIBUTE)
        return Span(self, {"kind": "span", "name": name, "tags": attributes} if is_wanted else None)

    def _is_wanted(self, kind: str, name) -> bool:
        group = kind if kind in ("event", "span") else "instrument"
        wanted = self._names.get((kind, name)) if type(name) is str else None
        if wanted is None:
            _check_name(name, f"an {kind}" if kind == "event" else f"a {kind}")
            other = {"counter": "histogram", "histogram": "counter"}.get(kind)
            if group == "instrument" and (other, name) in self._names:
                raise ValueError(f"'{name}' is a {other}; give the {kind} another name")
            if len(self._names) >= MAX_NAMES:
                raise ValueError(f"'{name:.50}' is one name more than the {MAX_NAMES} there may be; a name must not "
                                 "contain values, which belong in tags")
            wanted = (not self._include or _matches(name, self._include)) and not _matches(name, self._exclude)
            self._names[kind, name] = wanted
        return wanted

    def _is_sampled(self) -> bool:
        self._share += self._sampling
        if self._share < 1.0:
            return False
        self._share -= 1.0
        return True

    def _tell(self, record: dict) -> None:
        if self._send is not None:
            self._send(record)

    def _begins(self) -> bool:
        """Returns whether a span that begins now and is in no other one is recorded."""
        trace = self._context.traceparent
        return trace is not None and trace[-1:] in "13579bdf" and self._is_sampled()


class Span:
    """A section of a tool as a span."""

    __slots__ = ("_telemetry", "_record", "_parent", "_depth", "_count", "_began")

    def __init__(self, telemetry: Telemetry, record: "dict | None") -> None:
        """record: None when the span is not recorded."""
        self._telemetry = telemetry
        self._record = record
        self._parent = None
        self._depth = 0
        self._count = 1  # the spans in this one and in those below it that have ended, if it is the outermost
        self._began = 0  # 0 while it is not open

    def set(self, /, **attributes) -> None:
        """Adds attributes."""
        record = self._record
        _check(attributes if record is None else {**record["tags"], **attributes}, "attribute", MAX_ATTRIBUTE)
        if record is not None:
            record["tags"].update(attributes)

    def __enter__(self) -> "Span":
        parent = _current.get()
        if parent is not None and parent._began:
            self._parent, self._depth = parent, parent._depth + 1
            if parent._record is None:
                self._record = None
        elif self._record is not None and not self._telemetry._begins():
            self._record = None
        if self._record is not None:
            self._record["begin"] = time_ns()
        self._began = monotonic_ns()
        _current.set(self)
        return self

    def __exit__(self, kind, error, traceback) -> None:
        _current.set(self._parent)
        record, parent = self._record, self._parent
        began, self._began = self._began, 0
        if record is None:
            return
        record["duration"] = monotonic_ns() - began
        if kind is not None:
            record["error"] = kind.__name__[:MAX_ATTRIBUTE]
        if parent is None or not parent._began:
            return self._telemetry._tell(record)
        outermost = parent
        while outermost._parent is not None and outermost._parent._began:
            outermost = outermost._parent
        if self._depth >= MAX_DEPTH or outermost._count >= MAX_SPANS:
            return self._telemetry._tell({"kind": "none", "dropped": count_spans([record])})
        outermost._count += 1
        parent._record.setdefault("children", []).append(record)


def count_spans(records) -> int:
    """Returns the number of spans, with those below them."""
    return sum(1 + count_spans(record.get("children", ())) for record in records)


def _matches(name: str, patterns) -> bool:
    return any(name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern for pattern in patterns)


def _check_name(name, what: str) -> None:
    if type(name) is not str:
        raise TypeError(f"the name of {what} must be a string, not {type(name).__name__}")
    if len(name) > MAX_NAME or not all(_is_word(word) for word in name.split(".")):
        raise ValueError(f"the name of {what} must be words of lower-case letters, digits and _ with dots between "
                         f"them, at most {MAX_NAME} characters, such as 'app.cache.hits', not '{name:.80}'")
    if name.startswith(RESERVED):
        raise ValueError(f"names that begin with '{name.split('.')[0]}.' are those of the host; "
                         f"begin '{name}' with the name of your application")


def _is_word(word: str) -> bool:
    return word[:1] in _LETTERS and word != "" and _CHARACTERS.issuperset(word)


def _number(name: str, value):
    kind = type(value)
    if kind is not int and kind is not float:
        raise TypeError(f"the value of '{name}' must be an int or a float, not {kind.__name__}; float() converts it")
    if kind is int and not _LEAST <= value <= _MOST or kind is float and value - value != 0:  # infinite, or no number
        raise ValueError(f"the value of '{name}' must be finite and have at most 64 bits")
    return value


def _check(values: dict, what: str, longest: int) -> None:
    if len(values) > MAX_TAGS:
        raise ValueError(f"there may be {MAX_TAGS} {what}s, not {len(values)}")
    for name, value in values.items():
        if len(name) > MAX_NAME or not _is_word(name):
            raise ValueError(f"the name of a {what} must have lower-case letters, digits and _, begin with a letter "
                             f"and have at most {MAX_NAME} characters; '{name:.80}' does not")
        if name == "pool":
            raise ValueError(f"the host adds 'pool'; give the {what} another name")
        kind = type(value)
        if kind is str:
            if len(value) > longest:
                raise ValueError(f"{what} '{name}' has {len(value)} characters, more than {longest}; ctx.log takes "
                                 "long texts")
        elif kind is int:
            if not _LEAST <= value <= _MOST:
                raise ValueError(f"{what} '{name}' has more than 64 bits; str() makes a text of it")
        elif kind is float and what == "attribute":
            if value - value != 0:
                raise ValueError(f"attribute '{name}' must be finite")
        elif kind is not bool:
            allowed = "a str, an int, a float or a bool" if what == "attribute" else "a str, an int or a bool"
            raise TypeError(f"{what} '{name}' must be {allowed}, not {kind.__name__}")
