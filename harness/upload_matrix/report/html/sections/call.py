"""The call that was diagnosed, what it was answered, and how sure the verdict is."""

from __future__ import annotations

from upload_matrix.report.diagnosis import CONFIDENCES, total
from upload_matrix.report.html.diagnosis_page import DiagnosisStory
from upload_matrix.report.html.page import Content

TITLE = "The call"
ORDER = 5


def of_diagnosis(story: DiagnosisStory) -> Content:
    """As the other reports have it."""
    diagnosis = story.diagnosis
    values = {
        "diagnosis": diagnosis,
        "confidence": CONFIDENCES[diagnosis.confidence],
        "total": total(diagnosis),
    }
    return Content(values)
