"""Serving with threads: a worker runs several calls at once, each on a thread, and async tools on its event loop.

One thread reads the data channel, and its calls go to the threads that are free. The main thread runs the loop, and no
other call: the user's signal handlers, which Python runs there, interrupt nothing of the package's.
"""

from _thread import allocate_lock
from threading import Thread

from . import _protocol as protocol
from ._argument import ArgumentStream
from ._arrivals import Arrivals
from ._ask import Host
from ._builtins import __builtins__  # noqa: F401
from ._channels import Channels, die, leave_fork
from ._context import Cancelled, Context, Running, own_running
from ._desk import Desk, Desks
from ._errors import headline, last_resort
from ._frames import REPLY_WORDS, FrameReader, ProtocolError
from ._gate import Gate, Interrupter, Section, gate_of_thread
from ._lifeline import Lifeline
from ._loop import Loop
from ._page import FINISHED, Page
from ._run import Runner
from ._shared import ArgumentsOfCall, HostOfCall, SharedOutbox, SharedSessions
from ._shared_loop import SharedLoop
from ._tasks import Tasks
from ._tools import Tools
from ._waiting import WaitingCalls
from ._watch import LoopWatch

try:
    from os import register_at_fork
except ImportError:  # Windows
    register_at_fork = None

_EXTENDED = protocol.EXTENDED_HEADER_SIZE


