"""refuse.py NAME COMMAND...: runs a command for which one system call fails, as under seccomp or without memory."""

import ctypes
import errno
import os
import struct
import sys

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF: load a word, jump if equal, return
NUMBER, ARGUMENT_0 = 0, 16  # offsets in struct seccomp_data
ALLOW, FAIL = 0x7FFF0000, 0x00050000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2

# name: the numbers by machine, the error, and the first argument for which the call fails (None for any)
CALLS = {
    "memfd_create": ({"x86_64": 319, "aarch64": 279}, errno.EPERM, None),
    "fallocate": ({"x86_64": 285, "aarch64": 47}, errno.ENOSPC, None),
    "membarrier": ({"x86_64": 324, "aarch64": 283}, errno.EPERM, None),
    "membarrier_register": ({"x86_64": 324, "aarch64": 283}, errno.EPERM, 4),
    "membarrier_use": ({"x86_64": 324, "aarch64": 283}, errno.EPERM, 2),
}


def instruction(code, jump_true, jump_false, value):
    return struct.pack("<HBBI", code, jump_true, jump_false, value)


def main():
    numbers, error, argument = CALLS[sys.argv[1]]
    number = numbers[os.uname().machine]
    program = instruction(LOAD, 0, 0, NUMBER) + instruction(EQUAL, 0, 1 if argument is None else 3, number)
    if argument is not None:
        program += instruction(LOAD, 0, 0, ARGUMENT_0) + instruction(EQUAL, 0, 1, argument)
    program += instruction(RETURN, 0, 0, FAIL | error) + instruction(RETURN, 0, 0, ALLOW)
    code = ctypes.create_string_buffer(program)
    filter_program = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if (
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_program, 0, 0) != 0
    ):
        raise OSError(ctypes.get_errno(), "the filter is refused")
    os.execvp(sys.argv[2], sys.argv[2:])


main()
