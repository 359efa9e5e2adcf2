"""Serial serving: one call after the other, on the main thread.

A user's signal handler may raise between any two steps. Inbox, runner and outbox store the state of each step: a call
that has run is answered once, and the loop starts again at the first unfinished call.
"""

from os import write

from ._builtins import __builtins__  # noqa: F401
from ._channels import Channels, leave_fork
from ._frames import ProtocolError
from ._inbox import Inbox
from ._interrupts import Interrupts
from ._outbox import Outbox
from ._page import FINISHED
from ._run import Runner

SIGNALS_AT_ONCE = 8  # whose handlers all raise
MAX_VAIN = 200  # exceptions in a row, each during the recovery from the one before; then the worker cannot continue


class SerialServer:
    """Takes, runs and answers calls."""

    __slots__ = ("_channels", "_inbox", "_outbox", "_runner", "_interrupts", "_ready")

    def __init__(self, channels: Channels, inbox: Inbox, outbox: Outbox, runner: Runner, log) -> None:
        self._channels = channels
        self._inbox = inbox
        self._outbox = outbox
        self._runner = runner
        self._interrupts = Interrupts(log)
        self._ready = None

    def serve(self, ready: bytes) -> "SystemExit | None":
        """Sends a frame and then serves calls until the host closes the data channel. Returns the SystemExit of a
        signal handler, if one ended it."""
        self._ready = ready
        serve = self._serve
        for _ in range(SIGNALS_AT_ONCE):
            serve = bind(self._resist, serve)
        try:
            return serve()
        except BaseException as error:
            if self._runner.running.call is not None:  # not even a traceback may be possible any more
                kind = type(error).__name__.encode("ascii", "replace")
                write(2, b"The worker cannot finish its call: " + kind + b" keeps being raised in it.\n")
            raise

    def _resist(self, serve) -> "SystemExit | None":
        """Serves on after an interrupt. The caller handles another one that comes meanwhile."""
        interrupt, vain = None, 0
        while True:
            try:
                if interrupt is not None:
                    self._recover(interrupt)
                    if issubclass(type(interrupt), SystemExit):
                        return interrupt
                    interrupt = None
                return serve()
            except ProtocolError:
                raise
            except BaseException as error:
                if self._channels.forked:
                    leave_fork(error)
                vain = 0 if interrupt is None else vain + 1
                if vain > MAX_VAIN:
                    raise
                interrupt = error

    def _recover(self, interrupt: BaseException) -> None:
        """Finishes the interrupted call, if it has run. Interrupted itself, it is called again."""
        runner, row = self._runner, self._runner.row
        self._outbox.recover(row)
        call = runner.running.call
        if call is not None and row[FINISHED] < call[1]:
            self._outbox.send(row, call[1], *runner.answer(interrupt))
        runner.forget()
        self._interrupts.note(interrupt, row[FINISHED])

    def _serve(self) -> None:
        outbox, row, run = self._outbox, self._runner.row, self._runner.run
        if self._ready is not None:
            outbox.send(row, 0, self._ready, b"")
            self._ready = None
        for call in self._inbox.take(row[FINISHED], outbox.flush):
            run(call)
            call = None  # releases everything of it


def bind(function, argument):
    """Returns a function without parameters that calls one with this argument."""
    return lambda: function(argument)
