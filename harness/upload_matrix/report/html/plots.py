"""Small plots as numbers in percent of their width: shares with intervals, amounts, times on a common axis.

A page may carry no inline style, so the templates place everything by SVG attributes in percent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10

from upload_matrix.judge.ab import Ab, Latency, latency
from upload_matrix.judge.cost import CostSum, cost_of_variant, run_cost
from upload_matrix.judge.proportions import Habit, Repetition, variant_of
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.result import Run
from upload_matrix.report.ab_report import took
from upload_matrix.report.costs import amount, basis, per_call, tokens
from upload_matrix.report.html.page import Content
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


# -- what variants cost --


HOW = (
    "Computed from the usage that live answers report. An answer counts once, whoever reads its recording "
    "since. A request that was turned away counts as nothing; what is not known is said to be, and never "
    "taken for zero."
)


@dataclass(frozen=True, slots=True)
class Spent:
    """One row. ``width`` is the known part of its cost in percent of the dearest row's; ``unknown`` whether
    more was spent than is known. ``shared`` of its ``calls`` answer other variants as well."""

    badge: str
    name: str
    width: float
    unknown: bool
    amount: str
    per_call: str
    calls: int
    shared: int
    tokens: str


@dataclass(frozen=True, slots=True)
class CostRows:
    """Rows with their sum; ``prices`` are sentences about the price lines they are computed by."""

    rows: tuple[Spent, ...]
    total: Spent
    prices: tuple[str, ...]
    more: int = 0


def costs_of_run(run: Run, most: int) -> CostRows | None:
    """The variants of a run, the dearest first and not more than ``most``; None without live usage."""
    found = run_cost(run)
    if found is None:
        return None
    ranked = sorted(found.variants, key=lambda each: -each.cost.money.known)
    rows = _cost_rows(("", each.variant, each.cost, each.shared) for each in ranked[:most])
    return CostRows(
        rows, _cost_row("", "together", found.total, 0, 0), tuple(basis(run.prices)), len(ranked) - len(rows)
    )


def costs_of_ab(ab: Ab, run: Run) -> CostRows | None:
    """A and B; None without live usage."""
    found = run_cost(run)
    if found is None:
        return None
    sides = [
        (badge, side.variant, cost_of_variant(found, side.variant))
        for badge, side in (("A", ab.a), ("B", ab.b))
    ]
    rows = _cost_rows((badge, name, own.cost, own.shared) for badge, name, own in sides if own is not None)
    return CostRows(
        rows, _cost_row("", "together, with controls", found.total, 0, 0), tuple(basis(run.prices))
    )


def _cost_rows(found: Iterable[tuple[str, str, CostSum, int]]) -> tuple[Spent, ...]:
    listed = list(found)
    dearest = max((float(cost.money.known) for _, _, cost, _ in listed), default=0.0)
    return tuple(_cost_row(badge, name, cost, shared, dearest) for badge, name, cost, shared in listed)


def _cost_row(badge: str, name: str, cost: CostSum, shared: int, dearest: float) -> Spent:
    return Spent(
        badge=badge,
        name=name,
        width=place(float(cost.money.known), dearest) if dearest else 0.0,
        unknown=cost.money.unknown > 0,
        amount=amount(cost),
        per_call=per_call(cost),
        calls=cost.calls,
        shared=shared,
        tokens=tokens(cost.usage),
    )


# -- how long live calls took: measured in one run, and in no report by themselves --


@dataclass(frozen=True, slots=True)
class Timed:
    """One row: what was called, how long it took, and both in words. ``badge`` is ``A`` or ``B`` or empty."""

    badge: str
    name: str
    beside: str
    strip: Strip
    words: str


@dataclass(frozen=True, slots=True)
class Latencies:
    """Rows on one axis."""

    rows: tuple[Timed, ...]
    marks: tuple[Mark, ...]
    more: int = 0


def latencies_of_run(run: Run, made: Sequence[CallRecord], most: int) -> Latencies | None:
    """A row for each request that was sent, the ``most`` slowest first; None when none was served."""
    variants: dict[tuple[str, str], dict[str, None]] = {}
    for result in run.results:
        for wire in result.asked:
            variants.setdefault((result.target, wire), {})[variant_of(result)] = None
    calls: dict[tuple[str, str], list[CallRecord]] = {}
    for call in made:
        if call.emulated:
            continue
        calls.setdefault((call.target, call.wire), []).append(call)
    found = []
    for key, same in calls.items():
        # As in judge.measured: the time of a call that ended in trouble is that of the trouble.
        served = tuple(call.seconds for call in same if call.seconds is not None and call.why is None)
        names = list(variants.get(key, ()))
        if served:
            more = f"and {len(names) - 1} more send it" if len(names) > 1 else ""
            name = names[0] if names else f"wire form {key[1]}"
            found.append(("", name, more, Latency(served, len(same))))
    found.sort(key=lambda row: -(row[3].median or 0))
    return _laid_out(found, most)


def latencies_of_ab(ab: Ab, calls: Sequence[CallRecord]) -> Latencies | None:
    """A and B; None when no live call of this run was served."""
    sides = (("A", ab.a), ("B", ab.b))
    return _laid_out([(badge, side.variant, "", latency(side, calls)) for badge, side in sides])


def _laid_out(found: Sequence[tuple[str, str, str, Latency]], most: int | None = None) -> Latencies | None:
    every = [each for *_, times in found for each in times.seconds]
    if not every:
        return None
    top = top_of(every)
    rows = tuple(
        Timed(badge, name, beside, strip(times, top), took(times))
        for badge, name, beside, times in found[:most]
    )
    return Latencies(rows, axis(top, _tick), len(found) - len(rows))


def _tick(value: float) -> str:
    """``0``, ``250 ms``, ``1.5 s``: a round number of seconds in as few digits as it has."""
    if not value:
        return "0"
    return f"{value:g} s" if value >= 1 else f"{1000 * value:g} ms"


# -- the sections --


def cost_content(costs: CostRows | None) -> Content | None:
    """What live answers cost as bars; None when no live answer says what it used."""
    return None if costs is None else Content({"costs": costs, "how": HOW}, styles=("plots",))


def latency_content(found: Latencies | None) -> Content | None:
    """How long live calls took; None when none was served."""
    if found is None:
        return None
    return Content({"rows": found.rows, "marks": found.marks, "more": found.more}, styles=("plots",))
