"""The suspects in their order: how each stands, what was tried, what follows, what it took."""

from __future__ import annotations

from upload_matrix.model.diagnosis import Stand
from upload_matrix.report.diagnosis import STANDS, inquiry_cost
from upload_matrix.report.html.diagnosis_page import DiagnosisStory
from upload_matrix.report.html.page import Content

TITLE = "Suspects"
ORDER = 10

_ICONS = {
    Stand.CAUSE: "rejected",
    Stand.RULED_OUT: "accepted",
    Stand.OPEN: "inconclusive",
    Stand.NOT_NEEDED: "unavailable",
    Stand.NOT_APPLICABLE: "unavailable",
}
"""The outcome whose shape and colour a stand has."""


def of_diagnosis(story: DiagnosisStory) -> Content | None:
    """All of them; None when the call needed none."""
    rows = [
        {
            "inquiry": inquiry,
            "icon": _ICONS[inquiry.stand],
            "stand": STANDS[inquiry.stand].partition(" ")[2],
            "took": inquiry_cost(inquiry),
        }
        for inquiry in story.diagnosis.inquiries
    ]
    return Content({"rows": rows, "notes": story.diagnosis.notes}) if rows else None
