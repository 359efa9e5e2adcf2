"""The reading end of the data channel in a worker with threads: a thread of its own reads for all of them."""

from _collections import deque
from _thread import allocate_lock

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._channels import die, die_of
from ._context import Context, Running, own_running
from ._errors import headline
from ._frames import CALL_WORDS, REPLY_HEADER, FrameReader, ProtocolError
from ._gate import unwrapped
from ._inbox import OF_RUNNING_CALLS
from ._loop import is_async
from ._waiting import WaitingCalls

_EXTENDED = protocol.EXTENDED_HEADER_SIZE
_SMALL = 65536  # bytes of a body that is copied out of its frame
_unpack = CALL_WORDS.unpack_from


class Mailbox:
    """The frames for the call that one thread runs. Has the methods of Inbox that Exchange uses."""

    __slots__ = ("notify", "_frames", "_arrived")

    def __init__(self) -> None:
        self.notify = None  # is called in another thread when something has arrived
        self._frames = deque()
        self._arrived = allocate_lock()
        self._arrived.acquire()

    def put(self, low: int, kind: int, number: int, body: bytes) -> None:
        """Adds a frame for the call with that number on the wire."""
        self._frames.append((low, kind, number, body))
        self.wake()

    def wake(self) -> None:
        """Wakes the thread if it waits: something has arrived, or its call was cancelled."""
        notify = self.notify
        if notify is not None:
            notify()
        try:
            self._arrived.release()
        except RuntimeError:  # it was woken before
            pass

    def is_readable(self) -> bool:
        """Whether frames have arrived."""
        return bool(self._frames)

    def receive(self, call: tuple, wait: bool = True) -> deque:
        """Returns the frames that have arrived for the call, each as (type, number in its header's extension, body).
        Waits for news, unless wait is False."""
        frames = self._take(call[4])
        if frames or not wait:
            return frames
        self._arrived.acquire()
        return self._take(call[4])

    def receive_once(self, call: tuple) -> deque:
        """Returns the frames that have arrived for the call."""
        return self._take(call[4])

    def _take(self, low: int) -> deque:
        taken = [self._frames.popleft() for _ in range(len(self._frames))]
        return deque(frame[1:] for frame in taken if frame[0] == low)


