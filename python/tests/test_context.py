"""The call that ctx describes: that of the thread or task which asks."""
import threading
import unittest

from snakepit._context import Context, Running, own_running
from snakepit._loop import Loop
from tests.host import WorkerHost

ADAPTER = """
    import asyncio, threading
    from snakepit import ctx

    async def turn(): await asyncio.sleep(0)

    async def with_tasks():
        async def inner():
            await turn()
            return ctx.call_id, ctx.attempt, ctx.deadline is not None
        loop = asyncio.get_running_loop()
        return [await loop.create_task(inner()), await loop.run_in_executor(None, on_a_thread), ctx.call_id]

    def on_a_thread():
        seen = []
        thread = threading.Thread(target=lambda: seen.append(ctx.call_id))
        thread.start()
        thread.join()
        return seen[0]

    async def leave_task():
        async def later():
            while not leave_task.ask: await turn()
            return ctx.call_id, ctx.attempt, ctx.deadline, ctx.cancelled
        leave_task.ask = False
        leave_task.left = asyncio.ensure_future(later())
        return ctx.call_id

    async def ask_task():
        leave_task.ask = True
        return [ctx.call_id, await leave_task.left]

    def call_id(): return ctx.call_id
"""


class ContextTests(unittest.TestCase):
    def test_threads_see_their_own_call(self):
        context = Context()
        context._running.call = 1, 1, 0, 1
        context._cancelled = {3}
        met = threading.Barrier(3)
        seen = {}

        def run(number):
            own_running.set(Running((10 * number, number, 60_000, number)))
            met.wait()
            seen[number] = context.call_id, context.attempt, context.cancelled
            met.wait()

        threads = [threading.Thread(target=run, args=(number,)) for number in (2, 3)]
        for thread in threads:
            thread.start()
        met.wait()
        met.wait()
        for thread in threads:
            thread.join()
        self.assertEqual(seen, {2: (20, 2, False), 3: (30, 3, True)})
        self.assertEqual((context.call_id, context.attempt, context.deadline), (1, 1, None))

    def test_tasks_and_threads_of_a_call_see_it(self):
        with WorkerHost(ADAPTER) as host:
            self.assertEqual(host.result("with_tasks", remaining_ms=60_000), [[1001, 1, True], 1001, 1001])
            self.assertEqual(host.result("on_a_thread"), 1002)

    def test_task_that_outlives_its_call_sees_no_call_and_not_the_next_one(self):
        with WorkerHost(ADAPTER) as host:
            self.assertEqual(host.result("leave_task", attempt=2), 1001)
            self.assertEqual(host.result("call_id"), 1002)
            self.assertEqual(host.result("ask_task"), [1003, [None, 0, None, False]])

    def test_cancel_may_come_while_its_task_ends(self):
        context = Context()
        loop = Loop(context, -1, [])
        taken = []

        async def tool():
            taken.append(context._tasks[7])

        context._running.call, context._running.tool = (1001, 7, 0, 1), (tool, 0, True, "tool")
        loop.settle(tool())
        context._running.call = None
        context._get_finished = lambda: 6
        context._tasks[7] = taken[0]  # as if the other thread had taken it before the end
        context._cancel(7)
        loop.close()


if __name__ == "__main__":
    unittest.main()
