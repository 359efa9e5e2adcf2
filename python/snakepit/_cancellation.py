"""Interrupts the tool of a cancelled call: a signal raises Cancelled in it.

The host sends the first signal itself, because the thread of the control channel may wait for the interpreter lock for
milliseconds. That thread repeats the signal until the call has ended, because a tool may swallow the exception.

Python runs signal handlers in the main thread, between any two steps of whatever code runs there. This one raises only
in code of the tool that runs the cancelled call. In the package's own code, in an import, and in a section that the
tool shields, it does nothing: the next signal, or the end of that code, raises instead.
"""

from sys import _getframe, exc_info
from time import monotonic
from _signal import getsignal, signal
from _thread import get_ident

from . import _protocol as protocol, _tool
from ._builtins import __builtins__  # noqa: F401
from ._context import Cancelled, Context
from ._errors import PACKAGE, context_of

try:
    from _signal import pthread_kill
except ImportError:  # Windows
    pthread_kill = None

INTERVAL = 0.05  # seconds between two signals
_MAX_CONTEXTS = 100  # exceptions of one chain that are examined

_SIGNAL = protocol.SIGNAL_INTERRUPT
_IMPORTS = "<frozen importlib._bootstrap"
# Frames of these files are no section of their own: what they do may be left at any step.
_OPEN = Context.shield.__code__.co_filename, _tool.tool.__code__.co_filename

_callers = set()  # the code of functions that call tools
_runners = set()  # the code of functions in which a loop runs the coroutine of a tool


def calls_tools(function):
    """Marks a function of the package that calls tools. What it calls may be interrupted, its own code may not."""
    _callers.add(function.__code__)
    return function


def runs_coroutines(function):
    """Marks a function of the package in which an event loop runs the coroutine of a tool."""
    _runners.add(function.__code__)
    return function


class Interruption:
    """Raises Cancelled in the running call. Belongs to the thread that creates it, which must be the main thread."""

    __slots__ = ("_context", "_running", "_target", "_thread", "_handler", "_number", "_due", "_since", "_raised",
                 "_missed")

    def __init__(self, context: Context, target) -> None:
        """target: its first item is the number of the call that the host interrupts."""
        self._context = context
        self._running = context._running
        self._target = target
        self._thread = get_ident()
        self._handler = self._on_signal
        self._number = 0  # of the call that is sent signals
        self._due = self._since = 0.0
        self._raised = 0  # the number of the call in which the exception was raised last
        self._missed = 0  # the number of the call whose signal came in the package's own code

    def send(self) -> int:
        """Sends the signal when it is due. Called by the thread of the control channel. Returns the milliseconds until
        the next one is due; 0 when no call is to be interrupted."""
        call, tool = self._running.call, self._running.tool
        if call is None or call[1] not in self._context._cancelled or not tool[2]:
            return 0
        number, now = call[1], monotonic()
        if number != self._number:
            # The loop gets the time to cancel the task of an async tool by itself.
            waits = number == self._raised or number in self._context._tasks
            self._number, self._since, self._due = number, now, now + INTERVAL if waits else now
        if now >= self._due:
            self._due = now + INTERVAL
            if number not in self._context._shields and getsignal(_SIGNAL) is self._handler:
                pthread_kill(self._thread, _SIGNAL)
        return int((self._due - now) * 1000) + 1

    def check(self) -> None:
        """Raises what was not raised because the package's own code ran. Called at the end of a function that only the
        tool calls."""
        call = self._running.call
        if self._missed and call is not None and self._missed == call[1] and get_ident() == self._thread:
            self.interrupt(_getframe(2))

    def interrupt(self, frame) -> None:
        """Raises Cancelled if the frame runs code of a tool that is to be interrupted now."""
        call = self._running.call
        if call is None or get_ident() != self._thread:
            return
        number, context = call[1], self._context
        if number != self._target[0] and number not in context._cancelled or not self._running.tool[2]:
            return
        context._cancelled.add(number)  # the order on the control channel may come later
        if number in context._shields or not self._may_leave(frame, number) or _is_unwinding():
            return
        self._missed, self._raised = 0, number
        raise Cancelled("the call was cancelled")

    def _on_signal(self, _, frame) -> None:
        if self._running.call is not None:
            self.interrupt(frame)

    def _may_leave(self, frame, number: int) -> bool:
        """Returns whether an exception may be raised in that frame of the main thread: whether it runs code of a tool,
        with none of the package's own and no import between."""
        in_tool = False
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith(PACKAGE) and name not in _OPEN:
                break
            if name.startswith(_IMPORTS):
                return False  # a module whose import was left halfway may never be importable again
            in_tool, frame = True, frame.f_back
        code = None if frame is None else frame.f_code
        if in_tool and code in _runners:
            return self._is_blocked(number)
        if in_tool and code in _callers:
            return True
        self._missed = number
        return False

    def _is_blocked(self, number: int) -> bool:
        """Returns whether the coroutine of an async tool has not let its loop cancel it."""
        task = self._context._tasks.get(number)
        return (task is not None and task.is_blocked() and self._number == number
                and monotonic() >= self._since + INTERVAL)


def install_interruption(context: Context, target) -> "Interruption | None":
    """Installs the handler of the signal; returns None where calls cannot be interrupted."""
    if pthread_kill is None:
        return None
    interruption = Interruption(context, target)
    try:
        signal(_SIGNAL, interruption._handler)
    except (ValueError, OSError):  # this is not the main thread, or the system has no such signal
        return None
    return interruption


def _is_unwinding() -> bool:
    """Returns whether the interrupted code handles a cancellation: its finally and except blocks are not torn."""
    error = exc_info()[1]
    for _ in range(_MAX_CONTEXTS):
        if error is None or issubclass(type(error), Cancelled):
            return error is not None
        error = context_of(error)
    return False
