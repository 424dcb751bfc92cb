"""A regression gate's result as Markdown, for the summary of a CI step or the body of an issue."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.gate import Gate, Undecided
from upload_matrix.report.gate_words import answered, counted, judged, word
from upload_matrix.report.markdown_escape import Section, code, joined, prose
from upload_matrix.report.sweep_markdown import change_pieces
from upload_matrix.report.wording import plural

NAME = "markdown"
SUFFIX = ".md"
KIND = "gate"
OPTIONS = ("max_bytes",)

_VARIANTS_NAMED = 5


def render(gate: Gate, *, max_bytes: int | None = None) -> str:
    """The result, every departure part by part, and what is undecided.

    At most ``max_bytes`` of UTF-8: whole sections are left out to stay below, and a line says which.
    Raises ValueError when it is longer and ``max_bytes`` is less than ``sections.SMALLEST``.
    """
    head = "\n\n".join(
        [
            f"# Regression gate: {prose(gate.distribution)}",
            f"**{prose(word(gate))}**",
            f"{prose(answered(gate))}. Unchanged: {counted(gate)}.",
        ]
    )
    foot = (
        f"Exit code {gate.exit_code} (--fail-on {gate.fail_on}). The JSON of the sweep has every cell and "
        "every wire form."
    )
    return joined(head, [*_departures(gate), *_undecided(gate)], foot, max_bytes)


def _departures(gate: Gate) -> Iterator[Section]:
    for change in gate.departures:
        against = f"{change.before} (baseline) → {change.after}"
        title = f"{judged(change)}{against}: {plural(len(change.variants), 'variant')}"
        yield Section(title, "\n\n".join([f"## {prose(title)}", *change_pieces(change)]))


def _undecided(gate: Gate) -> Iterator[Section]:
    if gate.undecided:
        lines = [f"- {code(each.release)}: {prose(each.why)}{_where(each)}" for each in gate.undecided]
        yield Section("Undecided", "\n".join(["## Undecided", "", *lines]))


def _where(each: Undecided) -> str:
    if not each.variants:
        return ""
    more = len(each.variants) - _VARIANTS_NAMED
    named = ", ".join(map(code, each.variants[:_VARIANTS_NAMED]))
    named += f" and {more:,} more" if more > 0 else ""
    return f" ({plural(len(each.variants), 'variant')}: {named})"
