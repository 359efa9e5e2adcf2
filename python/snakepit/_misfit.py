"""Explains calls whose arguments do not fit the tool. Python says what is wrong with them, but not what the tool takes.
"""

from ._builtins import __builtins__  # noqa: F401
from ._catalogue import describe_parameters
from ._errors import PACKAGE, traceback_of

MAX_SIGNATURE = 1000
MAX_NAME = 200  # of an argument that may misspell a parameter
MAX_HINTS = 3


def explain_misfit(error: TypeError, name: str, tool, positional, named: dict) -> None:
    """Adds a note to an error of a call, if the arguments are to blame. Never raises."""
    try:
        tool = _unwrapped(tool)
        if not _is_of_the_call(error, tool):
            return
        parameters = describe_parameters(tool)
        unknown = _misfit(parameters, len(positional), named)
        if unknown is None:
            return
        # Python has hints of its own from 3.13 on.
        hint = "" if "Did you mean" in str(error) else _hint(unknown, parameters, len(positional), named)
        note = f"{hint}The tool's signature is {signature(name, parameters)}."
        error.__notes__ = [*getattr(error, "__notes__", ()), note]
    except BaseException:  # such as no memory; the error then has no note
        pass


def signature(name: str, parameters: list) -> str:
    """Returns a tool with its parameters, as Python writes them."""
    parts, last, takes_positions = [], None, True
    for parameter in parameters:
        kind, annotation, default = parameter["kind"], parameter["type"], parameter["default"]
        if last == "positional" != kind:
            parts.append("/")
        if kind == "named" and takes_positions:
            parts.append("*")
        takes_positions = takes_positions and kind in ("positional", "standard")
        text = {"positionals": "*", "nameds": "**"}.get(kind, "") + parameter["name"]
        if annotation is not None:
            text += f": {annotation}"
        if default is not None:
            text += f"={default}" if annotation is None else f" = {default}"
        parts.append(text)
        last = kind
    if last == "positional":
        parts.append("/")
    text = f"{name}({', '.join(parts)})"
    return text if len(text) <= MAX_SIGNATURE else text[:MAX_SIGNATURE - 3] + "..."


def _unwrapped(tool):
    """Returns the tool that a function of the package calls."""
    code = getattr(tool, "__code__", None)
    return tool.__wrapped__ if code is not None and code.co_filename.startswith(PACKAGE) else tool


def _is_of_the_call(error: TypeError, tool) -> bool:
    """Returns whether the error was raised where the tool is called, or where a decorator passes the arguments on, not
    in the tool."""
    trace = traceback_of(error)
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(PACKAGE):
        trace = trace.tb_next
    while trace is not None:
        wrapped = getattr(tool, "__wrapped__", None)
        if wrapped is None or trace.tb_frame.f_code is not getattr(tool, "__code__", None):
            return False
        tool, trace = wrapped, trace.tb_next
    return True


def _misfit(parameters: list, count: int, named: dict) -> "list | None":
    """Returns the named arguments that match no parameter; None when all arguments fit."""
    kinds = {parameter["kind"] for parameter in parameters}
    by_position = [parameter["name"] for parameter in parameters if parameter["kind"] in ("positional", "standard")]
    by_name = {parameter["name"] for parameter in parameters if parameter["kind"] in ("standard", "named")}
    given = set(by_position[:count])
    unknown = [name for name in named if name not in by_name]
    fits = ((count <= len(by_position) or "positionals" in kinds)
            and (not unknown or "nameds" in kinds)
            and not any(name in named for name in given & by_name)
            and all(parameter["name"] in given or (parameter["name"] in named and parameter["name"] in by_name)
                    for parameter in parameters if parameter["required"]))
    return None if fits else unknown


def _hint(unknown: list, parameters: list, count: int, named: dict) -> str:
    """Returns the parameters with names near the unknown ones that the call gives no value. Ignores case and
    underscores: the caller may write names as in C#."""
    from difflib import get_close_matches
    positional = [each["name"] for each in parameters if each["kind"] in ("positional", "standard")][:count]
    free = {_plain(each["name"]): each["name"] for each in parameters
            if each["kind"] in ("standard", "named") and each["name"] not in positional and each["name"] not in named}
    by_position_only = {parameter["name"] for parameter in parameters if parameter["kind"] == "positional"}
    hints = []
    for name in unknown:
        near = [] if len(name) > MAX_NAME or name in by_position_only else get_close_matches(_plain(name), free, 1)
        if near:
            hints.append((free[near[0]], name))
    if not hints:
        return ""
    if len(unknown) == 1:
        return f"Did you mean '{hints[0][0]}'? "
    return f"Did you mean {' and '.join(f'{near!r} instead of {name!r}' for near, name in hints[:MAX_HINTS])}? "


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
