import os
import select
import signal
import unittest
from array import array

from snakepit import _protocol as protocol
from snakepit._context import Context
from snakepit._page import BEGAN_AT, BEGUN, FINISHED, Page
from tests.host import BOUND, Reply, WorkerHost

ADAPTER = """
import os, signal, time

runs = []

def add(a, b):
    return a + b

def count():
    runs.append(1)
    return len(runs)

def text(size):
    return "x" * size

def wait(path):
    with open(path) as fifo:
        return fifo.read()

def slow(path, on_call):
    count()
    return wait(path) if len(runs) == on_call else None

def die(signal_number):
    os.kill(os.getpid(), signal_number)
    signal.pause()

def child_writes_nothing():
    pid = os.fork()
    if pid == 0:
        return "from the child"
    return os.waitpid(pid, 0)[1]
"""


class PageTests(unittest.TestCase):
    def setUp(self):
        self.use(WorkerHost(ADAPTER, page_size=protocol.PAGE_SIZE))

    def use(self, host: WorkerHost):
        self.host, self.page = host, host.page
        self.addCleanup(host.__exit__)

    def use_own_clock(self):
        """Every run of a tool takes a microsecond by the worker's clock, however busy the machine is."""
        clock = "import itertools;from snakepit import _run;_run.monotonic_ns=itertools.count(1,1000).__next__"
        self.use(WorkerHost(ADAPTER, page_size=protocol.PAGE_SIZE, before_main=clock))

    def frames(self, staged: bytes) -> "list[Reply]":
        frames = []
        while staged:
            length = int.from_bytes(staged[:4], "little")
            frames.append(Reply(staged[:length]))
            staged = staged[length:]
        return frames

    def fifo(self) -> str:
        path = os.path.join(self.host.folder.name, "fifo")
        os.mkfifo(path)
        return path

    def is_readable(self) -> bool:
        return bool(select.select([self.host.data_out], [], [], 0)[0])

    def test_worker_tells_that_it_shares_the_page_and_where_it_stands(self):
        self.assertEqual(self.host.hello.value["features"], ["page"])
        self.assertEqual(self.host.result("add", [1, 2]), 3)
        self.assertEqual(self.host.result("add", [1, 2]), 3)
        self.assertEqual((self.page[protocol.PAGE_BEGUN], self.page[protocol.PAGE_FINISHED]), (2, 2))
        self.assertGreater(self.page[protocol.PAGE_BEGAN_AT], 0)

    def test_call_that_runs_is_begun_and_not_finished(self):
        path = self.fifo()
        self.host.write(self.host.call_frame("wait", [path]))
        with open(path, "w") as fifo:  # opens when the tool has opened it
            self.assertEqual((self.page[protocol.PAGE_BEGUN], self.page[protocol.PAGE_FINISHED]), (1, 0))
            fifo.write("done")
        self.assertEqual(self.host.read().value, "done")

    def test_calls_that_were_taken_back_are_skipped_and_told_so(self):
        path = self.fifo()
        self.host.write(
            self.host.call_frame("wait", [path]) + self.host.call_frame("count") + self.host.call_frame("count"))
        with open(path, "w"):
            self.page[protocol.PAGE_RECALLED] = 3
            self.host.write(self.host.call_frame("count"))
        replies = [self.host.read() for _ in range(4)]
        self.assertEqual(
            [reply.kind for reply in replies], [protocol.RESULT, protocol.SKIPPED, protocol.SKIPPED, protocol.RESULT])
        self.assertEqual([reply.seq for reply in replies], [1, 2, 3, 4])
        self.assertEqual(replies[3].value, 1)  # the two others have not run
        self.assertEqual(self.page[protocol.PAGE_FINISHED], 4)

    def test_replies_of_one_read_are_written_together(self):
        self.use_own_clock()
        for _ in range(40):
            self.host.result("add", [1, 2])  # until the tool counts as fast
        self.host.write(b"".join(self.host.call_frame("add", [i, 1]) for i in range(32)))
        self.assertEqual([self.host.read().value for _ in range(32)], list(range(1, 33)))
        self.host.shutdown()  # the batch ends only after its last reply can be read
        self.assertEqual(self.page[protocol.PAGE_BATCH], 40 + 32 // 16)
        self.assertEqual(self.page.staged(), b"")

    def test_replies_do_not_wait_for_a_tool_that_may_take_long(self):
        path = self.fifo()
        self.host.write(self.host.call_frame("add", [1, 2]) + self.host.call_frame("wait", [path]))
        self.assertEqual(self.host.read().value, 3)
        open(path, "w").close()
        self.host.read()

    def test_replies_that_a_lying_tool_holds_up_stand_on_the_page_also_after_a_kill(self):
        self.use_own_clock()
        path = self.fifo()
        calls = 60
        for _ in range(calls):
            self.host.result("slow", [path, calls + 3])
        self.host.write(b"".join(self.host.call_frame("slow", [path, calls + 3]) for _ in range(4)))
        fifo = os.open(path, os.O_WRONLY)  # the tool has run twice more and waits now
        self.addCleanup(os.close, fifo)
        self.assertFalse(self.is_readable())
        self.host.process.kill()
        self.host.process.wait(BOUND)
        self.assertEqual([frame.seq for frame in self.frames(self.page.staged())], [calls + 1, calls + 2])
        self.assertEqual((self.page[protocol.PAGE_BEGUN], self.page[protocol.PAGE_FINISHED]), (calls + 3, calls + 2))

    def test_reply_too_large_for_the_page_goes_around_it_in_its_place(self):
        large = protocol.PAGE_REPLIES_SIZE
        self.host.write(
            self.host.call_frame("add", [1, 2]) + self.host.call_frame("text", [large]) + self.host.call_frame(
                "add", [2, 3]))
        self.assertEqual([self.host.read().value for _ in range(3)], [3, "x" * large, 5])

    def test_replies_that_together_are_too_large_are_written_in_parts(self):
        self.host.write(b"".join(self.host.call_frame("text", [30_000]) for _ in range(5)))
        self.assertEqual([len(self.host.read().value) for _ in range(5)], [30_000] * 5)

    def test_forked_child_of_a_tool_leaves_page_and_channel_alone(self):
        self.assertEqual(self.host.result("child_writes_nothing"), 0)
        self.assertEqual((self.page[protocol.PAGE_BEGUN], self.page[protocol.PAGE_FINISHED]), (1, 1))
        self.assertEqual(self.host.result("add", [1, 2]), 3)

    def test_death_in_a_tool_leaves_the_call_begun(self):
        self.host.write(
            self.host.call_frame("add", [1, 2]) + self.host.call_frame("die", [signal.SIGKILL]) + self.host.call_frame(
                "count"))
        self.assertEqual(self.host.read().value, 3)
        self.host.process.wait(BOUND)
        self.assertEqual((self.page[protocol.PAGE_BEGUN], self.page[protocol.PAGE_FINISHED]), (2, 1))


class CancelTests(unittest.TestCase):
    def test_cancel_names_the_low_half_of_a_number(self):
        context = Context()
        context._get_finished = lambda: (1 << 32) + 3
        for seq in (3, 5, 2, 0xFFFFFFFF):
            context._cancel(seq)
        self.assertEqual(context._cancelled, {(1 << 32) + 5})
        context._get_finished = lambda: (1 << 33) - 1
        context._cancel(0)
        self.assertEqual(context._cancelled, {1 << 33})


class NoPageTests(unittest.TestCase):
    def test_worker_without_a_page_says_so_and_serves(self):
        with WorkerHost(ADAPTER) as host:
            self.assertEqual(host.hello.value["features"], [])
            self.assertEqual(host.result("add", [1, 2]), 3)

    def test_descriptor_of_another_size_is_no_page(self):
        for size in 4096, protocol.PAGE_SIZE - 4096, protocol.PAGE_SIZE + 1000:
            with self.subTest(size), WorkerHost(ADAPTER, page_size=size) as host:
                self.assertEqual(host.hello.value["features"], [])
                self.assertEqual(host.result("add", [1, 2]), 3)
                self.assertEqual(host.page.map[:], bytes(size))


class RowTests(unittest.TestCase):
    def test_each_row_has_fields_of_its_own(self):
        for shared in bytearray(protocol.PAGE_STACKS_OFFSET), None:
            page = Page(shared)
            first, second = page.row(0), page.row(1)
            first[FINISHED] = 7
            second[BEGUN] = 8
            second[BEGAN_AT] = 9
            self.assertEqual((list(first[:3]), list(second[:3])), ([0, 7, 0], [8, 0, 9]))

    def test_rows_are_where_the_host_looks_for_them(self):
        shared = bytearray(protocol.PAGE_STACKS_OFFSET)
        page = Page(shared)
        last = protocol.PAGE_ROWS - 1
        for index in 0, last:
            page.row(index)[:3] = memoryview(array("Q", (1, 2, 3)))
        page.fields[protocol.PAGE_STAGED] = 4
        fields = memoryview(shared).cast("Q")
        for start in 0, last * protocol.PAGE_ROW:
            row = [
                fields[start + field]
                for field in (protocol.PAGE_BEGUN, protocol.PAGE_FINISHED, protocol.PAGE_BEGAN_AT)]
            self.assertEqual(row, [1, 2, 3])
        self.assertEqual(fields[protocol.PAGE_STAGED], 4)
        self.assertEqual(bytes(page.replies), bytes(protocol.PAGE_REPLIES_SIZE))
        self.assertEqual(page.recalled[0], 0)

    def test_page_with_more_rows_is_taken_and_its_stacks_are_behind_them(self):
        with WorkerHost(ADAPTER, page_size=protocol.PAGE_SIZE + 4096) as host:
            self.assertEqual(host.hello.value["features"], ["page"])
            self.assertEqual(host.result("add", [1, 2]), 3)
            self.assertEqual((host.page[protocol.PAGE_BEGUN], host.page[protocol.PAGE_FINISHED]), (1, 1))
            host.write(host.call_frame("die", [protocol.SIGNAL_STACKS]))
            host.process.wait(BOUND)
            rows = host.page.map[protocol.PAGE_STACKS_OFFSET:protocol.PAGE_STACKS_OFFSET + 4096]
            self.assertEqual(rows, bytes(4096))
            self.assertIn(b"in die", host.page.map[protocol.PAGE_STACKS_OFFSET + 4096:])


if __name__ == "__main__":
    unittest.main()
