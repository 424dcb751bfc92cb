"""What decides, in sentences, and what the run has to note."""

from __future__ import annotations

from upload_matrix.judge.deciding import sentences
from upload_matrix.model.result import Run
from upload_matrix.report import ab_report
from upload_matrix.report.html.ab_page import AbTold
from upload_matrix.report.html.page import Content
from upload_matrix.report.html.prose import capital

TITLE = "Conclusions"
ORDER = 10


def of_run(run: Run) -> Content | None:
    """The conclusions, the best proven first."""
    said = sentences(run)
    return Content({"sentences": said, "notes": run.notes}) if said or run.notes else None


def of_ab(told: AbTold) -> Content:
    """What stands behind the verdict."""
    said = tuple(map(capital, ab_report.sentences(told.ab)))
    return Content({"sentences": said, "notes": told.run.notes})
