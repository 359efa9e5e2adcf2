"""Streams of the host, among the arguments or from a host tool: their items come as the tool asks for them."""

from _collections import deque
from _operator import itemgetter

from . import _protocol as protocol
from ._ask import HostToolError
from ._builtins import __builtins__  # noqa: F401
from ._frames import REPLY_WORDS, Struct
from ._page import BEGUN

WINDOW = 64  # items that the host may send ahead

_EXTENDED = protocol.EXTENDED_HEADER_SIZE
_credit = Struct("<QQ")
_take_first, _body_of = deque.popleft, itemgetter(2)
_pack = REPLY_WORDS.pack


class ArgumentStream:
    """An iterator, and an async iterator in async tools. It can be read once, in the call that it came with. As a
    context manager, it is closed at the end."""

    __slots__ = ("_number", "_call", "_link", "_items", "_taken", "_bytes", "_granted",
                 "_granted_bytes", "_over", "_error")

    link = None  # the worker's own

    def __init__(self, number: int) -> None:
        self._number = number
        self._call = None if ArgumentStream.link is None else ArgumentStream.link.begun
        self._link = None
        self._items = deque()
        self._taken = self._bytes = self._granted = self._granted_bytes = 0
        self._over = False
        self._error = None

    def __repr__(self) -> str:
        return f"<snakepit stream {self._number} of the call>"

    def __iter__(self):
        return self

    def __aiter__(self):
        return self

    def __next__(self):
        self._check()
        if not self._has_news():
            self._ask()
            self._link.exchange.wait(self._has_news)
        return self._take(StopIteration)

    async def __anext__(self):
        self._check()
        if not self._has_news():
            self._ask()
            await self._link.exchange.wait_async(self._has_news)
        return self._take(StopAsyncIteration)

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.close()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_) -> None:
        self.close()

    async def aclose(self) -> None:
        """Does what ``close`` does, for ``contextlib.aclosing``."""
        self.close()

    def close(self) -> None:
        """Tells the host that no more items are taken."""
        is_known = self._link is not None or self._number >= protocol.FIRST_HOST_STREAM
        is_told, self._over = self._over or not is_known, True
        self._items.clear()
        if is_told:
            return
        try:
            self._check()
        except RuntimeError:  # its call has ended, or this is another thread or process
            return
        ArgumentStream.link.close(self)

    def _has_news(self) -> bool:
        return bool(self._items) or self._over

    def _check(self) -> None:
        """Raises an error outside of the call that the stream came with."""
        if ArgumentStream.link is None:
            raise RuntimeError("a stream of the host works in a call of a worker only")
        ArgumentStream.link.check(self)

    def _ask(self) -> None:
        """Lets the host send more, unless it may already."""
        if self._link is None:
            ArgumentStream.link.open(self)
        if (self._granted - self._taken <= WINDOW // 2
                or self._granted_bytes - self._bytes <= protocol.STREAM_BYTES // 2):
            self._granted = self._taken + WINDOW
            self._granted_bytes = self._bytes + protocol.STREAM_BYTES
            self._link.send(protocol.CREDIT, self._number, _credit.pack(self._granted, self._granted_bytes))

    def _take(self, end):
        if self._items:
            self._taken += 1
            body = self._items.popleft()
            self._bytes += len(body)
            return self._link.decode(body)
        error, self._error = self._error, None
        if error is not None:
            raise HostToolError(error.get("message", ""), error.get("type", ""), error.get("stack", ""))
        if not self._over:
            self._link.exchange.check()
        raise end


class ArgumentLink:
    """Asks the host for items, and gives them to their streams."""

    __slots__ = ("exchange", "decode", "_running", "_outbox", "_row", "_plain", "_streams", "_call")

    def __init__(self, exchange, running_call, outbox, row, decode, plain) -> None:
        """running_call: returns the call that this thread or task runs. decode: reads values. plain: reads errors."""
        self.exchange = exchange
        self._running = running_call
        self._outbox = outbox
        self._row = row
        self.decode = decode
        self._plain = plain
        self._streams = {}
        self._call = None

    def check(self, stream: ArgumentStream) -> None:
        """Raises an error outside of the call that the stream came with."""
        if self._running("the stream")[1] != stream._call:
            raise RuntimeError("a stream of the host can only be read in the call that it came with")

    def open(self, stream: ArgumentStream) -> None:
        call = self._running("the stream")
        if self._call is not call:
            self._call = call
            self._streams = {}
        self.exchange.begin(call)
        self.exchange.let_take(protocol.ITEM, self._take_item)
        self.exchange.let_take(protocol.ITEMS_END, self._take_end)
        self._streams[stream._number] = stream
        stream._link = self

    @property
    def begun(self) -> int:
        """The number of the call whose arguments are being decoded."""
        return self._row[BEGUN]

    def close(self, stream: ArgumentStream) -> None:
        """Tells the host that the tool takes no more items of a stream."""
        if stream._link is None:
            self.open(stream)
        self._streams.pop(stream._number, None)
        self.send(protocol.STOP, stream._number, b"")

    def send(self, kind: int, number: int, body: bytes) -> None:
        call = self._call
        self._outbox.stage_item(
            self._row, _pack(_EXTENDED + len(body), kind, call[0], call[4], _EXTENDED, number), body)
        self._outbox.flush()

    def _take_item(self, arrived) -> None:
        stream = self._streams.get(arrived[0][1])
        if stream is not None and not stream._over:
            stream._items.extend(map(_body_of, map(_take_first, (arrived,))))  # in one step: once, and not lost
        else:
            arrived.popleft()

    def _take_end(self, arrived) -> None:
        _, number, body = arrived[0]
        stream = self._streams.get(number)
        if stream is not None and not stream._over:
            stream._error = self._plain(body) if body else None
            stream._over = True
        self._streams.pop(number, None)
        arrived.popleft()
