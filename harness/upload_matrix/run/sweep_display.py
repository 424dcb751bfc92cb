"""How a sweep goes, told while it goes: one line that changes on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol, TextIO

from upload_matrix.judge.history import ChangePoint
from upload_matrix.report.document import section_for_terminal
from upload_matrix.report.progress import ChangingLine
from upload_matrix.report.progress import left as time_left
from upload_matrix.report.streams import columns, moves, raw
from upload_matrix.report.sweep_report import change_section
from upload_matrix.report.visible import printed, visible
from upload_matrix.report.wording import display_width, plural

_READY_EVERY = 25
_YELLOW, _PLAIN = "\x1b[33m", "\x1b[0m"


class SweepDisplay(Protocol):
    """What is told of a sweep, a release by its full name (``openai 1.2.0``).

    ``changes`` counts those found so far; ``left`` is of the current batch.
    """

    def line(self, text: str) -> None:
        """A line that stays."""

    def ready(self, ready: int, unavailable: int, of: int) -> None:
        """Of the batch's environments, so many are built or were kept, and so many cannot be had."""

    def measured(self, release: str, left: int, changes: int, *, known: bool = True) -> None:
        """A release is done; ``known`` False when nothing could be found out about it."""

    def change(self, change: ChangePoint) -> None:
        """A change was narrowed down to two releases."""

    def pause(self) -> None:
        """A stretch of work ended, well or not: leave the cursor at the start of a line."""


class PlainDisplay:
    """A line an event: for logs, CI, and terminals that cannot go back in a line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def line(self, text: str) -> None:
        """Write a line, and let whoever follows the log see it at once."""
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def ready(self, ready: int, unavailable: int, of: int) -> None:
        """Say it now and then: building hundreds takes a while, and kept ones come all at once."""
        done = ready + unavailable
        if (of > _READY_EVERY and done % _READY_EVERY == 0) or (
            done == of and (of > _READY_EVERY or unavailable)
        ):
            self.line(f"  {_environments(ready, unavailable, of)}")

    def measured(self, release: str, left: int, changes: int, *, known: bool = True) -> None:
        """Name the release, what is left, and the changes once there are any."""
        found = f", {plural(changes, 'change')} so far" if changes else ""
        what = "measured" if known else "could not be measured"
        self.line(f"  {visible(release)} {what}, {left} left of this batch{found}")

    def change(self, change: ChangePoint) -> None:
        """All of it, indented below the releases."""
        for text in section_for_terminal(change_section(change)):
            self.line(f"  {text}")

    def pause(self) -> None:
        """Nothing to do: every line is ended."""


class TerminalDisplay:
    """One line that is written over, as wide as the terminal is at that moment; changes stay above it."""

    def __init__(
        self, stream: TextIO, *, colour: bool = True, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._line = ChangingLine(stream)
        self._colour = colour
        self._clock = clock
        self._batch: tuple[float, int] | None = None
        self._done = self._vain = 0

    def line(self, text: str) -> None:
        """Put a line above the one that changes."""
        self._line.above(printed(text))

    def ready(self, ready: int, unavailable: int, of: int) -> None:
        """Count them."""
        self._line.show(_environments(ready, unavailable, of))

    def measured(self, release: str, left: int, changes: int, *, known: bool = True) -> None:
        """Say how far it is, in as many words as fit."""
        self._done += known
        self._vain += not known
        self._line.show(self._fitting(visible(release), left, changes))

    def change(self, change: ChangePoint) -> None:
        """The two releases; what changed stands in the summary, which somebody who looks on will see."""
        text = next(section_for_terminal(change_section(change), columns(self._stream)))
        self._line.above(f"{_YELLOW}{printed(text)}{_PLAIN}" if self._colour else printed(text))

    def pause(self) -> None:
        """Take the changing line away: what it counted stands in what follows."""
        self._line.clear()
        self._batch = None

    def _fitting(self, release: str, left: int, changes: int) -> str:
        found = f"{plural(changes, 'change')} so far" if changes else "no change so far"
        vain = f", {self._vain} could not be" if self._vain else ""
        short = f"{self._done + self._vain} done, {left} left, {plural(changes, 'change')}"
        long = f"{release}: {self._done} measured{vain}, {left} left of this batch, {found}"
        time_left = self._time_left(left)
        candidates = (
            f"{long}, {time_left}" if time_left else long,
            long,
            f"{release}: {short}",
            short,
        )
        room = columns(self._stream) - 1
        return next((text for text in candidates if display_width(text) <= room), short)

    def _time_left(self, left: int) -> str:
        """Going by the releases since the first one of this batch, which other work came before."""
        if self._batch is None:
            self._batch = (self._clock(), left)
        began, of = self._batch
        return time_left(self._clock() - began, of - left, of)


def _environments(ready: int, unavailable: int, of: int) -> str:
    return f"{ready} of {of} environments ready" + (f", {unavailable} unavailable" if unavailable else "")


def display_for(stream: TextIO, environ: Mapping[str, str]) -> SweepDisplay:
    """The display for a stream: plain lines in CI and for ``TERM=dumb``; no colour with ``NO_COLOR``."""
    if not moves(stream, environ):
        return PlainDisplay(stream)
    return TerminalDisplay(raw(stream), colour=not environ.get("NO_COLOR"))
