import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from multiprocessing import shared_memory

from snakepit import _protocol as protocol
from tests.host import BOUND, PACKAGE_PARENT
from tests.launcher_host import LauncherHost, wait_for_end

# These run in a worker that waits for a byte on its data channel before it ends.
LEAVES = {
    "a session of its own": "start(start_new_session=True)",
    "a session of its own and no environment": "start(start_new_session=True, env={})",
    "a group of its own": "start(preexec_fn=os.setpgrp)",
    "a double fork": "double_fork()",
    "a double fork without environment": "double_fork(env={})",
    "the child of a session of its own": "start_in_shell()",
}
PREAMBLE = """
import os, subprocess, sys
def start(**options):
    os.write(1, b"%d\\n" % subprocess.Popen(["/bin/sleep", "600"], stdout=2, **options).pid)
def start_in_shell():
    subprocess.Popen(["/bin/sh", "-c", "sleep 600 & echo $!; wait"], start_new_session=True)
def double_fork(**options):
    if os.fork() == 0:
        os.setsid()
        start(**options)
        os._exit(0)
    os.wait()
"""

# Two children, one of them dead. Ending the other one checks whether the first is still there.
ENDED_BEFORE = """
import os, signal
from snakepit import _descendants
dead = os.fork()
if dead == 0:
    os._exit(0)
os.waitid(os.P_PID, dead, os.WEXITED | os.WNOWAIT)
child = os.fork()
if child == 0:
    while True:
        signal.pause()
found = []
def kill_below(*_):
    found.append(os.path.exists(f"/proc/{dead}"))
    os.kill(child, signal.SIGKILL)
    return []
_descendants.kill_below = kill_below
_descendants.end_all(has_host=True)
print(found)
"""

# A worker becomes the launcher's child between the launcher's reading of answers and its look for orphans.
ADOPTED_BETWEEN = """
import os, socket
from snakepit import _descendants, _launcher, _nursery
end, end_write = os.pipe()
ours, _ = socket.socketpair()
launcher = _launcher.Launcher(ours.detach())
near, zygote = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
nursery = _nursery.Nursery(1, near, launcher, launcher._poll)
launcher._nurseries[1] = nursery
nursery.ask(2, ())
born = []
def find_children(pid):
    if pid == os.getpid() and not born:
        worker = os.fork()
        if worker == 0:
            os._exit(len(os.read(end, 1)))
        marked = launcher._workers | 2, _descendants.resource.RLIM_INFINITY
        _descendants.resource.prlimit(worker, _descendants.RLIMIT_LOCKS, marked)
        _nursery.send(zygote, _nursery.FORKED, 2, worker, descriptors=(os.pidfd_open(worker),))
        born.append(worker)
    return born if pid == os.getpid() else []
_descendants.children_finder = lambda: find_children
launcher._end_descendants()
os.write(end_write, b"!")
print(os.waitstatus_to_exitcode(os.waitpid(born[0], 0)[1]))
"""

CHAIN = """
import os
if os.fork() == 0:
    os.write(1, b'up\\n')
    while True:
        os.setsid()
        if os.fork():
            os._exit(0)
        if os.fork():
            os._exit(0)
os.read(3, 1)
"""

TRACKED = """
import sys
sys.path[:] = {path!r}
from multiprocessing import resource_tracker, shared_memory, get_context
import os
segment = shared_memory.SharedMemory(create=True, size=64, name={name!r})
lock = get_context("spawn").Lock()
print(resource_tracker._resource_tracker._pid, flush=True)
print(lock._semlock.name, flush=True)
os.read(3, 1)
os._exit(0)
"""

# Looks like a resource tracker and never ends.
STUCK = """
import os, subprocess, sys
code = "import signal; signal.pause()  # .resource_tracker import main"
print(subprocess.Popen([sys.executable, "-S", "-c", code]).pid, flush=True)
os.read(3, 1)
"""


