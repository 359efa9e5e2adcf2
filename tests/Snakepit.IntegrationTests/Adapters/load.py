"""Tools that run when a test kills their host."""

import ctypes
import os
import signal
import subprocess
import sys

from snakepit import ctx, tool


def pid():
    return os.getpid()


@tool(cancel="cooperative")
def spin():
    ctx.log.info("begun spin")
    while True:
        pass


def hold_interpreter():
    """Sleeps in C code that holds the GIL, so that no other thread of this worker runs."""
    os.write(1, b"begun spin\n")
    ctypes.PyDLL(None).sleep(3600)


def grandchild(new_session):
    """Starts a child and waits until its program runs. Before that a test could not find it by its environment."""
    program = [sys.executable, "-I", "-S", "-c", "import signal; print(flush=True); signal.pause()"]
    process = subprocess.Popen(program, start_new_session=new_session, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process.pid


def deaf_grandchild():
    """Forks twice into a session of its own. The grandchild ignores every signal that can be ignored."""
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
    """Waits at the gate and returns this worker's pid."""
    file = os.open(gate, os.O_RDONLY)
    os.read(file, 1)
    os.close(file)
    return os.getpid()
