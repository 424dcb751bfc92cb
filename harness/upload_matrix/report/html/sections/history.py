"""A sweep's version history as a chart: a band a behaviour, a line a change point."""

from __future__ import annotations

from upload_matrix.judge.history import history
from upload_matrix.model.sweep import Sweep
from upload_matrix.report.html.page import Content
from upload_matrix.report.html.sweep_chart import chart
from upload_matrix.report.sweep_text import measured

TITLE = "Version history"
ORDER = 10


def of_sweep(sweep: Sweep) -> Content | None:
    """The chart; None when no release says anything."""
    found = history(sweep)
    if not found.rows or not found.spans:
        return None
    drawn = chart(sweep, found)
    kinds = dict.fromkeys(band.kind for line in drawn.lines for band in line.bands)
    return Content({"chart": drawn, "kinds": tuple(kinds), "measured": measured(sweep), "notes": sweep.notes})
