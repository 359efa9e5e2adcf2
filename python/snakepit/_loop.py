"""The event loop of a worker: it runs the coroutines of async tools, and their remaining tasks between calls."""

import sys
from contextvars import copy_context
from time import monotonic

from ._builtins import __builtins__  # noqa: F401
from ._cancellation import runs_coroutines
from ._context import Context, Running, own_running
from ._errors import headline


async def _nothing():
    """Exists for the type of its coroutine."""


async def _items():
    yield


_sample = _nothing()
Coroutine, Generator, AsyncGenerator = type(_sample), type(_ for _ in ()), type(_items())
_sample.close()
LAZY = frozenset((Coroutine, Generator, AsyncGenerator))  # types of results that have not run yet

_CO_COROUTINE, _CO_ASYNC_GENERATOR = 0x80, 0x200
_MAX_VAIN = 10  # runs in a row in which the loop did not reach its first turn


def needs_loop(function) -> bool:
    """Returns whether the function is an ``async def`` without ``yield``."""
    return _has_flags(function, _CO_COROUTINE)


def is_async(function) -> bool:
    """Returns whether the function is an ``async def``."""
    return _has_flags(function, _CO_COROUTINE | _CO_ASYNC_GENERATOR)


def _has_flags(function, flags: int) -> bool:
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return code is not None and bool(code.co_flags & flags)


def _stopper(loops):
    """loops: the loop to stop. Empty once the run is over: a task that raises SystemExit or KeyboardInterrupt leaves
    its callback to the next run, which it must not stop."""
    def stop(_):
        for loop in loops:
            loop.stop()

    return stop


class TaskOfCall:
    """Cancels the task of a call. Keeps the task: the frame that runs it forgets it while another thread cancels."""

    __slots__ = ("_context", "_number", "_loop", "_task", "_cancelled")

    def __init__(self, context: Context, number, loop, task) -> None:
        self._context = context
        self._number = number
        self._loop = loop
        self._task = task
        self._cancelled = False

    def __call__(self) -> None:
        """Has the loop cancel the task, unless a section of it is shielded. Called from any thread."""
        self._loop.call_soon_threadsafe(self.cancel)

    def cancel(self) -> None:
        if self._number not in self._context._shields:
            self._cancelled = True
            self._task.cancel()

    def is_blocked(self) -> bool:
        """Returns whether the coroutine runs, and the loop has not come to cancel it."""
        return not self._cancelled and getattr(self._task.get_coro(), "cr_running", False)


def _own_type(asyncio):
    """Returns Python's own loop type, with a clock that user code cannot replace."""
    class OwnLoop(asyncio.ProactorEventLoop if sys.platform == "win32" else asyncio.SelectorEventLoop):
        def time(self) -> float:
            return monotonic()
    return OwnLoop


class StreamNotSupported(TypeError):
    """A hook has returned a generator, which would never run."""


StreamNotSupported.__module__ = "snakepit"


