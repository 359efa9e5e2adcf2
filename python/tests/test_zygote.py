import errno
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import types
import unittest
import unittest.mock

from snakepit import _imported, _preload, _protocol as protocol, _zygote
from snakepit._frames import CALL_HEADER, HEADER
from tests.host import BOUND, PACKAGE_PARENT, read_frame
from tests.launcher_host import LauncherHost, wait_for_end

FILLING = """
import sys
from snakepit import _zygote

scattered = [bytes(100) for _ in range(2_000)]
del scattered[::2]
shared = {id(value) // _zygote.POOL for value in scattered}
filling = _zygote._fill_gaps()
made = [id(value) // _zygote.POOL in shared for value in [bytes(100) for _ in range(20)]]
print(sum(made), sum(map(sys.getsizeof, filling)))
"""

TOOLS = """
    import json, os, random, sys
    import made_before

    def look():
        return {
            "pid": os.getpid(), "imported_by": made_before.PID, "parent": os.getppid(),
            "session": os.getsid(0), "group": os.getpgid(0), "path": sys.path, "random": random.random(),
            "descriptors": {fd: link(fd) for fd in os.listdir("/proc/self/fd")},
            "death_signal": death_signal(),
        }

    def link(fd):
        try:
            return os.readlink("/proc/self/fd/" + fd)
        except OSError:
            return None

    def death_signal():
        import ctypes
        number = ctypes.c_int()
        ctypes.CDLL(None).prctl(2, ctypes.byref(number))
        return number.value

    def numpy_random():
        return float(sys.modules["numpy"].random.random())

    def say(text):
        print(text)

    def collects():
        import gc
        return [gc.isenabled(), gc.get_freeze_count() > 0]
"""


class Folder:
    """A folder of modules, deleted at the end."""

    def __init__(self, **modules) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.path = self._folder.name
        for name, text in {"made_before": "import os\nPID = os.getpid()\n", "tools": TOOLS, **modules}.items():
            pathlib.Path(self.path, f"{name}.py").write_text(textwrap.dedent(text))

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *_) -> None:
        self._folder.cleanup()

    def file(self, name: str) -> str:
        return os.path.join(self.path, f"{name}.py")


def boot(worker, adapter: str) -> None:
    """Runs the host's part of a worker's start."""
    hello = read_frame(worker.data_out)
    assert (hello.kind, hello.value["pid"]) == (protocol.HELLO, worker.pid), hello.body
    body = json.dumps({
        "protocol": 1, "codec": "json", "worker": "it/0#1", "pool": "it", "slot": 0, "generation": 1,
        "adapter": adapter, "python_path": [],
        "max_message": 1 << 20, "unserializable": "type", "repr_max_length": 500,
    }).encode()
    os.write(worker.data_in, HEADER.pack(24 + len(body), protocol.INIT, 0, 0, 0, 0, 24, 0) + body)
    ready = read_frame(worker.data_out)
    assert ready.kind == protocol.READY, ready.body


def call(worker, tool: str, *arguments, seq: int = 1):
    body = json.dumps([tool, arguments]).encode()
    os.write(
        worker.data_in, CALL_HEADER.pack(32 + len(body), protocol.CALL, 0, 0, 1000 + seq, seq, 32, 0, 0, 1, 0) + body)
    reply = read_frame(worker.data_out)
    assert reply.kind == protocol.RESULT, reply.body
    return reply.value


class OutdatedTests(unittest.TestCase):
    def test_zygote_whose_imported_file_was_changed_or_replaced_forks_no_more_and_names_it(self):
        for how in ("edited", "replaced", "swapped link"):
            with self.subTest(how), Folder() as folder, LauncherHost() as host:
                file = pathlib.Path(folder.file("made_before"))
                if how == "swapped link":
                    os.rename(file, file.with_suffix(".1"))
                    file.symlink_to(file.with_suffix(".1"))
                zygote = host.zygote(1, adapter=folder.file("tools"))
                host.fork(2, zygote)
                if how == "edited":
                    file.write_text("PID = 1\n")
                elif how == "replaced":
                    file.with_suffix(".new").write_text(file.read_text())
                    os.replace(file.with_suffix(".new"), file)
                else:
                    file.with_suffix(".2").write_text("PID = 2\n")
                    file.with_suffix(".new").symlink_to(file.with_suffix(".2"))
                    os.replace(file.with_suffix(".new"), file)

                host.request_fork(3, zygote.token)

                self.assertEqual(host.expect(protocol.LAUNCHER_ZYGOTE_OUTDATED, 1).payload.decode(), str(file))
                self.assertEqual(host.expect(protocol.LAUNCHER_SPAWN_FAILED, 3).number, errno.ESTALE)

    def test_zygote_forks_on_while_a_file_is_missing_and_whatever_becomes_of_the_adapter(self):
        with Folder() as folder, LauncherHost() as host:
            zygote = host.zygote(1, adapter=folder.file("tools"))
            os.unlink(folder.file("made_before"))
            pathlib.Path(folder.file("tools")).write_text(
                "import made_before\ndef look():\n    return made_before.PID\n")
            worker = host.fork(2, zygote)
            boot(worker, folder.file("tools"))
            self.assertEqual(call(worker, "look"), zygote.pid)


