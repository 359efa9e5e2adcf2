"""Exceptions that are hard to describe, for their class or their size: the caller gets an error, and the worker serves
on."""
import sys
import unittest

from snakepit import _protocol as protocol
from tests.host import WorkerHost

ADAPTER = '''
import builtins, sys

def add(a, b):
    return a + b

def refuse(*args):
    raise SystemExit("refused")

class Text(str):
    def __len__(self): return 3
    def encode(self, *args): return 7

class Endless(list):
    def __iter__(self):
        while True: yield "more"

class EndlessTuple(tuple):
    __iter__ = Endless.__iter__

def made(base=Exception, **members):
    return type("E", (base,), members)(1)

def with_notes(notes):
    error = ValueError(1)
    error.__notes__ = notes
    return error

def chain(length, link="__cause__"):
    error = ValueError(0)
    for number in range(1, length):
        outer = ValueError(number)
        setattr(outer, link, error)
        error = outer
    return error

def cycle():
    first, second = ValueError(1), ValueError(2)
    first.__cause__, second.__cause__ = second, first
    return first

def group(depth, width=1):
    error = ValueError(0)
    for _ in range(depth):
        error = ExceptionGroup("group", [error] * width)
    return error

def from_metaclass(**members):
    return type("Meta", (type,), members)("E", (Exception,), {})(1)

def bases():
    kind = Exception
    for _ in range(300):
        kind = type("N" * 1000, (kind,), {})
    return kind(1)

class Raising:
    """Converting it raises what describes itself badly."""
    def __iter__(self): raise made(BaseException, __traceback__=property(refuse), __class__=property(refuse))

class Items(Raising, list):
    pass

ERRORS = {
    "str() raises": lambda: made(__str__=refuse, __repr__=refuse),
    "str() is no text": lambda: made(__str__=lambda self: 5, __repr__=lambda self: 5),
    "str() lies": lambda: made(__str__=lambda self: Text("x" * 100_000)),
    "str() is huge": lambda: made(__str__=lambda self: "x" * 20_000_000),
    "str() never ends": lambda: made(__str__=lambda self: str(self)),
    "class raises": lambda: made(__class__=property(refuse)),
    "class lies": lambda: made(__class__=property(lambda self: int)),
    "traceback raises": lambda: made(__traceback__=property(refuse)),
    "traceback is none": lambda: made(__traceback__=5),
    "attributes raise": lambda: made(__getattribute__=refuse),
    "attributes are itself": lambda: made(__getattribute__=lambda self, name: self),
    "notes raise": lambda: made(__notes__=property(refuse)),
    "notes are odd": lambda: with_notes([made(__str__=refuse), 5, "x" * 1_000_000]),
    "notes never end": lambda: with_notes(Endless(["one"])),
    "notes are many": lambda: with_notes(["x" * 1000] * 100_000),
    "arguments never end": lambda: made(args=EndlessTuple((1,))),
    "no arguments": lambda: made(__slots__=(), __init__=lambda self, *args: None, args=property(refuse)),
    "causes raise": lambda: made(__cause__=property(refuse), __context__=property(refuse)),
    "causes are none": lambda: made(__cause__=5, __context__="x"),
    "causes never end": lambda: made(__cause__=property(lambda self: type(self)(1))),
    "causes are many": lambda: chain(100_000),
    "contexts are many": lambda: chain(100_000, "__context__"),
    "causes are a cycle": cycle,
    "name is huge": lambda: type("N" * 5_000_000, (Exception,), {"__module__": 5})(1),
    "bases are many": bases,
    "metaclass raises": lambda: from_metaclass(__getattribute__=refuse),
    "metaclass hides the name": lambda: from_metaclass(__name__=property(refuse), __mro__=property(refuse)),
    "syntax error of nonsense": lambda: SyntaxError("x", ("file", 1, 1 << 40, "t" * 1_000_000)),
    "exit": lambda: SystemExit(made(__str__=refuse)),
    "interrupt": lambda: KeyboardInterrupt(),
    "end of a generator": lambda: GeneratorExit(),
    "end of an iteration": lambda: StopIteration(Endless()),
    "base": lambda: made(BaseException),
}
if hasattr(builtins, "ExceptionGroup"):
    ERRORS.update({
        "group is deep": lambda: group(100_000),
        "group is wide": lambda: ExceptionGroup("group", [ValueError("x" * 100)] * 20_000),
        "group is a tree": lambda: group(40, 2),
        "group hides its members": lambda: made_group(exceptions=property(refuse)),
    })

def made_group(**members):
    return type("E", (ExceptionGroup,), members)("group", [ValueError(1)])

def names():
    return list(ERRORS)

def fail(name):
    raise ERRORS[name]()

def fail_while_handling(name):
    try:
        raise ERRORS[name]()
    except BaseException:
        raise LookupError("while handling")

def fail_in_the_result():
    return Items([1])
'''


# Rule: P3
class HostileErrorTests(unittest.TestCase):
    def test_error_of_every_kind_is_told_and_the_worker_serves_on(self):
        for codec in ("json", "marshal"):
            with WorkerHost(ADAPTER, codec=codec) as host:
                for name in host.result("names"):
                    for tool in ("fail", "fail_while_handling"):
                        with self.subTest(f"{name} {tool} {codec}"):
                            reply = host.call(tool, [name])
                            self.assertEqual(reply.kind, protocol.ERROR)
                            self.assertLess(len(reply.body), 4_000_000)
                            if tool == "fail_while_handling":
                                self.assertEqual(
                                    (reply.value["type"], reply.value["message"]), ("LookupError", "while handling"))
                            else:
                                self.assertNotIn(reply.value["type"], ("", "SystemError"))
                            self.assertEqual(host.result("add", [1, 2]), 3)
                self.assertEqual(host.error("fail_in_the_result")["type"], "E")
                self.assertEqual(host.shutdown(), 0)

    def test_name_is_never_longer_than_a_message_allows(self):
        with WorkerHost(ADAPTER, max_message=10_000) as host:
            for name in host.result("names"):
                with self.subTest(name):
                    self.assertLessEqual(len(host.call("fail", [name]).body), 10_000)
            self.assertEqual(host.result("add", [1, 2]), 3)


if __name__ == "__main__":
    unittest.main()
