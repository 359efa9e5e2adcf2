"""Tools that read documents. One of them leaks."""

import hashlib
import re
from collections import Counter

_known: dict = {}


def keywords(text: str, top: int = 5) -> list:
    return [word for word, _ in Counter(re.findall(r"\w{4,}", text.lower())).most_common(top)]


def summary(text: str) -> str:
    return max(text.split("."), key=len).strip()


def language(text: str) -> str:
    return "de" if " der " in text or " und " in text else "en"


def fingerprint(text: str) -> str:
    """Remembers every document, so as not to compute its shingles again. Documents hardly ever come back."""
    if text not in _known:
        _known[text] = {text[i:i + 40] for i in range(len(text))}
    return hashlib.sha256("".join(sorted(_known[text])).encode()).hexdigest()
