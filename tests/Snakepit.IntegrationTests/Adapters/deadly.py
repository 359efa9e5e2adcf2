"""Tools that end their process for some arguments, and a check that never passes."""
import os

from snakepit import tool


@tool(idempotent=True)
def divide(a, b):
    if b == 0:
        os._exit(9)
    return a // b


@tool
def sound():
    return False
