# snippet: adapter
"""adapters/text_stats.py: a plain Python file. Every public function is a tool."""
from collections import Counter


def word_count(text: str, top: int = 3) -> dict:
    words = text.lower().split()
    return {"words": len(words), "top": Counter(words).most_common(top)}


def add(a, b):
    return a + b
# end snippet
