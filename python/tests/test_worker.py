import os
import select
import signal
import unittest

from snakepit import _protocol as protocol
from snakepit._frames import HEADER
from tests.host import BOUND, WorkerHost

BASIC = '''
import snakepit

def add(a, b):
    """Adds."""
    return a + b

def echo(value=None):
    return value

def fail(text):
    raise ValueError(text)
'''


class HandshakeTests(unittest.TestCase):
    def test_hello_and_ready_tell_what_the_worker_is(self):
        with WorkerHost(BASIC) as host:
            self.assertEqual(host.hello.kind, protocol.HELLO)
            hello = host.hello.value
            self.assertEqual((hello["protocol"], hello["codecs"]), ([1, 1], ["json", "marshal"]))
            self.assertEqual((hello["runtime"], hello["pid"]), ("CPython", host.process.pid))
            self.assertEqual(host.ready.kind, protocol.READY)
            self.assertEqual([tool["name"] for tool in host.ready.value["tools"]], ["add", "echo", "fail"])
            self.assertEqual(set(host.ready.value["timings"]), {"boot_ms", "import_ms", "setup_ms"})

    def failed(self, text, **init):
        with WorkerHost(text, **init) as host:
            self.assertEqual(host.ready.kind, protocol.FAILED, host.ready.body)
            self.assertIsNone(host.read(allow_end=True))
            self.assertEqual(host.process.wait(BOUND), protocol.EXIT_BOOT_FAILED)
            return host.ready.value

    def test_failed_tells_the_stage_and_the_error(self):
        failure = self.failed("import does_not_exist")
        self.assertEqual((failure["stage"], failure["error"]["type"]), ("adapter", "ModuleNotFoundError"))
        self.assertEqual([frame["code"] for frame in failure["error"]["frames"]], ["import does_not_exist"])
        failure = self.failed("def setup():\n    raise RuntimeError('no model')\ndef tool(): pass")
        self.assertEqual((failure["stage"], failure["error"]["message"]), ("setup", "no model"))
        failure = self.failed("def broken(:\n")
        self.assertEqual((failure["stage"], failure["error"]["type"]), ("adapter", "SyntaxError"))
        failure = self.failed("import sys; sys.exit(3)")
        self.assertEqual(
            (failure["stage"], failure["error"]["type"], failure["error"]["message"]), ("adapter", "SystemExit", "3"))
        failure = self.failed("def device():\n    raise RuntimeError('no driver')\ndef tool(): pass")
        self.assertEqual((failure["stage"], failure["error"]["message"]), ("device", "no driver"))
        failure = self.failed("", adapter="/nowhere/adapter.py")
        self.assertEqual(failure["error"]["type"], "FileNotFoundError")

    def test_ready_tells_the_device_that_setup_has_chosen(self):
        with WorkerHost(
                "def setup():\n    global gpu\n    gpu = 1\ndef device(): return f'cuda:{gpu}'\n"
                "def tool(): pass") as host:
            self.assertEqual(host.ready.value["device"], "cuda:1")
            self.assertEqual([tool["name"] for tool in host.ready.value["tools"]], ["tool"])
        with WorkerHost("async def device(): return None\ndef tool(): pass") as host:
            self.assertIsNone(host.ready.value["device"])
        with WorkerHost(BASIC) as host:
            self.assertIsNone(host.ready.value["device"])

    def test_device_that_is_no_short_name_is_refused_with_advice(self):
        for name, told in (
                ("''", "''"), ("0", "a int"), ("'x' * 129", "a str"), ("'größe'", r"gr\xf6\xdfe"),
                ("'cuda\\n'", r"cuda\n"), ("'\\udc00'", r"\udc00")):
            failure = self.failed(f"def device(): return {name}\ndef tool(): pass")
            self.assertEqual((failure["stage"], failure["error"]["type"]), ("device", "AdapterError"))
            self.assertIn("'cuda:0'", failure["error"]["message"])
            self.assertIn(told, failure["error"]["message"])

    def test_failed_on_a_protocol_or_codec_it_does_not_speak(self):
        failure = self.failed(BASIC, protocol=9)
        self.assertEqual(failure["stage"], "protocol")
        self.assertIn("9", failure["error"]["message"])
        self.assertEqual(self.failed(BASIC, codec="xml")["stage"], "protocol")

    def test_adapter_without_tools_is_refused_with_advice(self):
        failure = self.failed("from os.path import join\n_x = 1\n")
        self.assertEqual(failure["error"]["type"], "AdapterError")
        self.assertIn("no tools", failure["error"]["message"])

    def test_ping_is_answered_while_the_adapter_loads(self):
        with WorkerHost(
                "import os\nopen(os.path.dirname(__file__) + '/gate').read()\n" + BASIC, handshake=False) as host:
            gate = os.path.join(host.folder.name, "gate")
            os.mkfifo(gate)
            host.read()
            host.send_init()
            host.send_control(protocol.PING, call=5)
            pong = host.read_control()
            self.assertEqual((pong.kind, pong.call), (protocol.PONG, 5))
            open(gate, "w").close()
            self.assertEqual(host.read().kind, protocol.READY)

    def test_package_works_from_a_zip(self):
        import pathlib
        import tempfile
        import zipfile
        from tests.host import PACKAGE_PARENT
        with tempfile.TemporaryDirectory() as folder:
            archive = os.path.join(folder, "snakepit.zip")
            with zipfile.ZipFile(archive, "w") as file:
                for source in pathlib.Path(PACKAGE_PARENT, "snakepit").glob("*.py"):
                    file.write(source, f"snakepit/{source.name}")
            with WorkerHost(BASIC, package=archive) as host:
                self.assertEqual(host.result("add", [1, 2]), 3)
                error = host.error("fail", ["x"])
                self.assertEqual([frame["function"] for frame in error["frames"]], ["fail"])

    def test_worker_started_by_hand_says_so(self):
        import subprocess
        import sys
        from tests.host import PACKAGE_PARENT
        ended = subprocess.run(
            [sys.executable, "-c", "from snakepit import _worker; _worker.main()"], cwd=PACKAGE_PARENT,
            capture_output=True, stdin=subprocess.DEVNULL, timeout=BOUND)
        self.assertEqual(ended.returncode, protocol.EXIT_CHANNEL_LOST)
        self.assertIn(b"started by its host", ended.stderr)


