"""What a comparison's cases send otherwise, each change once with all the cases that share it."""

from __future__ import annotations

from upload_matrix.judge.compare import Change
from upload_matrix.report.html.comparison_page import ComparedRuns
from upload_matrix.report.html.page import Content
from upload_matrix.report.html.wire_data import delta_rows

TITLE = "On the wire"
ORDER = 20

MOST_SHOWN = 200


def of_comparison(compared: ComparedRuns) -> Content | None:
    """The changes, the one with most cases first; None when all cases send what they sent."""
    moves: dict[tuple[str | None, str | None], list[Change]] = {}
    for change in compared.comparison.changed:
        if change.wire is not None:
            moves.setdefault(change.wire, []).append(change)
    if not moves:
        return None
    before, after = compared.emulated
    ranked = sorted(moves.items(), key=lambda move: -len(move[1]))
    told = [
        {
            "before": wire[0],
            "after": wire[1],
            "rows": delta_rows(changes[0].deltas),
            "cases": tuple(change.case for change in changes),
            "moved": any(change.outcome is not None for change in changes),
            "emulated": any(change.case in before or change.case in after for change in changes),
        }
        for wire, changes in ranked[:MOST_SHOWN]
    ]
    return Content({"moves": told, "more": len(ranked) - len(told)})
