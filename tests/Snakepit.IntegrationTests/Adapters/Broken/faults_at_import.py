import ctypes


def touch():
    ctypes.string_at(0)


touch()
