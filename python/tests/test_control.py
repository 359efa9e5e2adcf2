"""Descriptors that arrive over the control channel of a running worker."""
import os
import socket
import threading
import unittest
from types import SimpleNamespace

from snakepit import _protocol as protocol
from snakepit._channels import Channels
from snakepit._control import MAX_LOG_FRAME, ControlReader
from snakepit._frames import HEADER, ProtocolError, frame_header
from tests.host import BOUND, WorkerHost, read_exact

BASIC = "def add(a, b):\n    return a + b\n"


def send(host_socket, frame, *descriptors):
    """Sends each frame as one message with its descriptors, as the host does."""
    socket.send_fds(host_socket, [frame], descriptors)


@unittest.skipUnless(hasattr(socket, "send_fds"), "the control channel is a socket on Unix only")
class FullChannelTests(unittest.TestCase):
    def test_record_is_sent_whole_or_not_at_all_and_never_waits(self):
        host, worker = socket.socketpair()
        self.addCleanup(host.close)
        self.addCleanup(worker.close)
        host.setblocking(False)
        channels = SimpleNamespace(_socket=worker)
        for size in (MAX_LOG_FRAME, MAX_LOG_FRAME - 5_000, 100):
            frame, sent = b"x" * (24 + size), []

            def fill():
                while Channels.send_control(channels, frame):
                    sent.append(1)

            sender = threading.Thread(target=fill, daemon=True)
            sender.start()
            sender.join(BOUND)
            self.assertFalse(sender.is_alive(), "it waits for the host")
            self.assertGreater(len(sent), 0)
            received = 0
            try:
                while True:
                    received += len(host.recv(1 << 20))
            except BlockingIOError:
                pass
            self.assertEqual(received, len(sent) * len(frame))


@unittest.skipUnless(hasattr(socket, "send_fds"), "descriptors travel on Unix only")
class ReaderTests(unittest.TestCase):
    def setUp(self):
        self.host, worker = socket.socketpair()
        self.addCleanup(self.host.close)
        self.addCleanup(worker.close)
        channels = SimpleNamespace(control=worker.fileno(), _socket=worker)
        channels.receive_control = lambda size: Channels.receive_control(channels, size)
        self.reader = ControlReader(channels)

    def pipe(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        self.addCleanup(os.close, write_end)
        return read_end, write_end

    def read(self):
        """Returns the type of the next frame, and the descriptors that came with it."""
        header, frame = self.reader.read()
        taken = self.reader.take_descriptors()
        for descriptor in taken:
            self.addCleanup(os.close, descriptor)
        return HEADER.unpack_from(frame)[1], taken

    def test_descriptor_arrives_with_its_frame(self):
        read_end, write_end = self.pipe()
        send(self.host, frame_header(protocol.COLLECT, 0), write_end)
        kind, (arrived,) = self.read()
        self.assertEqual(kind, protocol.COLLECT)
        self.assertFalse(os.get_inheritable(arrived))
        os.write(arrived, b"through it")
        self.assertEqual(read_exact(read_end, 10), b"through it")

    def test_descriptors_belong_to_the_frame_of_their_message(self):
        read_end, write_end = self.pipe()
        send(self.host, frame_header(protocol.PING, 0))
        send(self.host, frame_header(protocol.COLLECT, 0), read_end, write_end)
        send(self.host, frame_header(protocol.CANCEL, 0))
        send(self.host, frame_header(protocol.SHUTDOWN, 0), read_end)
        self.assertEqual([(kind, len(arrived)) for kind, arrived in (self.read() for _ in range(4))],
                         [(protocol.PING, 0), (protocol.COLLECT, 2), (protocol.CANCEL, 0), (protocol.SHUTDOWN, 1)])

    def test_descriptor_of_a_frame_that_comes_in_parts_is_that_frames(self):
        read_end, _ = self.pipe()
        frame = frame_header(protocol.LOG, 50_000) + bytes(50_000)
        send(self.host, frame[:10], read_end)
        self.host.sendall(frame[10:])
        self.host.sendall(frame_header(protocol.PING, 0))
        self.assertEqual([(kind, len(arrived)) for kind, arrived in (self.read() for _ in range(2))],
                         [(protocol.LOG, 1), (protocol.PING, 0)])

    def test_frames_end_as_any_do(self):
        self.host.sendall(frame_header(protocol.LOG, 10))
        self.host.close()
        self.assertRaisesRegex(ProtocolError, "ended 10 bytes before", self.reader.read)


class WorkerTests(unittest.TestCase):
    def test_descriptor_that_nothing_asked_for_is_closed_and_the_worker_serves_on(self):
        with WorkerHost(BASIC) as host:
            read_end, write_end = os.pipe()
            self.addCleanup(os.close, read_end)
            send(host.control, frame_header(protocol.PING, 0, call=5), write_end, write_end)
            os.close(write_end)
            self.assertEqual(host.read_control().kind, protocol.PONG)
            self.assertRaises(EOFError, read_exact, read_end, 1)  # no process has the other end open
            self.assertEqual(host.result("add", [1, 2]), 3)


if __name__ == "__main__":
    unittest.main()
