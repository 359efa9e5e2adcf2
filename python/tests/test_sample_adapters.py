import json
import os
import pathlib
import re
import socket
import sqlite3
import tempfile
import unittest

from snakepit import _protocol as protocol
from tests.host import BOUND, WorkerHost

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "samples"
TEXT_STATS = str(SAMPLES / "Quickstart/adapters/text_stats.py")


def sample(name: str) -> str:
    return str(SAMPLES / "adapters" / name)


class VisitsTests(unittest.TestCase):
    def test_threads_share_what_is_guarded_and_have_what_is_theirs(self):
        with WorkerHost(adapter=sample("visits.py"), threads=4) as host:
            host.write(b"".join(host.call_frame("visit", ["/"]) for _ in range(20)))
            self.assertEqual(sorted(host.read().value for _ in range(20)), list(range(1, 21)))
            self.assertEqual(host.result("room"), 65_536)


class LedgerTests(unittest.TestCase):
    def test_each_thread_has_its_own_database(self):
        with WorkerHost(adapter=sample("ledger.py"), threads=4) as host:
            host.write(b"".join(host.call_frame("total", [[1, 2.5, 3]]) for _ in range(20)))
            self.assertEqual({host.read().value for _ in range(20)}, {6.5})
            self.assertEqual(host.result("report", ["May"]), "report of May")


class TextStatsTests(unittest.TestCase):
    def count(self, text: str) -> dict:
        with WorkerHost(adapter=TEXT_STATS) as host:
            return host.result("count", {"text": text})

    def test_count_words_sentences_and_syllables(self):
        counts = self.count("The little table is gone. It wasn't mine! Version 2.0?")
        self.assertEqual((counts["words"], counts["sentences"]), (9, 3))
        self.assertEqual(counts["syllables"], 1 + 2 + 2 + 1 + 1 + 1 + 1 + 1 + 2)
        self.assertEqual(counts["terms"], {"little": 1, "table": 1, "gone": 1, "wasn't": 1, "mine": 1, "version": 1})

    def test_count_of_text_without_words(self):
        self.assertEqual(self.count("12. ... 34!"), {"words": 0, "sentences": 0, "syllables": 0, "terms": {}})

    def test_count_of_text_without_full_stop_is_one_sentence(self):
        self.assertEqual(self.count("Grüße\nПривет")["sentences"], 1)

    def test_describe_puts_words_of_few_documents_first(self):
        counts = {"words": 100, "sentences": 5, "syllables": 150, "terms": {"common": 9, "own": 8, "rare": 4, "tie": 4}}
        with WorkerHost(adapter=TEXT_STATS) as host:
            description = host.result("describe", {
                "name": "a", "counts": counts, "documents_with": {"common": 10, "own": 1, "rare": 1, "tie": 1},
                "documents": 10, "top": 3})
        self.assertEqual(description, {"reading_ease": 59.6, "telling_words": ["own", "rare", "tie"]})

    def test_describe_document_without_words_is_logged(self):
        counts = {"words": 0, "sentences": 0, "syllables": 0, "terms": {}}
        with WorkerHost(adapter=TEXT_STATS) as host:
            arguments = {"name": "numbers.md", "counts": counts, "documents_with": {}, "documents": 1}
            self.assertEqual(host.result("describe", arguments), {"reading_ease": None, "telling_words": []})
            self.assertEqual(json.loads(host.read_control().body)["message"], "numbers.md has no words")

    def test_tools_tell_what_they_do(self):
        with WorkerHost(adapter=TEXT_STATS) as host:
            tools = {tool["name"]: tool for tool in host.ready.value["tools"]}
        self.assertEqual(list(tools), ["count", "describe"])
        self.assertTrue(all(tool["description"] and tool["idempotent"] for tool in tools.values()))