class CallTests(unittest.TestCase):
    host = WorkerHost

    def test_call_by_name_position_and_without_arguments(self):
        with self.host(BASIC) as host:
            self.assertEqual(host.result("add", {"a": 1, "b": 2}), 3)
            self.assertEqual(host.result("add", ["x", "y"]), "xy")
            self.assertIsNone(host.result("echo"))
            self.assertEqual(host.shutdown(), 0)

    def test_reply_carries_the_run_time(self):
        with self.host("import time\ndef nap():\n    time.sleep(0.02)\n") as host:
            self.assertGreaterEqual(host.call("nap").run_ns, 20_000_000)

    def test_calls_written_together_are_all_answered_in_order(self):
        with self.host(BASIC) as host:
            host.write(b"".join(host.call_frame("echo", [i]) for i in range(50)))
            self.assertEqual([host.read().value for _ in range(50)], list(range(50)))

    def test_large_argument_and_result_survive(self):
        with self.host(BASIC) as host:
            text = "x" * 10_000_000
            self.assertEqual(host.result("echo", [text]), text)

    def test_header_longer_than_known_is_accepted(self):
        with self.host(BASIC) as host:
            self.assertEqual(host.result("add", [1, 2], extra_header=bytes(16)), 3)

    def test_unknown_tool_names_the_near_ones(self):
        with self.host(BASIC) as host:
            error = host.error("ad")
            self.assertEqual(
                (error["type"], error["module"], error["bases"][:2]),
                ("ToolNotFound", "snakepit", ["LookupError", "Exception"]))
            self.assertIn("did you mean 'add'", error["message"])
            self.assertIn("echo", error["message"])

    def test_arguments_that_do_not_bind_are_pythons_own_error(self):
        with self.host(BASIC) as host:
            error = host.error("add", {"a": 1})
            self.assertEqual((error["type"], error["frames"]), ("TypeError", []))
            self.assertIn("'b'", error["message"])
            self.assertEqual(host.error("add", [1, 2, 3])["type"], "TypeError")

    def test_body_that_does_not_decode_is_an_error_of_that_call(self):
        with self.host(BASIC) as host:
            for body in (b"", b"nonsense", b"{}", b"[]", b"[1]", b'["add",1]', b'["add",[],[]]', b"\xff"):
                with self.subTest(body):
                    self.assertEqual(host.call("", body=body).kind, protocol.ERROR)
            self.assertEqual(host.result("add", [1, 2]), 3)

    def test_result_above_the_limit_is_an_error_that_names_the_setting(self):
        with self.host("def big(n):\n    return 'x' * n\n", max_message=5000) as host:
            self.assertEqual(host.result("big", [4998]), "x" * 4998)
            error = host.error("big", [4999])
            self.assertEqual(error["type"], "MessageTooLarge")
            self.assertIn("Call.MaxMessage", error["message"])
            self.assertIn("5001", error["message"])

    def test_error_above_the_limit_is_shortened(self):
        with self.host("def fail():\n    raise ValueError('x' * 100000)\n", max_message=1000) as host:
            error = host.error("fail")
            self.assertEqual(error["type"], "ValueError")
            self.assertIn("xxx", error["message"])

    def test_async_tools_share_one_loop(self):
        with self.host('''
            import asyncio
            async def loop_id():
                await asyncio.sleep(0)
                return id(asyncio.get_running_loop())
            async def fail():
                raise KeyError("k")
            ''') as host:
            first = host.result("loop_id")
            self.assertEqual(host.error("fail")["type"], "KeyError")
            self.assertEqual(host.result("loop_id"), first)
            self.assertEqual(host.shutdown(), 0)


