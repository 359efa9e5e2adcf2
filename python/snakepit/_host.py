"""Carries the calls of host tools: they leave as frames of the running call, and answers arrive the same way."""

import sys
from _thread import get_ident

from . import _protocol as protocol
from ._ask import HostToolError, shown
from ._builtins import __builtins__  # noqa: F401
from ._channels import Channels
from ._context import Context, own_running
from ._exchange import Exchange
from ._frames import REPLY_WORDS
from ._outbox import Outbox
from ._values import loads_plain, make_decoder

_EXTENDED = protocol.EXTENDED_HEADER_SIZE
_pack = REPLY_WORDS.pack


class HostLink:
    """Sends the calls of host tools and receives their answers."""

    __slots__ = ("_tools", "_channels", "_context", "_exchange", "_outbox", "_row", "_encode", "_decode", "_max_body",
                 "_threads", "_last", "_answers")

    def __init__(self, tools: dict, channels: Channels, context: Context, exchange: Exchange, outbox: Outbox, row,
                 encode, max_body: int, loop_thread: "int | None" = None) -> None:
        """row: on the page, of this thread, which runs the calls. encode: writes values as json. loop_thread: another
        thread, which runs the coroutines of the calls."""
        self._tools = tools
        self._channels = channels
        self._context = context
        self._exchange = exchange
        self._outbox = outbox
        self._row = row
        self._encode = encode
        self._decode = make_decoder()
        self._max_body = max_body
        self._threads = get_ident(), loop_thread
        self._last = 0  # the number of the last call of a host tool
        self._answers = {}  # by number: None until it has come, then (type of the frame, body)

    @property
    def tools(self) -> dict:
        """What is told of the host tools that the running call may call, by name. Those of its session come first."""
        session = self._context.session
        return self._tools if session is None else {**self._tools, **session._tools}

    def call(self, name: str, args: tuple, kwargs: dict):
        number = self._send(name, args, kwargs)
        try:
            self._exchange.wait(lambda: self._answers[number] is not None)
            return self._open(name, number)
        finally:
            del self._answers[number]

    async def call_async(self, name: str, args: tuple, kwargs: dict):
        number = self._send(name, args, kwargs)
        try:
            await self._exchange.wait_async(lambda: self._answers[number] is not None)
            return self._open(name, number)
        finally:
            del self._answers[number]

    def _send(self, name: str, args: tuple, kwargs: dict) -> int:
        if type(name) is not str:
            raise TypeError(f"the name of a host tool must be a string, not {type(name).__name__}")
        call = self.running_call(shown(name))
        span = _own_span()
        body = self._encode([name, list(args), kwargs] if span is None else [name, list(args), kwargs, span])
        if len(body) > self._max_body:
            raise ValueError(f"the arguments of host tool '{name}' take {len(body)} bytes, more than the "
                             f"{self._max_body} that Call.MaxMessage allows")
        exchange = self._exchange
        exchange.begin(call)
        exchange.check()
        exchange.let_take(protocol.HOST_RESULT, self._take)
        exchange.let_take(protocol.HOST_ERROR, self._take)
        self._last = number = self._last + 1
        self._answers[number] = None
        header = _pack(_EXTENDED + len(body), protocol.HOST_CALL, call[0], call[4], _EXTENDED, number)
        self._outbox.stage_item(self._row, header, body)
        self._outbox.flush()
        return number

    def running_call(self, what: str) -> tuple:
        """Returns the call that this thread or task runs."""
        if self._channels.forked or get_ident() not in self._threads:
            raise RuntimeError(f"{what} was used in another thread or process than the tool's; use it "
                               "in the tool and pass the result on")
        call = own_running.get(self._context._running).call
        if call is None:
            raise RuntimeError(f"{what} was used outside of a call")
        return call

    def _open(self, name: str, number: int):
        answer = self._answers[number]
        if answer is None:
            self._exchange.check()
        kind, body = answer
        if kind == protocol.HOST_RESULT:
            return self._decode(body)
        error = loads_plain(body)
        raise HostToolError(error.get("message", ""), error.get("type", ""), error.get("stack", ""))

    def _take(self, arrived) -> None:
        kind, number, body = arrived[0]
        if number in self._answers:
            self._answers[number] = kind, body
        arrived.popleft()


def _own_span() -> "str | None":
    """Returns the trace context of the current span of OpenTelemetry's API for Python, if the user's code has imported
    that. The host tool's span is below it."""
    try:
        api = sys.modules.get("opentelemetry.trace")
        if api is None:
            return None
        span = api.get_current_span().get_span_context()
        return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags & 255:02x}" if span.is_valid else None
    except Exception:  # another module of that name, or one that is only half imported
        return None
