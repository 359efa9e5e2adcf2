"""Tools without a purpose, with which the snakepit tool tries a machine and its Python."""
import hashlib


def ping() -> str:
    return "pong"


def work(rounds: int) -> str:
    """Keeps a processor busy."""
    value = b""
    for _ in range(rounds):
        value = hashlib.sha256(value).digest()
    return value.hex()
