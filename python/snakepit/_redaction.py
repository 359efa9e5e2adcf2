"""Hides secrets in text that leaves the process."""

import re

from ._builtins import __builtins__  # noqa: F401

_MASK = "<redacted>"
_NAMED = re.compile(
    r"""(?ix)
    ( [\w-]* (?: api[_-]?key | access[_-]?key | private[_-]?key | token | secret | password | passwd | pwd
               | credentials? | authorization )
      [\w-]* ['"]? \s* [:=] \s* )
    (?: (['"]) .*? (?: \2 | $ ) | [^\s,;)}\]]+ (?: (?<= earer ) \s+ [^\s,;)}\]]+ )? )
    """
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}")
_IN_URL = re.compile(r"://[^\s/@:]*:[^\s/@]+@")
_SHAPED = re.compile(
    r"""(?x)
    \b (?: (?: sk | pk | rk | gh[oprsu] | github_pat | glpat | xox[abprs] | hf ) [-_] [\w-]{8,}
         | (?: AKIA | ASIA ) [0-9A-Z]{16}
         | eyJ [\w-]{8,} (?: \. [\w-]+ )*
         | (?= [A-Za-z0-9+/_-]* [0-9] ) [A-Za-z0-9+/_-]{32,} =* )
    """
)


def redact(text: str) -> str:
    """Returns the text with values of password-like names, bearer tokens, passwords in URLs and key-shaped words
    replaced."""
    text = _NAMED.sub(rf"\1{_MASK}", text)
    text = _BEARER.sub(rf"\1 {_MASK}", text)
    text = _IN_URL.sub(f"://{_MASK}@", text)
    return _SHAPED.sub(_MASK, text)
