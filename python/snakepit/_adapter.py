"""Loads an adapter (a Python file, a module, or a class in either) and finds its tools."""

import os
import sys
import time

from ._builtins import __builtins__  # noqa: F401
from ._catalogue import Parts, describe_tool, mark_of
from ._loop import is_async

HOOKS = frozenset((
    "setup", "thread_setup", "teardown", "health_check", "memory_usage", "device", "on_session_end", "export_session",
    "import_session"))


_searched_first: "list[str]" = []


class AdapterError(Exception):
    """The adapter cannot be used. The message says why and what to change."""


AdapterError.__module__ = "snakepit"


class Adapter:
    """A loaded adapter: its tools by name, their catalogue, its hooks, its file, which is None when there is none, and
    the module or instance that has the tools."""

    __slots__ = ("tools", "catalogue", "source", "owner")

    def __init__(self, owner, found, module) -> None:
        self.owner = owner
        self.source = _source(module)
        self.tools = {}
        self.catalogue = []
        parts = Parts()
        for attribute, function, mark in found:
            self._add(mark[0] if mark and mark[0] is not None else attribute, function, mark, parts)
        if not self.tools:
            raise AdapterError(_no_tools(owner))

    def hook(self, name: str):
        """Returns the hook of that name, or None."""
        function = getattr(self.owner, name, None)
        return function if callable(function) else None

    def why_no_tool(self, name: str) -> "str | None":
        """Returns why the adapter's object of that name is no tool; None when there is no such object."""
        members = vars(self.owner) if isinstance(self.owner, type(sys)) else {
            name: value for owner in reversed(type(self.owner).__mro__) for name, value in vars(owner).items()}
        if name not in members:
            return None
        value = members[name]
        mark = mark_of(value)
        if mark and mark[0] is not None:
            return f"the function of that name is the tool '{mark[0]}'"
        if name in HOOKS:
            return "that is a hook, which Snakepit calls itself"
        if isinstance(value, type):
            return f"that is a class; for its methods name it in Adapter, as in 'adapter.py:{name}'"
        if not callable(value) and not isinstance(value, (staticmethod, classmethod)):
            return f"that is a value of type {type(value).__name__}, no function"
        if name.startswith("_"):
            return "its name begins with an underscore; mark it with @snakepit.tool to have it called"
        module = getattr(value, "__module__", None)
        if not _is_function(value):
            return (f"that is an object of type {type(value).__name__}, no function; "
                    "mark it with @snakepit.tool to have it called")
        if "<locals>" in getattr(value, "__qualname__", ""):
            return (f"its decorator, from module '{module}', does not use functools.wraps; "
                    "add that, or mark the function with @snakepit.tool on top")
        return f"it is imported from module '{module}'; mark it with @snakepit.tool to have it called"

    def _add(self, name: str, function, mark, parts: Parts) -> None:
        other = self.tools.get(name)
        if other is not None:
            if other == function:
                return
            raise AdapterError(f"two tools are called '{name}': {where_is(other)} and {where_is(function)}; "
                               "rename one with @tool(name=...)")
        self.tools[name] = function
        self.catalogue.append(describe_tool(name, function, mark, parts))


def load_adapter(reference: str, python_path) -> Adapter:
    """Loads ``/path/file.py``, ``package.module``, or either followed by ``:Class``."""
    source, class_name = split_reference(reference)
    search_first(source, python_path)
    if is_file(source):
        module = _load_file(source)
    else:
        __import__(source)
        module = sys.modules[source]
    if class_name is None:
        return Adapter(module, _module_tools(module), module)
    instance = _instance(module, class_name)
    return Adapter(instance, _instance_tools(instance), module)


def search_first(source: str, python_path) -> None:
    """Puts the adapter's folder and python_path first in sys.path. A forked worker has them there already."""
    folders = [os.path.dirname(source), *python_path] if is_file(source) else [*python_path]
    if folders != _searched_first:
        sys.path[:0] = folders
        _searched_first[:] = folders


def has_coroutines(reference: str, python_path) -> bool:
    """Returns whether the file of an adapter that is not loaded yet contains an ``async def``."""
    source = split_reference(reference)[0]
    path = source.replace(".", os.sep)
    files = [source] if is_file(source) else [os.path.join(folder, path + end) for folder in (*python_path, *sys.path)
                                             for end in (".py", os.sep + "__init__.py")]
    for file in files:
        try:
            with open(file, "rb") as opened:
                return b"async def" in opened.read()
        except OSError:
            pass
    return False


def is_file(source: str) -> bool:
    """Returns whether an adapter is named by its file, not as a module."""
    return os.path.isabs(source) or source.endswith(".py")


