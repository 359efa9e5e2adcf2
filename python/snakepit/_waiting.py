"""The calls of a worker with threads that wait until a thread is free."""

from _collections import deque
from _thread import allocate_lock

from ._builtins import __builtins__  # noqa: F401


class WaitingCalls:
    """Gives each call to one thread, in order.

    One thread is woken at a time. A woken thread that finds more calls wakes the next one, so a thread that is quick
    takes many short calls while the next one still waits for the interpreter.
    """

    __slots__ = ("_lock", "_calls", "_idle", "_is_waking")

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._calls = deque()
        self._idle = []  # the locks of the threads without a call; the last one was idle for the shortest time
        self._is_waking = False  # whether a thread was woken that has not looked yet

    def put(self, call) -> None:
        """Adds a call, or a function for a thread to call."""
        self.put_all((call,))

    def put_all(self, calls) -> None:
        """Adds calls in their order."""
        with self._lock:
            self._calls.extend(calls)
            other = self._next_to_wake()
        if other is not None:
            other.release()

    def take(self, own, flush, before_wait):
        """Waits for the next call. own: a lock of the thread's own, which it has acquired. flush: writes the replies
        that are held back; while others wait, they are left to the thread that takes the last one. before_wait: is
        called before the thread waits; returns the seconds after which to call it again, or -1."""
        while True:
            with self._lock:
                call = self._calls.popleft() if self._calls else None
                is_last = not self._calls
                other = self._next_to_wake()
            if other is not None:
                other.release()
            if is_last:
                flush()
            if call is not None:
                return call
            self._wait(own, before_wait())

    def remove(self, low: int) -> "tuple | None":
        """Takes the call with that number on the wire out, if it waits; returns it."""
        with self._lock:
            for call in self._calls:
                if type(call) is tuple and call[4] == low:
                    self._calls.remove(call)
                    return call
        return None

    def _wait(self, own, pause: float) -> None:
        with self._lock:
            if self._calls:
                return
            self._idle.append(own)
        is_woken = own.acquire(True, pause)
        with self._lock:
            if not is_woken and own in self._idle:
                self._idle.remove(own)
                return
            self._is_waking = False
        if not is_woken:
            own.acquire()  # it was woken just when its time was over

    def _next_to_wake(self):
        if not self._calls or not self._idle or self._is_waking:
            return None
        self._is_waking = True
        return self._idle.pop()