class Arrivals:
    """Reads frames: calls wait for a thread, calls of async tools go to the event loop, and frames for a running call
    go to its mailbox."""

    __slots__ = ("number", "open", "mailboxes", "_reader", "_decoders", "_calls", "_context", "_find", "_tasks")

    def __init__(self, reader: FrameReader, decoders, calls: WaitingCalls, context: Context) -> None:
        """decoders: of the bodies of calls, by format."""
        self.number = 0  # of the last call
        self.open: "set[int]" = set()  # the numbers of the calls that have arrived and are not finished
        self.mailboxes: "dict[int, Mailbox]" = {}  # by the number on the wire of the call that their thread runs
        self._reader = reader
        self._decoders = {protocol.CALL | form << 8: decode for form, decode in enumerate(decoders)}
        self._calls = calls
        self._context = context
        self._find = self._tasks = None

    def use_loop(self, find, tasks) -> None:
        """Lets calls of async tools go to the event loop. find: returns a tool by its name."""
        self._find = find
        self._tasks = tasks

    def get_finished(self) -> int:
        """Returns the number up to which all calls are finished."""
        number, unfinished = self.number, self.open.copy()
        return min(unfinished) - 1 if unfinished else number

    def wake(self, low: int) -> None:
        """Wakes the thread that runs the call with that number on the wire."""
        mailbox = self.mailboxes.get(low)
        if mailbox is not None:
            mailbox.wake()

    def run(self) -> None:
        """Reads until the host closes the data channel."""
        own_running.set(Running(links=_ReaderLinks(self)))  # for streams among arguments that are decoded here
        reader = self._reader
        try:
            while data := reader.peek():
                position = self._take_calls(data)
                if position:
                    reader.skip(position)
                else:
                    self._take(*reader.read())
        except ProtocolError as error:
            die(protocol.EXIT_PROTOCOL_ERROR, f"protocol error on the data channel: {error}")
        except OSError as error:
            die_of(error, "reading the data channel")
        except BaseException as error:  # such as no memory; without this thread the worker would look hung
            die(protocol.EXIT_CHANNEL_FAILED, f"reading the data channel failed: {headline(error)}")

    def _take_calls(self, data: bytes) -> int:
        """Takes the calls that data begins with; returns where anything else begins: a frame of another type, an
        incomplete or a wrong one."""
        position, end, calls, number = 0, len(data), [], self.number
        find, longest, opened = self._decoders.get, _EXTENDED + self._reader.max_body, self.open.add
        while end - position >= _EXTENDED:
            length, what, call, low, header_length, remaining_ms, attempt, window = _unpack(data, position)
            start, stop, decode = position + _EXTENDED, position + length, find(what)
            if (decode is None or header_length != _EXTENDED or low != number + 1 & 0xFFFFFFFF or stop > end
                    or not _EXTENDED <= length <= longest):
                break
            number += 1
            opened(number)  # before the number: no call may count as finished that has not begun
            self.number = number
            calls.append((call, number, remaining_ms, attempt, low, decode, data[start:stop], window, None))
            position = stop
            if self._tasks is not None:
                break  # one after the other: its arguments are decoded here
        if calls:
            self._route(calls)
        return position

    def _take(self, header: tuple, frame) -> None:
        _, kind, _, _, call, low, header_length, _ = header
        if kind == protocol.CALL:
            self._route([self._read_call(header, frame)])
        elif kind in OF_RUNNING_CALLS:
            mailbox = self.mailboxes.get(low)
            if mailbox is not None:
                number = REPLY_HEADER.unpack_from(frame)[8] if header_length >= _EXTENDED else 0
                mailbox.put(low, kind, number, bytes(frame[header_length:]))
        else:
            raise ProtocolError(f"a frame of type {kind}, where a CALL was due")

    def _route(self, calls) -> None:
        """Gives calls of async tools to the event loop, and the others to threads."""
        if self._tasks is not None:
            calls = [left for left in map(self._offer_loop, calls) if left is not None]
        self._calls.put_all(calls)
        context = self._context
        if context._cancelled:
            for call in calls:
                if call[1] in context._cancelled:
                    context._wake(call[4])  # its order has come first, on the control channel

    def _offer_loop(self, call: tuple) -> "tuple | None":
        """Returns the call for a thread; None when its tool is an async one, and the event loop has it."""
        try:
            request = call[5](call[6])
            tool = self._find(request[0])
        except Exception:  # the thread answers with what is wrong
            return call
        call = (*call[:5], _as_is, request, *call[7:])
        if tool is None or not is_async(unwrapped(tool[0])):
            return call
        self._tasks.put(call, request, tool)
        return None

    def _read_call(self, header: tuple, frame) -> tuple:
        """Returns the call as an inbox yields it."""
        _, _, form, _, call, low, header_length, _ = header
        if header_length < _EXTENDED:
            raise ProtocolError(f"a CALL with a header of {header_length} bytes")
        _, what, _, _, _, remaining_ms, attempt, window = _unpack(frame)
        decode = self._decoders.get(what)
        if decode is None:
            raise ProtocolError(f"call {call} is written in format {form}, which this interpreter does not have")
        number = self.number + 1
        if low != number & 0xFFFFFFFF:
            raise ProtocolError(f"call {call} has the sequence number {low}, where {number} was due")
        body = frame[header_length:] if len(frame) < _SMALL else memoryview(frame)[header_length:]
        self.open.add(number)  # before the number: no call may count as finished that has not begun
        self.number = number
        return call, number, remaining_ms, attempt, low, decode, body, window, None


def _as_is(request):
    """Decodes what is decoded already."""
    return request


class _ReaderLinks:
    """The links of the thread that reads, which runs no call."""

    __slots__ = ("_arrivals",)

    gate = None

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals

    @property
    def arguments(self) -> "_ReaderLinks":
        return self

    @property
    def begun(self) -> int:
        """The number of the call whose arguments are being decoded."""
        return self._arrivals.number
