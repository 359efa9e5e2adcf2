"""Sends the records of Python's ``logging`` and ``warnings`` to the host, each as one record, instead of to stderr line
by line."""

import sys

try:
    from os import register_at_fork
except ImportError:  # Windows
    register_at_fork = None

from ._builtins import __builtins__  # noqa: F401

_LEVELS = (50, "critical"), (40, "error"), (30, "warning"), (20, "info")


def take_records(log) -> None:
    """Takes the records of both modules, or those of a module that is not imported yet once it is."""
    waiting = {}
    for name, take in (("logging", _take_logging), ("warnings", _take_warnings)):
        if name in sys.modules:
            take(sys.modules[name], log)
        else:
            waiting[name] = take
    if waiting:
        sys.meta_path.insert(0, _ImportWatch(waiting, log))


def _take_logging(logging, log) -> None:
    """Gives the host the records that no handler of the root logger takes. Any configuration of the user's, also a
    later ``basicConfig(...)``, works as without Snakepit, because the root logger itself gets no handler: the host's is
    that of a logger above it, and steps back when there is one."""
    if not isinstance(logging.lastResort, getattr(logging, "_StderrHandler", ())) or logging.root.parent is not None:
        return
    stderr, configure = logging.lastResort, logging.basicConfig
    formatter = logging.Formatter()

    class HostHandler(logging.Handler):
        """Sends a record, with its traceback, as one."""

        def emit(self, record) -> None:
            try:
                level = next((name for least, name in _LEVELS if record.levelno >= least), "debug")
                log._send(level, "%s", (record.getMessage(),),
                          logger=record.name, exception=_traceback(record, formatter))
            except Exception:
                self.handleError(record)

    class RootHandler(HostHandler):
        """The same, unless the user's code has given the root logger a handler."""

        def filter(self, record):
            return not logging.root.handlers and super().filter(record)

    def basicConfig(**settings) -> None:
        """As logging's own. Without settings, as ``logging.warning()`` calls it, it has nothing to do: the host has a
        handler."""
        if settings:
            configure(**settings)

    def restore() -> None:
        logging.lastResort, logging.root.parent = stderr, None
        if logging.basicConfig is basicConfig:
            logging.basicConfig = configure

    try:
        above = logging.Logger("snakepit.host")
        above.addHandler(RootHandler())
        logging.lastResort = HostHandler()  # for loggers that do not propagate their records
        logging.root.parent = above
        logging.basicConfig = basicConfig
    except Exception:  # user code has replaced what a handler needs: the records are printed, as without Snakepit
        return
    if register_at_fork is not None:
        register_at_fork(after_in_child=restore)  # a process that a tool forks has no host


def _traceback(record, formatter) -> "str | None":
    text = record.exc_text
    if not text and record.exc_info and record.exc_info[1] is not None:
        text = formatter.formatException(record.exc_info)
    parts = [part for part in (text, record.stack_info) if part]
    return "\n".join(parts) if parts else None


def _take_warnings(warnings, log) -> None:
    """Gives the host the warnings that are shown, unless the user's code shows them itself."""
    shown = warnings.showwarning
    if shown is not getattr(warnings, "_showwarning_orig", None):
        return

    def showwarning(message, category, filename, lineno, file=None, line=None) -> None:
        if file is not None:
            return shown(message, category, filename, lineno, file, line)
        log._send("warning", "%s", (message,), category=category.__name__, file=filename, line=lineno)

    def restore() -> None:
        if warnings.showwarning is showwarning:
            warnings.showwarning = shown

    warnings.showwarning = showwarning
    if register_at_fork is not None:
        register_at_fork(after_in_child=restore)


class _ImportWatch:
    """Finds modules as the other finders do, and has a function take each once it is imported."""

    def __init__(self, waiting: dict, log) -> None:
        self._waiting = waiting
        self._log = log

    def find_spec(self, name, path=None, target=None):
        take = self._waiting.pop(name, None)
        if take is None:
            return None
        if not self._waiting and self in sys.meta_path:
            sys.meta_path.remove(self)
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find and find(name, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _Loader(spec.loader, take, self._log)
                return spec
        return None


class _Loader:
    """Loads a module as its own loader does, and then has it taken."""

    def __init__(self, loader, take, log) -> None:
        self._loader = loader
        self._take = take
        self._log = log

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module) -> None:
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        try:
            self._take(module, self._log)
        except Exception:  # it is not the module of the standard library
            pass
