"""The data of sessions: small values in the host, which both sides read and write."""

from ._ask import SESSION_DATA, HostToolError
from ._builtins import __builtins__  # noqa: F401
from ._context import ctx
from ._protocol import MAX_SESSION_NAME, MAX_SESSION_VALUE

_encode = _decode = None  # of values as JSON, once there is a worker


def use_codec(encode, decode) -> None:
    """Sets how values become JSON, and JSON values."""
    global _encode, _decode
    _encode, _decode = encode, decode


class SessionDataConflict(Exception):
    """The value has another version than expected: somebody else has written it. Read it and try again."""


SessionDataConflict.__module__ = "snakepit"


class _Values:
    """The values of one session."""

    __slots__ = ("_session",)

    def __init__(self, session) -> None:
        self._session = session

    def _arguments(self, operation: str, name: str, *more) -> tuple:
        if type(name) is not str or not 0 < len(name) <= MAX_SESSION_NAME:
            raise ValueError(f"the name of a value of session data must be a string of 1 to {MAX_SESSION_NAME} "
                             f"characters, not {name!r:.50}")
        if ctx.session is not self._session:
            raise RuntimeError("ctx.session.data works in the calls of its session only; use it in the tool")
        return (operation, name, *more)

    def _write(self, name: str, value, version: "int | None") -> tuple:
        text = _encode(value)
        if len(text) > MAX_SESSION_VALUE:
            raise ValueError(f"a value of session data has at most {MAX_SESSION_VALUE} bytes as JSON; '{name:.50}' has "
                             f"{len(text)}. Keep what is larger in ctx.session.state, or in a store of your own")
        return self._arguments("set", name, text.decode(), version)


def _open(answer) -> tuple:
    version, text = answer
    return (None if version == 0 else _decode(text.encode())), version


def _own(error: HostToolError) -> Exception:
    """Returns the exception of the host as one of Python's."""
    kind = {"SessionDataConflictException": SessionDataConflict, "ArgumentException": ValueError}.get(error.type)
    return error if kind is None else kind(error.message)


class SessionData(_Values):
    """The data of the session of the current call: ``ctx.session.data``. Unlike ``ctx.session.state``, the host has it,
    and it stays when the session goes to another worker. ``aio`` has the same for async tools."""

    __slots__ = ()

    @property
    def aio(self) -> "AsyncSessionData":
        """The same methods, to be awaited in async tools."""
        return AsyncSessionData(self._session)

    def get(self, name: str, default=None):
        """Returns a value, or the default when there is none."""
        value, version = self.read(name)
        return value if version else default

    def read(self, name: str) -> tuple:
        """Returns a value and its version; None and 0 when there is none."""
        return _open(self._call(self._arguments("get", name)))

    def set(self, name: str, value, version: "int | None" = None) -> int:
        """Writes a value, and returns its new version. version: what the value must have as its version, 0 when there
        must be none; otherwise SessionDataConflict is raised. None writes in any case."""
        return self._call(self._write(name, value, version))

    def remove(self, name: str, version: "int | None" = None) -> bool:
        """Removes a value; returns whether it was there. version: as for set."""
        return self._call(self._arguments("remove", name, version))

    @staticmethod
    def _call(arguments: tuple):
        try:
            return ctx.host.call(SESSION_DATA, *arguments)
        except HostToolError as error:
            raise _own(error) from None


class AsyncSessionData(_Values):
    """The data of the session of the current call, for async tools."""

    __slots__ = ()

    async def get(self, name: str, default=None):
        """Returns a value, or the default when there is none."""
        value, version = await self.read(name)
        return value if version else default

    async def read(self, name: str) -> tuple:
        """Returns a value and its version; None and 0 when there is none."""
        return _open(await self._call(self._arguments("get", name)))

    async def set(self, name: str, value, version: "int | None" = None) -> int:
        """Writes a value, and returns its new version. version: as for SessionData.set."""
        return await self._call(self._write(name, value, version))

    async def remove(self, name: str, version: "int | None" = None) -> bool:
        """Removes a value; returns whether it was there. version: as for SessionData.set."""
        return await self._call(self._arguments("remove", name, version))

    @staticmethod
    async def _call(arguments: tuple):
        try:
            return await ctx.host.aio.call(SESSION_DATA, *arguments)
        except HostToolError as error:
            raise _own(error) from None
