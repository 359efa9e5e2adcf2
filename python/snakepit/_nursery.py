"""The launcher's side of one zygote: requests and answers, packets of op u8, token u32, number u32, text.

A forked worker waits at a gate, a pipe, until the launcher is its parent and lets it pass. So at any moment a fork has
either failed, with its channels untouched, or become a worker, whatever happens to the zygote meanwhile.
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

LOAD = 0  # text: the modules to import
READY = 1  # text: the modules that were imported
REFUSED = 2  # text: why it cannot fork workers
FORK = 3  # descriptors: the gate, then as for SPAWN
# number: the pid; with its pidfd. Sent by the worker's first parent, before the launcher can become its parent.
FORKED = 4
ADOPTED = 5  # the launcher has become its parent
FAILED = 6  # number: errno; text
OUTDATED = 7  # text: a file that has changed since it was imported; the fork has failed

MAX_PACKET = 65536
MAX_TEXT = 8192

_PACKET = Struct("<BII")
_U32 = Struct("<I")


def send(
        socket, operation: int, token: int = 0, number: int = 0, text: bytes = b"", descriptors=(), flags: int = 0
) -> None:
    """Sends one packet."""
    socket.sendmsg([_PACKET.pack(operation, token, number) + text], pack_descriptors(descriptors), flags)


def receive(socket, max_descriptors: int, flags: int = 0):
    """Returns (operation, token, number, text, descriptors), or None at the end. Raises ValueError for an invalid
    packet."""
    data, ancillary, received, _ = socket.recvmsg(
        MAX_PACKET, space_for(max_descriptors), flags | _socket.MSG_CMSG_CLOEXEC)
    if not data:
        return None
    descriptors = unpack_descriptors(ancillary)
    if len(data) < _PACKET.size or received & _socket.MSG_TRUNC:
        _close_all(descriptors)
        raise ValueError(f"a packet of {len(data)} bytes")
    return (*_PACKET.unpack_from(data), data[_PACKET.size:], descriptors)


class Nursery:
    """A zygote as its launcher knows it. No method waits for the zygote."""

    __slots__ = ("fd", "_zygote", "_launcher", "_poll", "_socket", "_forks", "_broken")

    def __init__(self, zygote: int, socket, launcher, poll) -> None:
        """zygote: its token; socket: the launcher's end; poll: watches the socket."""
        self.fd = socket.fileno()
        self._zygote = zygote
        self._launcher = launcher
        self._poll = poll
        self._socket = socket
        self._forks: "dict[int, _Fork]" = {}
        self._broken = False
        poll.register(self.fd, select.POLLIN)

    def ask(self, token: int, channels) -> None:
        """Asks for a worker. Raises OSError when the zygote accepts no more requests."""
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
        """Handles the answers that have arrived. A zygote that violates the protocol or has closed its socket is
        abandoned."""
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
        """Lets a worker continue and reports it to the host. Does nothing for an unknown worker."""
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
        """The zygote has ended: handles its last answers, and fails the requests without an answer."""
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
            self._give_up(token, OSError(errno.EMFILE, "the worker's pidfd did not arrive"))  # there was no room for it
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
    """A requested worker. Its pid and pidfd are known once it exists."""

    __slots__ = ("_gate", "pid", "pidfd")

    def __init__(self, gate: int) -> None:
        self._gate = gate
        self.pid = self.pidfd = None

    def exists(self, pid: int, pidfd: int) -> None:
        self.pid, self.pidfd = pid, pidfd

    def let_pass(self) -> None:
        try:
            os.write(self._gate, b"\0")
        except OSError:  # it has ended
            pass

    def close(self) -> None:
        """Closes the gate: a worker that has not passed ends itself."""
        os.close(self._gate)
        if self.pidfd is not None:
            os.close(self.pidfd)


def _close_all(descriptors) -> None:
    for fd in descriptors:
        os.close(fd)