class HostileToolTests(unittest.TestCase):
    host = WorkerHost

    def test_base_exceptions_are_replies_and_the_worker_lives_on(self):
        with self.host('''
            import sys, snakepit
            def leave(): sys.exit(5)
            def interrupt(): raise KeyboardInterrupt("k")
            def cancelled(): raise snakepit.Cancelled("c")
            def closed(): raise GeneratorExit("g")
            def memory(): raise MemoryError("m")
            def deep(): return deep()
            async def leave_async(): sys.exit(6)
            def pid():
                import os
                return os.getpid()
            ''') as host:
            for tool, kind in (("leave", "SystemExit"), ("interrupt", "KeyboardInterrupt"), ("cancelled", "Cancelled"),
                               ("closed", "GeneratorExit"), ("memory", "MemoryError"), ("deep", "RecursionError"),
                               ("leave_async", "SystemExit"), ("leave_async", "SystemExit")):
                with self.subTest(tool):
                    error = host.error(tool)
                    self.assertEqual(error["type"], kind)
                    self.assertLessEqual(len(error["frames"]), 200)
            self.assertEqual(host.result("pid"), host.process.pid)

    def test_call_after_an_async_tool_that_has_left_runs_to_its_end(self):
        with self.host('''
            import asyncio, sys
            async def leave(): sys.exit(6)
            async def interrupt(): raise KeyboardInterrupt
            async def wait():
                await asyncio.sleep(0.01)
                return "waited"
            ''') as host:
            for tool in ("leave", "interrupt"):
                with self.subTest(tool):
                    host.error(tool)
                    self.assertEqual(host.result("wait"), "waited")

    def test_forked_child_cannot_speak_as_the_worker(self):
        with self.host('''
            import os, sys
            def fork():
                pid = os.fork()
                if pid == 0:
                    return "the child speaks"
                return ["parent", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])]
            def fork_and_fail():
                pid = os.fork()
                if pid == 0:
                    raise ValueError("in the child")
                return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            def fork_and_exit():
                pid = os.fork()
                if pid == 0:
                    sys.exit(9)
                return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            ''') as host:
            self.assertEqual(host.result("fork"), ["parent", 0])
            self.assertEqual(host.result("fork_and_fail"), 1)
            self.assertEqual(host.result("fork_and_exit"), 9)
            self.assertIn(b"in the child", host.output_until(b"in the child"))

    def test_multiprocessing_pools_work_and_hold_no_channel(self):
        with self.host('''
            import multiprocessing
            def square(x): return x * x
            def squares(method):
                with multiprocessing.get_context(method).Pool(2) as pool:
                    return pool.map(square, range(5))
            def linger():
                process = multiprocessing.get_context("fork").Process(
                    target=__import__("time").sleep, args=(1000,), daemon=True)
                process.start()
                return process.pid
            ''') as host:
            self.assertEqual(host.result("squares", ["fork"]), [0, 1, 4, 9, 16])
            self.assertEqual(host.result("squares", ["spawn"]), [0, 1, 4, 9, 16])
            child = host.result("linger")
            os.kill(host.process.pid, signal.SIGKILL)
            self.assertIsNone(host.read(allow_end=True))  # the end is noticed though the child lives
            os.kill(child, 0)

    def test_tool_that_wrecks_its_process_gets_its_reply_out(self):
        with self.host('''
            import os, signal, sys
            def wreck():
                os.closerange(0, 21)
                os.chdir("/")
                sys.stdout = sys.stderr = sys.stdin = None
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                sys.path[:] = []
                return "done"
            def fail():
                raise ValueError("still told")
            ''') as host:
            self.assertEqual(host.result("wreck"), "done")
            self.assertEqual(host.error("fail")["message"], "still told")
            self.assertEqual(host.result("wreck"), "done")
            self.assertEqual(host.shutdown(), 0)

    def test_fifty_megabytes_printed_arrive(self):
        with self.host("def shout():\n    print('x' * 50_000_000)\n    return 'quiet'\n") as host:
            host.write(host.call_frame("shout"))
            size = 0
            while size < 50_000_001:
                self.assertTrue(select.select([host.output], [], [], BOUND)[0])
                size += len(os.read(host.output, 1 << 20))
            self.assertEqual(host.read().value, "quiet")

    def test_sigint_does_not_reach_tools(self):
        with self.host(
                "import os, signal\ndef hit():\n    os.kill(os.getpid(), signal.SIGINT)\n    return 'alive'\n") as host:
            self.assertEqual(host.result("hit"), "alive")

    def test_handlers_that_a_tool_leaves_behind_do_no_harm(self):
        with self.host('''
            import os, signal
            seen = []
            def arm(): signal.signal(signal.SIGUSR1, lambda number, frame: print("handled"))
            ''' + BASIC.replace("\n", "\n            ")) as host:
            host.result("arm")
            os.kill(host.process.pid, signal.SIGUSR1)
            host.output_until(b"handled\n")
            self.assertEqual(host.result("add", [2, 3]), 5)

    def test_output_is_utf8_whatever_the_text(self):
        with self.host("def say():\n    print('h\\u00e9 \\ud800')\n") as host:
            host.result("say")
            mark = f"{protocol.OUTPUT_TOOL}say{protocol.OUTPUT_END}"
            self.assertEqual(host.output_until(b"\n"), f"{mark}hé \\ud800\n".encode())


