"""The types of what an adapter may use, for editors and type checkers. Workers do not have this file."""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Callable, Dict, Generic, Literal, Optional, Tuple, Type, TypeVar, Union, overload

__all__ = [
    "Cancelled", "HostTool", "HostToolError", "Session", "SessionDataConflict", "ctx", "thread_local", "thread_safe",
    "thread_unsafe", "tool"]

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Value = TypeVar("_Value")


class Cancelled(BaseException):
    """The call was cancelled. A BaseException, so that ``except Exception`` in a tool does not catch it."""


class HostToolError(Exception):
    """A host tool has failed, or there is no such tool. type: the name of the .NET exception's type. stack: its stack
    trace, if the pool sends it."""

    message: str
    type: str
    stack: str


class HostTool(str):
    """What a host tool does, and what else the application tells of it: a string, the description, with attributes."""

    @property
    def parameters(self) -> Optional[Dict[str, Any]]: ...
    @property
    def metadata(self) -> Dict[str, str]: ...


class AsyncHost:
    """The host's tools for async tools: ``await ctx.host.aio.lookup(key="x")``."""

    async def call(self, _name: str, *args: Any, **kwargs: Any) -> Any: ...
    def __getattr__(self, name: str) -> Callable[..., Any]: ...


class Host:
    """The host's tools: ``ctx.host.lookup(key="x")`` or ``ctx.host.call("lookup", key="x")``."""

    aio: AsyncHost
    @property
    def tools(self) -> Dict[str, HostTool]: ...
    def call(self, _name: str, *args: Any, **kwargs: Any) -> Any: ...
    def __getattr__(self, name: str) -> Callable[..., Any]: ...


class Log:
    """Sends log records to the host, which adds the worker and the call. Drops records when the channel is full, and
    never blocks."""

    def debug(self, message: object, *args: object) -> None: ...
    def info(self, message: object, *args: object) -> None: ...
    def warning(self, message: object, *args: object) -> None: ...
    def error(self, message: object, *args: object) -> None: ...
    def critical(self, message: object, *args: object) -> None: ...


class Span:
    """A section of a tool as a span."""

    def set(self, **attributes: Union[str, int, float, bool]) -> None: ...
    def __enter__(self) -> Span: ...
    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None: ...


class Telemetry:
    """Sends measurements, events and spans to the host, which adds the pool. Never blocks."""

    def counter(self, name: str, value: float = ..., /, **tags: Union[str, int, bool]) -> None: ...
    def histogram(self, name: str, value: float, /, **tags: Union[str, int, bool]) -> None: ...
    def event(self, name: str, /, **attributes: Union[str, int, float, bool]) -> None: ...
    def span(self, name: str, /, **attributes: Union[str, int, float, bool]) -> Span: ...


class SessionDataConflict(Exception):
    """The value has another version than expected: somebody else has written it. Read it and try again."""


class AsyncSessionData:
    """The data of the session of the current call, for async tools."""

    async def get(self, name: str, default: Any = ...) -> Any: ...
    async def read(self, name: str) -> Tuple[Any, int]: ...
    async def set(self, name: str, value: Any, version: Optional[int] = ...) -> int: ...
    async def remove(self, name: str, version: Optional[int] = ...) -> bool: ...


class SessionData:
    """The data of the session of the current call: small values by name, which the host has and reads and writes too.

    read returns a value and its version, None and 0 when there is none. set returns the new version, and remove whether
    there was a value. With a version, both raise SessionDataConflict if the value has another one; 0 stands for none.
    """

    @property
    def aio(self) -> AsyncSessionData: ...
    def get(self, name: str, default: Any = ...) -> Any: ...
    def read(self, name: str) -> Tuple[Any, int]: ...
    def set(self, name: str, value: Any, version: Optional[int] = ...) -> int: ...
    def remove(self, name: str, version: Optional[int] = ...) -> bool: ...


class Session:
    """A session, as its calls see it in this worker.

    id: the name that the caller has given it.
    metadata: what the caller of the current call has given with it, strings by name.
    state: a dict for anything that the next calls need. It lives in this process, as long as the session does here.
    """

    id: str
    metadata: Dict[str, str]
    state: Dict[Any, Any]
    @property
    def data(self) -> SessionData: ...


class Context:
    """The current call of the thread or task if it runs its own calls, else of the worker. Outside a call, ``call_id``
    and ``deadline`` are None. Outside a worker, ``worker`` is empty."""

    log: Log
    host: Host
    telemetry: Telemetry
    worker: str
    pool: str
    @property
    def call_id(self) -> Optional[int]: ...
    @property
    def attempt(self) -> int: ...
    @property
    def deadline(self) -> Optional[float]: ...
    @property
    def cancelled(self) -> bool: ...
    def check_cancelled(self) -> None: ...
    def shield(self) -> AbstractContextManager[None]: ...
    @property
    def traceparent(self) -> Optional[str]: ...
    @property
    def tracestate(self) -> Optional[str]: ...
    @property
    def session(self) -> Optional[Session]: ...
    def recycle_me(self) -> None: ...


ctx: Context


class thread_local(Generic[_Value]):
    """A value that each thread has one of. Call it for the value of the current thread."""

    def __init__(self, create: Callable[[], _Value]) -> None: ...
    def __call__(self) -> _Value: ...


def thread_safe(target: _Function) -> _Function: ...


def thread_unsafe(function: _Function) -> _Function: ...


@overload
def tool(function: _Function) -> _Function: ...
@overload
def tool(
    function: None = ..., *, name: Optional[str] = ..., description: Optional[str] = ..., idempotent: bool = ...,
    cancel: Literal["interrupt", "cooperative", "kill"] = ...
) -> Callable[[_Function], _Function]: ...
