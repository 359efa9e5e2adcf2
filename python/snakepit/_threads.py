"""Serving with threads: a worker runs several calls at once, each on a thread.

One thread reads the data channel, and its calls go to the threads that are free. The main thread runs no call: the
user's signal handlers, which Python runs there, interrupt nothing of the package's.
"""

from _thread import allocate_lock

from . import _protocol as protocol
from ._argument import ArgumentLink, ArgumentStream
from ._arrivals import Arrivals, Mailbox
from ._ask import Host
from ._builtins import __builtins__  # noqa: F401
from ._channels import Channels, die, leave_fork
from ._context import Context, Running, own_running
from ._errors import headline
from ._frames import FrameReader, ProtocolError
from ._host import HostLink
from ._loop import Loop
from ._page import FINISHED, Page
from ._run import Runner
from ._shared import ArgumentsOfCall, HostOfCall, Links, SharedOutbox, SharedSessions
from ._shared_loop import SharedExchange, SharedLoop
from ._stream import Streams
from ._tools import Tools
from ._values import loads_plain, make_decoder
from ._waiting import WaitingCalls


class ThreadServer:
    """Takes, runs and answers the calls of a worker with threads."""

    __slots__ = ("loop", "sessions", "_channels", "_context", "_arrivals", "_calls", "_outbox", "_reports",
                 "_reporting", "_ready", "_begin")

    def __init__(self, channels: Channels, context: Context, reader: FrameReader, page: Page, loop: Loop,
                 decoders) -> None:
        """reader: of the data channel. decoders: of the bodies of calls, by format."""
        self._channels = channels
        self._context = context
        self._calls = WaitingCalls()
        self._arrivals = Arrivals(reader, decoders, self._calls)
        self._outbox = SharedOutbox(channels.data_out, page)
        self.loop = SharedLoop(channels, context, loop, self._arrivals.get_finished)
        self.sessions = context._sessions = SharedSessions(
            channels, context.log, self._arrivals.get_finished, self._calls.put)
        self._reports = None  # of memory
        self._reporting = allocate_lock()
        self._ready = b""
        self._begin = allocate_lock()  # free once the worker serves
        self._begin.acquire()

    def start_threads(self, count: int, page: Page, tools: Tools, codec, host_tools, dumps, max_body: int,
                      setup) -> None:
        """Starts the threads that run calls, and calls setup in each of them. Raises the first exception of one.
        codec: the format of results, their encoder, and the decoders. host_tools: their descriptions by name, and the
        encoder of their arguments. dumps: the encoder of errors."""
        from threading import Thread
        context = self._context
        context.host = Host(HostOfCall(host_tools[0]))
        context._get_finished = self._arrivals.get_finished
        context._wake = self._arrivals.wake
        ArgumentStream.link = ArgumentsOfCall()
        started, errors = allocate_lock(), []
        for index in range(count):
            row = page.row(index)
            thread = _CallThread(self, row)

            def run(thread=thread) -> None:
                try:
                    thread.prepare(page, tools, codec, host_tools, dumps, max_body)
                    if setup is not None:
                        setup()
                except BaseException as error:
                    errors.append(error)
                    return
                finally:
                    started.release()
                thread.run()

            started.acquire()
            Thread(target=run, name=f"snakepit-{index}", daemon=True).start()
            started.acquire()  # one after the other: few setups expect to run at once
            started.release()
            if errors:
                raise errors[0]
        Thread(target=self._read, name="snakepit-reader", daemon=True).start()

    def report_memory(self, reports) -> None:
        """Reports the adapter's memory from now on, when a thread has nothing to do."""
        self._reports = reports

    def serve(self, ready: bytes) -> "SystemExit | None":
        """Sends a frame and then serves calls until the host closes the data channel. Returns the SystemExit of a
        signal handler, if one ended it."""
        self._ready = ready
        return self.loop.serve(self._begin)

    def _read(self) -> None:
        """Sends the frame, and reads calls until the host closes the data channel."""
        self._begin.acquire()
        self._channels.send(self._ready, b"")
        self._ready = b""
        self._arrivals.run()
        self.loop.end()

    def before_wait(self) -> float:
        """Called by a thread that has nothing to do. Returns the seconds after which to call it again, or -1."""
        self.sessions.settle_rest()
        reports = self._reports
        if reports is None or not self._reporting.acquire(False):
            return -1
        try:
            early = reports.early
            if early > 0:
                return early
            if not reports.before_wait():
                self._reports = None
            return -1
        finally:
            self._reporting.release()


class _CallThread:
    """A thread that runs calls, one after the other, with what it needs for them."""

    __slots__ = ("_server", "_row", "_mailbox", "_runner", "_own")

    def __init__(self, server: ThreadServer, row) -> None:
        """row: on the page, of this thread."""
        self._server = server
        self._row = row
        self._mailbox = Mailbox()
        self._runner = None
        self._own = allocate_lock()
        self._own.acquire()

    def prepare(self, page: Page, tools: Tools, codec, host_tools, dumps, max_body: int) -> None:
        """Makes what the calls of this thread need. Called in the thread."""
        server, row = self._server, self._row
        channels, context, loop, outbox = server._channels, server._context, server.loop, server._outbox
        running = Running()
        own_running.set(running)
        exchange = SharedExchange(context, loop, self._mailbox)
        streams = Streams(channels, context, loop, exchange, outbox, page, row, codec, max_body)
        host = HostLink(host_tools[0], channels, context, exchange, outbox, row, host_tools[1], max_body, loop.thread)
        arguments = ArgumentLink(exchange, host.running_call, outbox, row, make_decoder(), loads_plain)
        running.links = Links(host, arguments)
        self._runner = Runner(channels, page, row, context, running, tools, streams, codec, dumps, max_body, outbox)

    def run(self) -> None:
        """Runs calls for as long as the worker lives."""
        server = self._server
        calls, flush, before_wait = server._calls, server._outbox.flush, server.before_wait
        while True:
            call = calls.take(self._own, flush, before_wait)
            if type(call) is tuple:
                self._run(call)
            else:
                call()
            call = None  # releases everything of it

    def _run(self, call: tuple) -> None:
        arrivals, runner = self._server._arrivals, self._runner
        number, low = call[1], call[4]
        arrivals.mailboxes[low] = self._mailbox
        try:
            runner.run(call)
        except ProtocolError as error:
            die(protocol.EXIT_PROTOCOL_ERROR, f"protocol error on the data channel: {error}")
        except BaseException as error:
            self._answer(call, error)
        finally:
            del arrivals.mailboxes[low]
            arrivals.open.discard(number)

    def _answer(self, call: tuple, error: BaseException) -> None:
        """Answers a call whose run has failed outside of its tool, as for want of memory."""
        runner, row = self._runner, self._row
        if self._server._channels.forked:
            leave_fork(error)
        try:
            if row[FINISHED] != call[1]:
                runner.running.call = call
                self._server._outbox.stage(row, call[1], *runner.answer(error))
            runner.forget()
        except BaseException as failure:
            die(protocol.EXIT_CHANNEL_FAILED, f"a thread cannot answer its call: {headline(failure)}")
