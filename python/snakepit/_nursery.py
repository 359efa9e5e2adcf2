"""The launcher's side of one zygote: what is asked of it and what it answers, packets of op u8, token u32, number u32, text.

A forked worker waits at a gate, a pipe, until the launcher is its parent and lets it pass. So at any moment a fork has either failed, with
its channels untouched, or become a worker, whatever happens to the zygote meanwhile.
"""

import _signal
import _socket
import errno
import os
import select

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._frames import Struct
from ._rights import pack_descriptors, space_for, unpack_descriptors

LOAD = 0  # text: what is to be imported
READY = 1  # text: the modules that were imported
REFUSED = 2  # text: why it can't fork workers
FORK = 3  # descriptors: the gate, then as for SPAWN
FORKED = 4  # number: the pid; its pidfd. Sent by the worker's first parent, before the launcher can become its parent
ADOPTED = 5  # it has become it
FAILED = 6  # number: errno; text
OUTDATED = 7  # text: a file that has changed since it was imported. The fork has failed

MAX_PACKET = 65536
MAX_TEXT = 8192

_PACKET = Struct("<BII")
_U32 = Struct("<I")


def send(socket, operation: int, token: int = 0, number: int = 0, text: bytes = b"", descriptors=(), flags: int = 0) -> None:
    """Sends one packet."""
    socket.sendmsg([_PACKET.pack(operation, token, number) + text], pack_descriptors(descriptors), flags)


def receive(socket, max_descriptors: int, flags: int = 0):
    """(operation, token, number, text, descriptors), or None at the end. ValueError for what is no packet."""
    data, ancillary, received, _ = socket.recvmsg(MAX_PACKET, space_for(max_descriptors), flags | _socket.MSG_CMSG_CLOEXEC)
    if not data:
        return None
    descriptors = unpack_descriptors(ancillary)
    if len(data) < _PACKET.size or received & _socket.MSG_TRUNC:
        _close_all(descriptors)
        raise ValueError(f"a packet of {len(data)} bytes")
    return (*_PACKET.unpack_from(data), data[_PACKET.size:], descriptors)


class Nursery:
    """A zygote as its launcher knows it. Nothing here waits for it."""

    __slots__ = ("fd", "_zygote", "_launcher", "_poll", "_socket", "_forks", "_broken")

    def __init__(self, zygote: int, socket, launcher, poll) -> None:
        """zygote: its token; socket: the launcher's end; poll: is to look at it."""
        self.fd = socket.fileno()
        self._zygote = zygote
        self._launcher = launcher
        self._poll = poll
        self._socket = socket
        self._forks: "dict[int, _Fork]" = {}
        self._broken = False
        poll.register(self.fd, select.POLLIN)

    def ask(self, token: int, channels) -> None:
        """Asks for a worker. OSError when the zygote takes no more."""
        theirs, gate = os.pipe2(os.O_CLOEXEC)
        try:
            send(self._socket, FORK, token, descriptors=(theirs, *channels), flags=_socket.MSG_DONTWAIT)
        except OSError:
            os.close(gate)
            raise
        finally:
            os.close(theirs)
        self._forks[token] = _Fork(gate)

    def take_answers(self) -> None:
        """Acts on what has come so far. A zygote that breaks the rules or has closed its socket is of no use any more."""
        while not self._broken:
            try:
                answer = receive(self._socket, 1, _socket.MSG_DONTWAIT)
                if answer is None:
                    raise ValueError("the socket was closed")
                self._take(*answer)
            except BlockingIOError:
                return
            except (OSError, ValueError):
                self._broken = True
                self._poll.unregister(self.fd)
                self._launcher.signal_group(self._zygote, _signal.SIGKILL)

    def let_pass(self, token: int) -> None:
        """The worker may go on, and the host learns of it. Nothing when it is not one of those asked for that exist."""
        fork = self._forks.get(token)
        if fork is None or fork.pidfd is None:
            return
        del self._forks[token]
        try:
            self._launcher.send_started(token, fork.pid, fork.pidfd)
            fork.let_pass()
        finally:
            fork.close()

    def close(self) -> None:
        """The zygote has ended: takes what it still had to say. What it was asked for and did not do has failed."""
        self.take_answers()
        for token in list(self._forks):
            self._give_up(token, OSError(errno.ESRCH, "its zygote has ended"))
        if not self._broken:
            self._poll.unregister(self.fd)
        self._socket.close()

    def _take(self, operation: int, token: int, number: int, text: bytes, descriptors: "list[int]") -> None:
        if operation == FORKED and len(descriptors) == 1 and token in self._forks:
            self._forks[token].exists(number, descriptors[0])
            self._launcher.note(token, number)
            return
        _close_all(descriptors)
        if operation == FORKED and token in self._forks:
            self._give_up(token, OSError(errno.EMFILE, "the worker's pidfd did not arrive"))  # no room for it
        elif operation == READY:
            self._launcher.send(protocol.LAUNCHER_ZYGOTE_READY, self._zygote, text)
        elif operation == REFUSED:
            self._launcher.send(protocol.LAUNCHER_ZYGOTE_REFUSED, self._zygote, text)
        elif operation == OUTDATED and token in self._forks:
            self._launcher.send(protocol.LAUNCHER_ZYGOTE_OUTDATED, self._zygote, text)
            self._give_up(token, OSError(errno.ESTALE, "its zygote has imported files that have changed"))
        elif operation == ADOPTED:
            self.let_pass(token)
        elif operation == FAILED and token in self._forks:
            self._give_up(token, OSError(number, text.decode("utf-8", "replace")))

    def _give_up(self, token: int, error: OSError) -> None:
        fork = self._forks.pop(token)
        if fork.pidfd is not None:
            self._launcher.forget(token)
        fork.close()
        self._launcher.fail(token, error)


class _Fork:
    """A worker that was asked for. Its pid and pidfd are known once it exists."""

    __slots__ = ("_gate", "pid", "pidfd")

    def __init__(self, gate: int) -> None:
        self._gate = gate
        self.pid = self.pidfd = None

    def exists(self, pid: int, pidfd: int) -> None:
        self.pid, self.pidfd = pid, pidfd

    def let_pass(self) -> None:
        try:
            os.write(self._gate, b"\0")
        except OSError:  # it is dead
            pass

    def close(self) -> None:
        """A worker that has not passed now ends itself."""
        os.close(self._gate)
        if self.pidfd is not None:
            os.close(self.pidfd)


def _close_all(descriptors) -> None:
    for fd in descriptors:
        os.close(fd)