def split_reference(reference: str):
    """Returns the file or module, and the class or None."""
    source, colon, name = reference.rpartition(":")
    if colon and source and all(part.isidentifier() for part in name.split(".")):
        return source, name
    return reference, None


def _without_stale_cache(loader_type):
    """Returns a loader that also notices very recent changes of a file. Python uses cached code when second and size of
    the file match, and a file may change twice within a second. Until that second is over, the loader neither reads
    nor writes the cache."""
    class Loader(loader_type):
        def path_stats(self, path):
            stats = super().path_stats(path)
            if time.time() < stats["mtime"] + 2:
                raise OSError("the file has only just changed")
            return stats
    return Loader


def _load_file(path: str):
    try:
        from _frozen_importlib import module_from_spec
        from _frozen_importlib_external import SourceFileLoader, spec_from_file_location
    except ImportError:
        from importlib.machinery import SourceFileLoader
        from importlib.util import module_from_spec, spec_from_file_location
    name = os.path.splitext(os.path.basename(path))[0]
    loaded = sys.modules.get(name)
    if loaded is not None or name in getattr(sys, "stdlib_module_names", ()):
        taken = getattr(loaded, "__file__", None) or "Python's own"
        raise AdapterError(f"the adapter {path} can't be imported as '{name}': "
                           f"Python already has a module of that name ({taken}); rename the file")
    spec = spec_from_file_location(name, path, loader=_without_stale_cache(SourceFileLoader)(name, path))
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        sys.modules.pop(name, None)
        if isinstance(error, ImportError) and "relative import" in str(error):
            raise AdapterError(
                f"{error}: the adapter is loaded as a file, {path}, which belongs to no package. "
                f"Name it as a module, such as 'package.{name}', with the folder that holds the package in "
                "Python.PythonPath; or import its neighbours without the dot") from error
        raise
    return sys.modules.get(name, module)


def _source(module) -> "str | None":
    path = getattr(module, "__file__", None)
    if not isinstance(path, str):
        return None
    path = os.path.abspath(path)
    try:
        path.encode()
    except UnicodeEncodeError:  # the host could not receive such a name
        return None
    return path if os.path.isfile(path) else None  # the file may be in a zip


def _instance(module, class_name: str):
    target = module
    for part in class_name.split("."):
        try:
            target = getattr(target, part)
        except AttributeError:
            classes = ", ".join(name for name, value in vars(module).items()
                                if isinstance(value, type) and value.__module__ == module.__name__)
            raise AdapterError(f"{where_is(module)} has no class '{class_name}'; it has: {classes or 'none'}") from None
    if not isinstance(target, type):
        raise AdapterError(f"'{class_name}' of {where_is(module)} is a {type(target).__name__}, not a class")
    return target()


def _module_tools(module):
    """Returns the public functions that the module defines, in order, and all objects that it marks with @tool."""
    for name, value in list(vars(module).items()):
        if not callable(value) or isinstance(value, type) or name in HOOKS:
            continue
        mark = mark_of(value)
        if mark or (not name.startswith("_") and _is_function(value) and value.__module__ == module.__name__):
            yield name, value, mark


def _instance_tools(instance):
    """Returns the public methods in order, base classes first; does not evaluate properties."""
    names = {}
    for owner in reversed(type(instance).__mro__[:-1]):
        for name, value in vars(owner).items():
            names[name] = value
    for name, raw in names.items():
        if name in HOOKS or isinstance(raw, (type, property)):
            continue
        mark = mark_of(raw)
        if not mark and name.startswith("_"):
            continue
        if not mark and not _is_function(raw) and not isinstance(raw, (staticmethod, classmethod)):
            continue
        function = getattr(instance, name)
        yield name, function, mark or mark_of(function)


def _is_function(value) -> bool:
    """Returns whether the value is a function, or replaces one: decorated with a wrapper, or compiled. Other callable
    objects are not meant as tools."""
    return (hasattr(value, "__code__") or hasattr(value, "__wrapped__")
            or isinstance(value, (type(len), type(_is_function))))


def _no_tools(owner) -> str:
    what = "methods" if not isinstance(owner, type(sys)) else "functions defined in it"
    return (f"{where_is(owner)} has no tools: every public function of an adapter is one "
            f"({what}, without a leading underscore, imported ones only when marked with @snakepit.tool)")


def where_is(thing) -> str:
    code = getattr(thing, "__code__", None)
    if code is not None:
        return f"{thing.__qualname__} ({code.co_filename}:{code.co_firstlineno})"
    if isinstance(thing, type(sys)):
        return f"adapter '{getattr(thing, '__file__', None) or thing.__name__}'"
    return getattr(thing, "__qualname__", None) or f"class '{type(thing).__module__}.{type(thing).__qualname__}'"
