import json
import os
import resource
import signal
import socket
import struct
import sys
import unittest
import unittest.mock

from snakepit import _launcher, _protocol as protocol
from tests.host import BOUND
from tests.launcher_host import MESSAGE, LauncherHost, wait_for_end

FOREVER = "import select; print('up', flush=True); select.select([], [], [])"

# A grandchild in a session of its own, outside the worker's group, while its worker waits. It prints its pid and stays.
DAEMON = """
import os, select, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(1, b"%d\\n" % os.getpid())
        select.select([], [], [])
    os._exit(0)
os.wait()
os.read(3, 1)
"""


class SpawnTests(unittest.TestCase):
    def test_worker_starts_with_what_it_was_given_and_nothing_else(self):
        code = """
import json, os, signal
fds = sorted(int(fd) for fd in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + fd))
print(json.dumps({
    'fds': fds, 'stdin': os.readlink('/proc/self/fd/0'), 'cwd': os.getcwd(), 'env': dict(os.environ),
    'leads': os.getsid(0) == os.getpid() == os.getpgid(0), 'mask': len(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    'ignored': [int(s) for s in signal.valid_signals() if signal.getsignal(s) is signal.SIG_IGN
                and s not in (signal.SIGPIPE, signal.SIGXFSZ)],
}), flush=True)
"""

        def disturb():
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGTERM])
            signal.signal(signal.SIGUSR2, signal.SIG_IGN)
            os.dup2(1, 57)  # a descriptor that the host has leaked

        with LauncherHost(disturb) as host:
            worker = host.spawn(7, [sys.executable, "-S", "-c", code], ["A=1", "B=x=y", "LC_ALL=C.UTF-8"], "/usr")
            told = json.loads(worker.read_output())
            self.assertEqual(told["fds"], [0, 1, 2, 3, 4, 5])
            self.assertEqual((told["stdin"], told["cwd"]), ("/dev/null", "/usr"))
            self.assertEqual(told["env"], {"A": "1", "B": "x=y", "LC_ALL": "C.UTF-8"})
            self.assertTrue(told["leads"])
            self.assertEqual((told["mask"], told["ignored"]), (0, []))
            self.assertEqual((host.read().operation, host.process.poll()), (protocol.LAUNCHER_EXITED, None))

    def test_everything_started_carries_the_launchers_mark(self):
        with unittest.mock.patch.dict(os.environ, {"SNAKEPIT_RUN_ID": "run/7"}):
            host = LauncherHost()
        with host:
            code = "import os; print(os.environ['SNAKEPIT_RUN_ID'], flush=True)"
            self.assertEqual(
                host.python(1, code, environment=["SNAKEPIT_RUN_ID=of-an-outer-run/1"]).read_line(), "run/7")

    def test_descriptors_are_the_channels_in_the_order_of_the_protocol(self):
        with LauncherHost() as host:
            worker = host.python(
                1, "import os\nos.write(4, b'out:' + os.read(3, 9))\nos.write(5, b'control')\nos.write(2, b'err')")
            os.write(worker.data_in, b"in")
            self.assertEqual(host.read().exit, (1, 0))
            self.assertEqual(os.read(worker.data_out, 99), b"out:in")
            self.assertEqual(worker.control.recv(99), b"control")
            self.assertEqual(worker.read_output(), b"err")

    def test_exit_is_reported_with_kind_status_and_times(self):
        with LauncherHost() as host:
            for token, (code, expected) in enumerate({
                "import os; os._exit(0)": (1, 0),
                "import os; os._exit(200)": (1, 200),
                "import os; os.kill(os.getpid(), 9)": (2, 9),
                "import os; os.kill(os.getpid(), 15)": (2, 15),
            }.items()):
                with self.subTest(code):
                    worker = host.python(token, code)
                    event = host.read()
                    self.assertEqual(
                        (event.operation, event.token, event.exit), (protocol.LAUNCHER_EXITED, token, expected))
                    kind, status, user, system, peak = struct.unpack("<BiQQQ", event.payload)
                    self.assertGreater(user + system, 0)
                    self.assertTrue(1 << 20 < peak < 1 << 30, peak)
                    with self.assertRaises(ProcessLookupError):
                        signal.pidfd_send_signal(worker.pidfd, 0)

    def test_exec_failure_is_a_line_of_output_and_exit_127(self):
        with LauncherHost() as host:
            for argv, cwd in ((["/nowhere/python"], ""), ([sys.executable], "/nowhere")):
                with self.subTest(argv):
                    worker = host.spawn(1, argv, cwd=cwd)
                    self.assertEqual(host.read().exit, (1, protocol.EXIT_EXEC_FAILED))
                    self.assertIn(b"cannot start", worker.read_output())

    def test_many_spawns_sent_together_each_get_their_own_descriptors(self):
        with LauncherHost() as host:
            workers = [
                host.request_spawn(token, [sys.executable, "-I", "-S", "-c", f"print({token})"]) for token in range(8)]
            ended = set()
            while len(ended) < len(workers):
                event = host.read()
                for fd in event.descriptors:
                    os.close(fd)
                if event.operation == protocol.LAUNCHER_EXITED:
                    ended.add(event.token)
            self.assertEqual([worker.read_output() for worker in workers], [b"%d\n" % token for token in range(8)])

    def test_descriptor_exhaustion_fails_the_spawn_only(self):
        with LauncherHost() as host:
            resource.prlimit(host.pid, resource.RLIMIT_NOFILE, (8, 4096))
            host.request_spawn(1, [sys.executable])
            event = host.read()
            self.assertEqual((event.operation, event.token), (protocol.LAUNCHER_SPAWN_FAILED, 1))
            self.assertNotEqual(event.number, 0)
            resource.prlimit(host.pid, resource.RLIMIT_NOFILE, (1024, 4096))
            worker = host.python(2, "print('well')")
            self.assertEqual(worker.read_output(), b"well\n")

    def test_message_without_descriptors_leaves_those_of_the_next_alone(self):
        with LauncherHost() as host:
            os.kill(host.pid, signal.SIGSTOP)  # so that the kernel delivers both at once
            host.send_without_descriptors(protocol.LAUNCHER_SPAWN, 1, [sys.executable, "-c", ""])
            worker = host.request_spawn(2, [sys.executable, "-I", "-S", "-c", "import os; os.write(4, b'its own')"])
            os.kill(host.pid, signal.SIGCONT)
            event = host.expect(protocol.LAUNCHER_SPAWN_FAILED, 1)
            self.assertIn(b"descriptors arrived", event.payload)
            worker.started(host.expect(protocol.LAUNCHER_STARTED, 2))
            self.assertEqual(os.read(worker.data_out, 99), b"its own")

    def test_report_whose_descriptor_cannot_be_kept_says_that_it_has_none(self):
        launcher = _launcher.Launcher.__new__(_launcher.Launcher)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            launcher._host, launcher._unsent, launcher._is_overloaded = ours, [(b"first", None)], False
            with unittest.mock.patch("os.dup", side_effect=OSError(24, "too many open files")):
                launcher.send_started(7, 4711, 0)
            launcher.send_started(8, 4712, 0)
            launcher._send_unsent()
            data, ancillary, _, _ = theirs.recvmsg(999, 999)
            rest, later, _, _ = theirs.recvmsg(999, 999) if len(data) < 5 + 2 * (MESSAGE.size + 5) else (
                b"", ancillary, 0, None)
        messages = (data + rest)[5:]
        self.assertEqual([messages[MESSAGE.size + 4], messages[2 * MESSAGE.size + 9]], [0, 1])
        received = [
            fd for _, _, content in later or ancillary for fd in struct.unpack(f"{len(content) // 4}i", content)]
        self.assertEqual(len(received), 1)
        os.close(received[0])

    def test_launcher_keeps_no_descriptor_of_a_worker(self):
        with LauncherHost() as host:
            before = len(os.listdir(f"/proc/{host.pid}/fd"))
            for token in range(20):
                host.python(token, "")
                host.read()
            self.assertEqual(len(os.listdir(f"/proc/{host.pid}/fd")), before)