# Rule: P1, L19
class DescendantTests(unittest.TestCase):
    def test_every_descendant_ends_with_its_worker(self):
        with LauncherHost() as host:
            for token, (what, code) in enumerate(LEAVES.items(), 1):
                for end in ("exit", "kill"):
                    with self.subTest(what, end=end):
                        worker = host.python(2 * token + (end == "kill"), f"{PREAMBLE}{code}\nos.read(3, 1)")
                        descendant = int(worker.read_line())
                        self._end(worker, end)
                        self.assertEqual(host.read().operation, protocol.LAUNCHER_EXITED)
                        wait_for_end(descendant)

    def test_descendants_of_another_worker_live_on(self):
        with LauncherHost() as host:
            others = {
                what: host.python(token, f"{PREAMBLE}{code}\nos.read(3, 1)") for token,
                (what, code) in enumerate(LEAVES.items(), 1)}
            descendants = {what: int(worker.read_line()) for what, worker in others.items()}
            worker = host.python(100, f"{PREAMBLE}double_fork()\nos.read(3, 1)")
            descendant = int(worker.read_line())
            self._end(worker, "kill")
            host.expect(protocol.LAUNCHER_EXITED, 100)
            wait_for_end(descendant)
            self._end(host.python(101, "import os; os.read(3, 1)"), "exit")
            host.expect(protocol.LAUNCHER_EXITED, 101)
            for what, pid in descendants.items():
                with self.subTest(what):
                    os.kill(pid, 0)

    def test_worker_that_is_adopted_while_orphans_are_looked_for_lives_on(self):
        environment = {"PYTHONPATH": PACKAGE_PARENT}
        said = subprocess.check_output([sys.executable, "-c", ADOPTED_BETWEEN], env=environment, timeout=BOUND)
        self.assertEqual(said, b"1\n")

    def test_end_of_a_worker_whose_descendants_fork_without_end_holds_nobody_up(self):
        with LauncherHost() as host:
            chain, other = host.python(1, CHAIN), host.python(2, "import os; os.write(4, os.read(3, 1)); os.read(3, 1)")
            self.assertEqual(chain.read_line(), "up")
            self._end(chain, "kill")
            host.expect(protocol.LAUNCHER_EXITED, 1)
            self.assertEqual(host.python(3, "print('next')").read_output(), b"next\n")
            os.write(other.data_in, b"x")
            self.assertEqual(os.read(other.data_out, 1), b"x")
            chain.read_output()  # once every writer has ended

    def test_group_and_session_end_where_marks_are_refused(self):
        with LauncherHost(prepare="_descendants.resource=None") as host:
            for token, code in enumerate(("start()", "start(preexec_fn=os.setpgrp)"), 1):
                with self.subTest(code):
                    worker = host.python(token, f"{PREAMBLE}{code}\nos.read(3, 1)")
                    descendant = int(worker.read_line())
                    self._end(worker, "kill")
                    host.expect(protocol.LAUNCHER_EXITED, token)
                    wait_for_end(descendant)

    def test_workers_of_a_launcher_inside_a_worker_are_its_own(self):
        """Their marks differ from those of the outer launcher, though the tokens are equal."""
        inner = f"""
import sys
sys.path[:] = {sys.path!r}
import os
from tests.launcher_host import LauncherHost
with LauncherHost() as host:
    worker = host.python(1, {PREAMBLE + "double_fork()"!r} + "\\nos.read(3, 1)")
    print(worker.read_line(), flush=True)
    os.read(3, 1)
"""
        with LauncherHost() as host:
            outer, other = host.python(1, inner), host.python(2, "import os; os.read(3, 1)")
            descendant = int(outer.read_line())
            self._end(other, "exit")
            host.expect(protocol.LAUNCHER_EXITED, 2)
            os.kill(descendant, 0)
            self._end(outer, "kill")
            host.expect(protocol.LAUNCHER_EXITED, 1)
            wait_for_end(descendant)

    @staticmethod
    def _end(worker, how: str) -> None:
        if how == "kill":
            signal.pidfd_send_signal(worker.pidfd, signal.SIGKILL)
        else:
            os.write(worker.data_in, b"x")


