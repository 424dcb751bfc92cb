"""What live answers cost, variant by variant, as bars."""

from __future__ import annotations

from upload_matrix.model.result import Run
from upload_matrix.report.html import cost_data
from upload_matrix.report.html.ab_page import AbTold
from upload_matrix.report.html.cost_data import CostRows
from upload_matrix.report.html.page import Content

TITLE = "Cost"
ORDER = 26

MOST_SHOWN = 100


def of_run(run: Run) -> Content | None:
    """The dearest variants first; None when no live answer says what it used."""
    return _content(cost_data.of_run(run, MOST_SHOWN))


def of_ab(told: AbTold) -> Content | None:
    """A against B; None when no live answer says what it used."""
    return _content(cost_data.of_ab(told.ab, told.run))


def _content(costs: CostRows | None) -> Content | None:
    if costs is None:
        return None
    return Content({"costs": costs, "how": cost_data.HOW}, styles=("plots",))
