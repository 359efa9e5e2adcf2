"""Sections of a tool that a cancellation does not interrupt."""

from sys import _getframe

from ._builtins import __builtins__  # noqa: F401


class Shield:
    """While one of its sections runs, the current call is not interrupted. A cancellation that came meanwhile is raised
    at the end of the last one: at once in a plain tool, at the next ``await`` in an async one."""

    __slots__ = ("_context", "_numbers", "_gates")

    def __init__(self, context) -> None:
        self._context = context
        self._numbers = []  # the call of each section that has begun
        self._gates = []  # and the gate of its thread, where threads have gates

    def __enter__(self) -> None:
        gate = self._context._find_gate()
        self._gates.append(gate)
        if gate is not None:
            return gate.close()
        call, shields = self._context._call(), self._context._shields
        if shields:  # a generator that its tool has abandoned never ends its sections
            finished = self._context._get_finished()
            shields[:] = [other for other in shields if other > finished]
        number = None if call is None else call[1]
        self._numbers.append(number)
        if number is not None:
            shields.append(number)

    def __exit__(self, *_) -> None:
        gate = self._gates.pop()
        if gate is not None:
            return gate.open()
        context, number = self._context, self._numbers.pop()
        if number not in context._shields:
            return
        context._shields.remove(number)
        if number not in context._cancelled or number in context._shields:
            return
        cancel = context._tasks.get(number)
        if cancel is not None:
            cancel()
        elif context._interruption is not None:
            context._interruption.interrupt(_getframe(1))
