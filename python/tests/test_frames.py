import os
import threading
import unittest

from snakepit import _protocol as protocol
from snakepit._frames import (
    CALL_HEADER, CALL_WORDS, HEADER, REPLY_HEADER, REPLY_WORDS, FrameReader, ProtocolError, frame_header, write_frame)


class FrameReaderTests(unittest.TestCase):
    def setUp(self):
        self.source, self.sink = os.pipe()
        self.reader = FrameReader(self.source, 1 << 24)
        self.addCleanup(os.close, self.source)

    def send(self, *parts):
        """Writes the parts and the end on a thread: large parts exceed the pipe's buffer."""
        def write():
            with open(self.sink, "wb", buffering=0) as file:
                for part in parts:
                    view = memoryview(part)
                    while view:
                        view = view[file.write(view):]
        thread = threading.Thread(target=write)
        thread.start()
        self.addCleanup(thread.join)

    def frame(self, body, call=7, seq=1):
        return frame_header(protocol.PING, len(body), call, seq) + body

    def test_read_returns_frames_that_arrive_together(self):
        self.send(self.frame(b"one") + self.frame(b"two") + self.frame(b""))
        bodies = []
        while (taken := self.reader.read()) is not None:
            bodies.append(bytes(taken[1][taken[0][6]:]))
        self.assertEqual(bodies, [b"one", b"two", b""])

    def test_read_assembles_a_frame_that_arrives_byte_by_byte(self):
        frame = self.frame(b"slow")
        self.send(*(frame[i:i + 1] for i in range(len(frame))))
        header, data = self.reader.read()
        self.assertEqual((header[4], bytes(data)), (7, frame))
        self.assertIsNone(self.reader.read())

    def test_read_fills_a_frame_larger_than_one_read(self):
        body = os.urandom(3_000_000)
        self.send(self.frame(body) + self.frame(b"next"))
        self.assertEqual(bytes(self.reader.read()[1][24:]), body)
        self.assertEqual(bytes(self.reader.read()[1][24:]), b"next")

    def test_read_skips_header_bytes_it_does_not_know(self):
        self.send(HEADER.pack(40 + 2, protocol.PING, 0, 0, 1, 1, 40, 0) + bytes(16) + b"ok")
        header, data = self.reader.read()
        self.assertEqual(data[header[6]:], b"ok")

    def test_read_refuses_what_is_no_frame(self):
        for name, header in {
            "flags": (24, 32, 1, 0, 0, 0, 24, 0),
            "segments": (24, 32, 0, 1, 0, 0, 24, 0),
            "reserved": (24, 32, 0, 0, 0, 0, 24, 1),
            "header too short": (24, 32, 0, 0, 0, 0, 23, 0),
            "header longer than the frame": (24, 32, 0, 0, 0, 0, 32, 0),
            "header too long": (300, 32, 0, 0, 0, 0, 257, 0),
            "length below a header": (3, 32, 0, 0, 0, 0, 24, 0),
            "body above the limit": (24 + (1 << 24) + 1, 32, 0, 0, 0, 0, 24, 0),
            "largest length": (0xFFFFFFFF, 32, 0, 0, 0, 0, 24, 0),
        }.items():
            with self.subTest(name):
                source, sink = os.pipe()
                os.write(sink, HEADER.pack(*header))
                with self.assertRaises(ProtocolError):
                    FrameReader(source, 1 << 24).read()
                os.close(source)
                os.close(sink)

    def test_read_at_the_limit_is_accepted(self):
        self.reader.max_body = 10
        self.send(self.frame(b"0123456789"))
        self.assertEqual(self.reader.read()[1][24:], b"0123456789")

    def test_read_of_a_truncated_frame_raises(self):
        for part in (self.frame(b"abc")[:10], self.frame(b"abc")[:-1]):
            with self.subTest(len(part)):
                source, sink = os.pipe()
                os.write(sink, part)
                os.close(sink)
                with self.assertRaises(ProtocolError):
                    FrameReader(source, 100).read()
                os.close(source)

    def test_read_of_garbage_raises_and_never_allocates_it(self):
        self.send(b"GET / HTTP/1.1\r\nHost: example\r\n\r\n")
        with self.assertRaises(ProtocolError):
            self.reader.read()


class WriteFrameTests(unittest.TestCase):
    def test_write_frame_of_any_size_arrives_whole(self):
        for size in (0, 1, 16384, 16385, 70000, 5_000_000):
            with self.subTest(size):
                source, sink = os.pipe()
                body = os.urandom(size)
                thread = threading.Thread(
                    target=lambda: (write_frame(sink, frame_header(protocol.PONG, size), body), os.close(sink)))
                thread.start()
                with open(source, "rb") as file:
                    data = file.read()
                thread.join()
                self.assertEqual(data[24:], body)
                self.assertEqual(HEADER.unpack_from(data)[0], 24 + size)

    def test_headers_have_the_sizes_of_the_protocol(self):
        self.assertEqual((HEADER.size, CALL_HEADER.size), (protocol.HEADER_SIZE, protocol.EXTENDED_HEADER_SIZE))

    def test_headers_in_words_are_those_of_the_protocol(self):
        call = CALL_HEADER.pack(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
        self.assertEqual(CALL_WORDS.unpack(call), (1, 2 | 3 << 8 | 4 << 16, 5, 6, 7 | 8 << 16, 9, 10, 11))
        self.assertEqual(REPLY_WORDS.pack(1, 2 | 3 << 8, 5, 6, 7, 8), REPLY_HEADER.pack(1, 2, 3, 0, 5, 6, 7, 0, 8))
