"""The tools of storm_tools.py and of living_tools.py."""
from snakepit import tool

import storm_tools
from living_tools import count, echo, leaf, nest, turn
from storm_tools import health_check, setup

thread_safe = True  # each call has its own number; what they share is written whole, or only grows

work = tool(storm_tools.work)
is_forked = tool(storm_tools.is_forked)
leak = tool(storm_tools.leak)
fail = tool(storm_tools.fail)
leave = tool(storm_tools.leave)
