"""Descriptors that travel with a message over a Unix socket (SCM_RIGHTS)."""

from _socket import CMSG_SPACE, SCM_RIGHTS, SOL_SOCKET

from ._builtins import __builtins__  # noqa: F401
from ._frames import Struct

_FD = Struct("@i")


def space_for(count: int) -> int:
    """Returns the size of a buffer for that many descriptors."""
    return CMSG_SPACE(count * _FD.size)


def pack_descriptors(descriptors) -> list:
    """Returns the argument of sendmsg."""
    return [(SOL_SOCKET, SCM_RIGHTS, b"".join(map(_FD.pack, descriptors)))] if descriptors else []


def unpack_descriptors(ancillary) -> "list[int]":
    """Returns the descriptors that recvmsg has received."""
    return [_FD.unpack_from(content, offset)[0]
            for level, kind, content in ancillary if (level, kind) == (SOL_SOCKET, SCM_RIGHTS)
            for offset in range(0, len(content) - len(content) % _FD.size, _FD.size)]
