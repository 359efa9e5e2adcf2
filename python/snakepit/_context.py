"""What a tool can know about its call."""

import sys
from contextvars import ContextVar
from time import monotonic_ns

from ._builtins import __builtins__  # noqa: F401
from ._shield import Shield
from ._telemetry import Telemetry


class Cancelled(BaseException):
    """The call was cancelled. A BaseException, so that ``except Exception`` in a tool does not catch it."""


Cancelled.__module__ = "snakepit"


class Log:
    """Sends log records to the host, which adds the worker and the call. Drops records when the channel is full, and
    never blocks."""

    __slots__ = ("_send",)

    def __init__(self) -> None:
        self._send = _print

    def debug(self, message, *args) -> None:
        """Logs ``message % args``."""
        self._send("debug", message, args)

    def info(self, message, *args) -> None:
        """Logs ``message % args``."""
        self._send("info", message, args)

    def warning(self, message, *args) -> None:
        """Logs ``message % args``."""
        self._send("warning", message, args)

    def error(self, message, *args) -> None:
        """Logs ``message % args``."""
        self._send("error", message, args)

    def critical(self, message, *args) -> None:
        """Logs ``message % args``."""
        self._send("critical", message, args)


class Running:
    """The call that a thread or a task runs."""

    __slots__ = ("call", "began_ns", "tool", "session", "links", "trace")

    def __init__(self, call: "tuple | None" = None, began_ns: int = 0, tool=None,
                 session: "tuple | None" = None, links=None, trace: "tuple | None" = None) -> None:
        self.call = call  # begins with (id, number, remaining ms, attempt); None between calls
        self.began_ns = began_ns
        self.tool = tool  # of the last call, as in Tools
        self.session = session  # the number of the last call that had one, and that session
        self.links = links  # the ways from this thread's calls to the host, in a worker with threads
        self.trace = trace  # the number of the last call that had a trace context, and that context with its state


own_running: "ContextVar[Running]" = ContextVar("snakepit.running")


class Context:
    """The current call of the thread or task if it runs its own calls, else of the worker. Outside a call, ``call_id``
    and ``deadline`` are None. Outside a worker, ``worker`` is empty."""

    __slots__ = (
        "log", "host", "telemetry", "worker", "pool", "_running", "_get_finished", "_cancelled", "_tasks", "_shields",
        "_interruption", "_request_recycle", "_now", "_sessions", "_wake",
        "_find_gate")

    def __init__(self) -> None:
        self.log = Log()
        self.telemetry = Telemetry(self)
        self.worker = ""
        self.pool = ""
        self._running = Running()  # the worker's own, for threads and tasks without one
        self._get_finished = lambda: 0  # returns the number of the last finished call
        self._cancelled: "set[int]" = set()
        self._tasks: dict = {}  # functions that cancel the task of a call, by the call's number
        self._shields: "list[int]" = []  # the number of the call of each shielded section
        self._interruption = None  # of plain tools, where the platform has it
        self._now = monotonic_ns
        self.host = None  # the tools of the host, once there is a worker
        self._request_recycle = _print_recycle_request
        self._sessions = None
        self._find_gate = lambda: None  # returns the gate of this thread
        self._wake = None  # wakes the thread that runs a call, in a worker with threads

    def __repr__(self) -> str:
        if not self.worker:
            return "<snakepit.ctx, not in a worker>"
        call = "no call" if self.call_id is None else f"call {self.call_id}"
        return f"<snakepit.ctx of {self.worker}, {call}>"

    @property
    def call_id(self) -> "int | None":
        """The id of the current call."""
        call = self._call()
        return None if call is None else call[0]

    @property
    def _tool(self) -> "str | None":
        """The name of the tool that runs."""
        running = own_running.get(self._running)
        return None if running.call is None else running.tool[3]

    @property
    def attempt(self) -> int:
        """1 for the first run of the call; 0 outside of a call."""
        call = own_running.get(self._running).call
        return 0 if call is None else call[3]

    @property
    def deadline(self) -> "float | None":
        """The seconds until the caller gives up, never negative; None without a limit."""
        running = own_running.get(self._running)
        call = running.call
        if call is None or call[2] == 0:
            return None
        return max(0.0, (running.began_ns + call[2] * 1_000_000 - self._now()) / 1e9)

    @property
    def cancelled(self) -> bool:
        """True once the caller has cancelled the current call."""
        call = own_running.get(self._running).call
        return call is not None and call[1] in self._cancelled

    def check_cancelled(self) -> None:
        """Raises Cancelled when the current call was cancelled."""
        if self.cancelled:
            gate = self._find_gate()
            raise Cancelled("the call was cancelled") if gate is None else gate.cancellation()

    def shield(self) -> Shield:
        """Returns a context manager for a section of the tool that a cancellation must not tear. The cancellation is
        raised at the section's end. The worker is killed after ``Call.CancelGrace`` all the same."""
        return Shield(self)

    @property
    def traceparent(self) -> "str | None":
        """The W3C trace context of the current call, as a traceparent header has it; None when the host records no
        trace of the call."""
        trace = self._trace()
        return None if trace is None else trace[1]

    @property
    def tracestate(self) -> "str | None":
        """What tracing systems have added to the trace context, as a tracestate header has it; None for nothing."""
        trace = self._trace()
        return None if trace is None else trace[2]

    def _trace(self) -> "tuple | None":
        running = own_running.get(self._running)
        call, trace = running.call, running.trace
        return trace if trace is not None and call is not None and trace[0] == call[1] else None

    @property
    def session(self):
        """The session of the current call; None for a call without one."""
        running = own_running.get(self._running)
        call, entered = running.call, running.session
        return entered[1] if entered is not None and call is not None and entered[0] == call[1] else None

    def recycle_me(self) -> None:
        """Asks the host to replace this worker, after the current call and once the replacement is ready."""
        self._request_recycle()

    def _call(self) -> "tuple | None":
        return own_running.get(self._running).call

    def _cancel(self, seq: int) -> None:
        """Records the cancellation of a running call or of one not yet taken; ignores that of a finished one."""
        finished = self._get_finished()
        ahead = (seq - finished) & 0xFFFFFFFF  # the frame has the low half of the number
        if 0 < ahead < 1 << 31:
            self._cancelled = {other for other in (*self._cancelled, finished + ahead) if other > finished}
            cancel = self._tasks.get(finished + ahead)
            if cancel is not None:
                try:
                    cancel()
                except RuntimeError:  # the loop is closed
                    pass
            if self._wake is not None:
                self._wake(seq)


def format_message(message, args) -> str:
    """Returns ``message % args``. Never raises in the tool: when the arguments do not fit, it returns them with the
    message, and when there is no text, it says so."""
    try:
        return str(message) % args if args else str(message)
    except Exception:
        pass
    try:
        return f"{message} {args!r}"
    except Exception:
        kind = type(message).__name__
        return f"(a log message of type {kind} that cannot be shown, as its text or that of an argument raises)"


def _print(level, message, args, **details) -> None:
    """Takes log records outside a worker, as in an adapter's tests. They go to logging if it has a handler, else to
    stderr."""
    text = format_message(message, args)
    logging = sys.modules.get("logging")
    logger = logging and logging.getLogger("snakepit")
    if logger and logger.hasHandlers():
        logger.log(getattr(logging, level.upper()), "%s", text)
    else:
        print(f"{level}: {text}", file=sys.stderr)


def _print_recycle_request() -> None:
    """Replaces recycle_me() outside a worker."""
    _print("info", "ctx.recycle_me() has no effect outside of a worker", ())


ctx = Context()
