"""A module whose import takes as long as a test wants."""

import os

with open(os.environ["SNAKEPIT_TEST_GATE"], "rb", buffering=0) as gate:
    print("at the gate", flush=True)
    gate.read(1)
