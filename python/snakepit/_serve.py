"""The call loop: reads calls, runs tools, writes replies, all on the main thread."""

import os
import sys
from time import monotonic_ns

from . import _protocol as protocol
from ._channels import Channels, die, flush_output
from ._context import Context
from ._frames import CALL_HEADER, REPLY_HEADER, FrameReader, ProtocolError

LISTED_TOOLS = 20

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

    __slots__ = ("_channels", "_reader", "_tools", "_context", "_encode", "_decode", "_dumps", "_loop")

    def __init__(self, channels: Channels, reader: FrameReader, context: Context, dumps) -> None:
        self._channels = channels
        self._reader = reader
        self._context = context
        self._dumps = dumps
        self._tools = {}
        self._encode = self._decode = self._loop = None

    def use(self, tools: dict, encode, decode) -> None:
        """Sets what calls are served with."""
        self._tools, self._encode, self._decode = tools, encode, decode

    def run(self, hook):
        """Runs a hook of the adapter, when it has that one."""
        return None if hook is None else self._run(hook, ())

    def serve(self) -> None:
        """Serves calls until the host closes the data channel."""
        expected = 1
        while self._serve_call(expected):
            expected = (expected + 1) & 0xFFFFFFFF

    def next_frame(self):
        """The next frame as (header fields, whole frame), or None at the end of the stream."""
        try:
            return self._reader.read()
        except OSError:
            die(protocol.EXIT_CHANNEL_LOST)

    def _serve_call(self, expected: int) -> bool:
        taken = self.next_frame()
        if taken is None:
            return False
        header, frame = taken
        del taken
        _, kind, _, _, call, seq, header_length, _ = header
        if kind != protocol.CALL or header_length < _EXTENDED:
            raise ProtocolError(f"a frame of type {kind} with a header of {header_length} bytes, where a CALL was due")
        remaining_ms, attempt, reserved = CALL_HEADER.unpack_from(frame)[8:]
        if seq != expected or reserved:
            raise ProtocolError(f"call {call} has the sequence number {seq} and reserved bits {reserved}, where {expected} and 0 were due")
        context = self._context
        kind = protocol.RESULT
        began = monotonic_ns()
        try:
            tool, arguments = self._request(frame, header_length)
            del frame
            context._begin((call, seq, remaining_ms, attempt))
            began = monotonic_ns()
            result = self._run(tool, arguments)
            run_ns = monotonic_ns() - began
            body = self._encode(result)
            self._check_size(body)
        except BaseException as error:
            run_ns = monotonic_ns() - began
            if self._channels.forked:
                _leave_fork(error)
            kind = protocol.ERROR
            body = self._error_body(error)
        context._end(seq)
        if self._channels.forked:
            _leave_fork(None)
        self._channels.send(REPLY_HEADER.pack(_EXTENDED + len(body), kind, 0, 0, call, seq, _EXTENDED, 0, run_ns), body)
        return True

    def _run(self, tool, arguments):
        result = tool(**arguments) if type(arguments) is dict else tool(*arguments)
        return self._await(result) if type(result) is _Coroutine else result

    def _error_body(self, error: BaseException) -> bytes:
        try:
            from ._errors import encode_error
            return encode_error(error, self._dumps, self._reader.max_body)
        except BaseException:  # no memory, no stack, no package folder any more: an answer there must be
            return b'{"type":"%s"}' % type(error).__name__.encode("ascii", "replace")

    def _request(self, frame, header_length: int):
        """The tool and its arguments."""
        body = frame[header_length:] if type(frame) is bytes else memoryview(frame)[header_length:]  # large frames aren't copied
        request = self._decode(body)
        if type(request) is not list or not 1 <= len(request) <= 2 or type(request[0]) is not str:
            raise TypeError("a call's body must be [tool, arguments]")
        arguments = request[1] if len(request) == 2 else ()
        if type(arguments) is not dict and type(arguments) is not list and arguments != ():
            raise TypeError(f"arguments must be an object or an array, not {type(arguments).__name__}")
        tool = self._tools.get(request[0])
        if tool is None:
            raise self._not_found(request[0])
        return tool, arguments

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

    def _check_size(self, body: bytes) -> None:
        limit = self._reader.max_body
        if len(body) > limit:
            raise MessageTooLarge(f"the result has {len(body)} bytes, more than the {limit} that Call.MaxMessage allows; "
                                  "return less, or raise Call.MaxMessage")

    def _not_found(self, name: str) -> ToolNotFound:
        import difflib
        names = sorted(self._tools)
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
