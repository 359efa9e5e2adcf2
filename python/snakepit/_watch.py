"""Tells of async tools that block the event loop: meanwhile no other async tool of the worker runs."""

from sys import _current_frames
from _thread import allocate_lock
from traceback import format_stack

from ._builtins import __builtins__  # noqa: F401
from ._context import own_running
from ._errors import PACKAGE

BLOCKED = 0.1  # seconds
MAX_FRAMES = 30


class LoopWatch:
    """Has the loop give signs of life while calls run in it."""

    __slots__ = ("_loop", "_log", "_calls", "_wanted", "_turns", "_told")

    def __init__(self, loop, log) -> None:
        self._loop = loop
        self._log = log
        self._calls = set()
        self._wanted = allocate_lock()  # free when there are calls to watch
        self._wanted.acquire()
        self._turns = 0
        self._told = -1  # the turn of the last record

    def add(self, call) -> None:
        """Watches a call until its end. Called in the loop."""
        self._calls.add(call)
        if self._wanted.locked():
            self._wanted.release()

    def run(self) -> None:
        """Looks while there are calls. Runs in a thread of its own."""
        pause = allocate_lock()
        pause.acquire()
        while True:
            self._wanted.acquire()
            while self._calls:
                turns = self._turns
                if not self._ask():
                    break
                pause.acquire(True, BLOCKED)
                if self._turns == turns != self._told:
                    self._tell(turns)

    def _ask(self) -> bool:
        try:
            self._loop.current.call_soon_threadsafe(self._beat)
            return True
        except (AttributeError, RuntimeError):  # there is no loop, or it is closed
            return False

    def _beat(self) -> None:
        self._turns += 1
        self._calls = {call for call in self._calls if call.is_open}

    def _tell(self, turns: int) -> None:
        frame = _current_frames().get(self._loop.thread)
        for call in tuple(self._calls):
            running = call.running
            if running is not None and call.is_running():
                self._told = turns
                own_running.set(running)
                try:
                    self._log.warning(
                        "async tool '%s' has blocked the event loop for %d ms, so no other async tool of this worker "
                        "runs; await what takes long, or move it to a thread with asyncio.to_thread(). It is here:\n%s",
                        running.tool[3], BLOCKED * 1000, _stack_of(frame))
                finally:
                    own_running.set(None)
                return


def _stack_of(frame) -> str:
    """Returns the frames of the tool, as in a traceback."""
    frames = []
    while frame is not None and not frame.f_code.co_filename.startswith(PACKAGE):
        frames.append(frame)
        frame = frame.f_back
    return "".join(format_stack(frames[0])[-len(frames):][-MAX_FRAMES:]).rstrip() if frames else "(no frame of it)"
