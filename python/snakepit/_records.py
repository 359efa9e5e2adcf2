"""Sends records of Python's ``logging`` that no handler of the user's takes to the host as one record, instead of to
stderr line by line."""

import sys

try:
    from os import register_at_fork
except ImportError:  # Windows
    register_at_fork = None

from ._builtins import __builtins__  # noqa: F401

_LEVELS = (50, "critical"), (40, "error"), (30, "warning"), (20, "info")


def take_records(log) -> None:
    """Once the user's code has imported logging, the host gets what would go to ``logging.lastResort``. Any
    configuration of the user's, also a later ``basicConfig()``, works as without Snakepit, because a root logger
    with a handler never uses the last resort."""
    logging = sys.modules.get("logging")
    if logging is None or not isinstance(logging.lastResort, getattr(logging, "_StderrHandler", ())):
        return
    stderr = logging.lastResort

    class HostHandler(logging.Handler):
        """Sends a record, with its traceback, as one."""

        def emit(self, record) -> None:
            try:
                level = next((name for least, name in _LEVELS if record.levelno >= least), "debug")
                getattr(log, level)("%s: %s", record.name, self.format(record))
            except Exception:
                self.handleError(record)

    def restore() -> None:
        logging.lastResort = stderr

    try:
        logging.lastResort = HostHandler()
    except Exception:  # user code has replaced what a handler needs: the records are printed, as without Snakepit
        return
    if register_at_fork is not None:
        register_at_fork(after_in_child=restore)  # a process that a tool forks has no host
