"""Snakepit's Python side: the API of adapters.

A plain module needs none of it, because every public function is a tool. ``tool`` names or describes a tool. ``ctx``
gives a tool information about its call. ``Session`` is the type of ``ctx.session``, and ``HostTool`` that of the values
of ``ctx.host.tools``. ``Cancelled`` is raised in a tool whose call was cancelled. ``thread_safe``, ``thread_unsafe``
and ``thread_local`` are for workers with threads.

This module is part of the .NET package Snakepit, which gives it to its workers; on PyPI the name belongs to another
project. For an editor, a type checker or tests, ``dotnet build -t:SnakepitPath`` puts it into ``obj/snakepit/python``
of your project. Outside a worker, ``ctx`` has no call and nothing is ever cancelled. Log messages then go to
``logging``, or to stderr when ``logging`` has no handler for them.
"""

from ._ask import Host, HostTool, HostToolError, NoLink
from ._context import Cancelled, ctx
from ._local import thread_local
from ._session import Session
from ._session_data import SessionDataConflict
from ._tool import thread_safe, thread_unsafe, tool

__all__ = [
    "Cancelled", "HostTool", "HostToolError", "Session", "SessionDataConflict", "ctx", "thread_local", "thread_safe",
    "thread_unsafe", "tool"]

ctx.host = Host(NoLink())
