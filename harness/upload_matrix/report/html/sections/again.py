"""The command that makes the page's comparison again."""

from __future__ import annotations

from upload_matrix.report.html.ab_page import AbTold
from upload_matrix.report.html.page import Content

TITLE = "Run it again"
ORDER = 60


def of_ab(told: AbTold) -> Content | None:
    """From the same recordings; None where nobody said how."""
    return Content({"command": told.again}) if told.again else None
