"""An adapter in a package."""

from .words import WORDS


def words():
    return WORDS


class Shouter:
    def shout(self, text):
        return text.upper()
