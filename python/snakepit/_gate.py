"""Interrupts the tool of a cancelled call in a worker with threads: Cancelled is raised in the tool's thread.

Python raises such an exception between any two steps of a thread, whatever runs there. So each thread has a gate, which
is open only while code of its tool runs. While it is closed, nothing is raised; what was to be raised by then is
withdrawn, and raised when the gate opens again.
"""

from sys import _current_frames
from _thread import RLock, allocate_lock, get_ident
from functools import wraps
from weakref import ref

from ._builtins import __builtins__  # noqa: F401
from ._context import Cancelled, Context, own_running
from ._loop import Generator
from ._tool import UNSAFE, is_marked

INTERVAL_MS = 50  # between two looks at a call that goes on

_IMPORTS = "<frozen importlib._bootstrap"
_END = object()


def _find_raiser():
    """Returns a function that raises an exception of a class in a thread, or withdraws it for None. Returns None where
    Python cannot do that."""
    try:
        import ctypes
        import sys
        name = "python dll" if sys.platform == "win32" else None
        library = ctypes.PyDLL(name, handle=getattr(sys, "dllhandle", None))  # user code may change ctypes.pythonapi
        raise_in = library.PyThreadState_SetAsyncExc
        raise_in.argtypes = [ctypes.c_ulong, ctypes.py_object]
        raise_in.restype = ctypes.c_int
        nothing = ctypes.py_object()
    except Exception:
        return None
    return lambda thread, kind: raise_in(thread, nothing if kind is None else kind)


_raise_in = _find_raiser()


class _Interrupt(Cancelled):
    """Is raised in a thread. As long as it exists, the tool handles it, and is not interrupted again."""

    def __init__(self, *_) -> None:
        super().__init__("the call was cancelled")
        gate = gate_of_thread()
        if gate is not None:
            gate._raised = ref(self)
            gate._is_sent = False


_Interrupt.__name__ = _Interrupt.__qualname__ = "Cancelled"
_Interrupt.__module__ = "snakepit"


class Gate:
    """The gate of one thread. Belongs to the thread that creates it."""

    __slots__ = ("number", "_context", "_lock", "_thread", "_closed", "_is_sent", "_raised")

    def __init__(self, context: Context) -> None:
        self.number = 0  # of the call whose tool may be interrupted
        self._context = context
        self._lock = RLock()  # a finalizer may use the gate
        self._thread = get_ident()
        self._closed = 1  # sections of other code around the one that runs; 0: open
        self._is_sent = False  # whether an exception is on its way
        self._raised = None  # refers to the last one that arrived

    def open(self) -> None:
        """Ends a section that is not to be interrupted. Raises Cancelled when the call was cancelled."""
        with self._lock:
            self._closed -= 1
            error = _Interrupt() if self._closed == 0 and self.number in self._context._cancelled else None
        if error is not None:
            try:
                raise error
            finally:
                del error  # it would keep itself alive, through this frame

    def cancellation(self) -> Cancelled:
        """Returns the exception for a tool that has noticed its cancellation itself. The tool is not interrupted while
        it handles it."""
        with self._lock:
            self._withdraw()
            return _Interrupt()

    def close(self) -> None:
        """Begins a section that is not to be interrupted."""
        with self._lock:
            self._closed += 1
            self._withdraw()

    def end(self) -> None:
        """The tool has ended, and all its sections."""
        with self._lock:
            self._closed = 1
            self.number = 0
            self._withdraw()

    @property
    def has_ended(self) -> bool:
        """Whether nothing is left for ``end`` to do."""
        return self._closed == 1 and self.number == 0 and not self._is_sent

    def wait(self, lock, number: int) -> None:
        """Waits for a lock, until the call was cancelled."""
        while not lock.acquire(True, INTERVAL_MS / 1000):
            if number in self._context._cancelled:
                raise Cancelled("the call was cancelled")

    def interrupt(self) -> None:
        """Raises the exception if the tool runs and does not handle one already. Called from another thread."""
        with self._lock:
            raised = self._raised
            if (self._closed or self._is_sent or _raise_in is None or raised is not None and raised() is not None
                    or self._imports()):
                return
            self._raised = None
            self._is_sent = True
            _raise_in(self._thread, _Interrupt)

    def renew(self) -> None:
        """Runs in a process that the tool has forked, where the other threads do not exist."""
        self._lock = RLock()

    def _withdraw(self) -> None:
        if self._is_sent:
            _raise_in(self._thread, None)
            self._is_sent = False

    def _imports(self) -> bool:
        """Returns whether the thread imports a module. One that is left halfway may never be importable again."""
        frame = _current_frames().get(self._thread)
        while frame is not None:
            if frame.f_code.co_filename.startswith(_IMPORTS):
                return True
            frame = frame.f_back
        return False


