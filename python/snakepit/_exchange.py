"""What the host sends to a call while it runs, and who takes it.

The thread that runs the call reads the data channel whenever the call has to wait for the host. What arrives then may
be for another part of the call: credit for its stream, or the answer of a host tool that another task has called.
"""

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._context import Cancelled, Context
from ._inbox import Inbox
from ._loop import Loop


class Exchange:
    """Receives frames for the running call."""

    __slots__ = ("_context", "_loop", "_inbox", "_takers", "_call", "_stopped", "_waiters")

    def __init__(self, context: Context, loop: Loop, inbox: Inbox) -> None:
        self._context = context
        self._loop = loop
        self._inbox = inbox
        self._takers = {}  # functions that take the number and body of a frame, by its type
        self._call = None
        self._stopped = False  # whether the host has told this call that nobody waits for it
        self._waiters = []  # futures of the tasks that wait for frames

    def begin(self, call: tuple) -> None:
        """From now on, frames of this call are received."""
        if self._call is not call:
            self._call = call
            self._stopped = False
            self._takers = {}

    def let_take(self, kind: int, take) -> None:
        """Lets a function take the frames of a type, until the call ends."""
        self._takers[kind] = take

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for the call any more."""
        return self._stopped or self._call[1] in self._context._cancelled

    def wait(self, is_done) -> None:
        """Waits until the function returns true, or nobody waits for the call any more."""
        while not (is_done() or self.is_over):
            self._take(self._inbox.receive(self._call))

    async def wait_async(self, is_done) -> None:
        """Waits as ``wait`` does, and lets other tasks run meanwhile."""
        self._take(self._inbox.receive(self._call, wait=False))
        while not (is_done() or self.is_over):
            loop = self._loop.current
            waiter = loop.create_future()
            self._waiters.append(waiter)
            try:
                if len(self._waiters) == 1:
                    loop.add_reader(self._inbox.fd, self._read_once)
                await waiter
            except NotImplementedError:  # on Windows, where a loop cannot wait for pipes
                self._take(self._inbox.receive(self._call))
            finally:
                self._waiters.remove(waiter)
                if not self._waiters:
                    loop.remove_reader(self._inbox.fd)

    def _read_once(self) -> None:
        self._take(self._inbox.receive_once(self._call))
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def check(self) -> None:
        """Raises Cancelled when nobody waits for the call any more."""
        if self.is_over:
            raise Cancelled("the call was cancelled")

    def _take(self, frames: list) -> None:
        for kind, number, body in frames:
            if kind == protocol.STOP:
                self._stopped = True
            elif kind in self._takers:
                self._takers[kind](number, body)
