"""A tool that records every run in a file, which the host compares with the outcomes of its calls."""
import os

_record = os.open(os.environ["SNAKEPIT_BENCH_RECORD"], os.O_WRONLY | os.O_APPEND)


def record(number: int) -> int:
    """Records its call's number once per run.

    One write appends all of the number or nothing, even if others write at the same time or the process is killed.
    """
    os.write(_record, number.to_bytes(4, "little"))
    return number