class Interrupter:
    """Interrupts the calls that are cancelled. The thread of the control channel uses it, as it uses Interruption."""

    __slots__ = ("_context", "_gates")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gates = []

    def add(self, gate: Gate) -> None:
        self._gates.append(gate)

    def send(self) -> int:
        """Interrupts each cancelled call that runs. Returns the milliseconds until the next look; 0 when there is no
        such call."""
        cancelled = self._context._cancelled
        if not cancelled:
            return 0
        gates = [gate for gate in self._gates if gate.number in cancelled]
        for gate in gates:
            gate.interrupt()
        return INTERVAL_MS if gates else 0

    def check(self) -> None:
        """What was withdrawn is raised when the gate opens."""

    def renew(self) -> None:
        """Runs in a process that a tool has forked."""
        for gate in self._gates:
            gate.renew()


def gate_of_thread() -> "Gate | None":
    """Returns the gate of the tool that this thread runs; None in other threads, as in that of the event loop."""
    running = own_running.get(None)
    links = None if running is None else running.links
    gate = None if links is None else links.gate
    return gate if gate is not None and gate._thread == get_ident() else None


class Section:
    """A context manager for code of the package that tools call. It is not interrupted."""

    __slots__ = ("_gate",)

    def __enter__(self) -> None:
        self._gate = gate_of_thread()
        if self._gate is not None:
            self._gate.close()

    def __exit__(self, *_) -> None:
        if self._gate is not None:
            self._gate.open()


class Entrance:
    """Takes the place of a tool's lock, and lets everyone in. Tells when two threads are in at once, the first time."""

    __slots__ = ("_name", "_tell", "_inside")

    def __init__(self, name: str, tell) -> None:
        self._name = name
        self._tell = tell
        self._inside = {}

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        self._inside[get_ident()] = True
        if self._tell is not None and len(self._inside) > 1:
            tell, self._tell = self._tell, None
            tell(self._name)
        return True

    def release(self) -> None:
        self._inside.pop(get_ident(), None)


def guard(tools: dict, uninterrupted, tell=None) -> dict:
    """Returns the tools by name, each with a gate around. Those that are marked as unsafe run one at a time.
    uninterrupted: the names of tools that a cancellation does not interrupt. tell: called with the name of a tool
    without a mark when two threads run it at once for the first time; None when that is of no interest."""
    lock = allocate_lock()

    def lock_of(name: str, function):
        if getattr(function, UNSAFE, False):
            return lock
        return None if tell is None or is_marked(function) else Entrance(name, tell)

    return {name: guarded(function, name not in uninterrupted, lock_of(name, function))
            for name, function in tools.items()}


def unwrapped(function):
    """Returns the tool that a function with a gate runs."""
    return getattr(function, "__wrapped__", function)


def guarded(function, is_interrupted: bool, lock=None):
    """Returns a function that runs a tool with the gate open. lock: keeps other tools from running meanwhile; None for
    a tool that is safe with threads."""

    @wraps(function)
    def call(*args, **kwargs):
        gate = gate_of_thread()
        if gate is None:  # the warm-up, before there are threads
            return function(*args, **kwargs)
        result = _run(gate, is_interrupted, lock, function, args, kwargs)
        return _items_of(gate, is_interrupted, lock, result) if type(result) is Generator else result

    return call


def _run(gate: Gate, is_interrupted: bool, lock, function, args, kwargs):
    number = own_running.get().call[1]
    if lock is not None:
        gate.wait(lock, number)
    try:
        try:
            gate.number = number if is_interrupted else 0
            gate.open()
            return function(*args, **kwargs)
        finally:
            gate.end()
    finally:
        if not gate.has_ended:  # the exception came just before or in it, and no second one follows
            gate.end()
        if lock is not None:
            lock.release()


def _items_of(gate: Gate, is_interrupted: bool, lock, generator):
    try:
        while True:
            item = _run(gate, is_interrupted, lock, next, (generator, _END), {})
            if item is _END:
                return
            yield item
    finally:
        generator.close()
