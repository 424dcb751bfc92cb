"""The change points of a sweep: between which releases what was sent, or what came of it, became other."""

from __future__ import annotations

from upload_matrix.judge.history import ChangePoint, history
from upload_matrix.model.sweep import Sweep
from upload_matrix.report.html.page import Content
from upload_matrix.report.html.wire_data import delta_rows

TITLE = "Change points"
ORDER = 20


def of_sweep(sweep: Sweep) -> Content | None:
    """The changes, the newest first; None when nothing changed."""
    changes = history(sweep).changes
    if not changes:
        return None
    known = {release.name: release for release in sweep.releases}
    return Content({"changes": [_told(change) for change in reversed(changes)], "releases": known})


def _told(change: ChangePoint) -> dict[str, object]:
    return {
        "change": change,
        "beside": delta_rows(change.beside),
        "differences": [
            {"variants": each.variants, "rows": delta_rows(each.deltas), "outcome": each.outcome}
            for each in change.differences
        ],
    }
