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

    __slots__ = ("_context", "_loop", "_inbox", "_takers", "_call", "_stopped", "_waiters", "_reading")

    def __init__(self, context: Context, loop: Loop, inbox: Inbox) -> None:
        self._context = context
        self._loop = loop
        self._inbox = inbox
        self._takers = {}  # functions that take the first frame of those that have arrived, by its type
        self._call = None
        self._stopped = False  # whether the host has told this call that nobody waits for it
        self._waiters = []  # futures of the tasks that wait for frames
        self._reading = None  # the loop that watches the data channel for them

    def begin(self, call: tuple) -> None:
        """From now on, frames of this call are received."""
        if self._call is not call:
            self._call = call
            self._stopped = False
            self._takers = {}

    def let_take(self, kind: int, take) -> None:
        """Lets a function take the frames of a type, until the call ends. It gets the frames that have arrived, the
        first of them of that type, and removes that one. Interrupted by a signal handler, it is called again."""
        self._takers[kind] = take

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for the call any more."""
        return self._call is None or self._stopped or self._call[1] in self._context._cancelled

    def wait(self, is_done) -> None:
        """Waits until the function returns true, or nobody waits for the call any more."""
        while not (is_done() or self.is_over):
            self._take(self._inbox.receive(self._call))

    async def wait_async(self, is_done) -> None:
        """Waits as ``wait`` does, and lets other tasks run meanwhile."""
        call = self._call
        self._take(self._inbox.receive(call, wait=False))
        while not is_done():
            if self._call is not call:
                raise Cancelled("the call has ended")
            if self.is_over:
                return
            loop = self._loop.current
            waiter = loop.create_future()
            self._waiters.append(waiter)
            try:
                self._let_loop_read(loop)
                await waiter
            except NotImplementedError:  # on Windows, where a loop cannot wait for pipes
                self._take(self._inbox.receive(call))
            finally:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
                if not self._waiters:
                    self._end_reading()

    def end(self) -> None:
        """The running call has ended. Tasks that it has left do not wait any more."""
        if self._call is None:
            return
        self._call = None
        self._takers = {}
        self._end_reading()
        self._wake()
        self._waiters.clear()

    def _let_loop_read(self, loop) -> None:
        if self._reading is None:
            loop.add_reader(self._inbox.fd, self._read_once)
            self._reading = loop

    def _end_reading(self) -> None:
        loop, self._reading = self._reading, None
        if loop is not None and not loop.is_closed():
            loop.remove_reader(self._inbox.fd)

    def _read_once(self) -> None:
        if self._call is not None and self._inbox.is_readable():
            self._take(self._inbox.receive_once(self._call))
        self._wake()

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def check(self) -> None:
        """Raises Cancelled when nobody waits for the call any more."""
        if self.is_over:
            raise Cancelled("the call was cancelled")

    def _take(self, arrived) -> None:
        has_news = bool(arrived)
        while arrived:
            kind = arrived[0][0]
            take = self._takers.get(kind)
            if take is not None:
                take(arrived)
                continue
            if kind == protocol.STOP:
                self._stopped = True
            arrived.popleft()
        if has_news and self._waiters:
            self._wake()  # what one task has received may be for another one
