"""The cases of a comparison whose verdict or outcome changed, what matters most first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upload_matrix.reports.html.page import Content

if TYPE_CHECKING:
    from upload_matrix.analysis.compare import Change
    from upload_matrix.reports.html.comparison_page import Compared

TITLE = "Cases"
ORDER = 10

MOST_SHOWN = 500
"""Cases of one kind that the page lists; the JSON has all."""


def of_comparison(compared: Compared) -> Content | None:
    """The cases by what became of them; None when nothing but the wire changed."""
    comparison = compared.comparison
    changes = {change.case: change for change in comparison.changed}
    said = {*comparison.regressions, *comparison.newly_unresolved, *comparison.improvements}
    others = tuple(
        change.case for change in comparison.changed if change.case not in said and _answered(change)
    )
    groups = [
        {"title": title, "mood": mood, "cases": cases[:MOST_SHOWN], "more": len(cases[MOST_SHOWN:])}
        for title, mood, cases in (
            ("Regressions", "rejected", comparison.regressions),
            ("Newly unresolved", "inconclusive", comparison.newly_unresolved),
            ("Improvements", "accepted", comparison.improvements),
            ("Changed otherwise", "altered", others),
            ("Added", "unrecorded", comparison.added),
            ("Removed", "unavailable", comparison.removed),
        )
        if cases
    ]
    before, after = compared.emulated
    values = {"groups": groups, "changes": changes, "before": before, "after": after}
    return Content(values) if groups else None


def _answered(change: Change) -> bool:
    return change.verdict is not None or change.outcome is not None or change.attempts is not None
