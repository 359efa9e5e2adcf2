"""Calls of async tools in a worker with threads: each is a task of the event loop, and occupies no thread."""

from contextvars import copy_context
from time import monotonic_ns

from . import _protocol as protocol
from ._arrivals import Arrivals
from ._builtins import __builtins__  # noqa: F401
from ._cancellation import runs_coroutines
from ._channels import leave_fork
from ._context import Cancelled, Running, own_running
from ._desk import Desk
from ._errors import encode_error, last_resort
from ._frames import REPLY_WORDS
from ._loop import TaskOfCall
from ._misfit import explain_misfit
from ._page import BEGAN_AT, BEGUN
from ._plain import too_large
from ._run import enter, parts_of
from ._shared_loop import SharedLoop
from ._stream import Encoded

_EXTENDED = protocol.EXTENDED_HEADER_SIZE
_pack = REPLY_WORDS.pack


class Tasks:
    """Runs the calls of async tools."""

    __slots__ = ("_make_desk", "_rows", "_desks", "_context", "_channels", "_loop", "_arrivals", "_outbox", "_codec",
                 "_dumps", "_max_body", "_rest", "_will_flush", "_watch")

    def __init__(self, make_desk, rows: list, channels, context, loop: SharedLoop, arrivals: Arrivals, outbox, codec,
                 dumps, max_body: int, rest, watch) -> None:
        """make_desk: makes what the calls of one row need, one after the other. rows: on the page, one for each call at
        once. codec: the format of results, and their encoder. dumps: the encoder of errors. rest: is called after a
        call. watch: is told of calls that run."""
        self._make_desk = make_desk
        self._rows = rows
        self._desks = []  # free ones
        self._context = context
        self._channels = channels
        self._loop = loop
        self._arrivals = arrivals
        self._outbox = outbox
        self._codec = codec
        self._dumps = dumps
        self._max_body = max_body
        self._rest = rest
        self._will_flush = False
        self._watch = watch
        loop.flush = self._flush

    def put(self, call: tuple, request, tool: list) -> None:
        """Has the loop run a call. Called by the thread that reads."""
        self._loop.put(_CallTask(self, call, request, tool))

    def take_desk(self) -> Desk:
        """Returns what a call needs. Called in the loop, as all that follow."""
        return self._desks.pop() if self._desks else self._make_desk(self._rows.pop())

    def answer(self, call: tuple, desk: Desk, kind: int, body: bytes, run_ns: int) -> None:
        """Answers a call, and ends it. Replies leave together at the end of a turn of the loop."""
        header = _pack(_EXTENDED + len(body), kind, call[0], call[4], _EXTENDED, run_ns)
        self._outbox.stage(desk.row, call[1], header, body)
        del self._arrivals.mailboxes[call[4]]
        self._arrivals.open.discard(call[1])
        self._desks.append(desk)
        self._rest()
        if not self._will_flush:
            self._will_flush = True
            try:
                self._loop.current.call_soon(self._flush)
            except RuntimeError:  # the user's code has closed the loop
                self._flush()

    def _flush(self) -> None:
        self._will_flush = False
        self._outbox.flush()


class _CallTask:
    """A call of an async tool."""

    __slots__ = ("running", "_tasks", "_call", "_request", "_tool", "_desk", "_task", "_began")

    def __init__(self, tasks: Tasks, call: tuple, request, tool: list) -> None:
        self.running = None
        self._tasks = tasks
        self._call = call
        self._request = request
        self._tool = tool
        self._desk = None
        self._task = None
        self._began = 0

    def begin(self, loop, discard) -> None:
        """Begins the task. discard: is called with this object at its end."""
        tasks, call, tool = self._tasks, self._call, self._tool
        number = call[1]
        context = tasks._context
        self._desk = desk = tasks.take_desk()
        desk.row[BEGUN] = number
        self._began = desk.row[BEGAN_AT] = monotonic_ns()
        tasks._arrivals.mailboxes[call[4]] = desk.mailbox
        self.running = Running(call, self._began, tool, None, desk.links)
        surroundings = copy_context()
        surroundings.run(own_running.set, self.running)
        self._task = task = surroundings.run(loop.create_task, self._run(discard))
        if tool[2]:
            context._tasks[number] = of_call = TaskOfCall(context, number, loop, task)
            if number in context._cancelled:
                of_call.cancel()
        tasks._watch(self)

    def fail(self, error: BaseException) -> None:
        """Ends the call with an error, because the loop is closed."""
        if self._desk is None:
            self._desk = self._tasks.take_desk()
            self._desk.row[BEGUN] = self._call[1]
            self._tasks._arrivals.mailboxes[self._call[4]] = self._desk.mailbox
        self._end(protocol.ERROR, self._describe(error))

    def has_raised(self, error: BaseException) -> bool:
        """Never: its errors are answers."""
        return False

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self._desk is not None

    def is_running(self) -> bool:
        """Returns whether its code runs at this moment, and not that of the loop or of another call."""
        task = self._task
        return task is not None and getattr(task.get_coro(), "cr_running", False)

    @runs_coroutines
    async def _run(self, discard) -> None:
        tasks = self._tasks
        try:
            result = await self._call_tool()
            encode = _body_of if type(result) is Encoded else tasks._codec[1]
            kind, body = protocol.RESULT | tasks._codec[0] << 8, encode(result)
            if len(body) > tasks._max_body:
                raise too_large(tasks._max_body, len(body))
        except BaseException as error:  # also sys.exit()
            if tasks._channels.forked:
                leave_fork(error)
            if not self.is_open:  # the loop was closed, and the call has failed
                raise
            kind, body = protocol.ERROR, self._describe(error)
        if tasks._channels.forked:
            leave_fork(None)
        discard(self)
        self._end(kind, body)

    @runs_coroutines
    async def _call_tool(self):
        call, context, tool = self._call, self._tasks._context, self._tool
        name, arguments, named, extras = parts_of(self._request)
        if extras is not None:
            enter(context, self.running, call, extras)
        if call[1] in context._cancelled:
            raise Cancelled("the call was cancelled")
        function = tool[0]
        try:
            if type(arguments) is dict:
                result = function(**arguments)
            elif type(arguments) is not list:
                raise TypeError(f"arguments must be an object or an array, not {type(arguments).__name__}")
            else:
                result = function(*arguments, **(named or {}))
        except TypeError as error:
            fits = ((), arguments) if type(arguments) is dict else (arguments, named or {})
            explain_misfit(error, name, function, *fits)
            raise
        return await self._desk.streams.settle_async(call, result)

    def _describe(self, error: BaseException) -> bytes:
        tasks, call = self._tasks, self._call
        try:
            is_cancelled = call[1] in tasks._context._cancelled  # then nobody reads it
            return last_resort(error) if is_cancelled else encode_error(error, tasks._dumps, tasks._max_body)
        except BaseException:  # no memory, no stack: there must be an answer
            return last_resort(error)

    def _end(self, kind: int, body: bytes) -> None:
        tasks, call, desk, running = self._tasks, self._call, self._desk, self.running
        tasks._context._tasks.pop(call[1], None)
        desk.streams.exchange.end()
        tasks.answer(call, desk, kind, body, monotonic_ns() - self._began if self._began else 0)
        if running is not None:
            # Its remaining tasks see no other call.
            running.call = running.session = running.links = running.trace = None
        self._request = self._task = self._desk = None


def _body_of(result: Encoded) -> bytes:
    return result.body
