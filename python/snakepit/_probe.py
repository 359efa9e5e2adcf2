"""Tells the host which Python this is, and compiles the package for it.

Runs on any Python from 2.7 on, as a file or as source text:

    python -I -S _probe.py <folder or zip that holds the package>
"""

import os
import sys


def describe():
    """Returns what the host needs to know about this interpreter."""
    implementation = getattr(sys, "implementation", None)
    name = getattr(implementation, "name", "cpython")
    return {
        "version": list(sys.version_info[:3]),
        "executable": os.path.abspath(sys.executable) if sys.executable else None,
        "implementation": {"cpython": "CPython", "pypy": "PyPy"}.get(name, name),
        "prefix": sys.prefix,
        "base_prefix": getattr(sys, "base_prefix", sys.prefix),
        "cache_tag": getattr(implementation, "cache_tag", None),
        "free_threaded": "t" in getattr(sys, "abiflags", ""),
    }


def compile_package(parent):
    """Compiles the files that this Python has no code file of. The package's folder is named after its content, so its
    code is never checked against the source again. Failures only cost time."""
    package = os.path.join(parent, "snakepit")
    if sys.version_info < (3, 9) or not os.path.isdir(package) or not os.access(package, os.W_OK):
        return
    import importlib.util
    import py_compile
    for name in sorted(os.listdir(package)):
        source = os.path.join(package, name)
        if name.endswith(".py") and not os.path.exists(importlib.util.cache_from_source(source)):
            try:
                mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
                py_compile.compile(source, doraise=True, invalidation_mode=mode)
            except Exception:
                pass


def main(arguments):
    """Prints the description as one line of JSON."""
    import json
    sys.stdout.write(json.dumps(describe()) + "\n")
    sys.stdout.flush()
    if arguments:
        try:
            compile_package(arguments[0])
        except Exception:
            pass


if __name__ == "__main__":
    main(sys.argv[1:])
