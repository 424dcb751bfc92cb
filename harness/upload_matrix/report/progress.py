"""How far a long job is: one line of a terminal that is written over while the job's own lines stay above it.

Where there is no terminal nothing of it is shown, and the job says what it has to say in lines.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TextIO, TypeVar

from upload_matrix.report.streams import columns, moves, raw
from upload_matrix.report.wording import plural, shorten

ItemT = TypeVar("ItemT")

_CLEAR = "\r\x1b[K"
_SELDOM = 0.1
"""Seconds between two writings of the line: a fast job would spend its time on them."""

_EARLIEST = 2.0
"""Seconds before which nothing is said of the time that is left."""


class ChangingLine:
    """The last line of a terminal. ``stream`` is written to as it is: what is shown has to be safe."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = ""

    def show(self, text: str) -> None:
        """Put ``text`` in its place, as much of it as fits."""
        # One column less: in the last one, some terminals go to the next line by themselves.
        self._shown = shorten(text, columns(self._stream) - 1)
        self._write(_CLEAR + self._shown)

    def above(self, line: str) -> None:
        """Put a line that stays above it."""
        self._write(f"{_CLEAR if self._shown else ''}{line}\n{self._shown}")

    def clear(self) -> None:
        """Take it away, and leave the cursor at the start of a line."""
        if self._shown:
            self._write(_CLEAR)
        self._shown = ""

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class ProgressLine:
    """Counts ``of`` things of a kind (``case``) in a line of ``stream``; silent where that is no terminal."""

    def __init__(
        self,
        noun: str,
        of: int,
        stream: TextIO,
        environ: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._noun = noun
        self.of = of
        self._line = ChangingLine(raw(stream)) if moves(stream, environ) else None
        self._clock = clock
        self._began = clock()
        self._written = -_SELDOM

    @property
    def shown(self) -> bool:
        """Whether there is a terminal to show it on."""
        return self._line is not None

    def done(self, number: int, *more: str) -> None:
        """So many are done; ``more`` are further words, empty ones left out."""
        now = self._clock()
        if self._line is None or (now - self._written < _SELDOM and number < self.of):
            return
        self._written = now
        counted = f"{number:,} of {plural(self.of, self._noun)}"
        time_left = left(now - self._began, number, self.of)
        self._line.show(", ".join(filter(None, (counted, *more, time_left))))

    def above(self, say: Callable[[str], None], line: str) -> None:
        """Have ``say`` print a line that stays."""
        self.end()
        say(line)

    def end(self) -> None:
        """Take the line away."""
        if self._line is not None:
            self._line.clear()


def counted(noun: str, items: Sequence[ItemT], stream: TextIO, environ: Mapping[str, str]) -> Iterator[ItemT]:
    """The items one by one, counted in a line of ``stream`` while they are worked on."""
    progress = ProgressLine(noun, len(items), stream, environ)
    try:
        for number, each in enumerate(items):
            progress.done(number)
            yield each
    finally:
        progress.end()


def left(seconds: float, done: int, of: int) -> str:
    """``about 40 s left``, going by how long the first ``done`` took; empty when too few are."""
    if seconds < _EARLIEST or not 0 < done < of:
        return ""
    return f"about {lasting(seconds / done * (of - done))} left"


def lasting(seconds: float) -> str:
    """``40 s``, ``3 min``, ``2 h``: roughly how long, rounded up."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds > 2 * size:
            return f"{-int(-seconds // size)} {unit}"
    return f"{-int(-seconds // 1)} s"
