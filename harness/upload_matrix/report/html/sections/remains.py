"""What a diagnosis leaves unexplained, and the report a vendor can act on."""

from __future__ import annotations

from upload_matrix.report.html.diagnosis_page import DiagnosisStory
from upload_matrix.report.html.page import Content

TITLE = "What remains"
ORDER = 40


def of_diagnosis(story: DiagnosisStory) -> Content | None:
    """None where nothing does."""
    diagnosis = story.diagnosis
    if not diagnosis.unexplained and diagnosis.stopped is None and story.offer is None:
        return None
    return Content({"unexplained": diagnosis.unexplained, "stopped": diagnosis.stopped, "offer": story.offer})
