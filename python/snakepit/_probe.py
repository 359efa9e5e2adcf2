"""Tells the host about this interpreter, and compiles the package for it.

Run as ``<python> -I -S -c <this source> <package location>``. Python 2.7 syntax, so that an old interpreter can still say how old it is.
"""

import sys


def _report():
    import json

    return json.dumps({
        "version": list(sys.version_info[:3]),
        "executable": sys.executable,
        "implementation": getattr(getattr(sys, "implementation", None), "name", None),
        "prefix": sys.prefix,
        "base_prefix": getattr(sys, "base_prefix", sys.prefix),
        "cache_tag": getattr(getattr(sys, "implementation", None), "cache_tag", None),
    })


def _compile(location):
    import compileall
    import os

    folder = os.path.join(location, "snakepit")
    if os.path.isdir(folder) and os.access(folder, os.W_OK):
        compileall.compile_dir(folder, quiet=2)


if sys.version_info >= (3, 9) and len(sys.argv) > 1:
    _compile(sys.argv[1])
sys.stdout.write(_report() + "\n")
