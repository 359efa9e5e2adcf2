"""An adapter that waits at a gate while it is imported."""

import os

with open(os.environ["GATE"], "rb", buffering=0) as gate:
    gate.read(1)


def add(a, b):
    return a + b
