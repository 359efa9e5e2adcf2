"""How tools call the host: ``ctx.host``."""

from ._builtins import __builtins__  # noqa: F401

SESSION_DATA = "__snakepit_session_data__"  # no host tool: reads and writes the data of the session


class HostToolError(Exception):
    """A host tool has failed, or there is no such tool.

    type: the name of the .NET exception's type. message: its message. stack: its stack trace, if the pool sends it.
    """

    def __init__(self, message: str, type: str = "", stack: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.type = type
        self.stack = stack

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.type else self.message


HostToolError.__module__ = "snakepit"


class HostTool(str):
    """What a host tool does, and what else the application tells of it: a string, the description, with attributes."""

    __slots__ = ("_parameters", "_metadata")

    def __new__(cls, description: str = "", parameters: "str | None" = None, metadata: "dict | None" = None):
        """parameters: the schema as JSON."""
        told = str.__new__(cls, description)
        told._parameters = parameters
        told._metadata = metadata or {}
        return told

    @property
    def parameters(self) -> "dict | None":
        """The JSON schema of the arguments by name; None when the application does not tell it."""
        if self._parameters is None:
            return None
        from ._values import loads_plain
        return loads_plain(self._parameters.encode())

    @property
    def metadata(self) -> dict:
        """What else the application tells, strings by name."""
        return {**self._metadata}


HostTool.__module__ = "snakepit"


class _Caller:
    """Calls one host tool."""

    __slots__ = ("_call", "_name")

    def __init__(self, call, name: str) -> None:
        self._call = call
        self._name = name

    def __call__(self, *args, **kwargs):
        return self._call(self._name, *args, **kwargs)

    def __repr__(self) -> str:
        return f"<host tool {self._name}>"


class _Names:
    """Host tools as attributes."""

    __slots__ = ("_link",)

    def __init__(self, link) -> None:
        self._link = link

    def __getattr__(self, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        return _Caller(self.call, name)

    def __dir__(self):
        return [*super().__dir__(), *self._link.tools]


class AsyncHost(_Names):
    """The host's tools for async tools: ``await ctx.host.aio.lookup(key="x")``."""

    __slots__ = ()

    async def call(self, _name: str, *args, **kwargs):
        """Calls a host tool by name, and lets other tasks run until it answers."""
        return await self._link.call_async(_name, args, kwargs)


class Host(_Names):
    """The host's tools: ``ctx.host.lookup(key="x")`` or ``ctx.host.call("lookup", key="x")``."""

    __slots__ = ("aio",)

    def __init__(self, link) -> None:
        super().__init__(link)
        self.aio = AsyncHost(link)

    def call(self, _name: str, *args, **kwargs):
        """Calls a host tool by name, and waits for its answer."""
        return self._link.call(_name, args, kwargs)

    @property
    def tools(self) -> dict:
        """The descriptions of the host's tools, by name. Each is a string that has ``parameters`` and ``metadata`` too.
        """
        return {
            name: HostTool(told["description"], told.get("parameters"), told.get("metadata"))
            for name, told in self._link.tools.items()}


def shown(name) -> str:
    """Returns what a tool has written to call the host."""
    return "ctx.session.data" if name == SESSION_DATA else f"ctx.host.{name}()"


class NoLink:
    """Stands for the host outside of a worker."""

    tools: dict = {}

    def call(self, name, args, kwargs):
        raise RuntimeError(f"{shown(name)} works in a call of a worker only")

    async def call_async(self, name, args, kwargs):
        self.call(name, args, kwargs)
