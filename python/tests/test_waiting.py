"""Which thread of a worker with threads takes a call, and which one is woken for it."""

import threading
import unittest

from snakepit._waiting import LOOK, LOOKS, WaitingCalls
from tests.host import BOUND


def nothing(*_):
    return -1


class Thread:
    """The lock of a thread. Each wait of the thread performs the next step, which says whether it was woken."""

    def __init__(self, *steps) -> None:
        self.steps = list(steps)
        self.waits = []  # their times
        self.wakes = 0

    def acquire(self, blocking=True, pause=-1):
        self.waits.append(pause)
        return self.steps.pop(0)()

    def release(self):
        self.wakes += 1

    def take(self, calls):
        return calls.take(self, nothing, nothing)


class WakeTests(unittest.TestCase):
    def setUp(self):
        self.calls = WaitingCalls()

    def put(self, *calls):
        self.calls.put_all(calls)
        return True

    def test_idle_thread_is_woken_for_a_call(self):
        thread = Thread(lambda: self.put("a"))
        self.assertEqual(thread.take(self.calls), "a")
        self.assertEqual((thread.waits, thread.wakes), ([-1], 1))

    def test_thread_that_leaves_calls_wakes_the_next_one(self):
        first = Thread()

        def put_two():
            self.put("a", "b")
            self.assertEqual((first.wakes, second.wakes), (0, 1))  # the last one that became idle
            self.calls._is_waking = False  # it has looked
            self.assertEqual(first.take(self.calls), "a")
            return True

        second = Thread(put_two)
        self.assertEqual(second.take(self.calls), "b")

    def test_thread_that_was_woken_in_vain_watches_until_there_are_no_calls(self):
        thread = Thread(lambda: True, *[lambda: False] * LOOKS, lambda: self.put("a"))
        self.assertEqual(thread.take(self.calls), "a")
        self.assertEqual(thread.waits, [-1, *[LOOK] * LOOKS, -1])

    def test_nobody_is_woken_while_calls_are_taken_from_look_to_look(self):
        quick, idle = Thread(), Thread()

        def work():
            self.put("a")
            self.assertEqual(quick.take(self.calls), "a")
            self.calls._is_waking = False
            self.calls._idle.append(idle)
            for call in "bcd":
                self.put(call)  # the thread that has just taken one comes back
                self.assertEqual(quick.take(self.calls), call)
            return False

        watching = Thread(lambda: True, work, *[lambda: False] * LOOKS, lambda: self.put("e"))
        self.assertEqual(watching.take(self.calls), "e")
        # For the first call, as the only idle thread, and for the last one, as the last thread that became idle.
        self.assertEqual((watching.wakes, idle.wakes), (2, 0))

    def test_call_behind_a_blocked_thread_is_taken_by_the_one_that_watches(self):
        blocked = Thread()

        def block():
            self.put("a", "b")
            self.assertEqual(blocked.take(self.calls), "a")
            return False

        watching = Thread(lambda: True, block, lambda: False)
        self.assertEqual(watching.take(self.calls), "b")
        self.assertEqual(watching.wakes, 1)  # for the first call, as the only thread that was idle

    def test_one_thread_watches(self):
        other = Thread(lambda: True, lambda: self.put("a"))

        def wake_other():
            self.assertEqual(other.take(self.calls), "a")
            return False

        watching = Thread(lambda: True, wake_other, *[lambda: False] * LOOKS, lambda: self.put("b"))
        self.assertEqual(watching.take(self.calls), "b")
        self.assertEqual(other.waits, [-1, -1])


class StormTests(unittest.TestCase):
    def test_each_call_runs_once_whichever_threads_are_blocked(self):
        calls, done, ran = WaitingCalls(), threading.Event(), []
        count = 2_000

        def run(number):
            if number % 50 == 0:
                blocked.wait(LOOK)
            ran.append(number)
            if len(ran) == count:
                done.set()

        def serve():
            own = threading.Lock()
            own.acquire()
            while (call := calls.take(own, nothing, nothing)) != "end":
                call()

        blocked = threading.Event()
        threads = [threading.Thread(target=serve, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(count):
            calls.put(lambda number=number: run(number))
        self.assertTrue(done.wait(BOUND))
        self.assertEqual(sorted(ran), list(range(count)))
        for _ in threads:
            calls.put("end")
        for thread in threads:
            thread.join(BOUND)
        self.assertFalse(any(thread.is_alive() for thread in threads))

    def test_waits_for_nobody_when_every_thread_but_one_is_blocked(self):
        calls, free, ran = WaitingCalls(), threading.Event(), threading.Event()

        def serve():
            own = threading.Lock()
            own.acquire()
            while (call := calls.take(own, nothing, nothing)) != "end":
                call()

        threads = [threading.Thread(target=serve, daemon=True) for _ in range(3)]
        for thread in threads:
            thread.start()
        calls.put_all([*[lambda: None] * 100, free.wait, free.wait, ran.set])
        self.assertTrue(ran.wait(BOUND))
        free.set()
        for _ in threads:
            calls.put("end")
        for thread in threads:
            thread.join(BOUND)