class ImportedFilesTests(unittest.TestCase):
    def test_own_and_installed_files_are_not_looked_at(self):
        with Folder() as folder:
            packages = pathlib.Path(folder.path, "site-packages")
            packages.mkdir()
            names = {"inside_1234": packages, "outside_1234": pathlib.Path(folder.path)}
            imported = _imported.ImportedFiles()
            try:
                for name, place in names.items():
                    sys.modules[name] = types.ModuleType(name)
                    sys.modules[name].__file__ = str(place / f"{name}.py")
                    (place / f"{name}.py").write_text("")
                    os.utime(place / f"{name}.py", (1, 1))
                imported.note()
                self.assertIsNone(imported.find_changed())
                os.utime(packages / "inside_1234.py", (2, 2))
                self.assertIsNone(imported.find_changed())
                os.utime(pathlib.Path(folder.path, "outside_1234.py"), (2, 2))
                self.assertEqual(imported.find_changed(), str(pathlib.Path(folder.path, "outside_1234.py")))
                self.assertFalse(any(file == os.__file__ for file in imported._files))
            finally:
                for name in names:
                    sys.modules.pop(name, None)

    def test_file_that_was_written_during_the_imports_counts_as_changed_once(self):
        with Folder() as folder:
            imported = _imported.ImportedFiles()
            path = pathlib.Path(folder.path, "late_1234.py")
            sys.modules["late_1234"] = types.ModuleType("late_1234")
            sys.modules["late_1234"].__file__ = str(path)
            try:
                path.write_text("")
                now = time.time_ns()
                os.utime(path, ns=(now, now))  # file systems have coarser times
                imported.note()
                self.assertEqual(imported.find_changed(), str(path))
                later = _imported.ImportedFiles()
                later.note()
                self.assertIsNone(later.find_changed())
                path.write_text("x")
                os.utime(path, (2**32, 2**32))  # in the future
                later.note()
                self.assertIsNone(later.find_changed())
            finally:
                sys.modules.pop("late_1234", None)


