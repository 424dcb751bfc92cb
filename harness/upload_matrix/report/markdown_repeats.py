"""Repetitions as a Markdown section: which variants are always the same, and which only sometimes."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.proportions import Repetition, repetitions
from upload_matrix.model.result import Run
from upload_matrix.report.markdown_escape import code, prose, table
from upload_matrix.report.repeats_words import environment, order, percent, proportion, summed_up, tallies
from upload_matrix.report.sections import Section
from upload_matrix.report.wording import plural

TITLE = "Repetitions"
MOST_ROWS = 150

_EMPTY = "–"

LEGEND = (
    "Votes are outcomes that say something about the upload; inconclusive ones do not vote. The interval is "
    "that of the share of accepted (Wilson, 95 %). The control is known to pass: where it did not, although "
    "it passes in other rounds, a rejection says something about the server, not about the upload."
)


def repeats_section(run: Run) -> Iterator[Section]:
    """The section, unless nothing was repeated; what is not always the same stands first."""
    found = repetitions(run)
    if not found:
        return
    ranked = sorted(found, key=order)
    rows = [_row(each) for each in ranked[:MOST_ROWS]]
    told = prose(summed_up(found))
    pieces = [f"## {TITLE}", f"{told[:1].upper()}{told[1:]}."]
    pieces.append(table(("variant", "outcome", "share accepted", "votes", "no vote"), rows))
    if len(ranked) > MOST_ROWS:
        pieces.append(f"{plural(len(ranked) - MOST_ROWS, 'more variant')} in the JSON report.")
    if any(each.emulated for each in found):
        pieces.append(
            "Emulated answers are the same each time by their making: repetition proves nothing there."
        )
    pieces.append(LEGEND)
    yield Section(TITLE, "\n\n".join(pieces))


def _row(each: Repetition) -> list[str]:
    interval = _EMPTY if each.interval is None else percent(each.interval)
    silent = [tallies(each.silent)] if each.silent else []
    silent += [environment(each)] if each.environment else []
    return [
        code(each.variant)
        + (" (control)" if each.control else "")
        + (" (emulated)" if each.emulated else ""),
        prose(proportion(each)),
        interval,
        prose(tallies(each.votes, each.of)) if each.votes else _EMPTY,
        prose("; ".join(silent)) if silent else _EMPTY,
    ]