class EndTests(unittest.TestCase):
    host = WorkerHost

    def test_shutdown_runs_teardown_and_exits_through_the_interpreter(self):
        with self.host('''
            import atexit
            atexit.register(print, "atexit ran")
            def teardown(): print("teardown ran")
            def tool(): pass
            ''') as host:
            self.assertEqual(host.shutdown(), 0)
            self.assertEqual(host.output_until_end(), b"teardown ran\natexit ran\n")

    def test_end_without_shutdown_skips_teardown(self):
        with self.host("def teardown(): print('teardown ran')\ndef tool(): pass\n") as host:
            host.control.close()
            host.close_data_in()
            self.assertEqual(host.process.wait(BOUND), protocol.EXIT_CHANNEL_LOST)
            self.assertEqual(host.output_until_end(), b"")

    def test_control_end_alone_ends_the_worker_while_a_tool_runs(self):
        with self.host("import time\ndef forever():\n    print('in')\n    time.sleep(1000)\n") as host:
            host.write(host.call_frame("forever"))
            host.output_until(b"in\n")
            host.control.close()
            self.assertEqual(host.process.wait(BOUND), protocol.EXIT_CHANNEL_LOST)

    def test_reply_that_nobody_reads_ends_the_worker(self):
        with self.host(BASIC) as host:
            replacement = os.open(os.devnull, os.O_RDONLY)
            os.dup2(replacement, host.data_out)  # closes the read end
            os.close(replacement)
            host.write(host.call_frame("add", [1, 2]))
            self.assertEqual(host.process.wait(BOUND), protocol.EXIT_CHANNEL_LOST)

    def test_garbage_ends_the_worker_with_a_line_that_says_why(self):
        for name, data in {
            "text": b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
            "a frame that is no call": HEADER.pack(24, protocol.PING, 0, 0, 0, 1, 24, 0),
            "a call with a short header": HEADER.pack(24, protocol.CALL, 0, 0, 1, 1, 24, 0),
            "a call above the limit": HEADER.pack(0xFFFFFF00, protocol.CALL, 0, 0, 1, 1, 32, 0),
        }.items():
            with self.subTest(name), self.host(BASIC) as host:
                host.write(data)
                self.assertEqual(host.process.wait(BOUND), protocol.EXIT_PROTOCOL_ERROR)
                self.assertIn(b"protocol error", host.output_until_end())

    def test_sequence_number_out_of_order_ends_the_worker(self):
        with self.host(BASIC) as host:
            host.seq = 4
            host.write(host.call_frame("add", [1, 2]))
            self.assertEqual(host.process.wait(BOUND), protocol.EXIT_PROTOCOL_ERROR)

    def test_garbage_on_control_ends_the_worker(self):
        with self.host(BASIC) as host:
            host.control.sendall(b"x" * 100)
            self.assertEqual(host.process.wait(BOUND), protocol.EXIT_PROTOCOL_ERROR)


