"""Streams among the arguments, as a host sees them."""

import json
import struct
import unittest

from snakepit import _protocol as protocol
from snakepit._frames import HEADER

from .host import WorkerHost

ADAPTER = '''
    from snakepit import HostToolError

    kept = []

    def total(numbers): return sum(numbers)
    async def total_async(numbers): return sum([number async for number in numbers])
    def first(numbers, count): return [next(numbers) for _ in range(count)]
    def closes(numbers):
        taken = next(numbers)
        numbers.close()
        return [taken, list(numbers)]
    def closes_first(numbers):
        numbers.close()
        return list(numbers)
    def doubled(numbers):
        for number in numbers: yield 2 * number
    def both(left, right): return [next(left), next(right), next(left)]
    def catches(numbers):
        try: list(numbers)
        except HostToolError as error: return [error.type, error.message]
    def keeps(numbers): kept.append(numbers)
    def uses(numbers):
        try: return next(kept[0])
        except RuntimeError as error: return str(error)
    def unused(numbers): return repr(numbers)
'''


def stream(number):
    return {protocol.VALUE_TAG: "stream", "v": number}


class ArgumentTests(unittest.TestCase):
    def start(self):
        return WorkerHost(ADAPTER)

    def setUp(self):
        self.host = self.start()
        self.host.__enter__()
        self.addCleanup(self.host.__exit__, None, None, None)

    def begin(self, tool, *arguments, window=0):
        self.host.write(self.host.call_frame(tool, [stream(0), *arguments], window=window))

    def asked(self):
        """Reads a grant of credit; returns the stream and the number of items."""
        frame = self.host.read()
        self.assertEqual(frame.kind, protocol.CREDIT, frame.body)
        return frame.run_ns, struct.unpack("<QQ", frame.body)[0]

    def send(self, kind, body=b"", number=0):
        seq = self.host.seq
        header = HEADER.pack(32 + len(body), kind, 0, 0, 1000 + seq, seq, 32, 0)
        self.host.write(header + struct.pack("<Q", number) + body)

    def give(self, *items, number=0):
        for item in items:
            self.send(protocol.ITEM, json.dumps(item).encode(), number)

    def result(self):
        reply = self.host.read()
        self.assertEqual(reply.kind, protocol.RESULT, reply.body)
        return reply.value

    def test_items_come_after_they_were_asked_for(self):
        for tool in ("total", "total_async"):
            with self.subTest(tool):
                self.begin(tool)
                self.assertEqual(self.asked(), (0, 64))
                self.give(1, 2, 3)
                self.send(protocol.ITEMS_END)
                self.assertEqual(self.result(), 6)

    def test_more_is_asked_for_when_half_is_taken(self):
        self.begin("total")
        self.asked()
        self.give(*[1] * 32)
        self.assertEqual(self.asked()[1], 32 + 64)
        self.send(protocol.ITEMS_END)
        self.assertEqual(self.result(), 32)

    def test_more_is_asked_for_when_half_of_the_bytes_are_taken(self):
        self.begin("first", 3)
        self.assertEqual(self.asked()[1], 64)
        self.give("x" * 2_000_000)
        self.assertEqual(self.asked()[1], 1 + 64)
        self.give("y" * 600_000)
        self.assertEqual(self.asked()[1], 2 + 64)
        self.give("z")
        self.assertEqual([len(item) for item in self.result()], [2_000_000, 600_000, 1])

    def test_closed_stream_has_no_items(self):
        self.begin("closes_first")
        self.assertEqual(self.result(), [])

    def test_tool_that_takes_a_part_ends_without_the_rest(self):
        self.begin("first", 2)
        self.asked()
        self.give(1, 2, 3)
        self.assertEqual(self.result(), [1, 2])
        self.give(4)  # too late
        self.assertIn("stream 0", self.host.result("unused", [stream(0)]))

    def test_close_tells_the_host(self):
        self.begin("closes")
        self.asked()
        self.give(1, 2)
        self.assertEqual(self.host.read().kind, protocol.STOP)
        self.assertEqual(self.result(), [1, []])

    def test_both_directions_at_once(self):
        self.begin("doubled", window=10)
        self.asked()
        self.give(1)
        self.assertEqual(self.host.items(1), [2])
        self.give(2)
        self.assertEqual(self.host.items(1), [4])
        self.send(protocol.ITEMS_END)
        self.result()

    def test_two_streams(self):
        self.begin("both", stream(1))
        self.assertEqual(self.asked()[0], 0)
        self.give(1, 2)
        self.assertEqual(self.asked()[0], 1)
        self.give(10, number=1)
        self.assertEqual(self.result(), [1, 10, 2])

    def test_failure_is_an_error_of_the_host(self):
        self.begin("catches")
        self.asked()
        self.send(protocol.ITEMS_END, json.dumps({"type": "FormatException", "message": "no luck"}).encode())
        self.assertEqual(self.result(), ["FormatException", "no luck"])

    def test_stop_of_the_call_ends_the_wait(self):
        for tool in ("total", "total_async"):
            with self.subTest(tool):
                self.begin(tool)
                self.asked()
                self.host.write(self.host.stop())
                self.assertEqual(self.host.read().value["type"], "Cancelled")

    def test_stream_of_an_earlier_call_is_refused(self):
        self.begin("keeps")
        self.result()
        self.begin("uses")
        self.assertIn("the call that it came with", self.result())


class PagedArgumentTests(ArgumentTests):
    def start(self):
        return WorkerHost(ADAPTER, page_size=protocol.PAGE_SIZE)


if __name__ == "__main__":
    unittest.main()
