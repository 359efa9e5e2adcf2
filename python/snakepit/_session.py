"""The sessions of a worker: what their calls share here, from the first call to the end of the session.

The host tells the end of a session on the control channel, whose thread must run no code of the user. So the thread
only notes it, and the main thread ends the session between two calls.
"""

import os
from _collections import deque

from ._builtins import __builtins__  # noqa: F401
from ._channels import Channels, leave_fork, move_away
from ._errors import describe, headline
from ._session_data import SessionData

try:
    from select import POLLIN, poll
except ImportError:  # Windows, where nothing can wait for two pipes
    poll = None

_HALF = 1 << 31
_read, _write, _pipe = os.read, os.write, os.pipe


class Session:
    """A session, as its calls see it in this worker.

    id: the name that the caller has given it.
    metadata: what the caller of the current call has given with it, strings by name.
    state: a dict for anything that the next calls need. It lives in this process, as long as the session does here.
    """

    __slots__ = ("id", "metadata", "state", "_tools", "_number", "_last")

    def __init__(self, ident: str, number: int) -> None:
        self.id = ident
        self.metadata: "dict[str, str]" = {}
        self.state: dict = {}
        self._tools: "dict[str, dict]" = {}  # the host's for this session: what is told of them, by name
        self._number = number  # the host's, which it gives to no other session, even one with the same id
        self._last = 0  # the number of its last call in this worker

    @property
    def data(self) -> SessionData:
        """Small values by name, which the host has and reads and writes too. They work in the calls of the session."""
        return SessionData(self)

    def __repr__(self) -> str:
        return f"<snakepit session {self.id!r}>"


Session.__module__ = "snakepit"


class SessionGone(LookupError):
    """The session is not in this worker."""


SessionGone.__module__ = "snakepit"


class Sessions:
    """The sessions that this worker serves. The main thread uses it; other threads only call ``end``."""

    __slots__ = ("_channels", "_log", "_get_finished", "_hook", "_known", "_ended", "_before_wait", "_work", "_poll",
                 "_wake")

    def __init__(self, channels: Channels, log, get_finished, before_wait: list) -> None:
        """get_finished: returns the number of the last finished call. before_wait: functions that are called before
        the worker waits for calls."""
        self._channels = channels
        self._log = log
        self._get_finished = get_finished
        self._hook = None
        self._known: "dict[int, Session]" = {}
        # number, the last call that came before, and whether another worker has the state
        self._ended: "deque[tuple[int, int, bool]]" = deque()
        self._before_wait = before_wait
        self._work = self.wait
        self._poll = None
        self._wake = -1, -1

    def use(self, hook) -> None:
        """Sets what is called with a session that has ended."""
        self._hook = hook

    def enter(self, call: tuple, told) -> Session:
        """Returns the session of a call, which begins here with its first call."""
        if self._ended:
            self.settle()
        return self._enter(call, told)

    def _enter(self, call: tuple, told) -> Session:
        number = told["number"]
        session = self._known.get(number)
        if session is None:
            session = Session(told["id"], number)
            self._watch()
            self._known[number] = session
        if call[1] > session._last:
            session._last = call[1]
        session.metadata = told.get("metadata") or {}
        session._tools = told.get("tools") or {}
        return session

    def find(self, number: int) -> Session:
        """Returns the session with the host's number."""
        session = self._known.get(number)
        if session is None:
            raise SessionGone(f"session {number} is not in this worker")
        return session

    def begin(self, call: tuple, number: int, ident: str, metadata: dict) -> Session:
        """Returns a new session, whose state another worker has had; the call is to bring it."""
        session = Session(ident, number)
        session.metadata = metadata
        session._last = call[1]
        self._watch()
        self._known[number] = session
        return session

    def drop(self, session: Session) -> None:
        """Forgets a session whose state did not arrive."""
        if self._known.get(session._number) is session:
            del self._known[session._number]

    def end(self, number: int, last: int, moved: bool = False) -> None:
        """Notes that the host has no more calls of a session for this worker, after the call with that number.
        moved: whether another worker has the session with its state."""
        self._ended.append((number, last, moved))
        if self._wake[1] >= 0:
            try:
                _write(self._wake[1], b"\0")
            except OSError:  # full, or closed by the user's code: it is seen before the next call
                pass

    def settle(self) -> None:
        """Ends the sessions whose last call here is over."""
        self._collect_over(self._finish)

    def _collect_over(self, take) -> None:
        """Forgets the sessions whose last call here is over, and gives each of them to a function."""
        ended, finished = self._ended, self._get_finished()
        for _ in range(len(ended)):
            number, last, moved = ended[0]
            if 0 < (last - finished) & 0xFFFFFFFF < _HALF:
                ended.rotate(-1)  # a call that came before may still need it
                continue
            session = self._known.get(number)
            if session is not None and not 0 < (session._last - last) & 0xFFFFFFFF < _HALF:
                del self._known[number]
                ended.popleft()
                if not moved:
                    take(session)
            else:
                ended.popleft()  # it has come back meanwhile, or was never here

    def end_all(self) -> None:
        """Ends all sessions, because the worker ends."""
        while self._ended:
            number, _, moved = self._ended.popleft()
            if moved:
                self._known.pop(number, None)
        while self._known:
            self._finish(self._known.popitem()[1])

    def wait(self) -> None:
        """Waits for the next call, and ends sessions meanwhile."""
        works, work = self._before_wait, self._work
        if works[-1] != work:
            works.remove(work)
            works.append(work)  # behind those that have work of their own while they wait
            return
        if self._ended:
            self.settle()
        if not self._known and not self._ended:
            works.remove(work)
            return
        while self._poll is not None:
            has_calls = False
            for fd, events in self._poll.poll():
                if fd != self._wake[0]:
                    has_calls = True
                elif events & POLLIN:
                    _read(fd, 4096)
                else:  # closed by the user's code
                    self._unwatch()
            if self._ended:
                self.settle()
            if has_calls:
                return

    def _watch(self) -> None:
        if self._work not in self._before_wait:
            self._before_wait.append(self._work)
        if self._poll is None and poll is not None and self._wake[0] < 0:
            try:
                wake = tuple(map(move_away, _pipe()))
                os.set_blocking(wake[1], False)
            except OSError as error:  # no descriptor is left
                self._log.warning("Sessions end only with the next call or with the worker (%s)", headline(error))
                return
            waiting = poll()
            waiting.register(self._channels.data_in, POLLIN)
            waiting.register(wake[0], POLLIN)
            self._wake, self._poll = wake, waiting

    def _unwatch(self) -> None:
        self._poll = None
        self._wake = self._wake[0], -1

    def _finish(self, session: Session) -> None:
        if self._hook is None:
            return
        try:
            self._hook(session)
        except BaseException as error:
            if self._channels.forked:
                leave_fork(error)
            told = describe(error)
            self._log.warning("on_session_end() failed for session %r: %s", session.id,
                              told["traceback"] or headline(error))
        if self._channels.forked:
            leave_fork(None)
