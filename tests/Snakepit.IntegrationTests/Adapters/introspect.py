"""Tools that describe their worker's process."""

import os
import signal
import sys


def pid():
    return os.getpid()


def identity():
    return {"pid": os.getpid(), "session": os.getsid(0), "group": os.getpgid(0), "parent": os.getppid()}


def descriptors():
    """Returns {number: target} of all open descriptors except that of the listing itself."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[name] = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            pass
    return found


def packages():
    """Returns name==version of all packages, by importlib.metadata."""
    import importlib.metadata
    import re

    found = {}
    for one in importlib.metadata.distributions():
        found.setdefault(re.sub("[-_.]+", "-", one.metadata["Name"]).lower(), one.version)
    return sorted(f"{name}=={version}" for name, version in found.items())


def standard_input():
    return sys.stdin.read()


def variable(name):
    return os.environ.get(name)


def command_line():
    with open("/proc/self/cmdline", "rb") as file:
        return file.read().decode().split("\0")


def signals():
    """Returns the numbers of the blocked and of the ignored signals."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    ignored = [number for number in signal.valid_signals() if signal.getsignal(number) == signal.SIG_IGN]
    return {"blocked": sorted(map(int, blocked)), "ignored": sorted(map(int, ignored))}


def executable():
    return [sys.executable, sys.prefix, sys.base_prefix]
