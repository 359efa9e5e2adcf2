"""The event loop of a worker: coroutines of async tools run on it, and the tasks they leave go on between calls."""

import sys
from time import monotonic

from ._builtins import __builtins__  # noqa: F401
from ._context import Context
from ._errors import headline


async def _nothing():
    """Only the type of its coroutine matters."""


_sample = _nothing()
Coroutine = type(_sample)
_sample.close()

_CO_COROUTINE = 0x80
_MAX_VAIN = 10  # runs in a row in which the loop did not come to its first turn


def needs_loop(function) -> bool:
    """Whether it is an ``async def``."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return code is not None and bool(code.co_flags & _CO_COROUTINE)


def _stopper(loop):
    def stop(_):
        loop.stop()

    return stop


def _own_type(asyncio):
    """Python's own loop, with a clock that nobody replaces."""
    class OwnLoop(asyncio.ProactorEventLoop if sys.platform == "win32" else asyncio.SelectorEventLoop):
        def time(self) -> float:
            return monotonic()
    return OwnLoop


class Loop:
    """Opened when the first coroutine comes, and again when the user's code has closed it. Of Python's own type, unless the user has set a policy
    that makes another one, such as uvloop's."""

    __slots__ = ("_loop", "_context", "_own", "_own_type", "_events", "_all_tasks", "_gather", "_set_current", "_vain")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._loop = self._own = self._own_type = None
        self._vain = 0

    def prepare(self) -> None:
        """Takes all that coroutines will need, while the user's code has not yet replaced or used up any of it."""
        if self._own_type is None:
            import asyncio
            from concurrent.futures import ThreadPoolExecutor  # noqa: F401  the loop's default executor, which is imported when it is asked for
            self._events, self._all_tasks, self._gather, self._set_current = asyncio.events, asyncio.all_tasks, asyncio.gather, asyncio.set_event_loop
            self._own_type = _own_type(asyncio)
            self._own = self._own_type()

    def run(self, coroutine):
        """Runs a coroutine to its end. The cancel of the current call cancels it."""
        loop, context = self._open(), self._context
        task = loop.create_task(coroutine)
        context._cancel_task = lambda: loop.call_soon_threadsafe(task.cancel)
        stop = _stopper(loop)
        task.add_done_callback(stop)
        try:
            if context.cancelled:
                task.cancel()
            loop.run_forever()
            if not task.done():
                raise RuntimeError("the event loop was stopped before the tool had ended")
            return task.result()
        except BaseException:
            task.remove_done_callback(stop)
            if not task.done():  # stopped, or a signal handler has raised
                self._end(loop, task)
            elif not task.cancelled():
                task.exception()  # is told already, if it is sys.exit()'s
            raise
        finally:
            # Not run_until_complete: its frame would keep the task, and the task the exception and thereby the frame, until a collection.
            context._cancel_task = task = coroutine = None

    def run_until_readable(self, fd: int, seconds: "float | None" = None) -> None:
        """Runs the tasks that are left, if there are any, until the descriptor can be read or the time is over."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        turns = []
        try:
            if self._all_tasks(loop):
                self._run_tasks(loop, fd, seconds, turns)
        except BaseException as error:
            self._vain = 0 if turns else self._vain + 1
            if self._vain < _MAX_VAIN:
                raise
            self._abandon(error)

    def _run_tasks(self, loop, fd: int, seconds: "float | None", turns: list) -> None:
        try:
            loop.add_reader(fd, loop.stop)
        except NotImplementedError:  # on Windows pipes can't be waited for
            return
        timer = None if seconds is None else loop.call_later(seconds, loop.stop)
        loop.call_soon(turns.append, 1)
        try:
            loop.run_forever()
        finally:
            loop.remove_reader(fd)
            if timer is not None:
                timer.cancel()

    def close(self) -> None:
        """Ends what async tools left running."""
        try:
            self._close()
        except Exception as error:  # a task's, or of what the user's code has replaced
            self._context.log.warning("Ending the tasks that async tools have left failed: %s", headline(error))

    def _close(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            tasks = self._all_tasks(loop)
            for task in tasks:
                task.cancel()
            if tasks:
                loop.run_until_complete(self._gather(*tasks, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
        if self._own is not None:
            self._own.close()

    def _abandon(self, error: BaseException) -> None:
        """Gives up a loop that nothing can run on any more, such as under an audit hook that refuses what asyncio does."""
        self._vain = 0
        self._context.log.error("The event loop runs no more (%s); the tasks that async tools have left are lost.", headline(error))
        loop, self._loop = self._loop, None
        try:
            loop.close()
        except Exception:
            pass

    def _open(self):
        loop = self._loop
        if loop is None or loop.is_closed():
            self.prepare()
            loop = self._loop = self._by_policy() or self._take_own()
            try:
                self._set_current(loop)  # for get_event_loop() in other tools
            except Exception:  # the policy's; coroutines find the loop that they run on by themselves
                pass
        return loop

    def _by_policy(self):
        policy = getattr(self._events, "_event_loop_policy", None)  # None: nobody has set or asked for one
        if policy is None or type(policy).__module__.startswith("asyncio."):
            return None
        try:
            return policy.new_event_loop()
        except Exception as error:
            self._context.log.warning("The event loop policy %s makes no loop (%s); async tools run on Python's own.",
                                      type(policy).__qualname__, headline(error))
            return None

    def _take_own(self):
        if self._own.is_closed():
            self._own = self._own_type()
        return self._own

    def _end(self, loop, task) -> None:
        if loop.is_closed():
            return
        task.cancel()
        try:
            loop.run_until_complete(task)
        except BaseException:  # what the caller is told is why it was ended
            pass
        finally:
            task = None
