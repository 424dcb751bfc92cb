"""What every readable form of a regression gate's result says in the same words."""

from __future__ import annotations

from collections.abc import Iterable

from upload_matrix.judge.gate import Gate, GateVerdict
from upload_matrix.judge.history import ChangePoint
from upload_matrix.judge.regression import Judgement
from upload_matrix.model.answer import Source
from upload_matrix.report.wording import of_source, plural

_MARKS = {0: "✓", 1: "✗"}
_NAMED = 5
"""Releases that are named one by one; of more, the first and the last are."""

CHANGED = {
    Judgement.REGRESSION: "regressed",
    Judgement.UNDECIDED: "changed with nobody to say how that is read",
    Judgement.OTHER: "changed otherwise",
    Judgement.IMPROVEMENT: "improved",
}
"""What variants did, by what it means; after a number of them."""


def word(gate: Gate) -> str:
    """One line: ``✗ 3.55.0: 2 variants regressed, 1 improved against the baseline``."""
    begin = f"{_MARKS.get(gate.exit_code, '?')} {_judged(gate)}"
    if gate.verdict is GateVerdict.UNCHANGED:
        return f"{begin}: nothing new is sent, nothing is read differently ({counted(gate)})"
    if not gate.departures:
        seen = "nothing changed in what could be compared, but not all could be"
        return f"{begin}: {seen if gate.unchanged else 'nothing could be compared with the baseline'}"
    numbers = [(len(gate.changed(judgement)), how) for judgement, how in CHANGED.items()]
    first, *others = [pair for pair in numbers if pair[0]]
    changes = ", ".join([f"{plural(first[0], 'variant')} {first[1]}", *(f"{n:,} {how}" for n, how in others)])
    return f"{begin}: {changes} against the baseline{'; not all could be compared' if gate.undecided else ''}"


def _judged(gate: Gate) -> str:
    several = len(gate.releases) > _NAMED
    names = f"{gate.releases[0]} to {gate.releases[-1]}" if several else ", ".join(gate.releases)
    if gate.unlooked:
        return f"{names} ({len(gate.releases):,} of {len(gate.releases) + gate.unlooked:,} releases judged)"
    return f"{names} ({len(gate.releases):,} releases)" if several else names


def judged(change: ChangePoint) -> str:
    """``Regression: `` before a departure's releases; empty for a change that nobody judged."""
    return "" if change.judgement is None else f"{change.judgement.value.capitalize()}: "


def counted(gate: Gate) -> str:
    """``18 cells``, and how many beside them could be had neither now nor for the baseline."""
    beside = f", {gate.unavailable:,} unavailable as before" if gate.unavailable else ""
    return f"{plural(gate.unchanged, 'cell')}{beside}"


def answered(gate: Gate) -> str:
    """Who answered now, and who did for the baseline where that is somebody else."""
    now, before = _said(gate.answers), _said(gate.baseline_answers)
    return f"Answers: {now}" if now == before else f"Answers: {now}; of the baseline: {before}"


def _said(sources: Iterable[Source]) -> str:
    return "; ".join(sorted({of_source(source) for source in sources})) or "none"
