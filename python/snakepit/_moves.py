"""The moves of sessions: one worker exports the state, another one imports it. The host calls both as tools that are in
no catalogue, and never looks into the state.
"""

from ._builtins import __builtins__  # noqa: F401
from ._cancellation import calls_tools
from ._context import Context, own_running

EXPORT = "__snakepit_export_session__"
IMPORT = "__snakepit_import_session__"


class SessionMoves:
    """Calls the adapter's ``export_session()`` and ``import_session()``."""

    __slots__ = ("_context", "_export", "_import", "_settle", "_encode", "_decode")

    def __init__(self, context: Context, hooks: tuple, settle, encode, decode) -> None:
        """hooks: the export and the import. settle: returns the result of a hook that may be a coroutine. encode:
        raises for what it cannot write."""
        self._context = context
        self._export, self._import = hooks
        self._settle = settle
        self._encode = encode
        self._decode = decode

    @property
    def tools(self) -> dict:
        """The tools by name."""
        return {EXPORT: self.give, IMPORT: self.take}

    def give(self, number: int) -> bytes:
        """Returns the state of a session, which stays here until the host tells that it has moved."""
        session = self._context._sessions.find(number)
        return self._encode([session.metadata, self._run(session, self._export, session)])

    def take(self, number: int, ident: str, state: bytes) -> None:
        """Begins a session with its state of another worker."""
        metadata, exported = self._decode(state)
        session = self._context._sessions.begin(own_running.get(self._context._running).call, number, ident, metadata)
        try:
            self._run(session, self._import, session, exported)
        except BaseException:
            self._context._sessions.drop(session)
            raise

    @calls_tools
    def _run(self, session, hook, *arguments):
        """Runs a hook; in ``ctx``, its call is one of the session."""
        running = own_running.get(self._context._running)
        running.session = running.call[1], session
        return self._settle(hook(*arguments))
