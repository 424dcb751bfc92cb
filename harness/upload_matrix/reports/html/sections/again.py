"""The command that makes the page's comparison again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upload_matrix.reports.html.page import Content

if TYPE_CHECKING:
    from upload_matrix.reports.html.ab_page import AbTold

TITLE = "Run it again"
ORDER = 60


def of_ab(told: AbTold) -> Content | None:
    """From the same recordings; None where nobody said how."""
    return Content({"command": told.again}) if told.again else None
