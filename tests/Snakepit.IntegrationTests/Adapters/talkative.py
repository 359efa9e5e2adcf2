"""An adapter that prints and logs in every way."""

import logging
import sys
import warnings

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


def fail():
    try:
        return 1 / 0
    except ZeroDivisionError:
        logging.getLogger("acme.db").exception("no rows\nat all")


def warn():
    warnings.warn("old way", FutureWarning)


async def say(text):
    print(text)


def flood(records):
    for number in range(records):
        ctx.log.info("%d %s", number, "x" * 1000)


def note(text):
    ctx.log.info("note %s", text)