class ForkTests(unittest.TestCase):
    def test_worker_has_the_modules_of_its_zygote_and_all_else_of_its_own(self):
        with Folder() as folder, LauncherHost() as host:
            zygote = host.zygote(1, adapter=folder.file("tools"))
            workers = [host.fork(token, zygote) for token in (2, 3)]
            for worker in workers:
                boot(worker, folder.file("tools"))
            one, other = (call(worker, "look") for worker in workers)

            self.assertEqual(zygote.modules, "json, os, random, sys, made_before")
            self.assertEqual((one["imported_by"], other["imported_by"]), (zygote.pid, zygote.pid))
            self.assertEqual(len({zygote.pid, one["pid"], other["pid"]}), 3)
            for worker, seen in zip(workers, (one, other)):
                self.assertEqual((seen["pid"], seen["session"], seen["group"]), (worker.pid,) * 3)
                self.assertEqual((seen["parent"], seen["death_signal"]), (host.pid, signal.SIGKILL))
            self.assertNotEqual(one["random"], other["random"])
            self.assertEqual(one["path"].count(folder.path), 1)

    def test_worker_has_its_own_descriptors_only(self):
        with Folder() as folder, LauncherHost() as host:
            zygote = host.zygote(1, adapter=folder.file("tools"))
            worker = host.fork(2, zygote)
            boot(worker, folder.file("tools"))
            descriptors = call(worker, "look")["descriptors"]

            self.assertEqual(descriptors["0"], "/dev/null")
            self.assertEqual(descriptors["1"], descriptors["2"])
            self.assertEqual(
                sorted(link.partition(":")[0] for link in descriptors.values() if link),
                ["/dev/null", *["pipe"] * 4, "socket"])

    def test_file_that_a_module_opened_is_open_in_workers(self):
        with Folder(opens="FILES = [open(__file__) for _ in range(5)]",
                    reads="import opens\ndef read():\n    return [file.read() for file in "
                    "opens.FILES]") as folder, LauncherHost() as host:
            worker = host.fork(2, host.zygote(1, adapter=folder.file("reads")))
            boot(worker, folder.file("reads"))
            self.assertEqual(call(worker, "read"), ["FILES = [open(__file__) for _ in range(5)]"] * 5)

    def test_worker_prints_to_its_own_output_and_ends_as_any_worker(self):
        with Folder() as folder, LauncherHost() as host:
            zygote = host.zygote(1, adapter=folder.file("tools"))
            workers = [host.fork(token, zygote) for token in (2, 3)]
            for worker in workers:
                boot(worker, folder.file("tools"))
                call(worker, "say", f"I am {worker.pid}")
                worker.control.sendall(HEADER.pack(24, protocol.SHUTDOWN, 0, 0, 0, 0, 24, 0))
                os.close(worker.data_in)
                worker.data_in = os.open(os.devnull, os.O_RDONLY)
            ends = {event.token: event.exit for event in (host.read(), host.read())}
            self.assertEqual(ends, {2: (1, 0), 3: (1, 0)})
            for worker in workers:
                mark = f"{protocol.OUTPUT_TOOL}say{protocol.OUTPUT_END}"
                self.assertEqual(worker.read_output(), f"{mark}I am {worker.pid}\n".encode())

    def test_worker_collects_garbage_but_not_what_it_shares(self):
        with Folder() as folder, LauncherHost() as host:
            worker = host.fork(2, host.zygote(1, adapter=folder.file("tools")))
            boot(worker, folder.file("tools"))
            self.assertEqual(call(worker, "collects"), [True, True])

    def test_numpy_draws_differently_in_every_worker(self):
        try:
            import numpy  # noqa: F401
        except ImportError:
            self.skipTest("numpy is not installed")
        with Folder() as folder, LauncherHost() as host:
            zygote = host.zygote(
                1, "numpy", "numpy.random", "made_before", python_path=[folder.path],
                environment=["OPENBLAS_NUM_THREADS=1"])
            drawn = set()
            for token in (2, 3):
                worker = host.fork(token, zygote)
                boot(worker, folder.file("tools"))
                drawn.add(call(worker, "numpy_random"))
            self.assertEqual(len(drawn), 2)

    def test_numpy_generator_that_takes_no_state_is_seeded(self):
        seeded = []

        def refuse(state):
            raise ValueError("set_state can only be used with legacy MT19937 state instances.")

        numpy = types.SimpleNamespace(set_state=refuse, seed=lambda: seeded.append(True))
        with unittest.mock.patch.dict(sys.modules, {"numpy.random": numpy, "torch": None}):
            _zygote._seed_generators()
        self.assertEqual(seeded, [True])

    @unittest.skipUnless(
        sys.implementation.name == "cpython" and not hasattr(sys, "gettotalrefcount"),
        "this Python's objects lie elsewhere")
    def test_no_object_is_made_beside_those_that_are_shared(self):
        # In a process of its own: where objects lie depends on all that were there before.
        ended = subprocess.run(
            [sys.executable, "-c", FILLING], cwd=PACKAGE_PARENT, env={"PYTHONHASHSEED": "0"}, capture_output=True,
            text=True, timeout=BOUND)
        self.assertEqual((ended.stderr, ended.returncode), ("", 0))
        beside, size = map(int, ended.stdout.split())
        self.assertEqual(beside, 0)
        self.assertLess(size, 16 << 20)

    def test_shared_generators_are_seeded_once_in_every_worker(self):
        with Folder(torch="SEEDED_IN = []\ndef seed():\n    import os\n    SEEDED_IN.append(os.getpid())",
                    draws="import torch\ndef seeded_in():\n    return "
                    "torch.SEEDED_IN") as folder, LauncherHost() as host:
            worker = host.fork(2, host.zygote(1, adapter=folder.file("draws")))
            boot(worker, folder.file("draws"))
            self.assertEqual(call(worker, "seeded_in"), [worker.pid])

    def test_module_that_has_ended_children_ignored_does_no_harm(self):
        with Folder(
                ignores="import signal\nsignal.signal(signal.SIGCHLD, "
                "signal.SIG_IGN)") as folder, LauncherHost() as host:
            zygote = host.zygote(1, "ignores", "made_before", python_path=[folder.path])
            for token in (2, 3):
                boot(host.fork(token, zygote), folder.file("tools"))

    def test_adapter_given_as_module_has_its_imports_preloaded_from_the_python_path(self):
        with Folder() as folder, LauncherHost() as host:
            zygote = host.zygote(1, adapter="tools:Anything", python_path=[folder.path])
            self.assertIn("made_before", zygote.modules)

    def test_output_of_imports_is_the_zygotes(self):
        with Folder(talks="print('größer')") as folder, LauncherHost() as host:
            zygote = host.zygote(
                1, "talks", python_path=[folder.path],
                environment=["LC_ALL=C", "PYTHONUTF8=0", "PYTHONCOERCECLOCALE=0"])
            self.assertEqual(zygote.read_line(), "größer")


