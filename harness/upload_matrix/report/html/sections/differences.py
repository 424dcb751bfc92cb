"""The cases of a comparison whose verdict or outcome changed, what matters most first."""

from __future__ import annotations

from upload_matrix.report.compare_text import groups
from upload_matrix.report.html.comparison_page import ComparedRuns
from upload_matrix.report.html.page import Content

TITLE = "Cases"
ORDER = 10

MOST_SHOWN = 500
"""Cases of one kind that the page lists; the JSON has all."""


def of_comparison(compared: ComparedRuns) -> Content | None:
    """The cases by what became of them; None when nothing but the wire changed."""
    comparison = compared.comparison
    changes = {change.case: change for change in comparison.changed}
    shown = [
        {"title": title, "mood": mood, "cases": cases[:MOST_SHOWN], "more": len(cases[MOST_SHOWN:])}
        for title, mood, cases in (
            *groups(comparison),
            ("Added", "unrecorded", comparison.added),
            ("Removed", "unavailable", comparison.removed),
        )
        if cases
    ]
    before, after = compared.emulated
    values = {"groups": shown, "changes": changes, "before": before, "after": after}
    return Content(values) if shown else None
