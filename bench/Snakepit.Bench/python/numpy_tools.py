"""A tool of an adapter whose imports take much memory."""
import numpy


def total(count: int) -> float:
    """Uses the import."""
    return float(numpy.arange(count).sum())
