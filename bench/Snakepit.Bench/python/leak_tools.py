"""A tool that leaks: 10 MB in 100 calls."""
_held = []


def work(number: int) -> int:
    """Returns its argument."""
    _held.append(b"x" * 100_000)
    return number
