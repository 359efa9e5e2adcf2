"""Runs one call: from its body to its reply.

The outcome of each step is stored before the next step begins, so that an exception which a signal handler raises
between two steps loses nothing: ``answer`` continues where ``run`` was interrupted.
"""

from time import monotonic_ns

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._cancellation import calls_tools
from ._channels import Channels, leave_fork
from ._context import Cancelled, Context, Running
from ._errors import encode_error, last_resort
from ._frames import REPLY_WORDS, ProtocolError
from ._interrupts import is_interrupt
from ._loop import LAZY
from ._misfit import explain_misfit
from ._outbox import Outbox
from ._page import BEGAN_AT, BEGUN, Page
from ._plain import too_large
from ._stream import Encoded, Streams
from ._tools import Tools

LONG_NS = 200_000  # replies do not wait for a tool with a longer expected run time
MAX_REPEATED = 5  # times that a step of a call is repeated after a signal handler has interrupted it

_EXTENDED = protocol.EXTENDED_HEADER_SIZE
_PENDING = object()  # there is no outcome yet
_pack = REPLY_WORDS.pack


class _Failure:
    """The outcome of a call that failed."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Runner:
    """Runs calls one after another, in one thread."""

    __slots__ = ("row", "running", "_recalled", "_channels", "_context", "_find", "_tools", "_streams", "_exchange",
                 "_encode", "_kind", "_dumps", "_max_body", "_outbox", "_now", "_outcome", "_repeated")

    def __init__(self, channels: Channels, page: Page, row, context: Context, running: Running, tools: Tools,
                 streams: Streams, codec, dumps, max_body: int, outbox: Outbox) -> None:
        """row: this thread's, on the page. running: this thread's, in the context. codec: the format of results, and
        their encoder. dumps: the encoder of errors."""
        self.row = row
        self.running = running
        self._recalled = page.recalled
        self._channels = channels
        self._context = context
        self._tools = tools
        self._find = tools.find
        self._streams = streams
        self._exchange = streams.exchange
        self._kind, self._encode = protocol.RESULT | codec[0] << 8, codec[1]
        self._dumps = dumps
        self._max_body = max_body
        self._outbox = outbox
        self._now = monotonic_ns
        self._outcome = _PENDING  # of the last call: _PENDING, a result, or a _Failure
        self._repeated = 0, 0

    @calls_tools
    def run(self, call: tuple) -> None:
        """Runs a call from an inbox, and stages its reply. Skips a call that the host has recalled."""
        ident, number, _, _, low, decode, body, window, _ = call
        running, row, find, encode, now = self.running, self.row, self._find, self._encode, self._now
        row[BEGUN] = number  # before the check for a recall: either the host or the worker sees the store of the other
        if number <= self._recalled[0]:
            return self._outbox.stage(row, number, _pack(_EXTENDED, protocol.SKIPPED, ident, low, _EXTENDED, 0), b"")
        try:
            request = decode(body)
            if len(request) == 2:
                name, arguments = request
                named = None
            else:
                name, arguments, named, extras = parts_of(request)
                if extras is not None:
                    enter(self._context, running, call, extras)
            tool = find(name)
            if tool is None:
                raise self._tools.not_found(name)
            function, expected, _, _ = tool
            if expected > LONG_NS:
                self._outbox.flush()
            began = now()
            running.began_ns = row[BEGAN_AT] = began
            running.tool = tool
            running.call = call  # from here on it counts as run, and is interrupted when it is cancelled
            if self._context._cancelled and number in self._context._cancelled:
                raise Cancelled("the call was cancelled")
            if type(arguments) is dict:
                result = function(**arguments)
            elif type(arguments) is not list:
                raise TypeError(f"arguments must be an object or an array, not {type(arguments).__name__}")
            elif named is None:
                result = function(*arguments)
            else:
                result = function(*arguments, **named)
            if window or type(result) in LAZY:
                result = self._streams.settle(call, result)
                if type(result) is Encoded:
                    encode = _body_of
            self._outcome = result
            run_ns = now() - began
            if run_ns > LONG_NS or expected > LONG_NS:
                tool[1] = run_ns if run_ns > expected else expected - (expected - run_ns >> 3)
            reply = encode(result)
            size = len(reply)
            if size > self._max_body:
                raise too_large(self._max_body, size)
            header = _pack(_EXTENDED + size, self._kind, ident, low, _EXTENDED, run_ns)
        except BaseException as error:
            was_running = running.call is not None and self._outcome is _PENDING
            # The outbox recovers first, where the call may have used it.
            may_be_torn = window or not was_running or self._exchange._call is call
            if type(error) is ProtocolError or may_be_torn and is_interrupt(error) and self._may_repeat(number):
                raise
            self._outcome = _Failure(error)  # first: a failed call must not look like one without an outcome
            run_ns = now() - began if running.call is not None else 0
            running.call = call
            if self._channels.forked:
                leave_fork(error)
            if was_running and type(error) is TypeError:
                fits = ((), arguments) if type(arguments) is dict else (arguments, named or {})
                explain_misfit(error, name, function, *fits)
            header, reply = self._error_reply(call, error, run_ns)
        if self._channels.forked:
            leave_fork(None)
        self._outbox.stage(row, number, header, reply)
        running.call = None
        if self._exchange._call is call:
            self._exchange.end()
        self._outcome = _PENDING

    def answer(self, interrupt: BaseException) -> tuple:
        """Returns the reply to the interrupted call that has run: its result or its error, or the interrupt when
        neither was stored. Interrupted itself, it is called again."""
        call = self.running.call
        run_ns = self._now() - self.running.began_ns
        if self._outcome is _PENDING:
            self._outcome = _Failure(interrupt)
        if type(self._outcome) is not _Failure:
            try:
                outcome = self._outcome
                reply = outcome.body if type(outcome) is Encoded else self._encode(outcome)
                if len(reply) > self._max_body:
                    raise too_large(self._max_body, len(reply))
                return _pack(_EXTENDED + len(reply), self._kind, call[0], call[4], _EXTENDED, run_ns), reply
            except BaseException as error:
                if is_interrupt(error) and self._may_repeat(call[1]):
                    raise
                self._outcome = _Failure(error)
        return self._error_reply(call, self._outcome.error, run_ns)

    def forget(self) -> None:
        """Releases everything of a call whose reply has been handed over."""
        self._exchange.end()
        self.running.call = None
        self._outcome = _PENDING

    def _may_repeat(self, number: int) -> bool:
        """Returns whether an interrupted step of a call may be repeated. A step that takes longer than the interval of
        the signals would repeat for ever."""
        self._repeated = number, self._repeated[1] + 1 if self._repeated[0] == number else 1
        return self._repeated[1] <= MAX_REPEATED

    def _error_reply(self, call: tuple, error: BaseException, run_ns: int) -> tuple:
        try:
            # Nobody reads the error of a cancelled call, so the next call does not wait for its description.
            is_cancelled = self._context._cancelled and call[1] in self._context._cancelled
            body = last_resort(error) if is_cancelled else encode_error(error, self._dumps, self._max_body)
        except BaseException:  # no memory, no stack: there must be an answer
            body = last_resort(error)
        return _pack(_EXTENDED + len(body), protocol.ERROR, call[0], call[4], _EXTENDED, run_ns), body


def _body_of(result: Encoded) -> bytes:
    return result.body


def enter(context: Context, running: Running, call: tuple, extras) -> None:
    """Takes what travels with a call besides its arguments: its session and its trace context."""
    session = extras.get("session")
    if session is not None:
        running.session = call[1], context._sessions.enter(call, session)
    trace = extras.get("traceparent")
    if trace is not None:
        running.trace = call[1], trace, extras.get("tracestate")


def parts_of(request):
    """Returns tool, arguments, named arguments and extras of a call whose body is not [tool, arguments]."""
    if type(request) is not list or not 1 <= len(request) <= 4:
        raise TypeError("a call's body must be [tool, arguments], [tool, positional, named] or "
                        "[tool, positional, named, extras]")
    return request if len(request) == 4 else (*request, *([], None, None)[len(request) - 1:])