class RefusalTests(unittest.TestCase):
    def refusal(self, host, *preload, **options) -> str:
        host.start_zygote(1, preload, **options)
        reason = host.expect(protocol.LAUNCHER_ZYGOTE_REFUSED, 1).payload.decode()
        host.expect(protocol.LAUNCHER_EXITED, 1)
        return reason

    def test_module_that_starts_a_thread_is_named(self):
        threaded = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
        with Folder(
                threaded=threaded,
                uses="import json\nimport threaded\ndef tool(): pass") as folder, LauncherHost() as host:
            reason = self.refusal(host, "json", "threaded", "made_before", python_path=[folder.path])
            self.assertIn("'threaded' the process has 2 threads", reason)
            self.assertIn("Remove 'threaded' from Start.Preload, or set Start.Method to Spawn", reason)
            reason = self.refusal(host, adapter=folder.file("uses"))
            self.assertIn("Name modules other than 'threaded' in Start.Preload, or set Start.Method to Spawn", reason)

    def test_module_whose_thread_has_ended_is_not_refused(self):
        with Folder(
                ended="import threading\nt = threading.Thread(target=print)\nt.start()\n"
                "t.join()") as folder, LauncherHost() as host:
            self.assertEqual(host.zygote(1, "ended", python_path=[folder.path]).modules, "ended")

    def test_grpc_and_a_cuda_context_are_refused(self):
        torch = "class cuda:\n    @staticmethod\n    def is_initialized():\n        return True"
        with Folder(grpc="", torch=torch) as folder, LauncherHost() as host:
            self.assertIn("gRPC", self.refusal(host, "grpc", python_path=[folder.path]))
            self.assertIn("CUDA", self.refusal(host, "torch", python_path=[folder.path]))

    def test_module_that_cannot_be_imported_is_named_with_its_error(self):
        with Folder(fails="1 / 0", leaves="raise SystemExit(3)") as folder, LauncherHost() as host:
            self.assertIn(
                "'no_such' of Start.Preload can't be imported (ModuleNotFoundError", self.refusal(host, "no_such"))
            self.assertIn(
                "(ZeroDivisionError: division by zero)", self.refusal(host, "fails", python_path=[folder.path]))
            self.assertIn("(SystemExit: 3)", self.refusal(host, "leaves", python_path=[folder.path]))

    def test_module_whose_error_has_no_text_is_named_all_the_same(self):
        mute = "class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute"
        with Folder(mute=mute, silent="raise MemoryError") as folder, LauncherHost() as host:
            self.assertIn(
                "'mute' of Start.Preload can't be imported (Mute: <str() of the Mute raised ValueError>)",
                self.refusal(host, "mute", python_path=[folder.path]))
            self.assertIn(
                "'silent' of Start.Preload can't be imported (MemoryError)",
                self.refusal(host, "silent", python_path=[folder.path]))

    def test_import_that_fails_in_the_adapter_is_left_to_the_worker(self):
        with Folder(adapter="import no_such_module\nimport json\ndef tool(): pass") as folder, LauncherHost() as host:
            zygote = host.zygote(1, adapter=folder.file("adapter"))
            self.assertEqual(zygote.modules, "json")
            worker = host.fork(2, zygote)
            with self.assertRaisesRegex(AssertionError, "no_such_module"):
                boot(worker, folder.file("adapter"))
            self.assertEqual(host.expect(protocol.LAUNCHER_EXITED, 2).exit, (1, protocol.EXIT_BOOT_FAILED))


