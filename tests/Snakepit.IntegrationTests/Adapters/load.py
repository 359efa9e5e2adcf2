"""What a host may be killed with."""

import ctypes
import os
import signal
import subprocess
import sys

from snakepit import ctx


def pid():
    return os.getpid()


def spin():
    ctx.log.info("begun spin")
    while True:
        pass


def hold_interpreter():
    """In C, with the interpreter's lock held: no other thread of this worker gets a turn."""
    os.write(1, b"begun spin\n")
    ctypes.PyDLL(None).sleep(3600)


def grandchild(new_session):
    """Starts a child and returns once its program runs: before that, the process has no environment by which a test could find it."""
    program = [sys.executable, "-I", "-S", "-c", "import signal; print(flush=True); signal.pause()"]
    process = subprocess.Popen(program, start_new_session=new_session, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process.pid


def deaf_grandchild():
    """A double fork into a session of its own that ignores what can be ignored."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        pid = os.fork()
        if pid == 0:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            os.write(writer, b"%d\n" % os.getpid())
            while True:
                signal.pause()
        os._exit(0)
    os.wait()
    with os.fdopen(reader) as file:
        os.close(writer)
        return int(file.readline())


def pid_behind(gate):
    """This worker's pid, once the gate has let it through."""
    file = os.open(gate, os.O_RDONLY)
    os.read(file, 1)
    os.close(file)
    return os.getpid()
