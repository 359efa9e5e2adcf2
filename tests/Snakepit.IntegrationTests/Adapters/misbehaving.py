"""Tools that harm their own worker."""

import errno
import os
import signal
import sys

from snakepit import ctx


def add(a, b):
    return a + b


def pid():
    return os.getpid()


def leave(code):
    sys.exit(code)


def leave_at_once(code):
    print("about to leave")
    os._exit(code)


def segfault():
    print("about to crash", flush=True)
    import ctypes
    ctypes.string_at(0)


def kill_self(number):
    os.kill(os.getpid(), number)


def print_much(megabytes, newlines):
    line = "x" * 1023 + ("\n" if newlines else "x")
    for _ in range(megabytes):
        sys.stdout.write(line * 1024)
    sys.stdout.flush()
    return megabytes


def fork_and_return():
    """Forks, and returns from the tool in both parent and child."""
    child = os.fork()
    if child == 0:
        return "the child must not be heard"
    _, status = os.waitpid(child, 0)
    return ["parent", os.WEXITSTATUS(status)]


def fork_and_raise():
    child = os.fork()
    if child == 0:
        raise RuntimeError("the child must not be heard")
    _, status = os.waitpid(child, 0)
    return os.WEXITSTATUS(status)


def fork_and_stay():
    """Leaves a child that keeps every descriptor it has."""
    child = os.fork()
    if child == 0:
        while True:
            signal.pause()
    return child


def _square(number):
    return number * number


def multiprocess(method):
    import multiprocessing
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.map(_square, range(5))


def grandchild(new_session):
    """Starts a process that outlives the tool, in the worker's group or in a session of its own."""
    import subprocess
    process = subprocess.Popen(["sleep", "3600"], start_new_session=new_session, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return process.pid


def close_low_descriptors():
    os.closerange(0, 21)


def close_all_descriptors():
    os.closerange(0, 1024)
    return "nobody hears this"


def change_directory(path):
    os.chdir(path)
    return os.getcwd()


def spoil_streams():
    sys.stdout = sys.stderr = None


def spoil_streams_with_objects():
    sys.stdout = sys.stderr = object()


def spoil_signals():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def spoil_modules():
    for name in ("os", "json", "traceback", "time", "_socket", "difflib"):
        sys.modules.pop(name, None)


def recurse(depth=0):
    return recurse(depth + 1)


def recurse_without_limit():
    sys.setrecursionlimit(1 << 30)
    exec("def deep(f):\n return f(f)\ndeep(lambda f: [*map(f, (f,))])")


def nested(depth):
    value = 0
    for _ in range(depth):
        value = [value]
    return value


def endless():
    value = []
    value.append(value)
    return value


def text(length):
    return "x" * length


def length(value):
    return len(value)


class Secret:
    def __repr__(self):
        return "Secret(password='hunter2', " + "z" * 1000 + ")"


def unserializable():
    return {"good": 1, "bad": Secret()}


class Hostile:
    def __repr__(self):
        raise RuntimeError("no repr")

    def __reduce__(self):
        raise RuntimeError("no pickle")

    def __getattr__(self, name):
        raise RuntimeError("no attributes")


def hostile():
    return Hostile()


class Malicious(Exception):
    def __str__(self):
        raise RuntimeError("no str")

    __repr__ = __str__


def raise_malicious():
    raise Malicious("args", Hostile())


def raise_group_like():
    error = ValueError("one")
    error.__cause__ = error
    raise error


def channel_descriptors():
    """Returns {number: target} of this worker's own channels, as a tool could find them."""
    return {name: os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")
            if int(name) > 2 and os.path.exists(f"/proc/self/fd/{name}")}


def _control():
    """Returns the control channel, which has the highest number of the worker's channels."""
    return max(int(name) for name, target in channel_descriptors().items() if target.startswith("socket:"))


def _data_out():
    """Returns the writable one of the other channels: one of two pipes, or the same socket twice."""
    for name, target in sorted(channel_descriptors().items()):
        with open(f"/proc/self/fdinfo/{name}") as info:
            flags = int(dict(line.split(":", 1) for line in info)["flags"], 8)
        is_channel = int(name) > 5 and target.startswith(("pipe:", "socket:"))
        if is_channel and int(name) != _control() and flags & os.O_ACCMODE != os.O_RDONLY:
            return int(name)


def write_to_data(hexadecimal):
    os.write(_data_out(), bytes.fromhex(hexadecimal))
    while True:
        signal.pause()


def write_to_control(hexadecimal):
    os.write(_control(), bytes.fromhex(hexadecimal))
    while True:
        signal.pause()


def answer_twice():
    import struct
    call, seq = ctx._running.call[:2]
    os.write(_data_out(), struct.pack("<IBBHQIHHQ", 33, 17, 0, 0, call, seq, 32, 0, 0) + b"1")
    return 2


def answer_never_issued():
    import struct
    os.write(_data_out(), struct.pack("<IBBHQIHHQ", 33, 17, 0, 0, ctx.call_id, 1000, 32, 0, 0) + b"1")
    while True:
        signal.pause()


def truncate_page():
    """Tries to take away the memory that the host has mapped, and returns the error of each try."""
    errors = []
    for name, target in channel_descriptors().items():
        if target.startswith("/memfd:snakepit-page"):
            for size in (0, 1 << 20):
                try:
                    os.ftruncate(int(name), size)
                except OSError as error:
                    errors.append(errno.errorcode[error.errno])
    return errors


def scribble_on_page():
    """Overwrites everything that the host reads, then dies."""
    with open("/proc/self/maps") as maps:
        start = next(int(line.split("-")[0], 16) for line in maps if "snakepit-page" in line)
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        memory.seek(start)
        memory.write(b"\xff" * 73728)
    os.kill(os.getpid(), signal.SIGKILL)


class Forever(list):
    def __iter__(self):
        while True:
            yield 1


def forever():
    return Forever()


def many():
    """Returns more items than a message can have, in a list that takes little memory."""
    return [[None] * 1_000] * 1_000