class ContextTests(unittest.TestCase):
    host = WorkerHost

    def test_context_tells_about_the_call(self):
        with self.host('''
            from snakepit import ctx
            def tell(): return [ctx.worker, ctx.pool, ctx.call_id, ctx.attempt, ctx.deadline, ctx.cancelled]
            ''') as host:
            self.assertEqual(host.result("tell", attempt=2), ["text/3#17", "text", 1001, 2, None, False])
            deadline = host.result("tell", remaining_ms=60_000)[4]
            self.assertTrue(0 < deadline <= 60)

    def test_cancel_of_the_running_call_is_seen(self):
        with self.host('''
            from snakepit import ctx
            def wait():
                print("in")
                while True:
                    ctx.check_cancelled()
            def cancelled(): return ctx.cancelled
            ''') as host:
            host.write(host.call_frame("wait"))
            host.output_until(b"in\n")
            host.send_control(protocol.CANCEL, call=1001, seq=1)
            self.assertEqual(host.read().value["type"], "Cancelled")
            host.send_control(protocol.CANCEL, call=1001, seq=1)
            self.assertFalse(host.result("cancelled"))

    def test_cancel_ahead_of_its_call_keeps_it_from_running(self):
        with self.host(BASIC) as host:
            host.send_control(protocol.CANCEL, call=1002, seq=2)
            host.send_control(protocol.PING, call=1)
            host.read_control()
            self.assertEqual(host.result("add", [1, 2]), 3)
            self.assertEqual(host.error("add", [1, 2])["type"], "Cancelled")
            self.assertEqual(host.result("add", [1, 2]), 3)

    def test_log_records_carry_level_text_and_call(self):
        with self.host('''
            from snakepit import ctx
            def log():
                ctx.log.debug("plain %s")
                ctx.log.warning("%s of %d", "two", 2)
                ctx.log.error("wrong %d", "x")
                ctx.log.critical("lone \\ud800")
            ''') as host:
            host.result("log")
            records = [host.read_control() for _ in range(4)]
            self.assertEqual({record.kind for record in records}, {protocol.LOG})
            self.assertEqual([record.value for record in records], [
                {"level": "debug", "message": "plain %s", "call": 1001, "tool": "log"},
                {"level": "warning", "message": "two of 2", "call": 1001, "tool": "log"},
                {"level": "error", "message": "wrong %d ('x',)", "call": 1001, "tool": "log"},
                {"level": "critical", "message": "lone \\ud800", "call": 1001, "tool": "log"},
            ])

    def test_log_flood_is_dropped_and_counted_and_blocks_nothing(self):
        with self.host('''
            from snakepit import ctx
            def flood():
                for number in range(2000):
                    ctx.log.info("%d %s", number, "x" * 4000)
            def last(): ctx.log.info("last")
            ''') as host:
            host.result("flood")
            host.send_control(protocol.PING, call=9)
            received = 0
            while (record := host.read_control()).kind == protocol.LOG:
                received += 1
            self.assertEqual((record.kind, record.call), (protocol.PONG, 9))
            self.assertLess(received, 2000)
            host.send_control(protocol.PING)  # the first pong may have taken the last room
            frames = sorted((host.read_control(), host.read_control()), key=lambda frame: frame.kind == protocol.LOG)
            told = frames[1].value  # nothing else is logged
            self.assertEqual((told["message"], told["dropped"]), ("", 2000 - received))
            host.result("last")
            last = {"level": "info", "message": "last", "call": 1002, "tool": "last"}
            self.assertEqual(host.read_control().value, last)

    def test_next_record_tells_how_many_were_dropped_before_it(self):
        with self.host('''
            from snakepit import ctx
            def flood():
                for number in range(2000):
                    ctx.log.info("%d %s", number, "x" * 4000)
            def last(): ctx.log.info("last")
            ''') as host:
            host.result("flood")
            received = 0
            host.control.setblocking(False)
            try:
                while True:
                    received += len(host.control.recv(1 << 20))
            except BlockingIOError:
                host.control.setblocking(True)
            host.result("last")
            last = host.read_control().value
            self.assertEqual((last["message"], last["dropped"] > 0), ("last", True))


