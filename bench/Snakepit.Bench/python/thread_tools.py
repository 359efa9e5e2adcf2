"""The tools of a worker with threads."""
import hashlib

thread_safe = True  # the tools share nothing that they change

_block = bytes(1 << 20)


def add(a: int, b: int) -> int:
    """The smallest useful call, whose time is the cost of calling."""
    return a + b


def hash_blocks(count: int) -> str:
    """Hashes blocks of 1 MiB, without the interpreter lock."""
    digest = hashlib.sha256()
    for _ in range(count):
        digest.update(_block)
    return digest.hexdigest()
