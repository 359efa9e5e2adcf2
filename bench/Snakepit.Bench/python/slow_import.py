"""A module that takes a second to import.

The import mostly waits, because two cores could not boot eight workers beside a load otherwise.
"""
import json
import os
import time

__all__ = ["IMPORTED_BY", "json"]

time.sleep(1)
IMPORTED_BY = os.getpid()  # the zygote's process id in a forked worker
