"""Ends this process when a thread ends that must not, as by pthread_exit() in native code.

Python learns nothing of such an end: no ``finally`` runs, and the thread may even take the interpreter's lock with it.
But the C library calls a destructor for what a thread that ends has stored in a key, and _exit() can be that
destructor.
"""

import sys

from ._builtins import __builtins__  # noqa: F401


def _find_functions():
    """Returns functions that create a key, which ends the process, store a number in it, and delete it. Returns None
    where the C library is not known."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        import ctypes
        library = ctypes.CDLL(None)
        create, store, delete = library.pthread_key_create, library.pthread_setspecific, library.pthread_key_delete
        create.argtypes = [ctypes.POINTER(ctypes.c_uint), ctypes.c_void_p]
        store.argtypes = [ctypes.c_uint, ctypes.c_void_p]
        delete.argtypes = [ctypes.c_uint]
        destructor = ctypes.cast(library._exit, ctypes.c_void_p)
        new, refer = ctypes.c_uint, ctypes.byref
    except Exception:
        return None

    def create_key() -> "int | None":
        key = new()
        return key.value if create(refer(key), destructor) == 0 else None

    return create_key, store, delete


_functions = _find_functions()  # now, before user code may change ctypes


class Lifeline:
    """Ties this process to threads. Has no effect where the platform offers no such thing."""

    __slots__ = ("_status", "_key")

    def __init__(self, status: int) -> None:
        """status: the exit code of the process when a thread ends that it is tied to."""
        self._status = status
        self._key = None if _functions is None else _functions[0]()

    def tie(self) -> None:
        """Ends the process when the calling thread ends."""
        self._store(self._status)

    def untie(self) -> None:
        """Lets the calling thread end."""
        self._store(0)

    def cut(self) -> None:
        """Lets all threads end: Python ends them with the process."""
        key, self._key = self._key, None
        if key is not None:
            _functions[2](key)

    def _store(self, number: int) -> None:
        if self._key is not None:
            _functions[1](self._key, number)
