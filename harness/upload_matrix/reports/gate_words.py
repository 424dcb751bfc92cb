"""What every readable form of a regression gate's result says in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upload_matrix.analysis.gate import GateVerdict
from upload_matrix.reports.provenance import of_source
from upload_matrix.reports.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from upload_matrix.analysis.gate import Gate
    from upload_matrix.model.answer import Source


def word(gate: Gate) -> str:
    """One line: ``✗ 3.55.0: 2 variants changed against the baseline``."""
    judged = ", ".join(gate.releases)
    if gate.verdict is GateVerdict.CHANGED:
        return f"✗ {judged}: {plural(len(gate.changed), 'variant')} changed against the baseline"
    if gate.verdict is GateVerdict.UNDECIDED:
        return f"? {judged}: nothing changed as far as can be said, but not all can"
    return f"✓ {judged}: nothing new is sent, nothing is read differently ({counted(gate)})"


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
