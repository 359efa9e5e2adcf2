"""Streams: the items that a tool yields travel one by one, as far as the host grants credit for them.

Every item is a frame of its own. It is staged on the page and written at once, unless the last one was written a moment
ago: then it waits for the next one, or for the host, which looks at the page when no item comes. Before a tool goes on
without credit, the worker waits for the host.
"""

from time import monotonic_ns

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._cancellation import calls_tools, runs_coroutines
from ._channels import Channels, leave_fork
from ._context import Cancelled, Context
from ._errors import headline
from ._exchange import Exchange
from ._frames import REPLY_WORDS, Struct
from ._loop import AsyncGenerator, Coroutine, Generator, Loop
from ._outbox import Outbox
from ._page import Page
from ._plain import MessageTooLarge, too_large

HOLD_NS = 50_000  # an item waits for the next one when another was written less than this ago
HOLD_BYTES = 32_768  # at most so much waits

_EXTENDED = protocol.EXTENDED_HEADER_SIZE
_TEXTS = frozenset((str, bytes, bytearray, memoryview))
_credit = Struct("<QQ")
_count = Struct("<I")
_pack = REPLY_WORDS.pack


class NotAStream(TypeError):
    """The caller reads a stream, and the tool has returned something without items."""


NotAStream.__module__ = "snakepit"


class Encoded:
    """A result that is encoded already."""

    __slots__ = ("body",)

    def __init__(self, body: bytes) -> None:
        self.body = body


class Streams:
    """Runs what tools return before it has run: coroutines and generators. Sends items, or collects them."""

    __slots__ = ("_channels", "_context", "_loop", "exchange", "_outbox", "_row", "_holds", "_form", "_encode",
                 "_max_body", "_now")

    def __init__(self, channels: Channels, context: Context, loop: Loop, exchange: Exchange, outbox: Outbox, page: Page,
                 row, codec, max_body: int) -> None:
        """row: on the page, of the thread that runs the calls. codec: the format of items, and their encoder."""
        self._channels = channels
        self._context = context
        self._loop = loop
        self.exchange = exchange
        self._outbox = outbox
        self._row = row
        self._holds = page.is_shared
        self._form, self._encode = codec[:2]
        self._max_body = max_body
        self._now = monotonic_ns

    def settle(self, call: tuple, result):
        """Returns the result of a call whose tool has returned this: the time in ns that a stream has waited for
        credit, all items of a generator as one ``Encoded`` list, the result of a coroutine, or the value itself."""
        if type(result) is Coroutine:
            result = self._loop.run(result)
        if call[7]:
            return self._send_items(call, result)
        if type(result) is Generator:
            return self._collect(call, result)
        if type(result) is AsyncGenerator:
            return self._loop.run(self._collect_async(result))
        return result

    @runs_coroutines
    async def settle_async(self, call: tuple, result):
        """Does the same in the event loop, for what an async tool has returned."""
        if type(result) is Coroutine:
            result = await result
        if call[7]:
            sender = self._sender_of(call)
            await sender.run_async(result if hasattr(result, "__aiter__") else _in_loop(_items_of(result)))
            return sender.blocked_ns
        if type(result) is Generator:
            return self._collect(call, result)
        return await self._collect_async(result) if type(result) is AsyncGenerator else result

    def _sender_of(self, call: tuple) -> "_Sender":
        sender = _Sender(self, call)
        self.exchange.begin(call)
        self.exchange.let_take(protocol.CREDIT, sender._take_credit)
        return sender

    def _send_items(self, call: tuple, result) -> int:
        sender = self._sender_of(call)
        if hasattr(result, "__aiter__"):
            self._loop.run(sender.run_async(result))
        else:
            sender.run(_items_of(result))
        return sender.blocked_ns

    @calls_tools
    def _collect(self, call: tuple, generator) -> Encoded:
        collected, context = _Collected(self), self._context
        try:
            for item in generator:
                collected.add(item)
                if call[1] in context._cancelled:
                    raise Cancelled("the call was cancelled")
        finally:
            generator.close()
        return collected.join()

    @runs_coroutines
    async def _collect_async(self, generator) -> Encoded:
        collected = _Collected(self)
        try:
            async for item in generator:
                collected.add(item)
        finally:
            await generator.aclose()
        return collected.join()


