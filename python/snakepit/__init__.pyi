"""The types of what an adapter may use, for editors and type checkers. Workers do not have this file."""

from typing import Any, Callable, Optional, TypeVar, overload

__all__ = ["Cancelled", "ctx", "tool"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Cancelled(BaseException):
    """The call was cancelled. A BaseException, so that ``except Exception`` in a tool does not catch it."""


class Log:
    """Sends log records to the host, which adds the worker and the call. Drops records when the channel is full, and
    never blocks."""

    def debug(self, message: object, *args: object) -> None: ...
    def info(self, message: object, *args: object) -> None: ...
    def warning(self, message: object, *args: object) -> None: ...
    def error(self, message: object, *args: object) -> None: ...
    def critical(self, message: object, *args: object) -> None: ...


class Context:
    """The current call of the thread or task if it runs its own calls, else of the worker. Outside a call, ``call_id``
    and ``deadline`` are None. Outside a worker, ``worker`` is empty."""

    log: Log
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
    def recycle_me(self) -> None: ...


ctx: Context


@overload
def tool(function: _Function) -> _Function: ...
@overload
def tool(
    function: None = ..., *, name: Optional[str] = ..., description: Optional[str] = ..., idempotent: bool = ...
) -> Callable[[_Function], _Function]: ...
