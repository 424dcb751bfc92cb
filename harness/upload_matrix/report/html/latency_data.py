"""Times of live calls as rows of one plot: measured in one run, and in no report by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upload_matrix.judge.ab import Ab
from upload_matrix.judge.measured import Latency, latency
from upload_matrix.judge.proportions import variant_of
from upload_matrix.model.call import CallRecord
from upload_matrix.model.result import Run
from upload_matrix.report.ab_report import took
from upload_matrix.report.html.plots import Mark, Strip, axis, strip, top_of


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """A run and the live calls it made."""

    run: Run
    calls: tuple[CallRecord, ...]


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


def of_run(measured: MeasuredRun) -> Latencies | None:
    """A row for each request that was sent, the slowest first; None when nothing was measured."""
    variants: dict[tuple[str, str], dict[str, None]] = {}
    for result in measured.run.results:
        for wire in result.asked:
            variants.setdefault((result.target, wire), {})[variant_of(result)] = None
    calls: dict[tuple[str, str], list[CallRecord]] = {}
    for call in measured.calls:
        calls.setdefault((call.target, call.wire), []).append(call)
    found = []
    for key, made in calls.items():
        # As in analysis.measured: the time of a call that ended in trouble is that of the trouble.
        served = tuple(call.seconds for call in made if call.seconds is not None and call.why is None)
        names = list(variants.get(key, ()))
        if served:
            more = f"and {len(names) - 1} more send it" if len(names) > 1 else ""
            name = names[0] if names else f"wire form {key[1]}"
            found.append(("", name, more, Latency(served, len(made))))
    found.sort(key=lambda row: -(row[3].median or 0))
    return _laid_out(found)


def of_ab(ab: Ab, calls: Sequence[CallRecord]) -> Latencies | None:
    """A and B; None when no live call of this run was served."""
    sides = (("A", ab.a), ("B", ab.b))
    return _laid_out([(badge, side.variant, "", latency(side, calls)) for badge, side in sides])


def _laid_out(found: Sequence[tuple[str, str, str, Latency]]) -> Latencies | None:
    every = [each for *_, times in found for each in times.seconds]
    if not every:
        return None
    top = top_of(every)
    rows = tuple(
        Timed(badge, name, beside, strip(times, top), took(times)) for badge, name, beside, times in found
    )
    return Latencies(rows, axis(top, _tick))


def _tick(value: float) -> str:
    """``0``, ``250 ms``, ``1.5 s``: a round number of seconds in as few digits as it has."""
    if not value:
        return "0"
    return f"{value:g} s" if value >= 1 else f"{1000 * value:g} ms"
