"""What decides, in sentences, and what the run has to note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.deciding import sentences
from harness.reports.html.page import Content

if TYPE_CHECKING:
    from harness.model.result import Run

TITLE = "Conclusions"
ORDER = 10


def of_run(run: Run) -> Content | None:
    """The conclusions, the best proven first."""
    said = sentences(run)
    return Content({"sentences": said, "notes": run.notes}) if said or run.notes else None
