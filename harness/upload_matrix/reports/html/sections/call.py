"""The call that was diagnosed, what it was answered, and how sure the verdict is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upload_matrix.reports.diagnosis_words import CONFIDENCES, total
from upload_matrix.reports.html.page import Content

if TYPE_CHECKING:
    from upload_matrix.reports.html.diagnosis_page import DiagnosisStory

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
