"""Snakepit's Python side: what an adapter may use.

A plain module needs none of it, every public function is a tool. ``tool`` names or describes one, ``ctx`` tells a tool about the
call it runs in, ``Cancelled`` is raised in a tool whose call was cancelled.

This module is part of the .NET package Snakepit, which gives it to its workers; on PyPI the name belongs to another project. For an editor, a type
checker or tests, ``dotnet build -t:SnakepitPath`` puts it into ``obj/snakepit/python`` of your project. Imported there, outside of a worker, ``ctx``
does no harm: it has no call, nothing is ever cancelled, and what is logged goes to ``logging`` or, as long as nothing handles that, to stderr.
"""

from ._context import Cancelled, ctx
from ._tool import tool

__all__ = ["Cancelled", "ctx", "tool"]
