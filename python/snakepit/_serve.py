"""Assembles what serves the calls of one worker, and runs the adapter's hooks."""

from ._argument import ArgumentLink, ArgumentStream
from ._ask import Host
from ._builtins import __builtins__  # noqa: F401
from ._channels import Channels
from ._context import Context
from ._exchange import Exchange
from ._frames import FrameReader
from ._host import HostLink
from ._inbox import Inbox
from ._loop import Loop, is_async
from ._memory import MemoryReports
from ._moves import SessionMoves
from ._misfit import explain_misfit
from ._outbox import Outbox
from ._page import FINISHED, Page
from ._printing import separate_lines
from ._run import Runner
from ._serial import SerialServer
from ._session import Sessions
from ._stream import Streams
from ._tools import Tools
from ._values import loads_plain, make_decoder


class Server:
    """Serves the calls of one worker."""

    __slots__ = ("_channels", "_reader", "_page", "_context", "_dumps", "_tools", "_codec", "_loop", "_before_wait",
                 "_host_tools", "_sessions", "_threads", "_thread_parts",
                 "_has_coroutines")

    def __init__(self, channels: Channels, reader: FrameReader, page: Page, context: Context, dumps) -> None:
        """dumps: the encoder of errors."""
        self._channels = channels
        self._reader = reader
        self._page = page
        self._context = context
        self._dumps = dumps
        self._tools = self._codec = None
        self._host_tools = {}, None
        self._before_wait = []
        self._threads = self._thread_parts = None
        self._has_coroutines = False
        self._loop = Loop(context, channels.data_in, self._before_wait)
        self._sessions = context._sessions = Sessions(
            channels, context.log, lambda: context._get_finished(), self._before_wait)

    def use(self, tools: dict, codec, why_no_tool=lambda name: None, uninterrupted=()) -> None:
        """Sets what calls are served with. codec: the format of results, their encoder, and a decoder for each format
        of calls. why_no_tool: returns why a name is no tool's. uninterrupted: the names of tools that a cancellation
        does not interrupt."""
        self._has_coroutines = any(map(is_async, tools.values()))
        if self._thread_parts is not None:
            tools = self._thread_parts[1](tools, uninterrupted)
        self._tools = Tools(tools, self._context, why_no_tool, uninterrupted)
        self._codec = codec
        if self._has_coroutines:
            self._loop.prepare()

    def offer_host_tools(self, tools: dict, encode) -> None:
        """Sets what is told of the host's tools, by name, and the encoder of their arguments."""
        self._host_tools = tools, encode

    def report_memory(self, hook, tell) -> None:
        """Reports the result of the adapter's ``memory_usage()`` to the host from now on."""
        log, threads = self._context.log, self._threads
        if threads is not None:
            return threads.report_memory(MemoryReports(lambda: threads.loop.settle(hook()), tell, log, None))
        memory = MemoryReports(lambda: self.run(hook), tell, log, self._channels.data_in)

        def report() -> None:
            if not memory.before_wait():
                self._before_wait.remove(report)

        self._before_wait.insert(0, report)

    def tell_session_ends(self, hook) -> None:
        """Calls the adapter's ``on_session_end()`` with every session that ends here."""
        if hook is not None:
            loop = self._loop if self._threads is None else self._threads.loop
            self._sessions.use(lambda session: loop.settle(hook(session)))

    def move_sessions(self, hooks: tuple, encode) -> dict:
        """Returns the tools that export and import sessions with the adapter's hooks."""
        def settle(result):
            return (self._loop if self._threads is None else self._threads.loop).settle(result)
        return SessionMoves(self._context, hooks, settle, encode, make_decoder()).tools

    def end_sessions(self, hook) -> None:
        """Ends the sessions that there are, because the worker ends. hook: the adapter's ``on_session_end()``."""
        if hook is not None:
            self._sessions.use(lambda session: self._loop.settle(hook(session)))  # on this thread from now on
        self._sessions.end_all()

    def start_threads(self, count: int, tasks: int, setup) -> None:
        """Starts the threads that run calls, and calls setup in each of them. tasks: the calls of async tools at once.
        """
        tasks = tasks if self._has_coroutines else 0
        self._threads = self._thread_parts[0](
            self._channels, self._context, self._reader, self._page, self._loop, self._codec[2])
        self._sessions = self._threads.sessions
        self._threads.start_threads(
            count, tasks, self._page, self._tools, self._codec, self._host_tools, self._dumps, self._reader.max_body,
            setup)

    def prepare_threads(self, threads: int, safety: str) -> "ThreadSafety":
        """Imports what threads need, before an adapter is loaded. Workers without threads start without it."""
        from ._safety import ThreadSafety
        from ._threads import ThreadServer
        checks = ThreadSafety(threads, safety, self._context.log)
        self._thread_parts = ThreadServer, checks.guard
        separate_lines(self._context)
        return checks

    def prepare_loop(self) -> None:
        """Prepares the event loop, before an adapter with coroutines is loaded."""
        self._loop.prepare()

    def run(self, hook):
        """Runs a hook of the adapter, if it has it."""
        return None if hook is None else self._loop.settle(hook())

    def warm_up(self, name: str) -> None:
        """Runs a tool without arguments, for its side effects."""
        tool = self._tools.find(name)
        if tool is None:
            raise self._tools.not_found(name)
        try:
            self.run(tool[0])
        except TypeError as error:
            explain_misfit(error, name, tool[0], (), {})
            raise

    def serve(self, ready: bytes) -> "SystemExit | None":
        """Sends a frame and then serves calls until the host closes the data channel. Returns the SystemExit of a
        signal handler, if one ended it."""
        if self._threads is not None:
            return self._threads.serve(ready)
        channels, page, context, max_body = self._channels, self._page, self._context, self._reader.max_body
        inbox = Inbox(channels.data_in, self._reader.take_rest(), max_body, self._codec[2], self._before_wait)
        outbox = Outbox(channels.data_out, page)
        row = page.row(0)
        exchange = Exchange(context, self._loop, inbox)
        streams = Streams(channels, context, self._loop, exchange, outbox, page, row, self._codec, max_body)
        tools, encode = self._host_tools
        host = HostLink(tools, channels, context, exchange, outbox, row, encode, max_body)
        context.host = Host(host)
        ArgumentStream.link = ArgumentLink(exchange, host.running_call, outbox, row, make_decoder(), loads_plain)
        runner = Runner(channels, page, row, context, context._running, self._tools, streams, self._codec, self._dumps,
                        max_body, outbox)
        context._get_finished = lambda: runner.row[FINISHED]
        return SerialServer(channels, inbox, outbox, runner, context.log).serve(ready)

    def close(self) -> None:
        """Ends the remaining tasks of async tools."""
        self._loop.close()