class ImportsTests(unittest.TestCase):
    def test_unconditional_imports_count_and_no_others(self):
        text = """
            from __future__ import annotations
            import a, b.c as d
            from e import f, g
            from . import not_of_a_file
            try:
                import h
            except ImportError:
                import i
            if TYPE_CHECKING:
                import j
            def k():
                import l
            class M:
                import n
            with suppress(ImportError):
                import o
        """
        with Folder(adapter=text) as folder:
            self.assertEqual(_preload.imports_of(folder.file("adapter")), [
                ("a", ()), ("b.c", ()), ("e", ("f", "g")), ("h", ()), ("o", ())])

    def test_adapter_that_cannot_be_read_has_none(self):
        with Folder(adapter="def (") as folder:
            for source in (folder.file("adapter"), folder.file("nowhere"), "no_such_module", "no.such.module", "sys"):
                with self.subTest(source):
                    self.assertEqual(_preload.imports_of(source), [])

    def test_relative_imports_of_a_module_are_resolved(self):
        with Folder() as folder:
            package = pathlib.Path(folder.path, "acme_zygote")
            package.mkdir()
            (package / "__init__.py").write_text("")
            (package / "tools.py").write_text("from . import helpers\nfrom .deep import x\n")
            sys.path.insert(0, folder.path)
            try:
                self.assertEqual(
                    _preload.imports_of("acme_zygote.tools"),
                    [("acme_zygote", ("helpers",)), ("acme_zygote.deep", ("x",))])
            finally:
                sys.path.remove(folder.path)


