"""A badge of a sweep: ``openai | 396 releases, 4 changes | emulated`` as an SVG."""

from __future__ import annotations

from upload_matrix.judge.certainty import missing
from upload_matrix.judge.history import history
from upload_matrix.model.answer import Provenance
from upload_matrix.model.sweep import Sweep
from upload_matrix.report.badge_svg import EMULATED, IDLE, PLAIN, Segment, svg
from upload_matrix.report.wording import plural

NAME = "badge"
SUFFIX = ".svg"
KIND = "sweep"


def render(sweep: Sweep, *, label: str | None = None) -> str:
    """The badge; ``label`` is the distribution's name unless given."""
    known = sweep.counts.measured
    if known:
        changes = plural(len(history(sweep).changes), "change")
        of = f"{known:,} of " if known < len(sweep.releases) else ""
        lacking = missing(sweep)
        words = f"{of}{plural(len(sweep.releases), 'release')}, {changes}{', incomplete' if lacking else ''}"
        segments = [Segment(words, IDLE if lacking else PLAIN)]
    else:
        segments = [Segment("nothing known", IDLE)]
    said = {answer.source.provenance for answer in sweep.answers if answer.source is not None}
    if Provenance.EMULATED in said:
        segments.append(Segment("emulated" if len(said) == 1 else "partly emulated", EMULATED))
    return svg(label or sweep.distribution, segments)
