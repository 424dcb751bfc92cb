"""The mend: what to change, whether that was tried, and the program that makes the mended call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upload_matrix.reports.diagnosis_words import mend_shown
from upload_matrix.reports.html.page import Content

if TYPE_CHECKING:
    from upload_matrix.reports.html.diagnosis_page import DiagnosisStory

TITLE = "Mend"
ORDER = 12


def of_diagnosis(story: DiagnosisStory) -> Content | None:
    """None where there is none."""
    mend = story.diagnosis.mend
    return None if mend is None else Content({"mend": mend, "shown": mend_shown(mend)})
