"""A tool that reads memory which its worker shares with the zygote."""
import os

import big_import


def read() -> int:
    """Reads every page."""
    return len(big_import.DATA[::4096])


def is_forked() -> bool:
    """True when another process has done the import."""
    return big_import.IMPORTED_BY != os.getpid()
