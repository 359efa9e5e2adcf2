"""The call loop: reads calls, runs tools, writes replies, all on the main thread.

Everything between a frame read and a frame written is paid by every call, so the loop is one function over local names. It tells where it
stands on the page: a call is begun before it is run, its reply is staged there before it counts as finished, and replies are written
together: when there is nothing more to read, when enough have gathered, and before a tool that may take long.

A signal handler of the user's may raise between any two steps. The variables of the loop's frame, which the exception has with it, say what was going
on then: a call that has run is finished, its reply staged or sent once, and the loop is entered anew, at the first frame that is not done with.
"""

import sys
from os import _exit, write
from time import monotonic_ns

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._channels import Channels, flush_output
from ._context import Context
from ._errors import encode_error, last_resort, traceback_of
from ._frames import CALL_HEADER, CALL_WORDS, HEADER, REPLY_WORDS, FrameReader, ProtocolError, check_header
from ._inbox import Inbox
from ._interrupts import Interrupts, is_interrupt
from ._loop import Coroutine, Loop, needs_loop
from ._memory import MemoryReports
from ._misfit import explain_misfit
from ._outbox import Outbox
from ._page import Page
from ._plain import too_large

HEALTH_CHECK = "__snakepit_health_check__"  # the tool, in no catalogue, that is the adapter's hook
LISTED_TOOLS = 20
JOINED_REPLIES = 16  # more at once, and the host would idle while they are made
LONG_NS = 200_000  # replies don't wait for a tool that is expected to take longer
UNKNOWN_NS = 1_000_000  # what a tool is expected to take before it has shown what it takes
SIGNALS_AT_ONCE = 8  # whose handlers all raise
MAX_CONTEXTS = 100
MAX_VAIN = 200  # exceptions in a row, each while the one before was seen to: no signal comes so often, and the worker cannot go on
MAX_REPEATED = 5  # times that a step of a call is done again when a signal handler has interrupted it

_EXTENDED = protocol.EXTENDED_HEADER_SIZE
_DECODES, _RUNS, _ENCODES, _REPLIES = range(4)


async def _stream():
    yield


_LAZY = (Coroutine, type(_ for _ in ()), type(_stream()))  # results that are not there yet


class ToolNotFound(LookupError):
    """No tool has the name that was called."""


class StreamNotSupported(TypeError):
    """A tool has returned a generator, which would never run."""


ToolNotFound.__module__ = StreamNotSupported.__module__ = "snakepit"


