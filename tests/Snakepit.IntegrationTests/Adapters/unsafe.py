"""An adapter that does not say that it is safe with threads."""


def add(a, b):
    return a + b
