"""State of the process that an adapter may change, at import or in a tool. The worker depends on none of it."""
import builtins
import pathlib
import sys
import textwrap
import unittest

import snakepit
from snakepit import _builtins, _protocol as protocol
from tests.host import BOUND, WorkerHost
from tests.launcher_host import ForkedHost, LauncherHost

ADAPTER = '''
import decimal, sys
import snakepit

def add(a, b):
    return a + b

def echo(value):
    return value

def fail(text):
    raise ValueError(text)

def log():
    snakepit.ctx.log.warning("still heard")

def special():
    return [1 << 70, b"bytes", float("nan"), (1, 2), {1: 2}, object]

def number(of):
    return decimal.Decimal(of)

class Turn:
    def __await__(self):
        yield

async def wait(value):
    await Turn()
    return value

async def on_a_thread(value):
    return await sys.modules["asyncio"].get_running_loop().run_in_executor(None, abs, value)
'''

# Name and code. Each runs in a worker of its own.
STATE = {
    "socket.setdefaulttimeout": "import socket; socket.setdefaulttimeout(0.05)",
    "descriptors made non-blocking": """
        import os
        for fd in range(3, 256):
            try: os.set_blocking(fd, False)
            except OSError: pass
        """,
    "os patched": """
        import os
        def refuse(*args, **kwargs): raise OSError("patched")
        for name in ("read", "write", "readv", "writev", "close", "_exit", "getpid", "set_blocking", "open", "fstat",
                     "dup", "dup2", "pipe", "kill"):
            setattr(os, name, refuse)
        """,
    "socket patched": """
        import socket, _socket
        class Patched:
            def __init__(self, *args, **kwargs): raise RuntimeError("patched")
        socket.socket = _socket.socket = Patched
        """,
    "time patched": """
        import time
        for name in ("sleep", "time", "monotonic", "monotonic_ns", "perf_counter", "time_ns"):
            setattr(time, name, None)
        """,
    "select patched": "import select; select.poll = select.epoll = select.select = None",
    "struct and json patched": """
        import json, struct
        struct.Struct = struct.pack = struct.unpack = None
        json.dumps = json.loads = json.JSONEncoder = json.JSONDecoder = None
        """,
    "marshal and binascii patched":
        "import marshal, binascii; marshal.dumps = marshal.loads = binascii.b2a_base64 = None",
    "threads patched": """
        import _thread, threading
        _thread.start_new_thread = _thread.allocate_lock = _thread.RLock = None
        threading.Thread = threading.Lock = threading.RLock = None
        """,
    "gevent-like": """
        import os, select, signal, socket, subprocess, threading, time, _thread
        def refuse(*args, **kwargs): raise RuntimeError("not in the hub")
        for module, names in {os: "read write fork waitpid", select: "select poll epoll", time: "sleep",
                              socket: "socket create_connection",
                              threading: "Thread Lock RLock current_thread local",
                              _thread: "start_new_thread allocate_lock get_ident",
                              signal: "signal getsignal", subprocess: "Popen run"}.items():
            for name in names.split(): setattr(module, name, refuse)
        """,
    "signal patched": """
        import signal, _signal
        signal.signal = signal.getsignal = None
        _signal.signal = _signal.getsignal = _signal.valid_signals = None
        """,
    "builtins patched": """
        import builtins
        def refuse(*args, **kwargs): raise RuntimeError("patched")
        builtins.open = builtins.print = builtins.input = builtins.__import__ = refuse
        builtins.exec = builtins.eval = builtins.compile = refuse
        """,
    "gc patched": "import gc; gc.collect = None; gc.disable(); gc.callbacks.append(lambda *args: 1 / 0)",
    "hooks that raise": """
        import sys, threading
        def refuse(*args, **kwargs): raise RuntimeError("hook")
        sys.excepthook = sys.unraisablehook = sys.displayhook = threading.excepthook = refuse
        """,
    "import hooks that raise": """
        import sys
        class Finder:
            def find_spec(self, *args): raise RuntimeError("finder")
        sys.meta_path.insert(0, Finder())
        """,
    "sys.path and sys.modules emptied": """
        import sys
        sys.path[:] = []; sys.path_importer_cache.clear(); sys.meta_path[:] = []
        for name in list(sys.modules):
            if name.partition(".")[0] in ("snakepit", "traceback", "linecache", "difflib", "select", "socket", "json"):
                del sys.modules[name]
        """,
    "audit hook that raises": """
        import sys
        def hook(event, args):
            if event.partition(".")[0] in ("open", "import", "socket", "os", "ctypes", "gc", "sys", "compile", "exec",
                                           "mmap", "_thread"):
                raise RuntimeError("audit")
        sys.addaudithook(hook)
        """,
    "trace and profile functions": """
        import sys, threading
        def trace(*args): return trace
        threading.settrace(trace); threading.setprofile(trace); sys.settrace(trace); sys.setprofile(trace)
        """,
    "trace function that raises": "import sys\ndef trace(*args): raise RuntimeError('trace')\nsys.settrace(trace)",
    "profile function that raises":
        "import sys\ndef profile(*args): raise RuntimeError('profile')\nsys.setprofile(profile)",
    "recursion limit": "import sys; sys.setrecursionlimit(60)",
    "switch interval": "import sys; sys.setswitchinterval(10)",
    "warnings as errors": "import warnings; warnings.simplefilter('error'); warnings.warn = None",
    "codecs": """
        import codecs
        def search(name): raise RuntimeError("codec")
        codecs.register(search)
        codecs.register_error("backslashreplace", search); codecs.register_error("strict", search)
        codecs.lookup = codecs.encode = codecs.decode = None
        """,
    "locale and environment": """
        import locale, os
        for name in ("C", "tr_TR.UTF-8", "de_DE.UTF-8"):
            try: locale.setlocale(locale.LC_ALL, name)
            except locale.Error: pass
        os.environ.clear(); os.environ["PYTHONIOENCODING"] = "nonsense"; os.environ["LC_ALL"] = "tr_TR.UTF-8"
        """,
    "working directory and umask": "import os, tempfile; os.chdir(tempfile.gettempdir()); os.umask(0o777)",
    "output replaced": "import sys; sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = sys.stdin = None",
    "output closed": "import sys; sys.stdout.close(); sys.stderr.close()",
    "descriptors 0 to 2 closed": "import os; os.closerange(0, 3)",
    "signals ignored": """
        import signal
        for number in signal.valid_signals():
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        """,
    "signals at their defaults": """
        import signal
        for number in signal.valid_signals():
            try: signal.signal(number, signal.SIG_DFL)
            except (OSError, ValueError): pass
        """,
    "signals blocked": "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())",
    "a wakeup descriptor": "import os, signal; r, w = os.pipe(); os.set_blocking(w, False); signal.set_wakeup_fd(w)",
    "faulthandler": "import faulthandler; faulthandler.disable(); faulthandler.unregister(61); "
    "faulthandler.cancel_dump_traceback_later()",
    "event loop policy": """
        import asyncio, warnings
        warnings.simplefilter("ignore")
        class Policy(asyncio.DefaultEventLoopPolicy):
            def new_event_loop(self): raise RuntimeError("policy")
        asyncio.set_event_loop_policy(Policy()); asyncio.run = None
        """,
    "event loop policy that keeps no loop": """
        import asyncio, warnings
        warnings.simplefilter("ignore")
        class Policy(asyncio.DefaultEventLoopPolicy):
            def set_event_loop(self, loop): raise RuntimeError("policy")
        asyncio.set_event_loop_policy(Policy())
        """,
    "asyncio patched": """
        import asyncio, asyncio.events, selectors
        for module in (asyncio, asyncio.events):
            module.new_event_loop = module.set_event_loop = module.get_event_loop = None
            module.all_tasks = module.gather = None
        asyncio.SelectorEventLoop = asyncio.DefaultEventLoopPolicy = selectors.DefaultSelector = None
        """,
    "default executors": """
        import concurrent.futures, concurrent.futures.thread
        def refuse(*args, **kwargs): raise RuntimeError("executor")
        concurrent.futures.ThreadPoolExecutor.submit = concurrent.futures.ThreadPoolExecutor.shutdown = refuse
        concurrent.futures.thread.threading.Thread = None
        """,
    "decimal context": """
        import decimal
        for context in (decimal.getcontext(), decimal.DefaultContext):
            context.prec, context.capitals, context.Emax, context.Emin = 1, 0, 0, 0
            for signal in context.traps: context.traps[signal] = True
        """,
    "decimal patched": "import decimal; decimal.Decimal = decimal.getcontext = None",
    "RLIMIT_NOFILE": "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))",
    "RLIMIT_FSIZE": "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))",
    "RLIMIT_NPROC": "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))",
    "RLIMIT_STACK": "import resource; resource.setrlimit(resource.RLIMIT_STACK, (65536, 65536))",
    "int digits": "import sys; getattr(sys, 'set_int_max_str_digits', lambda n: 0)(640)",
    "int digits patched": "import sys; getattr(sys, 'set_int_max_str_digits', int)(640); sys.set_int_max_str_digits = "
    "sys.get_int_max_str_digits = None",
    "built-in functions gone": """
        import builtins
        for name in ("len", "isinstance", "type", "getattr", "callable", "any"): setattr(builtins, name, None)
        """,
    "deep recursion of classes": "import sys; sys.setrecursionlimit(10**6)",
    "frozen time": """
        import sys, time
        fakes = {id(getattr(time, name)): name for name in ("monotonic", "monotonic_ns", "time", "perf_counter")}
        for module in list(sys.modules.values()):
            for name, value in list(vars(module).items()) if hasattr(module, "__dict__") else ():
                if id(value) in fakes: setattr(module, name, lambda: 0)
        """,
}


