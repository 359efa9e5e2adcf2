"""Every public function of this file is a tool that .NET can call."""
import platform
from collections import Counter


def count_words(text: str) -> dict:
    """How many words a text has, and the most frequent one."""
    words = text.lower().split()
    if not words:
        raise ValueError("the text has no words")
    return {"words": len(words), "top": Counter(words).most_common(1)[0][0], "python": platform.python_version()}
