"""The event loop of a worker: coroutines of async tools run on it, and the tasks they leave go on between calls."""

from ._context import Context


async def _nothing():
    """Only the type of its coroutine matters."""


_sample = _nothing()
Coroutine = type(_sample)
_sample.close()

_CO_COROUTINE = 0x80


def needs_loop(function) -> bool:
    """Whether it is an ``async def``."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return code is not None and bool(code.co_flags & _CO_COROUTINE)


def _stopper(loop):
    def stop(_):
        loop.stop()

    return stop


class Loop:
    """Made when the first coroutine comes, and again when the user's code has closed it."""

    __slots__ = ("_loop", "_context", "_asyncio")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._loop = self._asyncio = None

    def prepare(self) -> None:
        """Imports what coroutines need, while that is sure to be possible."""
        import asyncio
        self._asyncio = asyncio

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
        if loop is None or loop.is_closed() or not self._asyncio.all_tasks(loop):
            return
        try:
            loop.add_reader(fd, loop.stop)
        except NotImplementedError:  # on Windows pipes can't be waited for
            return
        timer = None if seconds is None else loop.call_later(seconds, loop.stop)
        try:
            loop.run_forever()
        finally:
            loop.remove_reader(fd)
            if timer is not None:
                timer.cancel()

    def close(self) -> None:
        """Ends what async tools left running."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        tasks = self._asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(self._asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    def _open(self):
        loop = self._loop
        if loop is None or loop.is_closed():
            if self._asyncio is None:
                self.prepare()
            loop = self._asyncio.new_event_loop()
            self._asyncio.set_event_loop(loop)
            self._loop = loop
        return loop

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