class LostChannelTests(unittest.TestCase):
    def test_host_that_closes_its_end_is_told_apart_from_a_channel_that_fails(self):
        for what, code, told in (
                ("data_in", protocol.EXIT_CHANNEL_FAILED, b"reading the data channel failed: [Errno 9]"),
                ("data_out", protocol.EXIT_CHANNEL_FAILED, b"writing the data channel failed: [Errno 9]")):
            with self.subTest(what), WorkerHost('''
                import gc, os
                def close(name):
                    channels = next(o for o in gc.get_objects() if type(o).__name__ == "Channels")
                    os.close(getattr(channels, name))
                ''') as host:
                host.write(host.call_frame("close", [what]))
                self.assertEqual(host.process.wait(BOUND), code)
                self.assertIn(told, host.output_until_end())
        with WorkerHost(BASIC) as host:
            host.close_data_in()
            host.control.shutdown(2)
            self.assertEqual(host.process.wait(BOUND), protocol.EXIT_CHANNEL_LOST)
            self.assertEqual(host.output_until_end(), b"")


class DescriptionTests(unittest.TestCase):
    host = WorkerHost

    def test_error_class_of_any_name_is_an_answer(self):
        with self.host("""
            Odd = type('a"b\\\\', (Exception,), {})
            class Liar(Exception):
                def __str__(self): raise MemoryError
                def __repr__(self): raise MemoryError
            def odd(): raise Odd("x")
            def liar(): raise Liar()
            """) as host:
            self.assertEqual(host.error("odd")["type"], 'a"b\\')
            self.assertEqual(host.error("liar")["type"], "Liar")

    def test_last_resort_is_json_whatever_the_class_is_called(self):
        import json
        from snakepit._errors import last_resort
        self.assertEqual(json.loads(last_resort(type('a"b\\ü', (Exception,), {})()))["type"], "ab")

    def test_error_of_a_worker_that_can_import_nothing_more_is_whole(self):
        with self.host("""
            import sys
            class Wrong(ValueError): pass
            def break_imports():
                sys.path[:] = []; sys.meta_path[:] = []
                for name in ("traceback", "linecache"): sys.modules.pop(name, None)
            def fail(): raise Wrong("it")
            """) as host:
            host.call("break_imports")
            error = host.error("fail")
            self.assertEqual(
                (error["type"], error["message"], error["bases"][:2]), ("Wrong", "it", ["ValueError", "Exception"]))
            self.assertEqual([frame["function"] for frame in error["frames"]], ["fail"])
            self.assertIn("No module named 'traceback'", error["notes"][0])
            self.assertIn("in fail\nWrong: it\n", error["traceback"])

    @unittest.skipUnless(os.geteuid() == 0, "only root may change root and user")
    def test_tool_that_changes_root_and_user_leaves_a_worker_that_tells_errors(self):
        with self.host("""
            import os, tempfile
            def imprison():
                os.chroot(tempfile.mkdtemp()); os.chdir("/"); os.setgid(65534); os.setuid(65534)
            def fail(): raise ValueError("it")
            def special(): return [b"x", float("inf"), {1: 2}]
            def echo(value): return value
            """) as host:
            self.assertIsNone(host.result("imprison"))
            error = host.error("fail")
            self.assertEqual((error["message"], [frame["function"] for frame in error["frames"]]), ("it", ["fail"]))
            self.assertEqual(len(host.result("special")), 3)
            self.assertEqual(host.error("nothing")["type"], "ToolNotFound")
            self.assertEqual(host.shutdown(), 0)


