"""An adapter that reports on itself: whether it works, how much memory it uses, and when it should be replaced."""

import os
import sys

from snakepit import ctx

MANY = 1000


class Translator:
    """Words of one language in another."""

    def setup(self) -> None:
        self._words = {"house": "Haus", "tree": "Baum"}

    def translate(self, word: str) -> str:
        """The word in the other language."""
        return self._words[word]

    # snippet: hooks
    def health_check(self) -> bool:
        """Runs now and then while the worker is idle. Raising, or returning False, fails it."""
        return self.translate("house") == "Haus"

    def memory_usage(self) -> int:
        """The bytes that count, where the system does not see them all: on a GPU, in a file that is mapped."""
        return sys.getsizeof(self._words)

    def device(self):
        """The device it computes on, or None. A crash of one worker counts against all workers on the same device."""
        return os.environ.get("CUDA_VISIBLE_DEVICES") or None

    def learn(self, words: dict) -> int:
        """Adds words; returns how many there are."""
        self._words.update(words)
        if len(self._words) > MANY:
            ctx.recycle_me()
        return len(self._words)
    # end snippet
