"""The tools that the ahead-of-time compiled host calls."""

from snakepit import ctx


def add(a, b):
    return a + b


def count(words):
    return {word: words.count(word) for word in words}


def squares(upto):
    return [number * number for number in range(upto)]


def total(items):
    return sum(ctx.host.price(item=item) for item in items)


def words():
    return list(ctx.host.words())
