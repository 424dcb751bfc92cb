"""A status badge: ``uploads | 84 as expected | emulated`` as an SVG for a README. A stand-in is marked."""

from __future__ import annotations

from upload_matrix.model.answer import Provenance
from upload_matrix.model.result import Run, VerdictKind
from upload_matrix.report.badge_svg import BAD, EMULATED, GOOD, IDLE, OPEN, Segment, svg
from upload_matrix.report.wording import Counts, count

NAME = "badge"
SUFFIX = ".svg"


def render(run: Run, *, label: str = "uploads") -> str:
    """The badge of a run; ``label`` is the word on its left."""
    counts = count(run)
    segments = [_result(counts)]
    if Provenance.EMULATED in counts.by_provenance:
        alone = len(counts.by_provenance) == 1
        segments.append(Segment("emulated" if alone else "partly emulated", EMULATED))
    return svg(label, segments)


def _result(counts: Counts) -> Segment:
    if not counts.cases:
        return Segment("no case ran", IDLE)
    if counts.red:
        return Segment(f"{counts.red:,} of {counts.cases:,} not as expected", BAD)
    unresolved = counts.by_verdict.get(VerdictKind.UNRESOLVED, 0)
    if unresolved:
        return Segment(f"{unresolved:,} of {counts.cases:,} unresolved", OPEN)
    known = counts.by_verdict.get(VerdictKind.KNOWN_FAILURE, 0)
    beside = f", {known:,} known" if known else ""
    return Segment(f"{counts.cases - known:,} as expected{beside}", GOOD)
