"""The page of a regression gate: its verdict, then every departure part by part."""

from __future__ import annotations

from upload_matrix.judge.compare import Judgement
from upload_matrix.judge.gate import Gate
from upload_matrix.report.gate_report import CHANGED, answered, readable, word
from upload_matrix.report.html.document_page import sections_of
from upload_matrix.report.html.page import BAD, GOOD, OPEN, Page, emulated, sentence


def page(gate: Gate) -> Page:
    """The page."""
    changed = {judgement: len(gate.changed(judgement)) for judgement in Judgement}
    return Page(
        kind="gate",
        title=gate.distribution,
        headline=sentence(word(gate)),
        mood={0: GOOD, 1: BAD}.get(gate.exit_code, OPEN),
        answers=answered(gate),
        emulated=any(emulated(source) for source in (*gate.answers, *gate.baseline_answers)),
        facts=(
            *((f"{number:,}", _SHORT.get(each, CHANGED[each])) for each, number in changed.items()),
            (f"{gate.unchanged:,}", "unchanged cells"),
            (f"{len(gate.releases):,}", "release judged" if len(gate.releases) == 1 else "releases judged"),
        ),
        sections=sections_of(readable(gate)),
    )


_SHORT = {Judgement.UNDECIDED: "undecided"}
