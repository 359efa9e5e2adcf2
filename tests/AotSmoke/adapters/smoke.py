"""The tools that the ahead-of-time compiled host calls."""


def add(a, b):
    return a + b


def count(words):
    return {word: words.count(word) for word in words}


def squares(upto):
    return [number * number for number in range(upto)]
