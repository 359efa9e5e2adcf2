"""Finds the words that a text is about."""
import re
from collections import Counter

COMMON = frozenset(
    "a an and are as at be but by for from in into is it its of on or that the this to was were will with".split())


def keywords(text: str, most: int = 10) -> dict:
    """Counts the words of a text, without the common ones."""
    words = (word for word in re.findall(r"[^\W\d_]+", text.lower()) if word not in COMMON)
    return dict(Counter(words).most_common(most))
