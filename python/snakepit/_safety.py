"""Whether an adapter's tools may run on several threads at once: what it says itself, and what is known of its
libraries."""

import sys

from ._adapter import Adapter, AdapterError, where_is
from ._builtins import __builtins__  # noqa: F401
from ._gate import guard
from ._known import UNSAFE, describe, hazards_among, verdict_of
from ._loop import is_async
from ._tool import is_marked, thread_safe

_MAX_NAMED = 10


class ThreadSafety:
    """The checks of a worker with threads."""

    __slots__ = ("_threads", "_mode", "_log")

    def __init__(self, threads: int, mode: str, log) -> None:
        """mode: "trust", "watch" or "strict". log: None for checks alone."""
        self._threads = threads
        self._mode = mode
        self._log = log

    def check_tools(self, adapter: Adapter) -> None:
        """Raises unless the adapter says that several threads may run its tools at once; unless each plain tool says
        so, in strict mode."""
        setup = adapter.hook("thread_setup")
        if is_async(setup):
            raise AdapterError(
                f"{where_is(setup)} is an async def; thread_setup() runs in each thread and must be plain")
        safe = getattr(adapter.owner, "thread_safe", False)
        if safe is thread_safe:
            safe = False  # the decorator, which the file imports
        if safe is not True and safe is not False:
            raise AdapterError(
                f"thread_safe of {where_is(adapter.owner)} is a {type(safe).__name__}, where True is due")
        unmarked = [name for name, tool in adapter.tools.items() if not (is_async(tool) or is_marked(tool))]
        if unmarked and not (safe and self._mode != "strict"):  # coroutines take turns on one thread
            raise AdapterError(self._refusal(adapter.owner, unmarked))

    def check_libraries(self, adapter: Adapter) -> None:
        """Logs what is known of the libraries that are imported by now, but for those that the adapter says it uses
        with care. Raises for one that is unsafe, in strict mode."""
        careful = getattr(adapter.owner, "thread_safe_with", ())
        if type(careful) not in (tuple, list, set, frozenset) or not all(type(name) is str for name in careful):
            raise AdapterError(
                f"thread_safe_with of {where_is(adapter.owner)} must be a tuple of names of libraries, such as "
                "('sqlite3',)")
        told = {name: module for name, module in hazards_among(sys.modules).items() if name not in careful}
        unsafe = {name: module for name, module in told.items() if verdict_of(name, module) == UNSAFE}
        if unsafe and self._mode == "strict":
            raise AdapterError(
                f"{where_is(adapter.owner)} imports libraries that are not safe with threads in every use, and "
                f"ThreadSafety = Strict refuses them:\n{describe(unsafe)}\nOnce its tools use them with care, write "
                f"'thread_safe_with = {tuple(unsafe)!r}' next to them")
        if told and self._mode != "trust" and self._log is not None:
            self._log.info("What is known of libraries that the adapter imports, and threads:\n%s", describe(told))

    def guard(self, tools: dict, uninterrupted) -> dict:
        """Returns the tools by name, each with a gate around."""
        return guard(tools, uninterrupted, self._tell if self._mode == "watch" else None)

    def _refusal(self, owner, unmarked) -> str:
        where = "the class" if not isinstance(owner, type(sys)) else "the file, outside of its functions"
        what = (
            "Check what its tools share: variables of the module and attributes of the instance that a tool changes "
            "(guard them with threading.Lock, or keep one per thread with threading.local), and libraries whose "
            "objects belong to one thread, such as sqlite3 connections.")
        if self._mode == "strict":
            others = len(unmarked) - _MAX_NAMED
            named = ", ".join(unmarked[:_MAX_NAMED]) + (f" and {others} more" if others > 0 else "")
            return (f"{where_is(owner)} has tools that do not say whether threads may run them at once, which "
                    f"ThreadSafety = Strict demands of each: {named}. {what} Then mark each with "
                    "@snakepit.thread_safe, or with @snakepit.thread_unsafe to have it run alone")
        return (f"{where_is(owner)} does not say that it is safe with threads, and Profile = Thread runs up to "
                f"{self._threads} of its calls at once in one process. {what} Then write 'thread_safe = True' in "
                f"{where}. Or set Profile to Process, which runs one call at a time in a process")

    def _tell(self, name: str) -> None:
        self._log.info(
            "Two threads run the tool '%s' at once, for the first time in this worker. Only the adapter's thread_safe "
            "= True says that they may. Mark the tool with @snakepit.thread_safe when that is meant, or with "
            "@snakepit.thread_unsafe to have it run alone.", name)