class ForkWarningTests(unittest.TestCase):
    ADAPTER = """
        import os, threading, time, warnings

        def fork(action="always"):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter(action)
                before = list(warnings.filters)
                pid = os.fork()
                if pid == 0:
                    os._exit(warnings.filters != before)
                status = os.waitpid(pid, 0)[1]
                return [len(caught), warnings.filters == before, status]

        def fork_beside_a_thread():
            done = threading.Event()
            thread = threading.Thread(target=done.wait)
            thread.start()
            try:
                return fork()
            finally:
                done.set()
                thread.join()

        def warn():
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                warnings.warn("old", DeprecationWarning)
                return len(caught)
        """

    def test_fork_of_a_tool_warns_of_the_users_threads_only(self):
        import sys
        with WorkerHost(self.ADAPTER) as host:
            self.assertEqual(host.result("fork"), [0, True, 0])
            self.assertEqual(host.result("fork", ["error"]), [0, True, 0])
            self.assertEqual(host.result("warn"), 1)
            self.assertEqual(host.result("fork_beside_a_thread"), [int(sys.version_info >= (3, 12)), True, 0])


class AsyncToolTests(unittest.TestCase):
    ADAPTER = '''
        import asyncio, signal
        import snakepit

        seen = []

        async def wait(swallow=False):
            snakepit.ctx.log.info("waits")
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                seen.append("cancelled")
                if not swallow: raise
                return "all the same"
            finally:
                await asyncio.sleep(0)
                seen.append("finally")

        def what_was_seen():
            return seen

        def close_loop():
            asyncio.get_event_loop_policy().get_event_loop().close()

        async def loop_works():
            await asyncio.sleep(0)
            return True

        async def stop_loop():
            asyncio.get_running_loop().stop()
            await asyncio.sleep(3600)

        async def leave_task():
            async def tick():
                await asyncio.sleep(0.01)
                snakepit.ctx.log.info("ticked")
            leave_task.task = asyncio.ensure_future(tick())

        async def raises_in_handler():
            def handler(signum, frame): raise RuntimeError("handler")
            signal.signal(signal.SIGALRM, handler)
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            await wait()

        def numbers(): yield 1
        async def async_numbers(): yield 1
        def passes_on(): return numbers()
        async def passes_on_async(): return async_numbers()
        '''

    def test_cancel_of_the_call_cancels_the_task_and_finally_runs(self):
        with WorkerHost(self.ADAPTER) as host:
            for swallow in (False, True):
                host.write(host.call_frame("wait", [swallow]))
                self.assertEqual(host.read_control().value["message"], "waits")
                host.send_control(protocol.CANCEL, call=1000 + host.seq, seq=host.seq)
                reply = host.read()
                self.assertEqual(
                    reply.value if swallow else reply.value["type"], "all the same" if swallow else "CancelledError")
            self.assertEqual(host.result("what_was_seen"), ["cancelled", "finally"] * 2)

    def test_loop_that_a_tool_closes_or_stops_is_replaced_or_runs_on(self):
        with WorkerHost(self.ADAPTER) as host:
            self.assertTrue(host.result("loop_works"))
            host.call("close_loop")
            self.assertTrue(host.result("loop_works"))
            self.assertIn("stopped before", host.error("stop_loop")["message"])
            self.assertTrue(host.result("loop_works"))
            self.assertEqual(host.shutdown(), 0)

    def test_task_that_a_tool_leaves_goes_on_while_the_worker_waits(self):
        with WorkerHost(self.ADAPTER) as host:
            host.result("leave_task")
            self.assertEqual(host.read_control().value["message"], "ticked")
            self.assertTrue(host.result("loop_works"))

    def test_signal_handler_that_raises_ends_the_task_it_has_interrupted(self):
        with WorkerHost(self.ADAPTER) as host:
            self.assertEqual(host.error("raises_in_handler")["message"], "handler")
            self.assertEqual(host.result("what_was_seen"), ["cancelled", "finally"])

    def test_generator_is_collected(self):
        with WorkerHost(self.ADAPTER) as host:
            for tool in ("numbers", "async_numbers", "passes_on", "passes_on_async"):
                self.assertEqual(host.result(tool), [1])


