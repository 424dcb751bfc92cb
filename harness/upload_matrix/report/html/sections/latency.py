"""How long live calls took: a strip of dots each, on one axis. Measured in one run, and of no other."""

from __future__ import annotations

from upload_matrix.report.html import latency_data
from upload_matrix.report.html.ab_page import AbTold
from upload_matrix.report.html.latency_data import Latencies, MeasuredRun
from upload_matrix.report.html.page import Content

TITLE = "Latency"
ORDER = 25

MOST_SHOWN = 60


def of_measured(measured: MeasuredRun) -> Content | None:
    """The slowest requests first; None when no live call was served."""
    return _content(latency_data.of_run(measured))


def of_ab(told: AbTold) -> Content | None:
    """A above B; None when no live call was served."""
    return _content(latency_data.of_ab(told.ab, told.calls))


def _content(found: Latencies | None) -> Content | None:
    if found is None:
        return None
    rows = found.rows[:MOST_SHOWN]
    values = {"rows": rows, "marks": found.marks, "more": len(found.rows) - len(rows)}
    return Content(values, styles=("plots",))
