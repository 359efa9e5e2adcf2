"""An adapter that prints and logs in every way."""

import logging
import sys

from snakepit import ctx

logging.getLogger().setLevel(logging.DEBUG)
print("an import")


def talk():
    print("a print")
    print("a print on stderr", file=sys.stderr)
    ctx.log.debug("a debug record")
    ctx.log.warning("a warning")
    logging.getLogger("acme").debug("a debug record of logging")
    logging.getLogger("acme").error("an error of logging")
