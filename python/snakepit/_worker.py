"""The worker process: handshake, adapter, calls, end."""

import os
import sys
from os import _exit
from _signal import SIG_IGN, SIGINT, signal
from time import monotonic, process_time

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._adapter import Adapter, AdapterError, has_coroutines, load_adapter
from ._cancellation import install_interruption
from ._channels import Channels, die, die_of, flush_output, open_channels
from ._context import ctx
from ._control import Control
from ._errors import describe, encode_error, headline
from ._frames import FrameReader, ProtocolError, frame_header
from ._page import Page, open_page
from ._plain import REFUSE
from ._printing import mark_output
from ._records import take_records
from ._linux import become_likely_oom_victim
from ._serve import Server
from ._session_data import use_codec
from ._tools import HEALTH_CHECK
from ._values import dumps_plain, loads, loads_plain, make_decoder, make_encoder

MAX_SEARCH_PATH = 100  # folders; more are not told to the host
EXIT_TEARDOWN_FAILED = 1  # as of any program that ends with an exception

REQUIRED = ("protocol", "codec", "worker", "pool", "adapter", "max_message", "unserializable", "repr_max_length")


def main() -> None:
    """Runs a worker on descriptors 3 (data in), 4 (data out), 5 (control) and maybe 6 (page) until its host ends it."""
    clock = _Clock()
    page = open_page()
    _run(open_channels(), page, clock)


def main_on_standard_streams() -> None:
    """Runs a worker where a process only has its standard streams and what it inherits: calls come in on the first and
    go out on the second, and the command line names two pipes for control."""
    clock = _Clock()
    from ._standard import open_standard_channels
    _run(open_standard_channels(), Page(), clock)


def _run(channels: Channels, page: Page, clock: "_Clock") -> None:
    _prepare_process()
    mark_output(ctx)
    reader = FrameReader(channels.data_in, protocol.MAX_HANDSHAKE)
    server = Server(channels, reader, page, ctx, dumps_plain)
    try:
        adapter, control, ready = _boot(channels, reader, page, server, clock)
        left = server.serve(ready)
    except ProtocolError as error:
        die(protocol.EXIT_PROTOCOL_ERROR, f"protocol error on the data channel: {error}")
    if left is not None:  # sys.exit() of a signal handler
        raise left
    if not control.wait_for_shutdown():
        die(protocol.EXIT_CHANNEL_LOST)
    server.end_sessions(adapter.hook("on_session_end"))
    try:
        server.run(adapter.hook("teardown"))
    except BaseException as error:
        told = describe(error)
        ctx.log.warning("teardown() failed: %s", told["traceback"] or headline(error))
        control.close()
        sys.exit(EXIT_TEARDOWN_FAILED)
    server.close()
    control.close()


class _Clock:
    """Times the stages of the start; the first one includes the interpreter's own."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = monotonic() - process_time()

    def lap_ms(self) -> float:
        now = monotonic()
        elapsed, self._last = now - self._last, now
        return round(elapsed * 1000, 3)


def _prepare_process() -> None:
    become_likely_oom_victim()
    signal(SIGINT, SIG_IGN)  # the host handles Ctrl+C in a terminal


def _boot(channels: Channels, reader: FrameReader, page: Page, server: Server, clock: _Clock):
    """Runs the handshake, loads the adapter and calls its setup; returns them with the READY frame."""
    _send(channels, protocol.HELLO, {
        "protocol": [protocol.VERSION_LOWEST, protocol.VERSION_HIGHEST],
        "runtime": {"cpython": "CPython", "pypy": "PyPy"}.get(sys.implementation.name, sys.implementation.name),
        "version": ".".join(map(str, sys.version_info[:3])),
        "pid": os.getpid(),
        "codecs": _codecs(),
        "features": ["page"] if page.is_shared else [],
    })
    init = _receive_init(reader)
    _check_init(channels, init)
    ctx.worker, ctx.pool = init["worker"], init["pool"]
    control = Control(channels, ctx, dumps_plain)
    ctx.log._send, ctx._request_recycle = control.log, control.request_recycle
    ctx.telemetry._send = control.take
    wanted = init.get("telemetry")
    if wanted is not None:
        ctx.telemetry._configure(wanted["include"], wanted["exclude"], wanted["sampling"])
    control.start()
    take_records(ctx.log)
    codec = _codec(init)
    server.offer_host_tools(init.get("host_tools") or {}, make_encoder(
        init["unserializable"], init["repr_max_length"], init["max_message"]))
    use_codec(make_encoder(REFUSE, 0), loads)
    python_path = init.get("python_path") or ()
    if has_coroutines(init["adapter"], python_path):
        server.prepare_loop()
    safety = None
    if init.get("threads"):
        safety = server.prepare_threads(init["threads"], init.get("thread_safety", "watch"))
    timings = {"boot_ms": clock.lap_ms()}
    stage = "adapter"
    try:
        adapter = load_adapter(init["adapter"], python_path)
        if safety is not None:
            safety.check_tools(adapter)
        timings["import_ms"] = clock.lap_ms()
        stage = "setup"
        server.run(adapter.hook("setup"))
        timings["setup_ms"] = clock.lap_ms()
        uninterrupted = {tool["name"] for tool in adapter.catalogue if tool["cancel"] != "interrupt"}
        moves = _moves(adapter, server, init)
        server.use({**_tools(adapter), **moves}, codec, adapter.why_no_tool, uninterrupted)
        stage = "warmup"
        if init.get("warmup") is not None:
            server.warm_up(init["warmup"])
            timings["warmup_ms"] = clock.lap_ms()
        stage = "device"
        device = _check_device(server.run(adapter.hook("device")))
        reader.max_body = init["max_message"]
        if safety is not None:
            stage = "thread_setup"
            safety.check_libraries(adapter)
            tasks = init.get("async_calls") or init["threads"]
            server.start_threads(init["threads"], tasks, adapter.hook("thread_setup"))
    except BaseException as error:
        _fail(channels, stage, error)
    server.tell_session_ends(adapter.hook("on_session_end"))
    if adapter.hook("memory_usage") is not None:
        server.report_memory(adapter.hook("memory_usage"), control.tell)
    if channels.interrupts and init.get("interrupts") and not init.get("threads"):
        ctx._interruption = install_interruption(ctx, page.cancelled)  # now: the adapter may have reset all signals
    body = dumps_plain({
        "tools": adapter.catalogue,
        "timings": timings,
        "health_check": adapter.hook("health_check") is not None,
        "moves_sessions": bool(moves),
        "source": adapter.source,
        "device": device,
        "search_path": _search_path(),
    })
    return adapter, control, frame_header(protocol.READY, len(body)) + body


def _search_path() -> "list[str]":
    """Returns the folders in which this worker finds modules, those that have a plain text and no others."""
    return [entry for entry in sys.path if isinstance(entry, str) and entry.isprintable()][:MAX_SEARCH_PATH]


def _tools(adapter: Adapter) -> dict:
    """Returns the adapter's tools by name, its health check included."""
    check = adapter.hook("health_check")
    return adapter.tools if check is None else {**adapter.tools, HEALTH_CHECK: check}