# Rule: L18
class GuardTests(unittest.TestCase):
    def test_descendants_end_when_host_and_launcher_are_killed_together(self):
        for what, code in {"in the worker's group": "start()", **LEAVES}.items():
            with self.subTest(what), LauncherHost() as host:
                worker = host.python(1, f"{PREAMBLE}{code}\nos.read(3, 1)")
                descendant = int(worker.read_line())
                os.kill(host.pid, signal.SIGSTOP)  # it cannot notice the end of the host
                host.socket.close()
                host.kill()
                wait_for_end(descendant)
                wait_for_end(worker.pid)

    def test_launcher_serves_on_without_its_guard(self):
        with LauncherHost() as host:
            worker = host.python(1, "import os; os.read(3, 1)")
            host.process.kill()
            host.process.wait(BOUND)
            self.assertEqual(host.python(2, "print('next')").read_output(), b"next\n")
            host.expect(protocol.LAUNCHER_EXITED, 2)
            host.socket.close()
            wait_for_end(worker.pid)
            wait_for_end(host.pid)

    def test_host_learns_of_the_launchers_end_while_its_guard_has_something_to_do(self):
        with LauncherHost(prepare="_descendants.TRACKER_PATIENCE=600") as host:
            stuck = int(host.python(1, STUCK).read_line())
            os.kill(host.pid, signal.SIGKILL)
            self.assertEqual(host.socket.recv(1), b"")
            os.kill(stuck, signal.SIGKILL)
            self.assertEqual(host.process.wait(BOUND), 0)

    def test_child_that_has_ended_before_is_reaped_before_anything_is_waited_for(self):
        self.assertEqual(
            subprocess.check_output(
                [sys.executable, "-c", ENDED_BEFORE], env={"PYTHONPATH": PACKAGE_PARENT}, timeout=BOUND),
            b"[False]\n")


# Rule: L19
class ResourceTrackerTests(unittest.TestCase):
    def test_what_a_worker_leaves_is_unlinked_however_it_ends(self):
        for end in ("exit", "kill", "stop", "stop of the host", "launcher"):
            with self.subTest(end), LauncherHost() as host, self._tracked(host) as (worker, tracker):
                if end == "exit":
                    os.write(worker.data_in, b"x")
                elif end == "kill":
                    signal.pidfd_send_signal(worker.pidfd, signal.SIGKILL)
                elif end == "stop":
                    host.signal_group(1, signal.SIGTERM)
                elif end == "stop of the host":
                    host.stop()
                else:
                    host.kill()
                wait_for_end(worker.pid)
                wait_for_end(tracker)

    def test_tracker_that_does_not_end_is_killed(self):
        with LauncherHost(prepare="_descendants.TRACKER_PATIENCE=.1") as host:
            worker = host.python(1, STUCK)
            stuck = int(worker.read_line())
            signal.pidfd_send_signal(worker.pidfd, signal.SIGKILL)
            host.expect(protocol.LAUNCHER_EXITED, 1)
            wait_for_end(stuck)

    def test_tracker_that_does_not_end_does_not_outlive_the_host(self):
        with LauncherHost(prepare="_descendants.TRACKER_PATIENCE=600") as host:
            stuck = int(host.python(1, STUCK).read_line())
            host.socket.close()
            wait_for_end(stuck)

    @contextlib.contextmanager
    def _tracked(self, host):
        name = f"snakepit_test_{os.getpid()}_{os.urandom(4).hex()}"
        worker = host.python(1, TRACKED.format(path=sys.path, name=name))
        tracker, semaphore = int(worker.read_line()), worker.read_line()
        paths = [f"/dev/shm/{name}", f"/dev/shm/sem.{semaphore.lstrip('/')}"]
        try:
            self.assertEqual(list(map(os.path.exists, paths)), [True, True])
            yield worker, tracker
            self.assertEqual(list(map(os.path.exists, paths)), [False, False])
        finally:
            for path in paths:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
