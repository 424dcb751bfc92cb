"""How a sweep goes, told while it goes: one line that changes on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Protocol

from upload_matrix.reports.sweep_text import change_lines
from upload_matrix.reports.visible import display_width, shorten, visible
from upload_matrix.reports.wording import plural

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from upload_matrix.analysis.history import ChangePoint

WIDEST = 100
"""Columns beyond which text is not made wider: longer lines are hard to read."""

_NARROWEST = 20
_READY_EVERY = 25
_CLEAR = "\r\x1b[K"
_YELLOW, _PLAIN = "\x1b[33m", "\x1b[0m"


class Teller(Protocol):
    """What is told of a sweep, a release by its full name (``openai 1.2.0``).

    ``changes`` counts those found so far; ``left`` is of the current batch.
    """

    def line(self, text: str) -> None:
        """A line that stays."""

    def ready(self, done: int, of: int) -> None:
        """Of the batch's environments, so many are built or were kept."""

    def measured(self, release: str, left: int, changes: int) -> None:
        """A release is done."""

    def change(self, change: ChangePoint) -> None:
        """A change was narrowed down to two releases."""

    def pause(self) -> None:
        """A stretch of work ended, well or not: leave the cursor at the start of a line."""


class PlainTeller:
    """A line an event: for logs, CI, and terminals that cannot go back in a line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def line(self, text: str) -> None:
        """Write a line, and let whoever follows the log see it at once."""
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def ready(self, done: int, of: int) -> None:
        """Say it now and then: building hundreds takes a while, and kept ones come all at once."""
        if of > _READY_EVERY and (done % _READY_EVERY == 0 or done == of):
            self.line(f"  {done} of {of} environments ready")

    def measured(self, release: str, left: int, changes: int) -> None:
        """Name the release, what is left, and the changes once there are any."""
        found = f", {plural(changes, 'change')} so far" if changes else ""
        self.line(f"  {visible(release)} measured, {left} left of this batch{found}")

    def change(self, change: ChangePoint) -> None:
        """All of it, indented below the releases."""
        for text in change_lines(change):
            self.line(f"  {text}")

    def pause(self) -> None:
        """Nothing to do: every line is ended."""


class TerminalTeller:
    """One line that is written over, as wide as the terminal is at that moment; changes stay above it."""

    def __init__(self, stream: TextIO, *, colour: bool = True) -> None:
        self._stream = stream
        self._colour = colour
        self._done = 0
        self._shown = ""

    def line(self, text: str) -> None:
        """Put a line above the one that changes."""
        self._write(f"{self._cleared()}{text}\n{self._shown}")

    def ready(self, done: int, of: int) -> None:
        """Count them."""
        self._shown = shorten(f"{done} of {of} environments ready", columns(self._stream) - 1)
        self._write(_CLEAR + self._shown)

    def measured(self, release: str, left: int, changes: int) -> None:
        """Say how far it is, in as many words as fit."""
        self._done += 1
        self._shown = self._fitting(visible(release), left, changes)
        self._write(_CLEAR + self._shown)

    def change(self, change: ChangePoint) -> None:
        """The two releases; what changed stands in the summary, which somebody who looks on will see."""
        text = next(change_lines(change, columns(self._stream)))
        self.line(f"{_YELLOW}{text}{_PLAIN}" if self._colour else text)

    def pause(self) -> None:
        """Take the changing line away: what it counted stands in what follows."""
        self._write(self._cleared())
        self._shown = ""

    def _cleared(self) -> str:
        return _CLEAR if self._shown else ""

    def _fitting(self, release: str, left: int, changes: int) -> str:
        found = f"{plural(changes, 'change')} so far" if changes else "no change so far"
        short = f"{self._done} done, {left} left, {plural(changes, 'change')}"
        candidates = (
            f"{release}: {self._done} measured, {left} left of this batch, {found}",
            f"{release}: {short}",
            short,
        )
        # One column less: in the last one, some terminals go to the next line by themselves.
        room = columns(self._stream) - 1
        return next((text for text in candidates if display_width(text) <= room), shorten(short, room))

    def _write(self, text: str) -> None:
        if text:
            self._stream.write(text)
            self._stream.flush()


def teller(stream: TextIO, environ: Mapping[str, str]) -> Teller:
    """The teller for a stream: plain lines in CI and for ``TERM=dumb``; no colour with ``NO_COLOR``."""
    if not stream.isatty() or environ.get("TERM", "") == "dumb" or environ.get("CI", "") not in ("", "false"):
        return PlainTeller(stream)
    return TerminalTeller(stream, colour=not environ.get("NO_COLOR"))


def columns(stream: TextIO) -> int:
    """How wide to write: the terminal's columns, at most ``WIDEST``, and that where it is no terminal."""
    if not stream.isatty():
        return WIDEST
    try:
        found = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        found = shutil.get_terminal_size((WIDEST, 24)).columns
    # A terminal may say 0 columns when it does not know.
    return min(WIDEST, max(_NARROWEST, found or WIDEST))