def _moves(adapter: Adapter, server: Server, init: dict) -> dict:
    """Returns the tools that move sessions, if the adapter has both hooks."""
    hooks = adapter.hook("export_session"), adapter.hook("import_session")
    if None not in hooks:
        return server.move_sessions(hooks, make_encoder(REFUSE, 0, init["max_message"]))
    if hooks != (None, None):
        there, missing = ("export_session", "import_session")[::1 if hooks[0] else -1]
        ctx.log.warning("the adapter has %s() and no %s(): its sessions do not move", there, missing)
    return {}


def _check_device(name) -> "str | None":
    is_valid = isinstance(name, str) and 0 < len(name) <= protocol.MAX_DEVICE and name.isascii() and name.isprintable()
    if name is None or is_valid:
        return name
    what = ascii(name) if isinstance(name, str) and len(name) <= protocol.MAX_DEVICE else f"a {type(name).__name__}"
    raise AdapterError(
        f"device() must return a name of 1 to {protocol.MAX_DEVICE} printable ASCII characters such as 'cuda:0', "
        f"or None; it returned {what}")


def _receive_init(reader: FrameReader) -> dict:
    try:
        taken = reader.read()
    except OSError as error:
        die_of(error, "reading the data channel")
    if taken is None:
        die(protocol.EXIT_CHANNEL_LOST)
    header, frame = taken
    if header[1] != protocol.INIT:
        raise ProtocolError(f"a frame of type {header[1]}, where INIT was due")
    try:
        init = loads_plain(frame[header[6]:])
    except ValueError as error:
        raise ProtocolError(f"INIT is no JSON: {error}") from None
    missing = [key for key in REQUIRED if type(init) is not dict or key not in init]
    if missing:
        raise ProtocolError(f"INIT lacks {', '.join(missing)}")
    return init


def _check_init(channels: Channels, init: dict) -> None:
    lowest, highest = protocol.VERSION_LOWEST, protocol.VERSION_HIGHEST
    if not lowest <= init["protocol"] <= highest:
        _fail(channels, "protocol", ValueError(
            f"the host chose protocol {init['protocol']}; this worker package speaks {lowest} to {highest}"))
    if init["codec"] not in _codecs():
        _fail(channels, "protocol", ValueError(
            f"the host chose the codec '{init['codec']}'; this worker has {' and '.join(_codecs())}"))


def _codecs() -> "list[str]":
    """Returns the codecs that this interpreter has; marshal's format is CPython's own."""
    return ["json", "marshal"] if sys.implementation.name == "cpython" else ["json"]


def _codec(init: dict):
    """Returns the format of results, their encoder, and the decoders by format. All their imports happen before the
    adapter's, which may change what imports depend on, such as sys.path, the user, or the root folder."""
    detail = init["unserializable"], init["repr_max_length"], init["max_message"]
    if init["unserializable"] == "repr_redacted":
        from . import _redaction
    decoders = [make_decoder()]
    if "marshal" in _codecs():
        from . import _marshal
        decoders.append(_marshal.make_decoder())
    if init["codec"] == "marshal":
        return protocol.BODY_MARSHAL, _marshal.make_encoder(*detail), decoders
    return protocol.BODY_JSON, make_encoder(*detail), decoders


def _send(channels: Channels, kind: int, body: dict) -> None:
    encoded = dumps_plain(body)
    channels.send(frame_header(kind, len(encoded)), encoded)


def _fail(channels: Channels, stage: str, error: BaseException):
    """Reports to the host why this worker cannot start, and ends it."""
    told = encode_error(error, dumps_plain, protocol.MAX_HANDSHAKE // 2)
    body = dumps_plain({"stage": stage, "error": loads_plain(told)})
    channels.send(frame_header(protocol.FAILED, len(body)), body)
    flush_output()
    _exit(protocol.EXIT_BOOT_FAILED)
