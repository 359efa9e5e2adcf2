"""A tool whose every run leaves a trace outside of its process, which the host compares with what it was told."""
import os

_record = os.open(os.environ["SNAKEPIT_BENCH_RECORD"], os.O_WRONLY | os.O_APPEND)


def record(number: int) -> int:
    """Writes its call's number down, once per run: one write appends all of it or nothing, whoever else writes or is killed."""
    os.write(_record, number.to_bytes(4, "little"))
    return number
