"""The outcomes of A, B and their controls as shares with intervals, and what the server said."""

from __future__ import annotations

from upload_matrix.report.html.ab_page import AbTold
from upload_matrix.report.html.page import Content
from upload_matrix.report.html.plots import HALVES, share
from upload_matrix.report.wording import answer_fields

TITLE = "Outcomes"
ORDER = 15


def of_ab(told: AbTold) -> Content:
    """A above B, the controls below them; then the answers in which something was not accepted."""
    named = [(letter, side.repetition) for letter, side in told.sides]
    rows = [
        {"badge": badge, "name": each.variant, "share": share(each)}
        for badge, each in (*named, *(("control", control) for control in told.ab.controls))
    ]
    answers = [
        {
            "badge": letter,
            "times": tally.number,
            "outcome": tally.outcome,
            "fields": answer_fields(tally.outcome),
        }
        for letter, repetition in named
        for tally in (*repetition.votes, *repetition.silent, *repetition.discounted)
        if tally.outcome.message
    ]
    return Content({"rows": rows, "marks": HALVES, "answers": answers}, styles=("plots",))
