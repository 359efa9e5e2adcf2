"""Python's built-in functions as they are before the user's code runs, which may replace them for the whole process.

A function looks up built-in names in the ``__builtins__`` of its module. Every module of this package that has
functions begins with

    from ._builtins import __builtins__

so that its functions find the copy that is made here. Interpreters other than CPython may ignore ``__builtins__``.
There, built-in functions that the user's code replaces are replaced for this package too.
"""

import builtins

__builtins__ = {**vars(builtins)}
