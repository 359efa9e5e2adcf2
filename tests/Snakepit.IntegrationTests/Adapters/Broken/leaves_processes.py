"""Starts processes at import, one of them in a session of its own."""

import subprocess

subprocess.Popen(["sleep", "1000"])
subprocess.Popen(["sleep", "1000"], start_new_session=True)


def tool():
    pass
