"""Follows docs/getting-started.md to the letter."""
import re
import shutil
import socket

import guide
from first_steps.workshop import WorkshopTestCase

PAGE = guide.ROOT / guide.PAGES[0]
PORT = "5080"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class GettingStartedTests(WorkshopTestCase):
    sections = guide.read(PAGE.read_text())

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shutil.copytree(cls.workshop.feed, cls.workshop.home / "snakepit-packages")
        cls.follow(cls.sections[0])

    @classmethod
    def follow(cls, section):
        folder = cls.workshop.work / re.sub(r"\W+", "-", section.title.lower())
        folder.mkdir()
        port = free_port()
        guide.Walk(folder, cls.workshop.environment, lambda text: text.replace(PORT, port)).follow(section)


def _test_of(section):
    return lambda self: self.follow(section)


for _section in GettingStartedTests.sections[1:]:
    setattr(GettingStartedTests, f"test_{re.sub(r'[^a-z0-9]+', '_', _section.title.lower())}", _test_of(_section))
