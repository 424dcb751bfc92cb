"""What A and B sent: who, to whom, and what separates the two requests part by part."""

from __future__ import annotations

from upload_matrix.judge.ab import Side
from upload_matrix.model.result import Run
from upload_matrix.report import ab_report
from upload_matrix.report.html.ab_page import AbTold
from upload_matrix.report.html.page import Content
from upload_matrix.report.html.wire_data import delta_rows, wire_document

TITLE = "What was sent"
ORDER = 12


def of_ab(told: AbTold) -> Content:
    """A and B side by side."""
    ab = told.ab
    sides = [_side(letter, side, told.run) for letter, side in told.sides]
    outcomes = [side.repetition.votes[0].outcome for _, side in told.sides if side.repetition.votes]
    values = {
        "sides": sides,
        "says": ab_report.difference(ab),
        "rows": delta_rows(ab.deltas),
        "outcomes": outcomes if len(outcomes) == len(sides) else None,
    }
    return Content(values, styles=("plots",))


def _side(letter: str, side: Side, run: Run) -> dict[str, object]:
    wire = side.wires[0] if side.wires else None
    return {
        "letter": letter,
        "name": side.variant,
        "target": side.result.target,
        "environment": side.result.environment,
        "sent": ab_report.sent(side),
        "emulated": side.repetition.emulated,
        "wire": None if wire is None else wire_document(wire, run.wires[wire]),
    }
