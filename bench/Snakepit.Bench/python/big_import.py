"""A module with 400 MiB, which a zygote shares with its workers."""
import os

IMPORTED_BY = os.getpid()
DATA = b"x" * (400 << 20)
