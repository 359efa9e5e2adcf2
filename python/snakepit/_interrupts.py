"""Exceptions that the user's signal handlers raise while the worker's own code runs.

Python runs signal handlers between any two steps of the main thread, and their exceptions are raised in whatever code
runs there. Inside a tool, they are the tool's responsibility. Anywhere else they concern no call: the worker finishes
its step and logs the exception.
"""

from _signal import getsignal, valid_signals
from time import monotonic

from ._builtins import __builtins__  # noqa: F401
from ._errors import describe, headline, traceback_of

LOG_INTERVAL = 1.0  # seconds; a timer may raise a thousand times in one second
MAX_UNKNOWN = 100  # in a row, with no call finished in between

# Files of the package's own code, and of the import statements in it.
_OWN = (lambda: None).__code__.co_filename.rpartition("_interrupts")[0], "<frozen importlib._bootstrap"


def is_interrupt(error: BaseException) -> bool:
    """Returns whether a signal handler raised it while the package's own code ran, not code that the package had
    called."""
    trace = traceback_of(error)
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OWN):
        trace = trace.tb_next
    if trace is None:
        return issubclass(type(error), KeyboardInterrupt)  # by Python's own handler, which has no frame
    code = trace.tb_frame.f_code
    return any(_code_of(getsignal(signal)) is code for signal in valid_signals())


def _code_of(handler):
    """Returns the code that runs first when the handler is called."""
    if not callable(handler):
        return None
    handler = getattr(handler, "func", handler)  # functools.partial
    handler = getattr(handler, "__func__", handler)
    code = getattr(handler, "__code__", None)
    return getattr(type(handler).__call__, "__code__", None) if code is None else code


class Interrupts:
    """Logs the exceptions that are raised between calls."""

    __slots__ = ("_log", "_now", "_told_at", "_untold", "_unknown", "_finished")

    def __init__(self, log, now=monotonic) -> None:
        self._log = log
        self._now = now
        self._told_at = None
        self._untold = self._unknown = self._finished = 0

    def note(self, error: BaseException, finished: int) -> None:
        """Logs an exception. Raises it when no signal handler raised it and it repeats with no call finished: then the
        defect is the worker's own."""
        if finished != self._finished or is_interrupt(error):
            self._unknown, self._finished = 0, finished
        else:
            self._unknown += 1
            if self._unknown > MAX_UNKNOWN:
                raise error
        now = self._now()
        if self._told_at is not None and now - self._told_at < LOG_INTERVAL:
            self._untold += 1
            return
        told = describe(error)
        text = "An exception was raised in the worker between calls, as by a signal handler; no call is concerned."
        text += f" {self._untold} more came since the last such record." if self._untold else ""
        self._log.error("%s%s", f"{text}\n", told["traceback"] or headline(error))
        self._untold, self._told_at = 0, now  # not before: the next signal may tear the record
