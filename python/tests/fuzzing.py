"""Gives the worker's readers almost valid bytes.

``python3 -m tests.fuzzing INPUTS [SEED]`` writes the results as JSON. Every input depends on the seed and its number
alone. A reader may only reject an input as it declares. Anything else is a finding, and so is a value that changes when
it is written and read again.
"""

import contextlib
import json
import os
import pathlib
import random
import struct
import sys
import time

from snakepit import _inbox, _marshal, _protocol as protocol, _values
from snakepit._context import Context
from snakepit._frames import CALL_HEADER, HEADER, FrameReader, ProtocolError, frame_header
from snakepit._page import Page
from snakepit._serve import Server
from snakepit._worker import _receive_init

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "tests/vectors"
LONGEST = 16 * 1024  # it fits into a pipe
MAX_BODY = 4096
MOST_FINDINGS = 20
MOST_SECONDS = 20.0  # for one input: generous, so that only inputs that all but hang are findings
EXTREMES = (0, 1, 2, 23, 24, 255, 256, 257, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


class Finding(Exception):
    """A reader broke its contract."""


def mutate(corpus, rng):
    """Returns a few valid messages in a row, changed in a few places, or not at all."""
    data = bytearray(rng.choice(corpus))
    for _ in range(rng.choice((0, 0, 0, 1, 2, 3))):
        data += bytes(data) if rng.random() < 0.3 else rng.choice(corpus)
    for _ in range(rng.randrange(5)):
        at = rng.randrange(len(data) + 1)
        end = at + 1 + rng.randrange(64)
        kind = rng.randrange(10)
        if kind == 0 and data:
            data[at - 1] ^= 1 << rng.randrange(8)
        elif kind == 1 and data:
            data[at - 1] = _content(corpus, rng)
        elif kind == 2:
            data[at:at + 4] = struct.pack("<I", rng.choice(EXTREMES))
        elif kind == 3:
            del data[at:]
        elif kind == 4:
            data += bytes([_content(corpus, rng)]) * rng.randrange(64)
        elif kind == 5:
            del data[at:end]
        elif kind == 6:
            data.insert(at, _content(corpus, rng))
        elif kind == 7:
            data[end:end] = bytes(data[at:end])
        elif kind == 8:
            data = data[end:] + data[:end]
        else:
            other = rng.choice(corpus)
            data[at:] = other[rng.randrange(len(other) + 1):]
    return bytes(data[:LONGEST])


def _content(corpus, rng):
    other = rng.choice(corpus)
    return rng.choice(other) if other and rng.random() < 0.5 else rng.randrange(256)


def _vectors(name):
    return json.loads((VECTORS / name).read_text("utf-8"))


def _short(wires):
    return [wire for wire in wires if len(wire) < 1000]


def _marshal_corpus():
    wires = _short(bytes.fromhex(vector["wire"]) for vector in _vectors("marshal.json"))
    return wires + [b"[" + struct.pack("<I", 3) + b"".join(wires[i:i + 3]) for i in range(0, len(wires) - 3, 3)]


@contextlib.contextmanager
def _filled_pipe(data):
    source, sink = os.pipe()
    try:
        os.write(sink, data)
        os.close(sink)
        yield source
    finally:
        os.close(source)


class Frames:
    """The frame reader: it returns no invalid frame, and allocates no more than a frame may need."""

    corpus = [bytes.fromhex(vector["hex"]) for vector in _vectors("frames.json")]

    def take(self, data):
        taken = 0
        with _filled_pipe(data) as source:
            reader = FrameReader(source, MAX_BODY)
            try:
                while (read := reader.read()) is not None:
                    header, frame = read
                    length, kind, flags, segments, _, _, header_length, reserved = HEADER.unpack_from(data, taken)
                    if bytes(frame) != data[taken:taken + length]:
                        raise Finding("a frame differs from what was sent")
                    is_valid = not segments and not reserved and flags <= 1 and 24 <= header_length <= min(256, length)
                    if not is_valid or length - header_length > MAX_BODY:
                        raise Finding("it gave a frame that is none")
                    taken += length
            except ProtocolError:
                return
        if taken != len(data):
            raise Finding("it ended before the stream without saying so")


class Values:
    """A codec: a value that it has read and written stays the same."""

    def __init__(self, codec, corpus, refusals):
        self.corpus = corpus
        self._encode, self._decode, self._refusals = codec.make_encoder(), codec.make_decoder(), refusals

    def take(self, data):
        try:
            value = self._decode(data)
        except self._refusals:
            return
        with contextlib.suppress(ValueError):  # a value of Python alone, such as a set, which goes to no host
            wire = self._encode(value)
            if self._encode(self._decode(wire)) != wire:
                raise Finding(f"read again it is another value than {value!r:.200}")


def _end(*_):
    raise ProtocolError("the host has closed the channel")


class Calls:
    """The call loop: it answers every call, in order, and nothing else."""

    forked = False

    def __init__(self):
        bodies = [
            b'["echo",[1]]', b'["echo",{"value":"x"}]', b'["add",{"a":40,"b":2}]', b'["nothing"]', b"[]", b"{",
            _values.dumps_plain(["echo", [list(range(20))]])]
        single = [self._call(number, body) for number in (1, 2, 3) for body in bodies]
        marshalled = [
            self._call(number, _marshal.make_encoder()(["echo", [number]]), protocol.BODY_MARSHAL) for number in (1, 2)]
        late = [
            frame_header(kind, len(body), 1000 + number, number) + body
            for kind in sorted(_inbox.OF_RUNNING_CALLS) for number, body in ((1, b""), (2, b"{}"))]
        self.corpus = single + marshalled + late + [
            self._call(1, bodies[0]) + self._call(2, bodies[1]) + self._call(3, bodies[2])]
        if hasattr(os, "memfd_create"):
            self._sink = os.memfd_create("replies")
        else:
            self._sink = os.open("/dev/shm", os.O_TMPFILE | os.O_RDWR)

    def take(self, data):
        _inbox.die = _end  # a stream waits for credit until the host closes the channel
        os.ftruncate(self._sink, 0)
        os.lseek(self._sink, 0, os.SEEK_SET)
        with _filled_pipe(data) as source:
            self.data_in, self.data_out = source, self._sink
            context = Context()
            server = Server(self, FrameReader(source, MAX_BODY), Page(), context, _values.dumps_plain)
            server.use({"echo": lambda value: value, "add": lambda a, b: a + b},
                       (protocol.BODY_JSON, _values.make_encoder(), [_values.make_decoder(), _marshal.make_decoder()]))
            with contextlib.suppress(ProtocolError):
                server.serve(b"")
        self._check(data)

    def _check(self, data):
        replies = os.pread(self._sink, 1 << 24, 0)
        position = number = sent = 0
        while position < len(replies):
            while (late := HEADER.unpack_from(data, sent))[1] in _inbox.OF_RUNNING_CALLS:
                sent += late[0]  # of a call that has ended
            length, kind, _, _, call, seq, header_length, _ = HEADER.unpack_from(replies, position)
            if kind == protocol.CHUNK and seq == number + 1 and CALL_HEADER.unpack_from(data, sent)[10]:
                position += length  # an item of a stream, which the call takes
                continue
            number += 1
            if kind not in (protocol.RESULT, protocol.ERROR) or seq != number:
                raise Finding(f"reply {number} is of type {kind} and has the number {seq}")
            asked = CALL_HEADER.unpack_from(data, sent)
            if asked[1] != protocol.CALL or asked[4] != call or asked[5] != number:
                raise Finding(f"reply {number} answers no call")
            sent += asked[0]
            position += length

    @staticmethod
    def _call(number, body, form=protocol.BODY_JSON):
        size = protocol.EXTENDED_HEADER_SIZE
        return CALL_HEADER.pack(
            size + len(body), protocol.CALL, form, 0, 1000 + number, number, size, 0, 0, 1, 0) + body


class Init:
    """The host's part of the handshake."""

    corpus = [frame_header(protocol.INIT, len(body)) + body for body in (
        b'{"protocol":1,"codec":"json","worker":"p/0#1","pool":"p","adapter":"a.py","max_message":1000,'
        b'"unserializable":"type","repr_max_length":1}',
        b"{}", b"[]", b"1", b'"\\ud800"')]

    def take(self, data):
        with _filled_pipe(data) as source:
            reader = FrameReader(source, MAX_BODY)
            self.read = lambda: reader.read() or (HEADER.unpack(bytes(HEADER.size)), b"")
            with contextlib.suppress(ProtocolError):
                _receive_init(self)


def targets():
    """Returns new targets by name."""
    return {
        "frames": Frames(),
        "calls": Calls(),
        "init": Init(),
        "json": Values(_values, _short(vector["wire"].encode() for vector in _vectors("values.json")), ValueError),
        # A length may make marshal ask for more memory than there is. Only the host writes marshal data, and it is
        # trusted.
        "marshal": Values(_marshal, _marshal_corpus(), (ValueError, MemoryError)),
    }


@contextlib.contextmanager
def bounded_memory(spare=1 << 26):
    """Limits the address space to little more than is in use: a large allocation fails instead of making the machine
    swap."""
    import resource
    for module in ("numpy", "pandas"):  # importing these takes more memory than they may take later
        with contextlib.suppress(ImportError):
            __import__(module)
    limits = resource.getrlimit(resource.RLIMIT_AS)
    used = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + spare, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


def run(name, target, seed, inputs, first=0):
    """Returns the seconds of the slowest input, and the findings."""
    import faulthandler
    slowest, findings = 0.0, []
    for number in range(first, first + inputs):
        if number % 1000 == 0 and __name__ == "__main__":
            faulthandler.dump_traceback_later(60, exit=True)
        data = mutate(target.corpus, random.Random(f"{seed} {name} {number}"))
        began = time.perf_counter()
        try:
            target.take(data)
        except Exception as error:
            findings.append(f"{name}, seed {seed}, input {number}: {type(error).__name__}: {error}\n  {data.hex()}")
        took = time.perf_counter() - began
        slowest = max(slowest, took)
        if took > MOST_SECONDS:
            findings.append(f"{name}, seed {seed}, input {number}: took {took:.1f} s\n  {data.hex()}")
        if len(findings) >= MOST_FINDINGS:
            break
    return slowest, findings


def main(inputs, seed=1):
    all_targets = targets()
    share = max(1, int(inputs) // len(all_targets))
    result = {"inputs": share * len(all_targets), "slowest_ms": 0.0, "findings": []}
    with bounded_memory():
        for name, target in all_targets.items():
            slowest, findings = run(name, target, int(seed), share)
            result["slowest_ms"] = max(result["slowest_ms"], slowest * 1000)
            result["findings"] += findings
            print(f"python {name}: {share} inputs, {len(findings)} unexpected", file=sys.stderr)
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
