"""Repeated calls of a run as shares with their intervals: always the same, or sometimes."""

from __future__ import annotations

from upload_matrix.judge.proportions import repetitions
from upload_matrix.model.result import Run
from upload_matrix.report.html.page import Content
from upload_matrix.report.html.plots import HALVES, share
from upload_matrix.report.repeats import order, summed_up

TITLE = "Repetitions"
ORDER = 15

MOST_SHOWN = 100


def of_run(run: Run) -> Content | None:
    """What wavers first; None when nothing was repeated."""
    found = repetitions(run)
    if not found:
        return None
    ranked = sorted(found, key=order)
    rows = [
        {
            "badge": "control" if each.control else "",
            "name": each.variant,
            "rounds": each.rounds,
            "share": share(each),
        }
        for each in ranked[:MOST_SHOWN]
    ]
    values = {"summary": summed_up(found), "rows": rows, "marks": HALVES, "more": len(found) - len(rows)}
    return Content(values, styles=("plots",))
