"""The mend: what to change, whether that was tried, and the program that makes the mended call."""

from __future__ import annotations

from upload_matrix.report.diagnosis import mend_shown
from upload_matrix.report.html.diagnosis_page import DiagnosisStory
from upload_matrix.report.html.page import Content

TITLE = "Mend"
ORDER = 12


def of_diagnosis(story: DiagnosisStory) -> Content | None:
    """None where there is none."""
    mend = story.diagnosis.mend
    return None if mend is None else Content({"mend": mend, "shown": mend_shown(mend)})
