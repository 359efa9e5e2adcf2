"""A module that takes a second to import. It mostly waits: two cores could not boot eight workers beside a load otherwise."""
import json
import os
import time

__all__ = ["IMPORTED_BY", "json"]

time.sleep(1)
IMPORTED_BY = os.getpid()  # in a forked worker this is not its own
