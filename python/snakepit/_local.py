"""The ``thread_local`` helper."""

from _thread import _local

from ._builtins import __builtins__  # noqa: F401


class thread_local:
    """A value that each thread has one of, such as a connection: ``database = thread_local(connect)``, and in a tool
    ``database().execute(...)``. The function is called once in each thread that asks.
    """

    __slots__ = ("_create", "_values")

    def __init__(self, create) -> None:
        if not callable(create):
            raise TypeError(f"thread_local() takes a function that creates the value, not {type(create).__name__}")
        self._create = create
        self._values = _local()

    def __call__(self):
        """Returns the value of this thread."""
        values = self._values
        try:
            return values.value
        except AttributeError:
            pass
        values.value = value = self._create()
        return value


thread_local.__module__ = "snakepit"
