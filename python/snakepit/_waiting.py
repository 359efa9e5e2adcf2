"""The calls of a worker with threads that wait until a thread is free."""

from _collections import deque
from _thread import allocate_lock
from time import monotonic_ns

from ._builtins import __builtins__  # noqa: F401

LOOK = 0.001  # seconds between two looks of the thread that watches
LOOKS = 5  # in a row without a call, after which it stops
QUICK_NS = 50_000  # a thread that has taken a call within this time is expected to take the next one at once


class WaitingCalls:
    """Gives each call to one thread, in order.

    One thread is woken at a time. A woken thread that finds more calls wakes the next one, which waits for the
    interpreter. While calls are short, that one is woken in vain, which takes longer than a call. So it stays awake and
    watches: as long as calls are taken from look to look, nobody else is woken for them. When none was taken and one
    waits, a thread is blocked, and the watching one runs the call.
    """

    __slots__ = ("_lock", "_calls", "_idle", "_is_waking", "_is_watched", "_taken", "_taken_ns", "_taker")

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._calls = deque()
        # The locks of the threads without a call: first the one that watches; the last one was idle for the shortest
        # time.
        self._idle = []
        self._is_waking = False  # whether a thread was woken that has not looked yet
        self._is_watched = False  # whether a thread watches
        self._taken = 0  # calls that were taken
        self._taken_ns = 0  # the time of the last one
        self._taker = None  # the lock of its thread

    def put(self, call) -> None:
        """Adds a call, or a function for a thread to call."""
        self.put_all((call,))

    def put_all(self, calls) -> None:
        """Adds calls in their order."""
        with self._lock:
            self._calls.extend(calls)
            other = None if self._is_watched and self._is_coming() else self._next_to_wake()
        if other is not None:
            other.release()

    def take(self, own, flush, before_wait):
        """Waits for the next call. own: a lock of the thread's own, which it has acquired. flush: writes the replies
        that are held back; while others wait, they are left to the thread that takes the last one. before_wait: is
        called before the thread waits; returns the seconds after which to call it again, or -1."""
        is_woken = False
        while True:
            with self._lock:
                call = None
                if self._calls:
                    call = self._calls.popleft()
                    self._taken += 1
                    self._taken_ns, self._taker = monotonic_ns(), own
                is_last = not self._calls
                other = None if self._is_watched else self._next_to_wake()
            if other is not None:
                other.release()
            if is_last:
                flush()
            if call is not None:
                return call
            if is_woken:  # in vain
                self._watch(own)
                is_woken = False
            else:
                is_woken = self._wait(own, before_wait())

    def remove(self, low: int) -> "tuple | None":
        """Takes the call with that number on the wire out, if it waits; returns it."""
        with self._lock:
            for call in self._calls:
                if type(call) is tuple and call[4] == low:
                    self._calls.remove(call)
                    return call
        return None

    def _wait(self, own, pause: float) -> bool:
        """Waits until the thread is woken, or the time is over; returns which."""
        with self._lock:
            if self._calls:
                return False
            self._idle.append(own)
        return self._end_wait(own, own.acquire(True, pause))

    def _watch(self, own) -> None:
        """Watches until a call waits for a thread, or there are none."""
        with self._lock:
            if self._calls or self._is_watched:
                return
            self._is_watched = True
            self._idle.insert(0, own)
            taken = self._taken
        looks, is_woken = 0, False
        while looks < LOOKS and not is_woken:
            is_woken = own.acquire(True, LOOK)
            if taken != self._taken:
                taken, looks = self._taken, 0
            elif self._calls:
                break
            else:
                looks += 1
        with self._lock:
            self._is_watched = False
        self._end_wait(own, is_woken)

    def _end_wait(self, own, is_woken: bool) -> bool:
        with self._lock:
            if not is_woken and own in self._idle:
                self._idle.remove(own)
                return False
            self._is_waking = False
        if not is_woken:
            own.acquire()  # it was woken just when its time was over
        return True

    def _is_coming(self) -> bool:
        """Whether the thread that has taken the last call is about to look for the next one."""
        return monotonic_ns() - self._taken_ns < QUICK_NS and self._taker not in self._idle

    def _next_to_wake(self):
        if not self._calls or not self._idle or self._is_waking:
            return None
        self._is_waking = True
        return self._idle.pop()
