"""Channels that every platform has: the standard streams for calls and output, two inherited pipes for control."""

import os
import sys

from . import _protocol as protocol
from ._builtins import __builtins__  # noqa: F401
from ._channels import Channels, die, move_away
from ._frames import read_some


class StandardChannels(Channels):
    """Calls on standard input and output. User code sees an empty standard input, and its output goes to standard
    error."""

    interrupts = False

    __slots__ = ("_control_out",)

    def __init__(self, control_in: int, control_out: int) -> None:
        super().__init__(_move(0), _move(1), control_in)
        self._control_out = control_out
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)

    def send_control(self, frame: bytes) -> bool:
        """Sends a control frame. It seldom waits for room: a thread of the host only reads."""
        try:
            while frame:
                frame = frame[os.write(self._control_out, frame):]
        except OSError:
            pass  # the host has ended: the reading thread will notice
        return True

    def receive_control(self, size: int) -> "tuple[bytes, list[int]]":
        """Waits for bytes from the host on control; pipes carry no descriptors."""
        return read_some(self.control, size), []

    def _abandon(self) -> None:
        super()._abandon()
        try:
            os.close(self._control_out)
        except OSError:
            pass
        self._control_out = -1


def open_standard_channels() -> StandardChannels:
    """Returns the channels of a process whose command line ends with its control pipes: descriptors, on Windows
    handles."""
    try:
        control_in, control_out = map(int, sys.argv[-2:])
        del sys.argv[-2:]
        channels = StandardChannels(_inherited(control_in, os.O_RDONLY), _inherited(control_out, os.O_WRONLY))
    except (OSError, ValueError) as error:
        die(protocol.EXIT_CHANNEL_LOST,
            f"the command line names no control channel ({error}); a worker is started by its host")
    if hasattr(os, "setsid"):
        _lead_group()
    return channels


def _lead_group() -> None:
    """Makes descendants end with this process when its host is lost. On Windows, the host's job object does that."""
    from . import _channels
    try:
        os.setsid()
    except OSError:  # it is a leader already
        pass
    _channels.ends_group = os.getpgrp() == os.getpid()


def _move(fd: int) -> int:
    """Returns a copy that children do not inherit and that carries bytes unchanged."""
    moved = os.dup(fd)
    if sys.platform == "win32":
        import msvcrt
        msvcrt.setmode(moved, os.O_BINARY)
        return moved
    return _move_away(moved)


def _move_away(fd: int) -> int:
    try:
        return move_away(fd)
    except ImportError:  # no fcntl: it stays where it is
        os.set_inheritable(fd, False)
        return fd


def _inherited(number: int, mode: int) -> int:
    if sys.platform == "win32":
        import msvcrt
        os.set_handle_inheritable(number, False)
        return msvcrt.open_osfhandle(number, mode | os.O_BINARY | os.O_NOINHERIT)
    return _move_away(number)