class MisfitTests(unittest.TestCase):
    host = WorkerHost
    ADAPTER = """
        class Mute(TypeError):
            def __str__(self): raise ValueError
        def resize(width, height=1): return width
        def mute(): raise Mute
        def broken(): resize()
    """

    def test_call_whose_arguments_do_not_fit_is_told_what_the_tool_takes(self):
        with self.host(self.ADAPTER) as host:
            for arguments in ([], {"widht": 1}, [1, 2, 3]):
                with self.subTest(arguments=arguments):
                    error = host.call("resize", arguments).value
                    self.assertEqual(error["type"], "TypeError")
                    self.assertIn("The tool's signature is resize(width, height=1).", error["notes"][0])
                    self.assertIn(error["notes"][0], error["traceback"])
            self.assertEqual(host.result("resize", [3]), 3)

    def test_errors_of_the_tools_own_are_as_they_are(self):
        with self.host(self.ADAPTER) as host:
            for tool in ("mute", "broken"):
                with self.subTest(tool):
                    self.assertEqual(host.call(tool).value["notes"], [])

    def test_the_note_survives_whatever_the_adapter_has_patched(self):
        with self.host("""
            import difflib, inspect
            difflib.get_close_matches = inspect.signature = None
            def resize(width): return width
        """) as host:
            error = host.call("resize", {"widht": 1}).value
            self.assertEqual(error["type"], "TypeError")
            self.assertIn("unexpected keyword argument 'widht'", error["message"])
            self.assertEqual(host.result("resize", [3]), 3)


class MessageTests(unittest.TestCase):
    host = WorkerHost

    def test_tool_not_found_says_why_what_is_there_is_no_tool(self):
        with self.host("""
            import os.path, snakepit
            from textwrap import dedent
            from posixpath import join
            def decorate(function):
                def wrapper(*args): return function(*args)
                wrapper.__module__ = "elsewhere"
                return wrapper
            @decorate
            def wrapped(): pass
            def _private(): pass
            class Model:
                def predict(self): pass
                def __call__(self): pass
            model = Model()
            number = 3
            @snakepit.tool(name="import")
            def import_it(): pass
            def setup(): pass
            def good(): pass
            """) as host:
            for name, why in (
                    ("dedent", "imported from module 'textwrap'"), ("join", "imported from module 'posixpath'"),
                    ("wrapped", "functools.wraps"), ("_private", "underscore"), ("Model", "class"),
                    ("model", "of type Model"), ("number", "of type int"), ("import_it", "is the tool 'import'"),
                    ("setup", "hook"), ("gone", "has no tool 'gone'. It has")):
                self.assertIn(why, host.error(name)["message"])
            self.assertIsNone(host.result("import"))

    def test_relative_import_in_a_file_points_to_the_module_form(self):
        with self.host("from . import neighbour\ndef tool(): pass\n") as host:
            error = host.ready.value["error"]
            self.assertEqual((error["type"], error["cause"]["type"]), ("AdapterError", "ImportError"))
            self.assertIn("'package.adapter_under_test'", error["message"])
            self.assertIn("Python.PythonPath", error["message"])


class LoggingTests(unittest.TestCase):
    host = WorkerHost

    def test_teardown_that_raises_is_a_warning_with_its_traceback(self):
        with self.host("def teardown(): raise RuntimeError('no disk')\ndef tool(): pass\n") as host:
            self.assertEqual(host.shutdown(), 1)
            record = host.read_control().value
            self.assertEqual(record["level"], "warning")
            self.assertRegex(
                record["message"], r"(?s)^teardown\(\) failed: Traceback .*in teardown\n.*RuntimeError: no disk\n$")
            self.assertEqual(host.output_until_end(), b"")
