import unittest

from snakepit import _protocol as protocol
from tests.host import WorkerHost

LOGGING = """
    import logging
    logger = logging.getLogger("acme.text")
    def warn():
        logger.warning("careful: %d\\nand so on", 3)
    def fail():
        try: 1 / 0
        except ZeroDivisionError: logger.exception("went wrong")
    def stack():
        logger.error("here", stack_info=True, exc_info=True)
    def inform(level):
        logging.getLogger().setLevel(level)
        logger.info("a detail")
    def long():
        logger.error("\\0" * 30_000, exc_info=ValueError("\\ud800" * 30_000))
    def odd():
        logger.log(35, {"a": 1})
        logger.error("%d", "x")
    def root():
        logging.warning("of the root")
    def configure():
        logging.basicConfig(format="own %(message)s")
    def aside():
        import sys
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("aside %(message)s"))
        logger.addHandler(handler)
    def alone():
        logger.propagate = False
    """


class LoggingTests(unittest.TestCase):
    def record(self, host, tool, *arguments):
        host.result(tool, list(arguments))
        record = host.read_control()
        self.assertEqual(record.kind, protocol.LOG)
        return record.value

    def test_record_is_one_with_its_parts_apart(self):
        with WorkerHost(LOGGING) as host:
            self.assertEqual(self.record(host, "warn"), {
                "level": "warning", "message": "careful: 3\nand so on", "call": 1001, "tool": "warn",
                "logger": "acme.text"})
            failure = self.record(host, "fail")
            self.assertEqual((failure["level"], failure["message"]), ("error", "went wrong"))
            self.assertRegex(failure["exception"], r"(?s)^Traceback .*\nZeroDivisionError: division by zero$")
            self.assertRegex(self.record(host, "stack")["exception"], r"(?s)^Stack .*in stack\n")
            self.assertEqual(self.record(host, "inform", 10)["level"], "info")
            self.assertEqual(self.record(host, "root")["logger"], "root")

    def test_record_of_any_size_and_content_arrives(self):
        with WorkerHost(LOGGING) as host:
            long = self.record(host, "long")
            self.assertTrue(long["message"].endswith("(30000 characters)") or "characters" in long["message"])
            self.assertTrue(long["exception"].startswith("ValueError: "), long["exception"][:100])
            odd = self.record(host, "odd")
            self.assertEqual((odd["level"], odd["message"]), ("warning", "{'a': 1}"))
            self.assertIn(b"Logging error", host.output_until(b"Arguments: (\'x\',)"))

    def test_configuration_of_the_users_own_is_left_alone(self):
        with WorkerHost(LOGGING) as host:
            host.result("configure")
            host.result("warn")
            self.assertIn(b"own careful: 3\n", host.output_until(b"and so on\n"))
            self.assertEqual(host.shutdown(), 0)
            self.assertEqual(host.control.recv(1), b"")

    def test_handler_of_another_logger_does_not_keep_its_records_from_the_host(self):
        with WorkerHost(LOGGING) as host:
            host.result("aside")
            self.assertEqual(self.record(host, "warn")["logger"], "acme.text")
            self.assertIn(b"aside careful: 3\n", host.output_until(b"careful: 3\n"))

    def test_record_of_a_logger_that_does_not_propagate_arrives(self):
        with WorkerHost(LOGGING) as host:
            host.result("alone")
            self.assertEqual(self.record(host, "warn")["message"], "careful: 3\nand so on")
            host.result("configure")
            self.assertEqual(self.record(host, "warn")["message"], "careful: 3\nand so on")

    def test_module_that_is_imported_during_a_call_is_taken_too(self):
        with WorkerHost("""
            import sys
            def loaded(): return [name for name in ("logging", "warnings") if name in sys.modules]
            def log():
                import logging
                logging.getLogger("late").error("late")
                return [type(finder).__module__ for finder in sys.meta_path if "snakepit" in type(finder).__module__]
            def origin():
                import logging
                return [type(logging.__loader__).__module__.startswith("snakepit"), logging.__spec__.name]
            """) as host:
            self.assertNotIn("logging", host.result("loaded"))
            self.assertLessEqual(len(host.result("log")), 1)
            self.assertEqual(host.read_control().value["logger"], "late")
            self.assertEqual(host.result("origin"), [False, "logging"])

    def test_process_that_a_tool_forks_logs_to_standard_error(self):
        with WorkerHost("""
            import logging, os, warnings
            from snakepit import ctx
            def fork():
                pid = os.fork()
                if pid == 0:
                    logging.getLogger("child").warning("by logging")
                    ctx.log.warning("by ctx")
                    warnings.warn("by warnings")
                    os._exit(0)
                os.waitpid(pid, 0)
            """) as host:
            host.result("fork")
            output = host.output_until(b"by warnings")
            self.assertIn(b"by logging", output)
            self.assertIn(b"by ctx", output)


