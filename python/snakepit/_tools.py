"""The tools that calls may name."""

from ._builtins import __builtins__  # noqa: F401

HEALTH_CHECK = "__snakepit_health_check__"  # the tool, in no catalogue, that is the adapter's hook
LISTED_TOOLS = 20
UNKNOWN_NS = 1_000_000  # what a tool is expected to take before it has shown what it takes


class ToolNotFound(LookupError):
    """No tool has the name that was called."""


ToolNotFound.__module__ = "snakepit"


class Tools:
    """By name: a list of the function and its expected run time in ns."""

    __slots__ = ("find", "_names", "_context", "_why_no_tool")

    def __init__(self, functions: dict, context, why_no_tool) -> None:
        """why_no_tool: says of a name what keeps it from being a tool's."""
        self.find = {name: [function, UNKNOWN_NS] for name, function in functions.items()}.get
        self._names = sorted(name for name in functions if name != HEALTH_CHECK)
        self._context = context
        self._why_no_tool = why_no_tool

    def not_found(self, name) -> Exception:
        """The error of a call of something that is no tool."""
        if type(name) is not str:
            return TypeError(f"the name of a tool must be a string, not {type(name).__name__}")
        try:
            from difflib import get_close_matches
            near = get_close_matches(name, self._names, 3)
        except Exception:  # it can't be imported any more
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
