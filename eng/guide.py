#!/usr/bin/env python3
"""Reads and follows a page of documentation as a new user would.

It writes the files that the page shows, types the commands, and compares their output with the page.

    <!-- file: adapters/text.py -->     above a code fence: the file, relative to the current folder of the commands
    ```console                          $ begins a command; the other lines are its output in order, … is any text
    <!-- keep running -->               above such a fence: the command runs until Ctrl+C at the end of the section
    <!-- not run -->                    above such a fence: only the reader types the commands

Every section (##) is followed in a folder of its own.
"""
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ("docs/getting-started.md",)
MARKER = re.compile(r"^<!-- (?:(file): (?P<path>\S+)|(keep running)|(not run)) -->$")
FENCE = re.compile(r"^```(\w+)$")
COMMAND = "$ "
LIMIT = 240  # seconds of one command


class GuideError(Exception):
    """The page cannot be followed. The message says where."""


@dataclasses.dataclass(frozen=True)
class File:
    path: str
    text: str


@dataclasses.dataclass(frozen=True)
class Command:
    line: str
    expected: tuple = ()
    keeps_running: bool = False


@dataclasses.dataclass(frozen=True)
class Section:
    title: str
    steps: tuple


def is_file_marker(line):
    match = MARKER.match(line.strip())
    return bool(match and match[1])


def read(text):
    """Returns the sections of a page that have steps."""
    sections, title, steps = [], "", []
    lines = iter(text.splitlines())
    marker = None
    for line in lines:
        if line.startswith("## "):
            sections.append(Section(title, tuple(steps)))
            title, steps = line[3:].strip(), []
        elif found := MARKER.match(line):
            marker = found
            continue
        elif fence := FENCE.match(line):
            steps += _steps(marker, fence[1], _body(lines, line), title)
        elif not line:
            continue
        marker = None
    sections.append(Section(title, tuple(steps)))
    return [section for section in sections if section.steps]


def _body(lines, fence):
    body = []
    for line in lines:
        if line == "```":
            return body
        body.append(line)
    raise GuideError(f"'{fence}' has no end")


def _steps(marker, language, body, title):
    if marker and marker[1]:
        yield File(marker["path"], "\n".join(body) + "\n")
    elif language == "console" and not (marker and marker[4]):
        yield from _commands(body, bool(marker and marker[3]), title)


def _commands(body, keeps_running, title):
    line, expected = None, []
    for text in [*body, None]:
        if text is None or text.startswith(COMMAND):
            if line is not None:
                yield Command(line, tuple(expected), keeps_running)
            line, expected = text and text[len(COMMAND):], []
        elif line is None:
            raise GuideError(f"'{title}': a console begins with '{text}', not with a command")
        elif text.strip() not in ("", "…"):
            expected.append(text.strip())


def missing(expected, lines):
    """Returns the first expected line that is missing among the lines, in order, or None."""
    rest = iter(lines)
    for wanted in expected:
        pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("…")))
        if not any(pattern.fullmatch(line.strip()) for line in rest):
            return wanted
    return None


class Walk:
    """Follows one section in a folder of its own.

    ``replace`` changes the typed and expected text, such as a port that may be in use here.
    """

    def __init__(self, folder, environment, replace=lambda text: text, limit=LIMIT):
        self._folder = pathlib.Path(folder)
        self._environment, self._replace, self._limit = environment, replace, limit
        self._running = []

    def follow(self, section):
        try:
            for step in section.steps:
                if isinstance(step, File):
                    target = self._folder / step.path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(self._replace(step.text))
                else:
                    self._type(step)
            for running in self._running:
                running.stop()
        finally:
            for running in self._running:
                running.kill()

    def _type(self, command):
        line, expected = self._replace(command.line), [self._replace(text) for text in command.expected]
        if line.startswith("cd "):
            self._folder = (self._folder / line[3:]).resolve(strict=True)
            return
        running = Running(line, self._folder, self._environment, self._limit)
        self._running.append(running)
        if command.keeps_running:
            running.wait_for(expected)
        else:
            running.finish(expected)


class Running:
    """A typed command, with everything that it starts and prints."""

    def __init__(self, line, folder, environment, limit):
        self._line, self._limit = line, limit
        self._lines, self._news = [], threading.Condition()
        self._process = subprocess.Popen(
            ["bash", "-c", line], cwd=folder, env=environment, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        print(f"$ {line}", flush=True)

    def finish(self, expected):
        """Waits for the end of the command and judges it."""
        self._end()
        if self._process.returncode != 0:
            raise self._error(f"ended with exit code {self._process.returncode}")
        self._judge(expected)

    def wait_for(self, expected):
        """Waits until the command has printed the expected lines."""

        def is_over():
            return (
                missing(expected, self._lines) is None
                or not self._reader.is_alive()
                or self._process.poll() is not None
            )

        with self._news:
            seen = self._news.wait_for(is_over, self._limit)
        if not seen or missing(expected, self._lines) is not None:
            self._judge(expected)

    def stop(self):
        """Sends Ctrl+C if the command still runs."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
            self._end()
            if self._process.returncode not in (0, 130, -signal.SIGINT):
                raise self._error(f"ended with exit code {self._process.returncode} after Ctrl+C")

    def kill(self):
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def _read(self):
        for line in self._process.stdout:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
            print(line, end="", flush=True)
        with self._news:
            self._news.notify_all()

    def _end(self):
        try:
            self._process.wait(self._limit)
        except subprocess.TimeoutExpired:
            raise self._error(f"did not end within {self._limit} s") from None
        self._reader.join(self._limit)

    def _judge(self, expected):
        lacking = missing(expected, self._lines)
        if lacking is not None:
            raise self._error(f"did not print '{lacking}'")

    def _error(self, problem):
        return GuideError(f"'{self._line}' {problem}. It printed:\n{''.join(self._lines)}")