class EndTests(unittest.TestCase):
    def test_signal_group_reaches_the_worker_and_ignores_unknown_tokens(self):
        with LauncherHost() as host:
            worker = host.python(5, FOREVER)
            worker.read_line()
            host.signal_group(99, signal.SIGKILL)
            host.signal_group(5, signal.SIGTERM)
            event = host.read()
            self.assertEqual((event.token, event.exit), (5, (2, signal.SIGTERM)))
            host.signal_group(5, signal.SIGTERM)
            self.assertEqual(host.python(6, "print('next')").read_output(), b"next\n")

    def test_group_of_a_dead_worker_is_killed(self):
        with LauncherHost() as host:
            worker = host.python(1, "import os, select\nif os.fork() == 0:\n    os.write(1, b'%d\\n' % os.getpid())\n"
                                    "    select.select([], [], [])\nos.read(3, 1)")
            child = int(worker.read_line())
            os.write(worker.data_in, b"x")
            self.assertEqual(host.read().exit, (1, 0))
            wait_for_end(child)

    def test_signals_of_a_terminal_do_not_end_the_launcher(self):
        with LauncherHost() as host:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                host.process.send_signal(number)
                os.kill(host.pid, number)
            self.assertEqual(host.python(1, "print('here')").read_output(), b"here\n")

    def test_end_of_the_host_ends_every_descendant(self):
        with LauncherHost() as host:
            daemon = int(host.python(1, DAEMON).read_line())
            worker = host.python(2, FOREVER)
            worker.read_line()
            host.socket.close()
            self.assertEqual(host.process.wait(BOUND), 0)
            for pid in (daemon, worker.pid):
                with self.assertRaises(ProcessLookupError):
                    os.kill(pid, 0)

    def test_end_of_the_launcher_ends_its_workers(self):
        with LauncherHost() as host:
            workers = [host.python(token, FOREVER) for token in range(3)]
            for worker in workers:
                worker.read_line()
            host.kill()
            for worker in workers:
                wait_for_end(worker.pid)

    def test_end_of_the_host_ends_a_chain_of_processes_that_never_stays(self):
        chain = """
import os
if os.fork():
    os.read(3, 1)
os.setsid()
os.write(1, b'up\\n')
while True:
    if os.fork():
        os._exit(0)
"""
        with LauncherHost() as host:
            worker = host.python(1, chain)
            self.assertEqual(worker.read_line(), "up")
            host.socket.close()
            self.assertEqual(host.process.wait(BOUND), 0)
            worker.read_output()  # once every writer has ended

    def test_host_that_does_not_read_keeps_nobody_alive(self):
        with LauncherHost() as host:
            for token in range(300):  # two messages each: more than the socket holds
                child = host.request_spawn(token, ["/bin/sh", "-c", "sleep 600 & exit 0"])
                child.read_output()  # ends when its group has, which the launcher kills last
                host.workers.remove(child)
                child.close()
            seen = [host.read() for _ in range(2 * 300)]
            for event in seen:
                for fd in event.descriptors:
                    os.close(fd)
            self.assertEqual(
                sorted(event.token for event in seen if event.operation == protocol.LAUNCHER_EXITED), list(range(300)))
            self.assertTrue(all(event.descriptors for event in seen if event.operation == protocol.LAUNCHER_STARTED))

    def test_orphans_are_reaped_without_a_report(self):
        with LauncherHost() as host:
            worker = host.python(1, "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
                                    "        os.write(1, b'%d\\n' % os.getpid())\n        os.read(3, 1)\n"
                                    "    os._exit(0)\nos.wait()\nos.read(5, 1)")
            orphan = int(worker.read_line())
            os.write(worker.data_in, b"x")
            wait_for_end(orphan)
            self.assertEqual(host.python(2, "print('next')").read_output(), b"next\n")
            self.assertEqual(host.read().token, 2)
            self.assertFalse(os.path.exists(f"/proc/{orphan}"), "a zombie was left")

    def test_garbage_ends_the_launcher_and_its_workers(self):
        for message in (b"\xff" * 64, MESSAGE.pack(5, 200, 1), MESSAGE.pack(0, 1, 1)):
            with self.subTest(message), LauncherHost() as host:
                worker = host.python(1, FOREVER)
                worker.read_line()
                host.socket.sendall(message)
                self.assertEqual(host.process.wait(BOUND), 0)
                self.assertIn(b"snakepit launcher", host.process.stderr.read())
                wait_for_end(worker.pid)


class WorkerThroughLauncherTests(unittest.TestCase):
    def test_worker_says_hello(self):
        from tests.host import PACKAGE_PARENT, read_frame
        with LauncherHost() as host:
            worker = host.spawn(1, [sys.executable, "-c", f"import sys;sys.path.insert(0,{PACKAGE_PARENT!r});"
                                                          "from snakepit import _worker;_worker.main()"])
            hello = read_frame(worker.data_out)
            self.assertEqual((hello.kind, hello.value["pid"]), (protocol.HELLO, worker.pid))