class _Sender:
    """Sends the items of one stream."""

    __slots__ = ("blocked_ns", "_streams", "_call", "_what", "_sent", "_sent_bytes", "_max_items", "_max_bytes",
                 "_written_at")

    def __init__(self, streams: Streams, call: tuple) -> None:
        self.blocked_ns = 0
        self._streams = streams
        self._call = call
        self._what = protocol.CHUNK | streams._form << 8
        self._sent = self._sent_bytes = 0
        self._max_items, self._max_bytes = call[7], protocol.STREAM_BYTES  # the credit, counted from the first item
        self._written_at = -1 << 62  # the first item leaves at once

    @calls_tools
    def run(self, items) -> None:
        """Sends all items of an iterator, until the caller takes no more of them."""
        try:
            for item in items:
                if not (self._send(item) or self._wait()):
                    break
        finally:
            self._close(items)

    @runs_coroutines
    async def run_async(self, result) -> None:
        """Sends all items of an async iterable, until the caller takes no more of them."""
        items = result.__aiter__()
        try:
            async for item in items:
                if not (self._send(item) or await self._wait_async()):
                    break
        finally:
            close = getattr(items, "aclose", None)
            if close is not None:
                with self._streams._context.shield():  # what it awaits in a finally may take until CancelGrace
                    await close()

    def _send(self, item) -> bool:
        """Sends an item; returns whether there is credit for another one."""
        streams, call = self._streams, self._call
        if streams._channels.forked:
            leave_fork(None)
        body = streams._encode(item)
        size = len(body)
        if size > streams._max_body:
            raise too_large(streams._max_body, size)
        header = _pack(_EXTENDED + size, self._what, call[0], call[4], _EXTENDED, self._sent)
        staged = streams._outbox.stage_item(streams._row, header, body)
        self._sent += 1
        self._sent_bytes += size
        now = streams._now()
        if now - self._written_at > HOLD_NS or staged > HOLD_BYTES or not streams._holds:
            streams._outbox.flush()
            self._written_at = now
        return self._may_send()

    def _may_send(self) -> bool:
        return (self._sent < self._max_items and self._sent_bytes < self._max_bytes
                and self._call[1] not in self._streams._context._cancelled)

    def _wait(self) -> bool:
        """Waits for credit; returns False when the caller takes no more items."""
        streams = self._streams
        streams._outbox.flush()
        began = streams._now()
        streams.exchange.wait(self._may_send)
        self.blocked_ns += streams._now() - began
        return not streams.exchange.is_over

    async def _wait_async(self) -> bool:
        streams = self._streams
        streams._outbox.flush()
        began = streams._now()
        await streams.exchange.wait_async(self._may_send)
        self.blocked_ns += streams._now() - began
        return not streams.exchange.is_over

    def _take_credit(self, arrived) -> None:
        self._max_items, self._max_bytes = _credit.unpack(arrived[0][2])
        arrived.popleft()

    def _close(self, items) -> None:
        """Ends a generator where it has yielded: ``finally`` and ``with`` run there."""
        close = getattr(items, "close", None)
        if type(items) is not Generator or close is None:
            return
        try:
            close()
        except Exception as error:
            if self._streams.exchange.is_over:  # the caller is gone, and nobody else would learn of it
                self._streams._context.log.warning("Ending a stream that its caller has left raised %s",
                                                   headline(error))
            raise


class _Collected:
    """The items of a generator on their way into one list."""

    __slots__ = ("_encode", "_form", "_limit", "_bodies", "_size")

    def __init__(self, streams: Streams) -> None:
        self._encode = streams._encode
        self._form = streams._form
        self._limit = streams._max_body
        self._bodies = []
        self._size = 0

    def add(self, item) -> None:
        body = self._encode(item)
        self._size += len(body) + 1
        if self._size > self._limit:
            raise MessageTooLarge(
                f"the items of the generator take more than the {self._limit} bytes that Call.MaxMessage allows for "
                "one result; read them one by one with StreamAsync, or raise Call.MaxMessage")
        self._bodies.append(body)

    def join(self) -> Encoded:
        """Returns the list. Neither format refers from one item to another."""
        if self._form == protocol.BODY_MARSHAL:
            return Encoded(b"".join((b"[", _count.pack(len(self._bodies)), *self._bodies)))
        return Encoded(b"".join((b"[", b",".join(self._bodies), b"]")))


async def _in_loop(items):
    for item in items:
        yield item


def _items_of(result):
    """Returns an iterator over what has items to send one by one. Texts and mappings are values of one piece."""
    if type(result) not in _TEXTS and not hasattr(result, "keys"):
        try:
            return iter(result)
        except TypeError:
            pass
    raise NotAStream(f"the tool returned a value of type {type(result).__name__}, which has no items to stream. Call "
                     "it with ExecuteAsync, or let it return a generator, an iterator or a list.")
