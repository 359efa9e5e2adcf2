"""A finished call leaves nothing alive in the worker: no request, result or exception, and no objects of its frames."""
import unittest

from snakepit import _protocol as protocol
from tests.host import WorkerHost

SIZE = 20_000_000
ADAPTER = '''
import asyncio, gc, weakref

gc.disable()  # what only the collector would find does not count as gone

class Thing:
    def __init__(self): self.weight = bytearray(100)

alive = []

def note(thing):
    alive.append(weakref.ref(thing))
    return thing

def count():
    return sum(ref() is not None for ref in alive)

class Wrong(Exception):
    pass

def returns():
    return note(Thing())

def takes(value):
    return len(value)

def gives(size):
    return "x" * size

def raises():
    local = note(Thing())
    error = note(Wrong("wrong", note(Thing())))
    try:
        raise error
    finally:
        del error

def raises_from():
    local = note(Thing())
    try:
        1 / 0
    except ZeroDivisionError as cause:
        raise Wrong(note(Thing())) from cause

async def awaits():
    local = note(Thing())
    await asyncio.sleep(0)
    return note(Thing())

async def awaits_and_raises():
    local = note(Thing())
    await asyncio.sleep(0)
    raise Wrong(note(Thing()))

def generates():
    local = note(Thing())
    yield local

def returns_generator():
    thing = note(Thing())
    return (thing for _ in range(3))

def encodes_badly():
    thing = note(Thing())
    nested = [thing]
    for _ in range(300): nested = [nested]
    return nested

def health_check():
    note(Thing())
    if len(alive) % 2: raise Wrong(note(Thing()))
    return True
'''
TOOLS = (
    "returns", "raises", "raises_from", "awaits", "awaits_and_raises", "generates", "returns_generator",
    "encodes_badly", "__snakepit_health_check__", "__snakepit_health_check__")


# Rule: L19
class RemainsTests(unittest.TestCase):
    def test_what_a_call_made_is_gone_when_its_reply_is_there(self):
        with WorkerHost(ADAPTER) as host:
            for tool in TOOLS:
                with self.subTest(tool):
                    self.assertIn(host.call(tool).kind, (protocol.RESULT, protocol.ERROR))
                    self.assertEqual(host.result("count"), 0)
        with WorkerHost(ADAPTER, codec="marshal") as host:
            for tool in TOOLS:
                with self.subTest(tool, codec="marshal"):
                    self.assertIn(host.call(tool).kind, (protocol.RESULT, protocol.ERROR))
                    self.assertEqual(host.call("count").body, b"i\0\0\0\0")

    def test_memory_of_large_requests_and_results_is_given_back_with_the_reply(self):
        large, small = "x" * SIZE, "x" * 100_000
        for codec in ("json", "marshal"):
            for page_size in (0, protocol.PAGE_SIZE):
                with self.subTest(codec, page_size=page_size), WorkerHost(
                        ADAPTER, codec=codec, page_size=page_size, max_message=1 << 28) as host:
                    self.assertEqual(host.call("takes", [small]).kind, protocol.RESULT)
                    before = self.resident(host)
                    for arguments, kind, tool, least in (
                            ([large], protocol.RESULT, "takes", 1), ([SIZE], protocol.RESULT, "gives", SIZE),
                            ({"none": large}, protocol.ERROR, "takes", 1)):
                        reply = host.call(tool, arguments)
                        self.assertEqual(reply.kind, kind)
                        self.assertGreaterEqual(len(reply.body), least)
                        self.assertLess(self.resident(host) - before, SIZE // 2)

    def resident(self, host) -> int:
        """Reads from outside, while the worker waits: a call would replace what the previous one left."""
        host.send_control(protocol.PING)
        host.read_control()
        with open(f"/proc/{host.process.pid}/statm") as file:
            return int(file.read().split()[1]) * 4096
