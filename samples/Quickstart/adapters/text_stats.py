"""Counts the words of a text, rates how hard it is to read, and finds the words that tell it from others.

An adapter is a plain Python file. ``setup`` runs once in each worker, before its first call. .NET can call the
functions marked with ``@tool``. Names with a leading underscore stay private.
"""

import math
import re
from collections import Counter
from functools import lru_cache

from snakepit import ctx, tool

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)")
VOWELS = re.compile(r"[aeiouy]+")

_stop_words = frozenset()


# snippet: setup
def setup() -> None:
    """Prepares what every call needs; a worker takes calls only after it."""
    global _stop_words
    _stop_words = frozenset("""
        a all also an and any are as at be been but by can do does for from had has have he her his how i if in into
        is it its may more must no not of on only or other our out shall she should so some such than that the their
        them then there these they this those to under up upon was we were what when where which who will with within
        without would you your""".split())
# end snippet


# snippet: count
@tool(idempotent=True)
def count(text: str) -> dict:
    """Counts the words, sentences and syllables of a text, and how often each word occurs."""
    words = WORD.findall(text.lower())
    return {
        "words": len(words),
        "sentences": max(1, len(SENTENCE_END.findall(text))) if words else 0,
        "syllables": sum(map(_syllables, words)),
        "terms": Counter(word for word in words if len(word) > 2 and word not in _stop_words),
    }
# end snippet


# snippet: describe
@tool(description="The readability of a document and the words that tell it from the others.", idempotent=True)
def describe(name: str, counts: dict, documents_with: dict, documents: int, *, top: int = 4) -> dict:
    """``documents_with`` says, for each of the document's terms, how many of all ``documents`` contain it."""
    if not counts["words"]:
        ctx.log.warning("%s has no words", name)
        return {"reading_ease": None, "telling_words": []}

    def weight(term: str) -> float:
        return counts["terms"][term] * math.log((1 + documents) / documents_with[term])

    return {
        "reading_ease": _reading_ease(counts["words"], counts["sentences"], counts["syllables"]),
        "telling_words": sorted(counts["terms"], key=lambda term: (-weight(term), term))[:top],
    }
# end snippet


def _reading_ease(words: int, sentences: int, syllables: int) -> float:
    """Flesch's formula for English: 100 is easy, 30 and below takes a degree."""
    return round(206.835 - 1.015 * words / sentences - 84.6 * syllables / words, 1)


@lru_cache(maxsize=20_000)
def _syllables(word: str) -> int:
    """Groups of vowels, without a silent final e: a good guess for English, which has no rule."""
    groups = len(VOWELS.findall(word))
    silent = word.endswith("e") and not word.endswith("le") and groups > 1
    return max(1, groups - silent)