class EndTests(unittest.TestCase):
    def test_end_of_a_zygote_costs_no_worker(self):
        with Folder() as folder, LauncherHost() as host:
            zygote = host.zygote(1, adapter=folder.file("tools"))
            worker = host.fork(2, zygote)
            boot(worker, folder.file("tools"))
            os.kill(zygote.pid, signal.SIGKILL)
            self.assertEqual(host.expect(protocol.LAUNCHER_EXITED, 1).exit, (2, signal.SIGKILL))
            self.assertEqual(call(worker, "look")["pid"], worker.pid)
            host.request_fork(3, 1)
            host.expect(protocol.LAUNCHER_SPAWN_FAILED, 3)
            os.kill(worker.pid, signal.SIGKILL)
            self.assertEqual(host.expect(protocol.LAUNCHER_EXITED, 2).exit, (2, signal.SIGKILL))

    def test_fork_that_a_stopped_zygote_was_asked_for_has_failed_when_it_ends(self):
        with LauncherHost() as host:
            zygote = host.zygote(1, "json")
            os.kill(zygote.pid, signal.SIGSTOP)
            forks = [host.request_fork(token, 1) for token in (2, 3)]
            self.assertEqual(host.python(4, "print('not blocked')").read_output(), b"not blocked\n")
            host.expect(protocol.LAUNCHER_EXITED, 4)
            os.kill(zygote.pid, signal.SIGKILL)
            for token in (2, 3):
                host.expect(protocol.LAUNCHER_SPAWN_FAILED, token)
            host.expect(protocol.LAUNCHER_EXITED, 1)
            for fork in forks:
                self.assertEqual(os.read(fork.data_out, 1), b"", "something still holds the channels")

    def test_fork_has_failed_when_the_launcher_has_no_descriptor_left_for_it(self):
        with LauncherHost() as host:
            zygote = host.zygote(1, "json")
            os.kill(zygote.pid, signal.SIGSTOP)
            fork = host.request_fork(2, 1)
            host.request_fork(3, 99)
            host.expect(protocol.LAUNCHER_SPAWN_FAILED, 3)  # so the zygote has got the request for the other one
            limits = resource.prlimit(host.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(host.pid, resource.RLIMIT_NOFILE, (3, limits[1]))
            os.kill(zygote.pid, signal.SIGCONT)
            self.assertEqual(host.expect(protocol.LAUNCHER_SPAWN_FAILED, 2).number, errno.EMFILE)
            self.assertEqual(os.read(fork.data_out, 1), b"", "the fork has not ended")
            resource.prlimit(host.pid, resource.RLIMIT_NOFILE, limits)
            host.fork(4, zygote)

    def test_every_fork_is_answered_whenever_the_zygote_dies(self):
        with LauncherHost() as host:
            for first in range(1, 300, 10):
                zygote = host.zygote(first, "json")
                waiting = set(range(first, first + 6))
                started = set()
                for token in waiting - {first}:
                    host.request_fork(token, first)
                for _ in range(first // 10 % 5):
                    started.add(host.expect(protocol.LAUNCHER_STARTED).token)
                os.kill(zygote.pid, signal.SIGKILL)
                waiting -= started
                while waiting:
                    event = host.read()
                    if event.operation == protocol.LAUNCHER_STARTED:
                        started.add(event.token)
                    else:
                        wanted = protocol.LAUNCHER_EXITED if event.token == first else protocol.LAUNCHER_SPAWN_FAILED
                        self.assertEqual(event.operation, wanted)
                    waiting.remove(event.token)
                for token in started:
                    host.signal_group(token, signal.SIGKILL)
                self.assertEqual({host.expect(protocol.LAUNCHER_EXITED).token for _ in started}, started)

    def test_end_of_the_host_ends_zygotes_and_their_workers(self):
        with Folder() as folder, LauncherHost() as host:
            zygote = host.zygote(1, adapter=folder.file("tools"))
            worker = host.fork(2, zygote)
            boot(worker, folder.file("tools"))
            host.request_fork(3, 1)
            host.socket.close()
            self.assertEqual(host.process.wait(BOUND), 0)
            for pid in (zygote.pid, worker.pid):
                with self.assertRaises(ProcessLookupError):
                    os.kill(pid, 0)

    def test_end_of_the_launcher_ends_zygotes_and_their_workers(self):
        with Folder() as folder, LauncherHost() as host:
            zygote = host.zygote(1, adapter=folder.file("tools"))
            worker = host.fork(2, zygote)
            boot(worker, folder.file("tools"))
            host.kill()
            wait_for_end(zygote.pid)
            wait_for_end(worker.pid)

    def test_signal_group_reaches_forked_workers_and_zygotes(self):
        with LauncherHost() as host:
            zygote = host.zygote(1, "json")
            host.fork(2, zygote)
            host.signal_group(2, signal.SIGTERM)
            self.assertEqual(host.expect(protocol.LAUNCHER_EXITED, 2).exit, (2, signal.SIGTERM))
            host.signal_group(1, signal.SIGTERM)
            self.assertEqual(host.expect(protocol.LAUNCHER_EXITED, 1).exit, (2, signal.SIGTERM))

    def test_zygote_that_breaks_the_rules_is_ended_and_nothing_else(self):
        for code in (
                "import os, socket\nsocket.socket(fileno=3).send(b'?')\nos.read(0, 1)\n"
                "import select\nselect.select([], [], [])",
                "import os, select\nos.close(3)\nselect.select([], [], [])"):
            with self.subTest(code), LauncherHost() as host:
                host.start_zygote(1, code=code)
                self.assertEqual(host.expect(protocol.LAUNCHER_EXITED, 1).exit, (2, signal.SIGKILL))
                self.assertEqual(host.python(2, "print('next')").read_output(), b"next\n")

    def test_zygote_that_cannot_be_executed_has_ended(self):
        with LauncherHost() as host:
            zygote = host.start_zygote(1, code="import no_such_module")
            self.assertEqual(host.expect(protocol.LAUNCHER_EXITED, 1).exit, (1, 1))
            self.assertIn(b"no_such_module", zygote.read_output())

    def test_launcher_keeps_no_descriptor_of_a_zygote_or_its_workers(self):
        with LauncherHost() as host:
            before = len(os.listdir(f"/proc/{host.pid}/fd"))
            for token in range(1, 21, 2):
                zygote = host.zygote(token, "json")
                worker = host.fork(token + 1, zygote)
                for pid in (worker.pid, zygote.pid):
                    os.kill(pid, signal.SIGKILL)
                    host.expect(protocol.LAUNCHER_EXITED)
            self.assertEqual(len(os.listdir(f"/proc/{host.pid}/fd")), before)
