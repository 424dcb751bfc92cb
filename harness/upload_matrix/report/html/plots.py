"""Small plots as numbers in percent of their width: shares with intervals, amounts, times on a common axis.

A page may carry no inline style, so the templates place everything by SVG attributes in percent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10

from upload_matrix.judge.measured import Latency
from upload_matrix.judge.proportions import Habit, Repetition
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.report.repeats import environment, percent, proportion, tallies

_STEPS = (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10)
"""Round ends of an axis, in its leading power of ten: their halves are round, too."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A label at a place of an axis, in percent."""

    at: float
    says: str


@dataclass(frozen=True, slots=True)
class Share:
    """A share of accepted calls. ``at``, ``low`` and ``high`` are percents, None without a vote.

    ``tone`` is the outcome whose colour it has. ``votes`` and ``beside`` say what counted and what did not,
    ``interval`` is the interval in words.
    """

    at: float | None
    low: float
    high: float
    tone: str
    words: str
    interval: str
    votes: str
    beside: tuple[str, ...]
    emulated: bool

    @property
    def label(self) -> str:
        """All of it in words, for who does not see the plot."""
        told = f"{self.words}; accepted in {self.interval} of calls (95 %)" if self.interval else self.words
        return f"{told} (emulated)" if self.emulated else told


HALVES = (Mark(0, "0 %"), Mark(25, ""), Mark(50, "50 %"), Mark(75, ""), Mark(100, "100 %"))
"""The axis of shares."""


def share(repetition: Repetition) -> Share:
    """A repetition's share of accepted, with its interval at 95 %."""
    interval = repetition.interval
    said = [f"no vote: {tallies(repetition.silent)}"] if repetition.silent else []
    said += [environment(repetition)] if repetition.environment else []
    return Share(
        at=None if repetition.share is None else round(100 * repetition.share, 3),
        low=0 if interval is None else round(100 * interval.low, 3),
        high=0 if interval is None else round(100 * interval.high, 3),
        tone=_tone(repetition),
        words=proportion(repetition),
        interval="" if interval is None else percent(interval),
        votes=tallies(repetition.votes, repetition.of) if repetition.votes else "",
        beside=tuple(said),
        emulated=repetition.emulated,
    )


def _tone(repetition: Repetition) -> str:
    if repetition.habit is Habit.SILENT:
        return OutcomeKind.UNRECORDED.value
    if repetition.habit is Habit.SOMETIMES:
        return OutcomeKind.INCONCLUSIVE.value
    return repetition.votes[0].outcome.kind.value


@dataclass(frozen=True, slots=True)
class Strip:
    """Measured times of one thing: ``dots``, ``median`` and the median's interval (``low``, ``high``) as
    percents of the axis."""

    dots: tuple[float, ...]
    median: float | None
    low: float | None
    high: float | None


def top_of(values: Sequence[float]) -> float:
    """The end of an axis from 0 that holds all ``values``: a round number; 1 where there is none above 0."""
    most = max(values, default=0.0)
    if most <= 0:
        return 1.0
    unit = 10.0 ** floor(log10(most))
    # A value that is such a number but for the last bit ends the axis itself.
    return next(step * unit for step in _STEPS if most <= step * unit * (1 + 1e-9))


def place(value: float, top: float) -> float:
    """Where ``value`` lies on an axis from 0 to ``top``, in percent."""
    return round(100 * value / top, 3)


def axis(top: float, says: Callable[[float], str]) -> tuple[Mark, ...]:
    """An axis from 0 to ``top`` in quarters; ``says`` puts the ends and the middle in words."""
    return tuple(
        Mark(25 * quarter, says(top * quarter / 4) if quarter % 2 == 0 else "") for quarter in range(5)
    )


def strip(found: Latency, top: float) -> Strip:
    """Measured seconds on an axis from 0 to ``top`` seconds."""
    interval, middle = found.interval, found.median
    return Strip(
        dots=tuple(place(each, top) for each in sorted(found.seconds)),
        median=None if middle is None else place(middle, top),
        low=None if interval is None else place(interval.low, top),
        high=None if interval is None else place(interval.high, top),
    )
