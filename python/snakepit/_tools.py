"""The tools that calls may name."""

from ._builtins import __builtins__  # noqa: F401
from ._tool import with_frame

INTERNAL = "__snakepit_"  # begins the names of tools that are hooks of the adapter, and are in no catalogue
HEALTH_CHECK = INTERNAL + "health_check__"
LISTED_TOOLS = 20
UNKNOWN_NS = 1_000_000  # the expected run time of a tool that has not run yet


class ToolNotFound(LookupError):
    """The call names a tool that does not exist."""


ToolNotFound.__module__ = "snakepit"


class Tools:
    """By name: a list of the function, its expected run time in ns, whether a cancellation interrupts it, and
    its name."""

    __slots__ = ("find", "_names", "_context", "_why_no_tool")

    def __init__(self, functions: dict, context, why_no_tool, uninterrupted=()) -> None:
        """why_no_tool: returns why a name is no tool's. uninterrupted: the names of tools that a cancellation does not
        interrupt."""
        self.find = {name: [with_frame(function), UNKNOWN_NS, name not in uninterrupted, name]
                     for name, function in functions.items()}.get
        self._names = sorted(name for name in functions if not name.startswith(INTERNAL))
        self._context = context
        self._why_no_tool = why_no_tool

    def not_found(self, name) -> Exception:
        """Returns the error of a call whose name is no tool's."""
        if type(name) is not str:
            return TypeError(f"the name of a tool must be a string, not {type(name).__name__}")
        try:
            from difflib import get_close_matches
            near = get_close_matches(name, self._names, 3)
        except Exception:  # inspect or the adapter cannot be imported any more
            near = []
        message = f"pool '{self._context.pool}' has no tool '{name}'"
        why = self._why_no_tool(name)
        if why is not None:
            return ToolNotFound(f"{message}: {why}")
        if near:
            message += "; did you mean " + " or ".join(f"'{other}'" for other in near) + "?"
        if len(self._names) <= LISTED_TOOLS:
            message += f"{'' if near else '.'} It has: {', '.join(self._names)}."
        return ToolNotFound(message)
