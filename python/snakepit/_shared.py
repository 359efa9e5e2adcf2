"""What the threads of a worker share: the writing end of the data channel, sessions, and the ways to the host."""

from _thread import RLock, allocate_lock

from ._argument import ArgumentLink, ArgumentStream
from ._ask import shown
from ._builtins import __builtins__  # noqa: F401
from ._context import own_running
from ._gate import Gate, Section
from ._host import HostLink
from ._outbox import Outbox
from ._session import Session, Sessions


_stage = Outbox.stage


class SharedOutbox(Outbox):
    """An outbox that one thread after the other uses."""

    __slots__ = ("_lock",)

    def __init__(self, fd: int, page) -> None:
        super().__init__(fd, page)
        self._lock = RLock()  # the methods call each other, and a finalizer may call the host in any of them

    def stage(self, row, number: int, header: bytes, body: bytes) -> None:
        with self._lock:
            _stage(self, row, number, header, body)  # not by super(), which takes as long as the method

    def stage_item(self, row, header: bytes, body: bytes) -> int:
        with self._lock:
            return super().stage_item(row, header, body)

    def flush(self) -> None:
        with self._lock:
            super().flush()

    def send(self, row, number: int, header: bytes, body: bytes) -> None:
        with self._lock:
            super().send(row, number, header, body)


class SharedSessions(Sessions):
    """The sessions of a worker with threads. Their ends are settled by a thread that has no call."""

    __slots__ = ("_lock", "_give_work")

    def __init__(self, channels, log, get_finished, give_work) -> None:
        """give_work: has a thread call a function."""
        super().__init__(channels, log, get_finished, [])
        self._lock = allocate_lock()
        self._give_work = give_work

    def enter(self, call: tuple, told) -> Session:
        self.settle_rest()
        with self._lock:
            return self._enter(call, told)

    def find(self, number: int) -> Session:
        with self._lock:
            return super().find(number)

    def begin(self, call: tuple, number: int, ident: str, metadata: dict) -> Session:
        with self._lock:
            return super().begin(call, number, ident, metadata)

    def drop(self, session: Session) -> None:
        with self._lock:
            super().drop(session)

    def end(self, number: int, last: int, moved: bool = False) -> None:
        super().end(number, last, moved)
        self._give_work(self.settle)

    def settle(self) -> None:
        """Ends the sessions whose last call here is over. The hook runs without the lock: it may take its time."""
        over = []
        with self._lock:
            self._collect_over(over.append)
        for session in over:
            self._finish(session)

    @property
    def has_ended(self) -> bool:
        """Whether there are ends to settle."""
        return bool(self._ended)

    def settle_rest(self) -> None:
        """Ends the sessions that had to wait for a call."""
        if self._ended:
            self.settle()

    def _watch(self) -> None:
        """Nothing waits for the ends: the host tells them, and a thread settles them."""


class SharedArgumentLink(ArgumentLink):
    """Asks the host for items in a section that is not interrupted."""

    __slots__ = ()

    def send(self, kind: int, number: int, body: bytes) -> None:
        with Section():
            super().send(kind, number, body)


class Links:
    """The ways from a call to the host, and the gate of the thread that runs it, if one does."""

    __slots__ = ("host", "arguments", "gate")

    def __init__(self, host: HostLink, arguments: ArgumentLink, gate: "Gate | None") -> None:
        self.host = host
        self.arguments = arguments
        self.gate = gate


def _links(what: str) -> Links:
    running = own_running.get(None)
    if running is None or running.links is None:
        raise RuntimeError(f"{what} was used in another thread or process than the tool's; use it in the tool and pass "
                           "the result on")
    return running.links


class HostOfCall:
    """Calls host tools for whichever thread or task asks."""

    __slots__ = ("_tools",)

    def __init__(self, tools: dict) -> None:
        self._tools = tools

    @property
    def tools(self) -> dict:
        """What is told of the host tools that the running call may call, by name."""
        running = own_running.get(None)
        return self._tools if running is None or running.links is None else running.links.host.tools

    def call(self, name: str, args: tuple, kwargs: dict):
        with Section():
            return _links(shown(name)).host.call(name, args, kwargs)

    async def call_async(self, name: str, args: tuple, kwargs: dict):
        return await _links(shown(name)).host.call_async(name, args, kwargs)


class ArgumentsOfCall:
    """Finds the link of the thread or task that reads a stream of the host."""

    __slots__ = ()

    @property
    def begun(self) -> int:
        return _links("a stream of the host").arguments.begun

    def check(self, stream: ArgumentStream) -> None:
        _links("the stream").arguments.check(stream)

    def open(self, stream: ArgumentStream) -> None:
        _links("the stream").arguments.open(stream)

    def close(self, stream: ArgumentStream) -> None:
        _links("the stream").arguments.close(stream)
