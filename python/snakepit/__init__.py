"""Snakepit's Python side: what an adapter may use.

A plain module needs none of it, every public function is a tool. ``tool`` names or describes one, ``ctx`` tells a tool about the
call it runs in, ``Cancelled`` is raised in a tool whose call was cancelled.
"""

from ._context import Cancelled, ctx
from ._tool import tool

__all__ = ["Cancelled", "ctx", "tool"]
