"""A module that remembers which process imported it."""

import os

PID = os.getpid()
print("imported")
