"""The call loop: reads calls, runs tools, writes replies, all on the main thread.

Everything between a frame read and a frame written is paid by every call, so the loop is one function over local names. It tells where it
stands on the page: a call is begun before it is run, its reply is staged there before it counts as finished, and replies are written
together: when there is nothing more to read, when enough have gathered, and before a tool that may take long.
"""

import os
import sys
from time import monotonic_ns

from . import _protocol as protocol
from ._channels import Channels, die, flush_output
from ._context import Context
from ._frames import CALL_HEADER, HEADER, READ_SIZE, REPLY_HEADER, FrameReader, ProtocolError, check_header, write_all
from ._page import Page

HEALTH_CHECK = "__snakepit_health_check__"  # the tool, in no catalogue, that is the adapter's hook
LISTED_TOOLS = 20
JOINED_REPLIES = 16  # more at once, and the host would idle while they are made
LONG_NS = 200_000  # replies don't wait for a tool that is expected to take longer
UNKNOWN_NS = 1_000_000  # what a tool is expected to take before it has shown what it takes

_EXTENDED = protocol.EXTENDED_HEADER_SIZE


async def _nothing():
    """Only the type of its coroutine matters."""


_sample = _nothing()
_Coroutine = type(_sample)
_sample.close()


class ToolNotFound(LookupError):
    """No tool has the name that was called."""


class MessageTooLarge(ValueError):
    """A result is larger than the host takes."""


ToolNotFound.__module__ = MessageTooLarge.__module__ = "snakepit"


