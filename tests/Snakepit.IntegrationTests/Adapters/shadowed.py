"""A tool that leaves its worker in a folder with modules named like Python's own."""

import os


def enter(path):
    os.chdir(path)
