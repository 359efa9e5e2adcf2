"""What a call needs in a worker that runs several at once. Calls use a desk one after the other."""

from ._arrivals import Mailbox
from ._builtins import __builtins__  # noqa: F401
from ._channels import Channels
from ._context import Context
from ._host import HostLink
from ._page import Page
from ._shared import Links, SharedArgumentLink, SharedOutbox
from ._shared_loop import SharedExchange, SharedLoop
from ._stream import Streams
from ._values import loads_plain, make_decoder


class Desk:
    """What the calls of one thread, or of one row of the page, need."""

    __slots__ = ("row", "mailbox", "streams", "links")

    def __init__(self, row, mailbox: Mailbox, streams: Streams, links: Links) -> None:
        self.row = row
        self.mailbox = mailbox
        self.streams = streams
        self.links = links


class Desks:
    """Makes desks."""

    __slots__ = ("_channels", "_context", "_loop", "_outbox", "_page", "_codec", "_host_tools", "_max_body")

    def __init__(self, channels: Channels, context: Context, loop: SharedLoop, outbox: SharedOutbox, page: Page, codec,
                 host_tools, max_body: int) -> None:
        """codec: the format of results, and their encoder. host_tools: what is told of them by name, and the encoder of
        their arguments."""
        self._channels = channels
        self._context = context
        self._loop = loop
        self._outbox = outbox
        self._page = page
        self._codec = codec
        self._host_tools = host_tools
        self._max_body = max_body

    def make(self, row, gate=None) -> Desk:
        """Returns a desk for calls of this thread. gate: the thread's, if it has one."""
        channels, context, outbox = self._channels, self._context, self._outbox
        mailbox = Mailbox()
        exchange = SharedExchange(context, self._loop, mailbox)
        streams = Streams(channels, context, self._loop, exchange, outbox, self._page, row, self._codec, self._max_body)
        tools, encode = self._host_tools
        host = HostLink(tools, channels, context, exchange, outbox, row, encode, self._max_body, self._loop.thread)
        arguments = SharedArgumentLink(exchange, host.running_call, outbox, row, make_decoder(), loads_plain)
        return Desk(row, mailbox, streams, Links(host, arguments, gate))