# The worker cannot finish the call any more. It must end, rather than retry for ever.
FATAL = {
    "audit hook that always raises": """
        import sys
        def hook(event, args): raise RuntimeError("audit")
        sys.addaudithook(hook)
        """,
}

# Python's own loop needs the refused functions in every turn. Threads are the tool's own responsibility.
NO_LOOP = {"audit hook that raises", "built-in functions gone"}
NO_THREADS = NO_LOOP | {"threads patched", "gevent-like", "default executors", "RLIMIT_NPROC", "frozen time"}


# Changes that matter more before the worker has served a call.
AT_IMPORT = [name for name in STATE if "patched" in name or name in (
    "socket.setdefaulttimeout", "gevent-like", "import hooks that raise", "sys.path and sys.modules emptied",
    "audit hook that raises", "RLIMIT_NOFILE",
    "warnings as errors", "frozen time")]


# Rule: P3
class HostileStateTests(unittest.TestCase):
    def setUp(self):
        if hasattr(sys, "set_int_max_str_digits"):
            self.addCleanup(sys.set_int_max_str_digits, sys.get_int_max_str_digits())
            sys.set_int_max_str_digits(0)

    def check(self, name, host):
        """Checks that the worker answers, logs and ends as usual."""
        host.send_control(protocol.PING, call=9)
        pong = host.read_control()
        while pong.kind == protocol.LOG:  # such as of an exception between calls
            pong = host.read_control()
        self.assertEqual((pong.kind, pong.call), (protocol.PONG, 9))
        self.assertEqual(host.result("add", [1, 2]), 3)
        large = "ä" * 200_000
        self.assertEqual(host.result("echo", [large]), large)
        self.assertEqual(host.result("echo", {"value": {"a": [1.5, None, True]}}), {"a": [1.5, None, True]})
        self.assertEqual(len(host.result("special")), 6)
        error = host.error("fail", ["wrong"])
        self.assertEqual((error["type"], error["message"]), ("ValueError", "wrong"))
        self.assertEqual([frame["function"] for frame in error["frames"]], ["fail"])
        self.assertEqual(host.error("nothing")["type"], "ToolNotFound")
        self.assertEqual(host.error("add", [1])["type"], "TypeError")
        self.assertEqual(host.result("echo", [10**4999]), 10**4999)
        if name != "decimal patched":  # the tool then has no Decimal
            for text in ("1.50", "-1E+40", "0.12345678901234567890123456789"):
                self.assertEqual(
                    host.result("echo", [{"__snakepit__": "decimal", "v": text}]),
                    {"__snakepit__": "decimal", "v": text})
        if name in NO_LOOP:
            self.assertIn(host.error("wait", [7])["type"], ("RuntimeError", "TypeError"))
        else:
            self.assertEqual([host.result("wait", [value]) for value in (7, "text")], [7, "text"])
        if name in NO_THREADS:
            host.call("on_a_thread", [-7])
        else:
            self.assertEqual(host.result("on_a_thread", [-7]), 7)
        self.assertEqual(host.result("add", [1, 2]), 3)
        host.call("log")
        record = host.read_control()
        while ("policy" in name and "event loop" in record.value["message"]
               or name in NO_LOOP and record.value["message"].startswith(
                   ("The event loop", "An exception", "coroutine"))):
            record = host.read_control()
        self.assertEqual((record.kind, record.value["message"]), (protocol.LOG, "still heard"))
        host.send_control(protocol.COLLECT)
        collected = host.read_control()
        while name in NO_LOOP and collected.kind == protocol.LOG:
            collected = host.read_control()
        self.assertEqual(collected.kind, protocol.EVENT)
        self.assertEqual(host.shutdown(), 0)

    def adapters(self):
        for name, code in STATE.items():
            yield name, ADAPTER + "\ndef change():\n" + textwrap.indent(textwrap.dedent(code).strip(), "    ")

    def test_state_that_a_tool_changes(self):
        for name, adapter in self.adapters():
            with self.subTest(name), WorkerHost(adapter) as host:
                host.call("change")
                self.check(name, host)

    def test_state_that_a_tool_changes_in_a_forked_worker_with_a_page_and_marshal(self):
        with LauncherHost() as launcher:
            zygote = launcher.zygote(1, "asyncio")
            for token, (name, adapter) in enumerate(self.adapters(), 2):
                with self.subTest(name), ForkedHost(
                        launcher, zygote, token, adapter, codec="marshal", page_size=protocol.PAGE_SIZE) as host:
                    host.call("change")
                    self.check(name, host)

    def test_state_that_leaves_the_worker_nothing_to_work_with_ends_it_and_tells_why(self):
        for name, code in FATAL.items():
            adapter = ADAPTER + "\ndef change():\n" + textwrap.indent(textwrap.dedent(code).strip(), "    ")
            with self.subTest(name), WorkerHost(adapter, codec="marshal") as host:
                host.write(host.call_frame("change"))
                self.assertNotEqual(host.process.wait(BOUND), 0)
                self.assertIn(b"The worker cannot finish its call: ", host.output_until_end())

    def test_state_that_the_adapter_changes_at_import(self):
        for name in AT_IMPORT:
            with self.subTest(name), WorkerHost(ADAPTER + textwrap.dedent(STATE[name])) as host:
                self.assertEqual(host.ready.kind, protocol.READY, host.ready.body)
                self.check(name, host)

    def test_state_that_the_adapter_of_a_forked_worker_changes_at_import(self):
        with LauncherHost() as launcher:
            zygote = launcher.zygote(1, "asyncio")
            for token, name in enumerate(AT_IMPORT, 2):
                adapter = ADAPTER + textwrap.dedent(STATE[name])
                with self.subTest(name), ForkedHost(
                        launcher, zygote, token, adapter, codec="marshal", page_size=protocol.PAGE_SIZE) as host:
                    self.assertEqual(host.ready.kind, protocol.READY, host.ready.body)
                    self.check(name, host)