class ThreadServer:
    """Takes, runs and answers the calls of a worker with threads."""

    __slots__ = ("loop", "sessions", "_channels", "_context", "_arrivals", "_calls", "_outbox", "_interrupter",
                 "_lifeline", "_reader", "_reports", "_reporting", "_ready", "_begin")

    def __init__(self, channels: Channels, context: Context, reader: FrameReader, page: Page, loop: Loop,
                 decoders) -> None:
        """reader: of the data channel. decoders: of the bodies of calls, by format."""
        self._channels = channels
        self._context = context
        self._calls = WaitingCalls()
        self._arrivals = Arrivals(reader, decoders, self._calls, context)
        self._outbox = SharedOutbox(channels.data_out, page)
        self.loop = SharedLoop(channels, context, loop, self._arrivals.get_finished)
        self.sessions = context._sessions = SharedSessions(
            channels, context.log, self._arrivals.get_finished, self._calls.put)
        self._interrupter = Interrupter(context)
        self._lifeline = Lifeline(protocol.EXIT_THREAD_ENDED)  # a call whose thread is gone would never end
        self._reader = Thread(target=self._read, name="snakepit-reader", daemon=True)
        self._reports = None  # of memory
        self._reporting = allocate_lock()
        self._ready = b""
        self._begin = allocate_lock()  # free once the worker serves
        self._begin.acquire()

    def start_threads(self, count: int, tasks: int, page: Page, tools: Tools, codec, host_tools, dumps, max_body: int,
                      setup) -> None:
        """Starts the threads that run calls, and calls setup in each of them. Raises the first exception of one.
        tasks: the calls of async tools at once; 0 when there are no such tools. codec: the format of results, their
        encoder, and the decoders. host_tools: what is told of them by name, and the encoder of their arguments. dumps:
        the encoder of errors."""
        channels, context, lifeline = self._channels, self._context, self._lifeline
        self._connect(host_tools[0])
        desks = Desks(channels, context, self.loop, self._outbox, page, codec, host_tools, max_body)
        started, errors = allocate_lock(), []

        def run(row) -> None:
            try:
                lifeline.tie()
                running, gate = Running(), Gate(context)
                own_running.set(running)
                desk = desks.make(row, gate)
                running.links = desk.links
                self._interrupter.add(gate)
                runner = Runner(channels, page, row, context, running, tools, desk.streams, codec, dumps, max_body,
                                self._outbox)
                if setup is not None:
                    setup()
            except BaseException as error:
                lifeline.untie()
                errors.append(error)
                return
            finally:
                started.release()
            self._run_calls(desk, runner)

        for index in range(count):
            started.acquire()
            Thread(target=run, args=(page.row(index),), name=f"snakepit-{index}", daemon=True).start()
            started.acquire()  # one after the other: few setups expect to run at once
            started.release()
            if errors:
                raise errors[0]
        if tasks:
            watch = LoopWatch(self.loop, context.log)
            rows = [page.row(count + index) for index in range(tasks)]
            self._arrivals.use_loop(tools.find, Tasks(
                desks.make, rows, channels, context, self.loop, self._arrivals, self._outbox, codec, dumps, max_body,
                self._look_after, watch.add))
            Thread(target=watch.run, name="snakepit-watch", daemon=True).start()
        self._reader.start()

    def report_memory(self, reports) -> None:
        """Reports the adapter's memory from now on, when a thread has nothing to do."""
        self._reports = reports

    def serve(self, ready: bytes) -> "SystemExit | None":
        """Sends a frame and then serves calls until the host closes the data channel. Returns the SystemExit of a
        signal handler, if one ended it."""
        self._ready = ready
        self._lifeline.tie()
        try:
            left = self.loop.serve(self._begin)
        finally:
            self._lifeline.cut()
        if left is None:  # the thread that reads has ended the loop, and is about to end
            self._reader.join()  # Python would end it by pthread_exit(), which aborts in another root folder
        return left

    def _connect(self, host_tools: dict) -> None:
        """Makes ``ctx`` serve all threads. Cancelled calls are interrupted, and nothing else with them."""
        context = self._context
        context.host = Host(HostOfCall(host_tools))
        ArgumentStream.link = ArgumentsOfCall()
        context._get_finished = self._arrivals.get_finished
        context._wake = self._on_cancel
        context._find_gate = gate_of_thread
        context._interruption = self._interrupter
        if register_at_fork is not None:
            register_at_fork(after_in_child=self._interrupter.renew)
        send = context.log._send

        def send_whole(level, message, args, **details) -> None:
            with Section():
                send(level, message, args, **details)

        context.log._send = send_whole
        tell = context.telemetry._send

        def tell_whole(record: dict) -> None:
            with Section():
                tell(record)

        context.telemetry._send = tell_whole

    def _on_cancel(self, low: int) -> None:
        """The call with that number on the wire was cancelled. It ends at once if it waits for a thread."""
        call = self._calls.remove(low)
        if call is None:
            return self._arrivals.wake(low)
        body = last_resort(Cancelled("the call was cancelled"))
        header = REPLY_WORDS.pack(_EXTENDED + len(body), protocol.ERROR, call[0], low, _EXTENDED, 0)
        self._outbox.stage([0] * protocol.PAGE_ROW, call[1], header, body)
        self._outbox.flush()
        self._arrivals.open.discard(call[1])

    def _read(self) -> None:
        """Sends the frame, and reads calls until the host closes the data channel."""
        self._begin.acquire()
        self._channels.send(self._ready, b"")
        self._ready = b""
        self._arrivals.run()
        self.loop.end()

    def _before_wait(self) -> float:
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

    def _look_after(self) -> None:
        """Called in the loop when a call has ended there: what is due then is the work of a thread."""
        reports = self._reports
        if self.sessions.has_ended or reports is not None and reports.early <= 0:
            self._calls.put(_nothing)

    def _run_calls(self, desk: Desk, runner: Runner) -> None:
        """Runs calls on a thread for as long as the worker lives."""
        calls, flush, before_wait = self._calls, self._outbox.flush, self._before_wait
        own = allocate_lock()
        own.acquire()
        while True:
            call = calls.take(own, flush, before_wait)
            if type(call) is tuple:
                self._run(call, desk, runner)
            else:
                call()
            call = None  # releases everything of it

    def _run(self, call: tuple, desk: Desk, runner: Runner) -> None:
        arrivals = self._arrivals
        number, low = call[1], call[4]
        arrivals.mailboxes[low] = desk.mailbox
        try:
            runner.run(call)
        except ProtocolError as error:
            die(protocol.EXIT_PROTOCOL_ERROR, f"protocol error on the data channel: {error}")
        except BaseException as error:
            self._answer(call, error, runner)
        finally:
            del arrivals.mailboxes[low]
            arrivals.open.discard(number)

    def _answer(self, call: tuple, error: BaseException, runner: Runner) -> None:
        """Answers a call whose run has failed outside of its tool, as for want of memory."""
        if self._channels.forked:
            leave_fork(error)
        try:
            if runner.row[FINISHED] != call[1]:
                runner.running.call = call
                self._outbox.stage(runner.row, call[1], *runner.answer(error))
            runner.forget()
        except BaseException as failure:
            die(protocol.EXIT_CHANNEL_FAILED, f"a thread cannot answer its call: {headline(failure)}")


def _nothing() -> None:
    """Wakes a thread, which looks at what is due before it waits again."""
