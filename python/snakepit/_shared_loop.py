"""The main thread of a worker with threads: it runs the event loop, once a coroutine needs it, and the user's signal
handlers. What these raise concerns no call.
"""

from _collections import deque
from _thread import allocate_lock, get_ident
from contextvars import copy_context

from ._builtins import __builtins__  # noqa: F401
from ._cancellation import runs_coroutines
from ._channels import Channels, leave_fork
from ._context import Context, Running, own_running
from ._exchange import Exchange
from ._interrupts import Interrupts
from ._loop import Coroutine, Loop, TaskOfCall
from ._serial import MAX_VAIN, SIGNALS_AT_ONCE, bind


class SharedLoop:
    """Runs coroutines of other threads on the main thread's event loop. Belongs to the thread that creates it."""

    __slots__ = ("thread", "flush", "_channels", "_context", "_loop", "_interrupts", "_get_finished", "_wanted",
                 "_over", "_arrived", "_visits", "_running")

    def __init__(self, channels: Channels, context: Context, loop: Loop, get_finished) -> None:
        """get_finished: returns the number of the last finished call."""
        self.thread = get_ident()
        self.flush = None  # writes the replies of async tools that a closed loop has left
        self._channels = channels
        self._context = context
        self._loop = loop
        self._interrupts = Interrupts(context.log)
        self._get_finished = get_finished
        self._wanted = allocate_lock()  # free when the main thread has something to do
        self._wanted.acquire()
        self._over = False
        self._arrived: "deque[_Visit]" = deque()  # not begun yet
        self._visits: "set[_Visit]" = set()  # begun
        self._running = None  # the loop, while it runs

    @property
    def current(self):
        """The loop that runs coroutines."""
        return self._loop.current

    def serve(self, begin) -> "SystemExit | None":
        """Releases a lock, and runs the loop when it is wanted, until the end. Returns the SystemExit of a signal
        handler, if one came."""
        serve = bind(self._serve, begin)
        for _ in range(SIGNALS_AT_ONCE):
            serve = bind(self._resist, serve)
        return serve()

    def _resist(self, serve) -> "SystemExit | None":
        """Serves on after an exception that a signal handler raises while another one is being noted."""
        for _ in range(MAX_VAIN):
            try:
                return serve()
            except BaseException as error:
                if self._channels.forked:
                    leave_fork(error)
        return serve()

    def _serve(self, begin) -> "SystemExit | None":
        has_begun = False
        while not self._over:
            try:
                if not has_begun and begin.locked():
                    begin.release()
                has_begun = True
                if self._running is None:
                    self._wanted.acquire()
                if not self._over:
                    self._run()
            except BaseException as error:
                if self._channels.forked:
                    leave_fork(error)
                if any(visit.has_raised(error) for visit in tuple(self._visits)):
                    continue  # sys.exit() in a coroutine: the thread of its call gets it
                if issubclass(type(error), SystemExit):
                    return error
                self._interrupts.note(error, self._get_finished())
        return None

    def end(self) -> None:
        """Ends serve(), from another thread."""
        self._over = True
        self._wake()

    @runs_coroutines
    def run(self, coroutine):
        """Runs a coroutine for this thread, and returns its result. In ``ctx``, its tasks see this thread's call while
        it runs, and never another one."""
        visit = _Visit(self._context, coroutine)
        self.put(visit)
        return visit.wait()

    def put(self, visit) -> None:
        """Has the loop begin something, as _Visit is. Called from another thread."""
        is_first = not self._arrived
        self._arrived.append(visit)
        if is_first:  # else the loop is about to take all of them
            self._wake()

    def settle(self, result):
        """Returns the result of a hook, which may be a coroutine's; raises for a generator, whose body has not run."""
        return self._loop.settle(self.run(result) if type(result) is Coroutine else result)

    def _wake(self) -> None:
        loop = self._running
        if loop is not None:
            try:
                loop.call_soon_threadsafe(self._take)
                return
            except RuntimeError:  # it was closed: the main thread opens another one
                pass
        try:
            self._wanted.release()
        except RuntimeError:
            pass

    def _run(self) -> None:
        try:
            self._running = loop = self._loop.open()
        except Exception as error:  # no descriptor is left
            while self._arrived:
                self._arrived.popleft().fail(error)
            return
        loop.call_soon(self._take)  # what came before it ran
        try:
            loop.run_forever()
        finally:
            if loop.is_closed():
                self._running = None
                self._fail_visits()

    def _take(self) -> None:
        """Begins what has arrived. Runs in the loop."""
        if self._over:
            self._running.stop()
        while self._arrived:
            visit = self._arrived.popleft()
            self._visits.add(visit)
            visit.begin(self._running, self._visits.discard)

    def _fail_visits(self) -> None:
        """The user's code has closed the loop."""
        while self._visits:
            self._visits.pop().fail(RuntimeError("the event loop was closed while the tool ran"))
        if self.flush is not None:
            self.flush()
        if self._arrived:
            self._wake()


class _Visit:
    """A coroutine of another thread, on the main thread's loop."""

    __slots__ = ("_context", "_coroutine", "_running", "_surroundings", "_over", "_task", "_error")

    def __init__(self, context: Context, coroutine) -> None:
        caller = own_running.get(context._running)
        self._context = context
        self._coroutine = coroutine
        self._running = Running(caller.call, caller.began_ns, caller.tool, caller.session, caller.links)
        self._surroundings = copy_context()
        self._surroundings.run(own_running.set, self._running)
        self._over = allocate_lock()
        self._over.acquire()
        self._task = self._error = None

    def begin(self, loop, discard) -> None:
        """Begins the coroutine in the loop. discard: is called with this object at its end."""
        context, running = self._context, self._running
        self._task = task = self._surroundings.run(loop.create_task, self._coroutine)
        number = None if running.call is None or not running.tool[2] else running.call[1]
        if number is not None:
            context._tasks[number] = of_call = TaskOfCall(context, number, loop, task)
            if number in context._cancelled:
                of_call.cancel()

        def end(_) -> None:
            context._tasks.pop(number, None)
            running.call = running.session = running.links = None
            discard(self)
            self._over.release()

        task.add_done_callback(end)

    def fail(self, error: BaseException) -> None:
        """Ends the wait with an error."""
        call = self._running.call
        if call is not None:
            self._context._tasks.pop(call[1], None)
        self._error = error
        self._over.release()

    def has_raised(self, error: BaseException) -> bool:
        """Returns whether the coroutine has ended with this exception."""
        task = self._task
        return task is not None and task.done() and not task.cancelled() and task.exception() is error

    def wait(self):
        """Waits for the end, in the other thread. Returns the result of the coroutine, or raises its exception."""
        try:
            self._over.acquire()
            if self._error is not None:
                raise self._error
            return self._task.result()
        finally:
            # Otherwise these and the exception would form a cycle until a garbage collection.
            self._coroutine = self._running = self._surroundings = self._task = self._error = None


class SharedExchange(Exchange):
    """Receives frames for the call of one thread, from its mailbox."""

    __slots__ = ()

    def _let_loop_read(self, loop) -> None:
        if self._reading is None:
            self._reading = loop
            self._inbox.notify = lambda: loop.call_soon_threadsafe(self._read_once)
            if self._inbox.is_readable() or self.is_over:
                loop.call_soon(self._read_once)

    def _end_reading(self) -> None:
        self._reading = self._inbox.notify = None