class Server:
    """Serves the calls of one worker."""

    __slots__ = ("_channels", "_reader", "_page", "_tools", "_context", "_codec", "_dumps", "_loop", "_memory", "_now", "_inbox", "_outbox",
                 "_interrupts", "_idles", "_ready", "_entry", "_unfinished", "_aside", "_repeated", "_why_no_tool")

    def __init__(self, channels: Channels, reader: FrameReader, page: Page, context: Context, dumps) -> None:
        self._channels = channels
        self._reader = reader
        self._page = page
        self._context = context
        self._dumps = dumps
        self._tools = {}  # name: [function, expected run time in ns]
        self._codec = self._memory = self._inbox = self._ready = self._entry = self._unfinished = self._aside = None
        self._repeated = 0, 0
        self._outbox = Outbox(channels.data_out, page)
        self._interrupts = Interrupts(context.log)
        self._loop = Loop(context)
        self._now = monotonic_ns
        self._idles = False  # there is something to do before it waits

    def use(self, tools: dict, codec, why_no_tool=lambda name: None) -> None:
        """Sets what calls are served with. codec: the format of results, their encoder, and a decoder for each format of calls. why_no_tool: says
        of a name what keeps it from being a tool's."""
        self._why_no_tool = why_no_tool
        self._tools = {name: [tool, UNKNOWN_NS] for name, tool in tools.items()}
        self._codec = codec
        if any(map(needs_loop, tools.values())):
            self._loop.prepare()

    def report_memory(self, hook, tell) -> None:
        """From now on the host is told what the adapter's ``memory_usage()`` says."""
        self._idles = True
        self._memory = MemoryReports(lambda: self._run(hook, ()), tell, self._context.log, self._channels.data_in)

    def prepare_loop(self) -> None:
        """Before the adapter is loaded, when it seems to have coroutines."""
        self._loop.prepare()

    def run(self, hook):
        """Runs a hook of the adapter, when it has that one."""
        return None if hook is None else self._run(hook, ())

    def warm_up(self, name: str) -> None:
        """Runs a tool without arguments, for what it leaves behind."""
        if name not in self._tools:
            raise self._not_found(name)
        try:
            self._run(self._tools[name][0], ())
        except TypeError as error:
            self._explain(error, self._tools[name], (), None)
            raise

    def serve(self, ready: bytes) -> "SystemExit | None":
        """Sends a frame and then serves calls until the host closes the data channel. Returns the SystemExit that a signal handler has raised, if one
        ended it."""
        self._ready = ready
        self._inbox = Inbox(self._channels.data_in, self._reader.take_rest(), lambda data: self._check_call(data, None))
        serve = self._serve
        for _ in range(SIGNALS_AT_ONCE):
            serve = _bind(self._resist, serve)
        try:
            return serve()
        except BaseException as error:
            if self._unfinished is not None or self._context._call is not None:  # not even a traceback may be possible any more
                write(2, b"The worker cannot finish its call: %s keeps being raised in it.\n" % type(error).__name__.encode("ascii", "replace"))
            raise

    def _resist(self, serve) -> "SystemExit | None":
        """Serves on after an interrupt. Another one, while it sees to the first, is its caller's."""
        board, context, interrupt, vain = self._page.board, self._context, None, 0
        while True:
            try:
                if interrupt is not None:
                    if self._unfinished is not None:
                        self._finish(*self._unfinished)
                    self._outbox.recover()
                    self._interrupts.note(interrupt, board[protocol.PAGE_FINISHED])
                    if issubclass(type(interrupt), SystemExit):
                        return interrupt
                    interrupt = None
                return serve()
            except ProtocolError:
                raise
            except BaseException as error:
                if self._channels.forked:
                    _leave_fork(error)
                self._save(error)
                if context._call is not None and self._unfinished is None:  # it may have run, and its outcome is lost
                    raise
                vain = 0 if interrupt is None else vain + 1
                if vain > MAX_VAIN:
                    raise
                interrupt = error

    def _serve(self) -> None:
        channels, context, tools, inbox, outbox = self._channels, self._context, self._tools, self._inbox, self._outbox
        result_format, encode, decoders = self._codec
        board, recalled, replies = self._page.board, self._page.recalled, self._page.replies
        BEGUN, FINISHED, BEGAN_AT, STAGED = protocol.PAGE_BEGUN, protocol.PAGE_FINISHED, protocol.PAGE_BEGAN_AT, protocol.PAGE_STAGED
        RESULT, ERROR, SKIPPED = protocol.RESULT | result_format << 8, protocol.ERROR, protocol.SKIPPED
        DECODES, RUNS, ENCODES, REPLIES = _DECODES, _RUNS, _ENCODES, _REPLIES
        Coro, Generator, AsyncGenerator = _LAZY
        unpack, pack, now, tables = CALL_WORDS.unpack_from, REPLY_WORDS.pack, self._now, (dict, list)
        extended, room, max_body = _EXTENDED, len(replies), self._reader.max_body
        decoders = {protocol.CALL | form << 8: decode for form, decode in enumerate(decoders)}.get
        if self._aside is not None:
            inbox.set_aside(self._aside.obj)
            self._aside = None
        what = call = run_ns = staged = joined = 0
        size = 1
        body = result = reply = frame = failure = None
        phase, seq, data = DECODES, board[FINISHED], inbox.data()
        position, end = _unfinished(data, seq), len(data)
        entry = self._entry = object()
        if self._ready is not None:
            outbox.send(0, self._ready, b"")
            self._ready = None
        while True:
            if end - position < extended:
                if staged:
                    outbox.flush(frame if joined == 1 else replies[:staged])
                    staged = joined = 0
                data = data[position:]
                body = reply = frame = None  # while it waits nothing of a finished call is kept
                if self._idles:
                    self._before_wait()
                data = inbox.more(data, extended)
                if not data:
                    return
                position, end = 0, len(data)
            length, what, call, wire_seq, header_length, remaining_ms, attempt, reserved = unpack(data, position)
            phase = DECODES  # before the number: nothing of this call has run
            seq += 1
            decode = decoders(what)
            if (decode is None or header_length != extended or reserved or length - extended > max_body or length < extended
                    or wire_seq != seq & 0xFFFFFFFF):
                self._check_call(data[position:], seq)
            if position + length <= end:
                start, position = position + header_length, position + length
                body = data[start:position]
            else:
                if staged:
                    outbox.flush(replies[:staged])
                    staged = joined = 0
                body = memoryview(inbox.whole(data[position:], length))[header_length:]
                data, position, end = b"", 0, 0  # before it is taken: a frame of its own is known by its position
                inbox.set_aside(None)

            board[BEGUN] = seq  # before the look at what was taken back: one of host and worker sees the other's store
            if seq <= recalled[0]:
                what, reply, run_ns = SKIPPED, b"", 0
                phase = REPLIES
            else:
                what = RESULT
                try:
                    request = decode(body)
                    parts = len(request) if type(request) is list else 0
                    if not 1 <= parts <= 3 or type(request[0]) is not str:
                        raise TypeError("a call's body must be [tool, arguments] or [tool, positional, named]")
                    arguments = request[1] if parts > 1 else ()
                    named = request[2] if parts > 2 else None
                    if type(arguments) not in tables and arguments != ():
                        raise TypeError(f"arguments must be an object or an array, not {type(arguments).__name__}")
                    tool = tools.get(request[0])
                    if tool is None:
                        raise self._not_found(request[0])
                    if staged and tool[1] > LONG_NS:
                        outbox.flush(replies[:staged])
                        staged = joined = 0
                    context._call = (call, seq, remaining_ms, attempt)
                    if context._cancelled:
                        context.check_cancelled()
                    began = now()
                    context._began_ns = board[BEGAN_AT] = began
                    phase = RUNS
                    body = request = None  # what the tool lets go of is gone
                    if type(arguments) is dict:
                        result = tool[0](**arguments)
                    elif named is None:
                        result = tool[0](*arguments)
                    else:
                        result = tool[0](*arguments, **named)
                    answer = type(result)
                    if answer is Coro or answer is Generator or answer is AsyncGenerator:
                        result = self._settle(result)
                    phase = ENCODES
                    run_ns = now() - began
                    expected = tool[1]
                    tool[1] = run_ns if run_ns > expected else expected - (expected - run_ns >> 3)
                    reply = encode(result)
                    if len(reply) > max_body:
                        raise too_large(max_body, len(reply))
                    phase = REPLIES
                except BaseException as error:
                    if phase != RUNS and is_interrupt(error) and self._may_repeat(seq):
                        raise
                    failure = error  # first: an interrupted call that has failed must not look like one without a result
                    run_ns = now() - began if phase != DECODES else 0
                    may_misfit = phase == RUNS and type(error) is TypeError
                    phase = RUNS
                    if channels.forked:
                        _leave_fork(error)
                    if may_misfit:
                        self._explain(error, tool, arguments, named)
                    what, reply = ERROR, self._error_body(error)
                    phase, failure = REPLIES, None
                arguments = named = result = request = body = None
                if channels.forked:
                    _leave_fork(None)
                context._finished = seq

            size = extended + len(reply)
            if staged and staged + size > room:
                outbox.flush(replies[:staged])
                staged = joined = 0
            header = pack(size, what, call, wire_seq, extended, run_ns)
            if size > room:
                outbox.send(seq, header, reply)
                board[FINISHED] = seq
            else:
                stop, frame = staged + size, header + reply
                replies[staged:stop] = frame
                board[STAGED] = stop
                board[FINISHED] = seq
                staged = stop
                joined += 1
            context._call = None
            if joined == JOINED_REPLIES:
                outbox.flush(replies[:staged])
                staged = joined = 0
    def _save(self, error: BaseException) -> None:
        """Keeps what the interrupted loop was about, from its local variables. Interrupted itself, it is done again by an outer _resist, which finds
        the same frame behind the later error."""
        entry = self._entry
        found = None if entry is None else _locals_of(error, Server._serve.__code__, entry)
        if found is None:
            return
        seq, phase = found["seq"], found["phase"]
        if phase > _DECODES and self._page.board[protocol.PAGE_FINISHED] != seq:
            failure, outcome = found["failure"], (found["what"], found["reply"]) if phase == _REPLIES else None
            if phase == _RUNS and failure is None:  # the tool was interrupted, or the storing of what it raised
                failure = error
            self._unfinished = found["call"], seq, outcome, failure, found["result"], found["run_ns"], found["staged"] + found["size"]
        elif phase == _DECODES and not found["position"]:
            self._aside = found["body"]  # of a frame that has memory of its own
        self._context._call = self._entry = None

    def _finish(self, call: int, seq: int, outcome, failure, result, run_ns: int, staged: int) -> None:
        """Finishes an interrupted call that has run: by its outcome, or the failure that was being described, or the result. staged: how much is
        staged once its reply is. Interrupted itself, it is called again."""
        board = self._page.board
        if board[protocol.PAGE_FINISHED] != seq and board[protocol.PAGE_STAGED] != staged:
            if outcome is None:
                outcome = self._outcome(seq, failure, result)
                self._unfinished = (call, seq, outcome, None, None, run_ns, staged)
            self._outbox.recover()
            what, reply = outcome
            header = REPLY_WORDS.pack(_EXTENDED + len(reply), what, call, seq & 0xFFFFFFFF, _EXTENDED, run_ns)
            self._outbox.send(seq, header, reply)
        board[protocol.PAGE_FINISHED] = self._context._finished = seq
        self._unfinished = None

    def _may_repeat(self, seq: int) -> bool:
        """Whether an interrupted step of that call is done again. A step that takes longer than the signals' interval would be repeated for ever."""
        self._repeated = seq, self._repeated[1] + 1 if self._repeated[0] == seq else 1
        return self._repeated[1] <= MAX_REPEATED

    def _outcome(self, seq: int, failure, result):
        if failure is None:
            try:
                reply = self._codec[1](result)
                if len(reply) > self._reader.max_body:
                    raise too_large(self._reader.max_body, len(reply))
                return protocol.RESULT | self._codec[0] << 8, reply
            except BaseException as error:
                if is_interrupt(error) and self._may_repeat(seq):
                    raise
                failure = error
        return protocol.ERROR, self._error_body(failure)

    def _before_wait(self) -> None:
        """What is done while there is nothing to do."""
        if self._memory is not None and not self._memory.before_wait():
            self._memory = None
        self._loop.run_until_readable(self._channels.data_in)

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
        return self._settle(result) if type(result) in _LAZY else result

    def _settle(self, result):
        """What a coroutine comes to; an error for a generator, whose body has not run."""
        if type(result) is Coroutine:
            self._idles = True
            result = self._loop.run(result)
            if type(result) not in _LAZY:
                return result
        name = result.__qualname__
        raise StreamNotSupported(f"the tool returned the generator '{name}', of which nothing has run: a call takes one value. Return a list, as "
                                 f"list({name}(...)) is{', by an async comprehension' if hasattr(result, '__anext__') else ''}.")

    def _explain(self, error: TypeError, tool: list, arguments, named) -> None:
        """Has the error say what the tool takes, if the arguments of its call don't fit."""
        name = next(name for name, known in self._tools.items() if known is tool)
        if type(arguments) is dict:
            explain_misfit(error, name, tool[0], (), arguments)
        else:
            explain_misfit(error, name, tool[0], arguments, named or {})

    def _error_body(self, error: BaseException) -> bytes:
        try:
            return encode_error(error, self._dumps, self._reader.max_body)
        except BaseException:  # no memory, no stack: an answer there must be
            return last_resort(error)

    def close(self) -> None:
        """Ends what async tools left running."""
        self._loop.close()

    def _not_found(self, name: str) -> ToolNotFound:
        names = sorted(name for name in self._tools if name != HEALTH_CHECK)
        try:
            from difflib import get_close_matches
            near = get_close_matches(name, names, 3)
        except Exception:  # it can't be imported any more
            near = []
        message = f"pool '{self._context.pool}' has no tool '{name}'"
        why = self._why_no_tool(name)
        if why is not None:
            return ToolNotFound(f"{message}: {why}")
        if near:
            message += "; did you mean " + " or ".join(f"'{other}'" for other in near) + "?"
        if len(names) <= LISTED_TOOLS:
            message += f"{'' if near else '.'} It has: {', '.join(names)}."
        return ToolNotFound(message)