class GuideTests(unittest.TestCase):
    """The examples of docs/adapters.md do what the page says."""

    def test_plain_file(self):
        with WorkerHost(adapter=sample("temperature.py")) as host:
            self.assertEqual([tool["name"] for tool in host.ready.value["tools"]], ["celsius"])
            self.assertEqual(host.result("celsius", [212]), 100.0)

    def test_class_with_setup_teardown_and_its_own_error(self):
        with WorkerHost(adapter=sample("warehouse.py:Warehouse")) as host:
            self.assertEqual([tool["name"] for tool in host.ready.value["tools"]], ["price", "import"])
            self.assertEqual(host.result("import", {"prices": {"plum": 25}, "note": "new"}), 3)
            self.assertEqual(json.loads(host.read_control().body)["message"], "1 products imported by text/3#17")
            self.assertEqual(host.result("price", ["plum"]), 25)
            error = host.error("price", ["kiwi"])
            self.assertEqual(
                (error["type"], error["bases"][0], error["cause"]), ("UnknownProduct", "LookupError", None))
            self.assertEqual(host.shutdown(), 0)

    def test_cancelled_tool_ends(self):
        with WorkerHost(adapter=sample("long_work.py")) as host:
            self.assertEqual(host.result("primes", [20]), [2, 3, 5, 7, 11, 13, 17, 19])
            host.write(host.call_frame("primes", [10**9]))
            host.send_control(protocol.CANCEL, call=1000 + host.seq, seq=host.seq)
            reply = host.read()
            if reply.kind == protocol.ERROR:  # it was cancelled before it began
                self.assertEqual(reply.value["type"], "Cancelled")
            else:
                self.assertEqual(reply.value[:3], [2, 3, 5])

    def test_section_that_must_not_be_torn(self):
        with tempfile.TemporaryDirectory() as folder, WorkerHost(adapter=sample("long_work.py")) as host:
            database = os.path.join(folder, "accounts")
            with sqlite3.connect(database) as accounts:
                accounts.execute("CREATE TABLE account (id, balance)")
                accounts.executemany("INSERT INTO account VALUES (?, ?)", ((1, 50), (2, 0)))
            self.assertEqual(host.result("transfer", [database, 1, 2, 8]), 42)
            self.assertEqual(pathlib.Path(f"{database}.log").read_text(), "1 -> 2: 8\n")
            self.assertEqual(host.result("check_sum", [10]), 45)

    def test_async_tool(self):
        with socket.create_server(("127.0.0.1", 0)) as server, WorkerHost(adapter=sample("long_work.py")) as host:
            port = server.getsockname()[1]
            self.assertEqual(
                host.result("reachable", [["127.0.0.1", "127.0.0.2"], port]), {"127.0.0.1": True, "127.0.0.2": False})

    def test_adapter_tells_how_it_is_and_when_it_has_learnt_too_much(self):
        with WorkerHost(adapter=sample("translator.py") + ":Translator") as host:
            self.assertEqual([tool["name"] for tool in host.ready.value["tools"]], ["translate", "learn"])
            self.assertIs(host.result("__snakepit_health_check__"), True)
            self.assertGreater(host.read_control().value["bytes"], 0)
            self.assertEqual(host.result("learn", [{str(n): "" for n in range(1000)}]), 1002)
            while host.read_control().value["kind"] != "recycle_requested":
                pass


class DebuggingTests(unittest.TestCase):
    """A debugger in a worker works as docs/debugging.md says."""

    def test_breakpoint_has_no_terminal_and_fails_the_call(self):
        with tempfile.TemporaryDirectory() as folder:
            adapter = pathlib.Path(folder, "stops.py")
            adapter.write_text("def add(a, b):\n    breakpoint()\n    return a + b\n")
            with WorkerHost(adapter=str(adapter)) as host:
                self.assertEqual(host.error("add", [40, 2])["type"], "BdbQuit")

    def test_pdb_talks_over_a_connection(self):
        with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryDirectory() as folder:
            server.settimeout(BOUND)
            source = pathlib.Path(sample("remote_pdb.py")).read_text()
            adapter = pathlib.Path(folder, "priced.py")
            adapter.write_text(re.sub(r"ADDRESS = .*", f"ADDRESS = {server.getsockname()!r}", source))
            with WorkerHost(adapter=str(adapter)) as host:
                host.write(host.call_frame("total", [[40, 2]]))
                terminal, _ = server.accept()
                terminal.settimeout(BOUND)
                with terminal, terminal.makefile("rw") as debugger:
                    self.answer(debugger)
                    debugger.write("p result\n")
                    debugger.flush()
                    self.assertIn("42", self.answer(debugger))
                    debugger.write("c\n")
                    debugger.flush()
                    self.assertEqual(host.read().value, 42)

    @staticmethod
    def answer(debugger) -> str:
        """Returns pdb's output up to its next prompt."""
        said = ""
        while not said.endswith("(Pdb) "):
            said += debugger.read(1) or "(Pdb) "
        return said