BUILTINS = '''
import builtins
from builtins import *

REAL = dict(vars(builtins))
change = vars(builtins).update

class Raised(Exception):
    pass

def refuse(*args, **kwargs):
    raise Raised("built in no more")

LIES = {"nothing": lambda *args, **kwargs: None, "zero": lambda *args, **kwargs: 0, "raises": refuse}

def replace(name, lie):
    change({name: LIES[lie]})

def restore():
    change(REAL)
'''


# Rule: P3
class BuiltinsTests(unittest.TestCase):
    def test_every_module_has_its_own(self):
        for file in pathlib.Path(snakepit.__file__).parent.glob("_*.py"):
            text = file.read_text("utf-8")
            if ("\ndef " in text or "\nclass " in text) and file.name != "_probe.py":  # that one runs on its own
                with self.subTest(file.name):
                    first = min(text.index(line) for line in ("\ndef ", "\nclass ") if line in text)
                    self.assertIn("\nfrom ._builtins import __builtins__", text[:first])
        self.assertIsNot(_builtins.__builtins__, vars(builtins))

    @unittest.skipUnless(
        sys.implementation.name == "cpython", "other interpreters do not ask a module for its built-in functions")
    def test_each_replaced_by_one_that_lies_or_raises_harms_no_call(self):
        names = [name for name, value in vars(builtins).items() if callable(value) and not name.startswith("_")]
        for codec in ("json", "marshal"):
            with WorkerHost(ADAPTER + BUILTINS, codec=codec) as host:
                for name in names:
                    for lie in ("nothing", "zero", "raises"):
                        with self.subTest(f"{name} {lie} {codec}"):
                            host.result("replace", [name, lie])
                            self.check(host)
                            host.result("restore")
                self.assertEqual(host.shutdown(), 0)

    def check(self, host):
        self.assertEqual(host.result("add", [1, 2]), 3)
        self.assertEqual(
            host.result("echo", {"value": {"a": [1.5, None, True], "b": "x" * 70_000}}),
            {"a": [1.5, None, True], "b": "x" * 70_000})
        self.assertEqual(len(host.result("special")), 6)
        error = host.error("fail", ["wrong"])
        self.assertEqual(
            (error["type"], error["message"], [frame["function"] for frame in error["frames"]]),
            ("ValueError", "wrong", ["fail"]))
        self.assertEqual(host.error("nothing")["type"], "ToolNotFound")
        self.assertEqual(host.error("add", [1])["type"], "TypeError")
        host.send_control(protocol.PING, call=9)
        self.assertEqual(host.read_control().kind, protocol.PONG)