def _bind(function, argument):
    return lambda: function(argument)


def _locals_of(error: BaseException, code, entry) -> "dict | None":
    """The local variables of the frame of that code and entry which the error, or one that it came on top of, has left."""
    for _ in range(MAX_CONTEXTS):
        trace = traceback_of(error)
        while trace is not None:
            if trace.tb_frame.f_code is code:
                found = trace.tb_frame.f_locals
                if found.get("entry") is entry:
                    return found
            trace = trace.tb_next
        error = error.__context__
        if error is None:
            break
    return None


def _leave_fork(error: "BaseException | None"):
    """A process that a tool forked has come back from the tool: it ends as a Python program would, and writes nothing as the worker."""
    code = 0
    if issubclass(type(error), SystemExit):
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    elif error is not None:
        code = 1
        sys.excepthook(type(error), error, error.__traceback__)
    flush_output()
    _exit(code & 0xFF)


def _unfinished(data: bytes, finished: int) -> int:
    """Where the first frame starts that is not finished, in data whose finished frames have been checked."""
    position = 0
    while finished and len(data) - position >= HEADER.size:
        length, _, _, _, _, seq, _, _ = HEADER.unpack_from(data, position)
        if seq == finished + 1 & 0xFFFFFFFF or length < HEADER.size:
            break
        position += length
    return min(position, len(data))
