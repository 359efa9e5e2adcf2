"""The tools of chaos_tools.py and of living_tools.py."""
from snakepit import tool

import chaos_tools
from chaos_tools import again
from living_tools import count, echo, leaf, nest, turn

thread_safe = True  # each call has its own number; what they share is written whole, or only grows

once = tool(chaos_tools.once)
fault = tool(chaos_tools.fault)
leave = tool(chaos_tools.leave)
