"""The wire forms of a sweep, part by part, each with what became of it and who answered."""

from __future__ import annotations

from upload_matrix.model.outcome import Outcome
from upload_matrix.model.sweep import Sweep
from upload_matrix.report.html.page import Content
from upload_matrix.report.html.wire_data import wire_table
from upload_matrix.report.sweep_text import labels
from upload_matrix.report.wording import of_source

TITLE = "Wire forms"
ORDER = 40

MOST_SHOWN = 300


def of_sweep(sweep: Sweep) -> Content | None:
    """The first ``MOST_SHOWN`` forms; None when nothing was sent."""
    if not sweep.wires:
        return None
    outcomes: dict[str, dict[Outcome, None]] = {}
    variants: dict[str, dict[str, None]] = {}
    for result in sweep.results.values():
        for cell in result.cells.values():
            for digest in dict.fromkeys(cell.wires):
                outcomes.setdefault(digest, {})[cell.outcome] = None
                variants.setdefault(digest, {})[cell.variant] = None
    said = {
        (answer.wire, answer.target): of_source(answer.source)
        for answer in sweep.answers
        if answer.source is not None
    }
    answers: dict[str, dict[str, None]] = {}
    for (digest, _), words in sorted(said.items()):
        answers.setdefault(digest, {})[words] = None
    rows, _ = wire_table(sweep.wires)
    shown = sorted(rows, key=lambda row: (-len(variants.get(row["digest"], ())), row["digest"]))[:MOST_SHOWN]
    return Content(
        {
            "forms": shown,
            "named": labels(sweep),
            "outcomes": {digest: tuple(kinds) for digest, kinds in outcomes.items()},
            "variants": {digest: tuple(names) for digest, names in variants.items()},
            "answers": {digest: tuple(words) for digest, words in answers.items()},
            "more": len(rows) - len(shown),
        }
    )
