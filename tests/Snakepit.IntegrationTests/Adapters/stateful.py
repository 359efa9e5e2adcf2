"""Adapters as classes."""

from snakepit import ctx, tool


class Counter:
    """An adapter with one instance per worker."""

    limit = 10

    def setup(self):
        self.count = 0

    def teardown(self):
        ctx.log.info("torn down after %d", self.count)

    def increment(self):
        self.count += 1
        return self.count

    @staticmethod
    def static_tool(value):
        return value

    @classmethod
    def class_tool(cls):
        return cls.__name__

    @property
    def not_a_tool(self):
        raise RuntimeError("evaluated")

    @tool(name="other-name")
    def named(self):
        return "by another name"

    async def async_increment(self):
        self.count += 1
        return self.count

    def _private(self):
        return "never"


class AsyncHooks:
    """An adapter whose hooks are coroutines."""

    async def setup(self):
        self.ready = True

    async def teardown(self):
        ctx.log.info("async teardown ran")

    def is_ready(self):
        return self.ready


class BrokenTeardown:
    def teardown(self):
        raise RuntimeError("teardown failed")

    def tool(self):
        return 1