class Server:
    """Serves the calls of one worker."""

    __slots__ = ("_channels", "_reader", "_page", "_tools", "_context", "_codec", "_dumps", "_loop", "_memory")

    def __init__(self, channels: Channels, reader: FrameReader, page: Page, context: Context, dumps) -> None:
        self._channels = channels
        self._reader = reader
        self._page = page
        self._context = context
        self._dumps = dumps
        self._tools = {}  # name: [function, expected run time in ns]
        self._codec = self._loop = self._memory = None

    def use(self, tools: dict, codec) -> None:
        """Sets what calls are served with. codec: the format of results, their encoder, and a decoder for each format of calls."""
        self._tools = {name: [tool, UNKNOWN_NS] for name, tool in tools.items()}
        self._codec = codec

    def report_memory(self, hook, tell) -> None:
        """From now on the host is told what the adapter's ``memory_usage()`` says."""
        from ._memory import MemoryReports
        self._memory = MemoryReports(lambda: self._run(hook, ()), tell, self._context.log, self._channels.data_in)

    def run(self, hook):
        """Runs a hook of the adapter, when it has that one."""
        return None if hook is None else self._run(hook, ())

    def warm_up(self, name: str) -> None:
        """Runs a tool without arguments, for what it leaves behind."""
        if name not in self._tools:
            raise self._not_found(name)
        self._run(self._tools[name][0], ())

    def next_frame(self):
        """The next frame as (header fields, whole frame), or None at the end of the stream."""
        try:
            return self._reader.read()
        except OSError:
            die(protocol.EXIT_CHANNEL_LOST)

    def serve(self) -> None:
        """Serves calls until the host closes the data channel."""
        channels, context, tools = self._channels, self._context, self._tools
        result_format, encode, decoders = self._codec
        board, recalled, replies = self._page.board, self._page.recalled, self._page.replies
        BEGUN, FINISHED, BEGAN_AT, STAGED = protocol.PAGE_BEGUN, protocol.PAGE_FINISHED, protocol.PAGE_BEGAN_AT, protocol.PAGE_STAGED
        CALL, RESULT, ERROR, SKIPPED = protocol.CALL, protocol.RESULT, protocol.ERROR, protocol.SKIPPED
        unpack, pack, now, tables = CALL_HEADER.unpack_from, REPLY_HEADER.pack, monotonic_ns, (dict, list)
        extended, room, max_body, formats = _EXTENDED, len(replies), self._reader.max_body, len(decoders)
        seq = staged = joined = position = 0
        data = self._reader.take_rest()
        end = len(data)
        while True:
            if end - position < extended:
                if staged:
                    self._flush(staged)
                    staged = joined = 0
                data = self._read_on(data[position:])
                if not data:
                    return
                position, end = 0, len(data)
            length, kind, flags, segments, call, wire_seq, header_length, reserved, remaining_ms, attempt, reserved2 = unpack(data, position)
            seq += 1
            if (kind != CALL or flags >= formats or segments or reserved or reserved2 or header_length != extended
                    or length - extended > max_body or length < extended or wire_seq != seq & 0xFFFFFFFF):
                self._check_call(data[position:], seq)
            if position + length <= end:
                start, position = position + header_length, position + length
                body = data[start:position]
            else:
                if staged:
                    self._flush(staged)
                    staged = joined = 0
                body = memoryview(self._read_whole(data[position:], length))[header_length:]
                data, position, end = b"", 0, 0

            board[BEGUN] = seq  # before the look at what was taken back: one of host and worker sees the other's store
            if seq <= recalled[0]:
                kind, form, reply, run_ns = SKIPPED, 0, b"", 0
            else:
                kind, form = RESULT, result_format
                began = now()
                try:
                    request = decoders[flags](body)
                    if type(request) is not list or not 1 <= len(request) <= 2 or type(request[0]) is not str:
                        raise TypeError("a call's body must be [tool, arguments]")
                    arguments = request[1] if len(request) == 2 else ()
                    if type(arguments) not in tables and arguments != ():
                        raise TypeError(f"arguments must be an object or an array, not {type(arguments).__name__}")
                    tool = tools.get(request[0])
                    if tool is None:
                        raise self._not_found(request[0])
                    if staged and tool[1] > LONG_NS:
                        self._flush(staged)
                        staged = joined = 0
                    context._call = (call, seq, remaining_ms, attempt)
                    if context._cancelled:
                        context.check_cancelled()
                    body = request = None  # what the tool lets go of is gone
                    began = now()
                    context._began_ns = board[BEGAN_AT] = began
                    result = tool[0](**arguments) if type(arguments) is dict else tool[0](*arguments)
                    if type(result) is _Coroutine:
                        result = self._await(result)
                    run_ns = now() - began
                    expected = tool[1]
                    tool[1] = run_ns if run_ns > expected else expected - (expected - run_ns >> 3)
                    reply = encode(result)
                    if len(reply) > max_body:
                        raise self._too_large(reply)
                except BaseException as error:
                    run_ns = now() - began
                    if channels.forked:
                        _leave_fork(error)
                    kind, form, reply = ERROR, 0, self._error_body(error)
                arguments = result = None
                if channels.forked:
                    _leave_fork(None)
                context._call = None
                context._finished = seq

            size = extended + len(reply)
            if staged and staged + size > room:
                self._flush(staged)
                staged = joined = 0
            header = pack(size, kind, form, 0, call, seq & 0xFFFFFFFF, extended, 0, run_ns)
            if size > room:
                channels.send(header, reply)
            else:
                middle = staged + extended
                replies[staged:middle] = header
                staged += size
                replies[middle:staged] = reply
                board[STAGED] = staged
                joined += 1
            board[FINISHED] = seq
            if joined == JOINED_REPLIES:
                self._flush(staged)
                staged = joined = 0

    def _flush(self, size: int) -> None:
        """Writes what is staged; what a kill leaves unwritten of it, the host takes from the page. Then the buffer may be used again, in
        this order: nothing of it counts any more, and whoever is copying it learns that it changes."""
        replies, board = self._page.replies, self._page.board
        fd = self._channels.data_out
        try:
            written = os.write(fd, replies[:size])
            if written != size:
                write_all(fd, replies[written:size])
        except OSError:
            die(protocol.EXIT_CHANNEL_LOST)
        board[protocol.PAGE_STAGED] = 0
        board[protocol.PAGE_BATCH] += 1

    def _read_on(self, data: bytes) -> bytes:
        """Bytes enough for a header after those, which are fewer; nothing at the end of the stream."""
        if self._memory is not None and not self._memory.before_wait():
            self._memory = None
        fd = self._channels.data_in
        try:
            while True:
                more = os.read(fd, READ_SIZE)
                if not more:
                    if data:
                        raise ProtocolError(f"the stream ended {len(data)} bytes into a header")
                    return b""
                data = data + more if data else more
                if len(data) >= _EXTENDED:
                    return data
                if len(data) >= HEADER.size:
                    self._check_call(data, None)
        except OSError:
            die(protocol.EXIT_CHANNEL_LOST)

    def _read_whole(self, start: bytes, length: int):
        """The rest of a frame, into memory of its own size."""
        try:
            return self._reader.complete(start, length)
        except OSError:
            die(protocol.EXIT_CHANNEL_LOST)

    def _check_call(self, data: bytes, expected: "int | None") -> None:
        """Raises for what is wrong with a CALL's header; a longer header is the only difference that is none."""
        header = HEADER.unpack_from(data)
        check_header(header, self._reader.max_body)
        kind, call, seq, header_length = header[1], header[4], header[5], header[6]
        if kind != protocol.CALL or header_length < _EXTENDED:
            raise ProtocolError(f"a frame of type {kind} with a header of {header_length} bytes, where a CALL was due")
        if header[2] >= len(self._codec[2]):
            raise ProtocolError(f"call {call} is written in format {header[2]}, which this interpreter does not have")
        if expected is None:
            return
        reserved = CALL_HEADER.unpack_from(data)[10]
        if seq != expected & 0xFFFFFFFF or reserved:
            raise ProtocolError(f"call {call} has the sequence number {seq} and reserved bits {reserved}, where {expected} and 0 were due")

    def _run(self, tool, arguments):
        result = tool(**arguments) if type(arguments) is dict else tool(*arguments)
        return self._await(result) if type(result) is _Coroutine else result

    def _error_body(self, error: BaseException) -> bytes:
        try:
            from ._errors import encode_error
            return encode_error(error, self._dumps, self._reader.max_body)
        except BaseException:  # no memory, no stack, no package folder any more: an answer there must be
            return b'{"type":"%s"}' % type(error).__name__.encode("ascii", "replace")

    def _await(self, coroutine):
        if self._loop is None:
            import asyncio
            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)
        return self._loop.run_until_complete(coroutine)

    def close(self) -> None:
        """Ends what async tools left running."""
        if self._loop is None:
            return
        import asyncio
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _too_large(self, body: bytes) -> MessageTooLarge:
        return MessageTooLarge(f"the result has {len(body)} bytes, more than the {self._reader.max_body} that Call.MaxMessage allows; "
                               "return less, or raise Call.MaxMessage")

    def _not_found(self, name: str) -> ToolNotFound:
        import difflib
        names = sorted(name for name in self._tools if name != HEALTH_CHECK)
        near = difflib.get_close_matches(name, names, 3)
        message = f"pool '{self._context.pool}' has no tool '{name}'"
        if near:
            message += "; did you mean " + " or ".join(f"'{other}'" for other in near) + "?"
        if len(names) <= LISTED_TOOLS:
            message += f"{'' if near else '.'} It has: {', '.join(names)}."
        return ToolNotFound(message)


def _leave_fork(error: "BaseException | None"):
    """A process that a tool forked has come back from the tool: it ends as a Python program would, and writes nothing as the worker."""
    code = 0
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    elif error is not None:
        code = 1
        sys.excepthook(type(error), error, error.__traceback__)
    flush_output()
    os._exit(code & 0xFF)