class Loop:
    """Opens an event loop for the first coroutine, and again when the user's code has closed it. The loop has Python's
    own type unless the user has set a policy for another one, such as uvloop's."""

    __slots__ = ("_loop", "_context", "_own", "_own_type", "_events", "_all_tasks", "_gather", "_set_current", "_vain",
                 "_fd", "_before_wait")

    def __init__(self, context: Context, fd: int, before_wait: list) -> None:
        """fd: where calls arrive. before_wait: functions that are called before the worker waits for calls."""
        self._context = context
        self._fd = fd
        self._before_wait = before_wait
        self._loop = self._own = self._own_type = None
        self._vain = 0

    def prepare(self) -> None:
        """Takes everything that coroutines will need, before the user's code may replace it or use it up."""
        if self._own_type is None:
            import asyncio
            from concurrent.futures import ThreadPoolExecutor  # noqa: F401  the default executor, imported when needed
            self._events, self._set_current = asyncio.events, asyncio.set_event_loop
            self._all_tasks, self._gather = asyncio.all_tasks, asyncio.gather
            self._own_type = _own_type(asyncio)
            self._own = self._own_type()

    def settle(self, result):
        """Returns the result of a hook, which may be a coroutine's; raises for a generator, whose body has not run."""
        if type(result) is Coroutine:
            result = self.run(result)
        if type(result) not in LAZY:
            return result
        name = result.__qualname__
        how = ", by an async comprehension" if hasattr(result, "__anext__") else ""
        raise StreamNotSupported(f"the hook returned the generator '{name}', of which nothing has run. Return a value, "
                                 f"as list({name}(...)) is{how}.")

    @property
    def current(self):
        """The loop that runs coroutines."""
        return self._loop

    @runs_coroutines
    def run(self, coroutine):
        """Runs a coroutine to its end, or until the current call is cancelled. In ``ctx``, the task and all tasks that
        it starts see this call while it runs, and never another one."""
        if self.run_until_readable not in self._before_wait:
            self._before_wait.append(self.run_until_readable)
        loop, context = self.open(), self._context
        caller = own_running.get(context._running)
        running = Running(caller.call, caller.began_ns, caller.tool, caller.session, trace=caller.trace)
        number = None if running.call is None or not running.tool[2] else running.call[1]
        surroundings = copy_context()
        surroundings.run(own_running.set, running)
        task = surroundings.run(loop.create_task, coroutine)
        running_on = [loop]
        stop = _stopper(running_on)
        task.add_done_callback(stop)
        try:
            if number is not None:
                context._tasks[number] = of_call = TaskOfCall(context, number, loop, task)
                if number in context._cancelled:
                    of_call.cancel()
            loop.run_forever()
            if not task.done():
                raise RuntimeError("the event loop was stopped before the tool had ended")
            return task.result()
        except BaseException:
            task.remove_done_callback(stop)
            if not task.done():  # stopped, or a signal handler has raised
                self._end(loop, task)
            elif not task.cancelled():
                task.exception()  # retrieved here, when it was sys.exit()'s
            raise
        finally:
            # Not run_until_complete: its frame, the task and the exception would form a cycle until a garbage
            # collection.
            context._tasks.pop(number, None)
            running_on.clear()
            running.call = running.session = running.trace = task = of_call = coroutine = None

    def run_until_readable(self) -> None:
        """Runs the remaining tasks, if there are any, until a call arrives."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        turns = []
        try:
            if self._all_tasks(loop):
                self._run_tasks(loop, turns)
        except BaseException as error:
            self._vain = 0 if turns else self._vain + 1
            if self._vain < _MAX_VAIN:
                raise
            self._abandon(error)

    def _run_tasks(self, loop, turns: list) -> None:
        try:
            loop.add_reader(self._fd, loop.stop)
        except NotImplementedError:  # on Windows, where a loop cannot wait for pipes
            return
        loop.call_soon(turns.append, 1)
        try:
            loop.run_forever()
        finally:
            loop.remove_reader(self._fd)

    def close(self) -> None:
        """Ends the remaining tasks of async tools."""
        try:
            self._close()
        except Exception as error:  # of a task, or of something that the user's code has replaced
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
        """Gives up a loop that can run nothing any more, as under an audit hook that refuses what asyncio does."""
        self._vain = 0
        self._context.log.error("The event loop runs no more (%s); the tasks that async tools have left are lost.",
                                headline(error))
        loop, self._loop = self._loop, None
        try:
            loop.close()
        except Exception:
            pass

    def open(self):
        loop = self._loop
        if loop is None or loop.is_closed():
            self.prepare()
            loop = self._loop = self._by_policy() or self._take_own()
            try:
                self._set_current(loop)  # for get_event_loop() in other tools
            except Exception:  # of the policy; coroutines find their running loop without it
                pass
        return loop

    def _by_policy(self):
        policy = getattr(self._events, "_event_loop_policy", None)  # None: nobody has set or asked for a policy
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
        except BaseException:  # the caller gets the reason for the cancellation instead
            pass
        finally:
            task = None