class WarningTests(unittest.TestCase):
    ADAPTER = """
        import warnings
        def warn(): warnings.warn("old way", FutureWarning)
        def own():
            warnings.showwarning = lambda message, *more: print("own", message)
        def recorded():
            with warnings.catch_warnings(record=True) as found:
                warnings.simplefilter("always")
                warnings.warn("kept")
            return [str(each.message) for each in found]
        def captured():
            import logging
            logging.captureWarnings(True)
            warnings.warn("by logging")
        """

    def test_warning_is_a_record_with_category_file_and_line(self):
        with WorkerHost(self.ADAPTER) as host:
            host.result("warn")
            record = host.read_control().value
            self.assertTrue(record.pop("file").endswith("adapter_under_test.py"))
            self.assertEqual(record, {
                "level": "warning", "message": "old way", "call": 1001, "tool": "warn", "category": "FutureWarning",
                "line": 3})

    def test_own_ways_with_warnings_are_left_alone(self):
        with WorkerHost(self.ADAPTER) as host:
            self.assertEqual(host.result("recorded"), ["kept"])
            host.result("captured")
            self.assertEqual(host.read_control().value["logger"], "py.warnings")
            host.result("own")
            host.result("warn")
            self.assertIn(b"own old way", host.output_until(b"old way\n"))


class PrintTests(unittest.TestCase):
    def mark(self, tool):
        return f"{protocol.OUTPUT_TOOL}{tool}{protocol.OUTPUT_END}".encode()

    def test_every_line_of_a_tool_begins_with_its_name(self):
        with WorkerHost("""
            import os, subprocess, sys
            print("of the adapter")
            def talk():
                print("one\\ntwo")
                print("thr", end="", flush=True)
                print("ee")
                sys.stderr.write("err\\n")
                sys.stdout.buffer.write(b"raw \\xff\\n")
                sys.stdout.flush()
                os.write(1, b"by descriptor\\n")
                subprocess.run([sys.executable, "-c", "print('of a child')"])
            async def later(): print("of a task")
            def setting():
                return [sys.stdout.name, sys.stderr.name, sys.stdout.fileno(), sys.stdout.encoding, sys.stdout.mode,
                        sys.__stdout__ is sys.stdout, sys.stdout.line_buffering]
            """) as host:
            host.result("talk")
            mark = self.mark("talk")
            self.assertEqual(host.output_until(b"of a child\n"), b"of the adapter\n" + b"".join((
                mark + b"one\n", mark + b"two\n", mark + b"three\n", mark + b"err\n", mark + b"raw \xff\n",
                b"by descriptor\n", b"of a child\n")))
            host.result("later")
            self.assertEqual(host.output_until(b"task\n"), self.mark("later") + b"of a task\n")
            self.assertEqual(host.result("setting"), ["<stdout>", "<stderr>", 1, "utf-8", "w", True, True])

    def test_output_that_goes_elsewhere_has_no_marks(self):
        with WorkerHost("""
            import contextlib, io, os, sys, tempfile
            def redirect():
                with tempfile.TemporaryFile() as file, contextlib.redirect_stdout(io.StringIO()) as text:
                    print("in text")
                    kept = os.dup(2)
                    os.dup2(file.fileno(), 2)
                    print("in a file", file=sys.stderr)
                    os.dup2(kept, 2)
                    file.seek(0)
                    return [text.getvalue(), file.read().decode()]
            """) as host:
            self.assertEqual(host.result("redirect"), ["in text\n", "in a file\n"])

    def test_much_output_arrives_whole(self):
        with WorkerHost("""
            def talk():
                print("\\n".join("x" * 1000 for _ in range(500)))
            """) as host:
            host.write(host.call_frame("talk"))
            data = host.output_until(b"x\n" + b"")
            while data.count(b"\n") < 500:
                data += host.output_until(b"\n")
            self.assertEqual(data, (self.mark("talk") + b"x" * 1000 + b"\n") * 500)
            host.read()


if __name__ == "__main__":
    unittest.main()
