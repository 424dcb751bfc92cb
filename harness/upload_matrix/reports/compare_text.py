"""Two runs compared, for a terminal and for a program: what the wire did apart from what the verdicts did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from upload_matrix.analysis.reads import read_sentence
from upload_matrix.model.codec import encode
from upload_matrix.reports.columns import wrapped
from upload_matrix.reports.visible import visible
from upload_matrix.reports.wording import heading, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from upload_matrix.analysis.compare import Change, Comparison

FORMAT = "upload-matrix comparison"
VERSION = 1
WIDTH = 100
_INDENT = "  "


def render(comparison: Comparison, width: int = WIDTH) -> str:
    """The comparison in plain text, what matters most first; ``width`` in columns."""
    changes = {change.case: change for change in comparison.changed}
    said = {*comparison.regressions, *comparison.newly_unresolved, *comparison.improvements}
    others = [change.case for change in comparison.changed if change.case not in said and _answered(change)]
    lines = [_counted(comparison)]
    for title, cases in (
        ("Regressions", comparison.regressions),
        ("Newly unresolved", comparison.newly_unresolved),
        ("Improvements", comparison.improvements),
        ("Changed otherwise", others),
    ):
        if cases:
            lines += ["", f"{title}: {len(cases):,}"]
        for case in cases:
            lines += _answers(changes[case], width) if case in changes else [_INDENT + visible(case)]
    lines += _wires(comparison.changed, width)
    for title, cases in (("Added", comparison.added), ("Removed", comparison.removed)):
        if cases:
            lines += ["", f"{title}: {len(cases):,}", *(_INDENT + visible(case) for case in cases)]
    return "\n".join(lines) + "\n"


def _counted(comparison: Comparison) -> str:
    moved = sum(change.wire is not None for change in comparison.changed)
    numbers = [
        plural(len(comparison.regressions), "regression"),
        f"{len(comparison.newly_unresolved):,} newly unresolved",
        plural(len(comparison.improvements), "improvement"),
        f"{plural(moved, 'case')} changed on the wire",
        f"{len(comparison.unchanged):,} unchanged",
    ]
    return ", ".join(numbers)


def _answered(change: Change) -> bool:
    changed = change.verdict, change.outcome, change.attempts, change.read
    return any(each is not None for each in changed)


def _answers(change: Change, width: int) -> Iterator[str]:
    yield _INDENT + visible(change.case)
    if change.verdict is not None:
        yield f"{_INDENT * 2}verdict   {change.verdict[0].value} -> {change.verdict[1].value}"
    if change.outcome is not None:
        old, new = change.outcome
        yield f"{_INDENT * 2}outcome   {visible(heading(old))} -> {visible(heading(new))}"
        words = new.message or new.detail
        if words and words != (old.message or old.detail):
            yield from wrapped(f"now says  {words}", width, _INDENT * 2, _INDENT * 2 + " " * 10)
    if change.attempts is not None:
        yield f"{_INDENT * 2}attempts  {change.attempts[0]} -> {change.attempts[1]}"
    if change.read is not None:
        yield from wrapped(read_sentence(change.read), width, _INDENT * 2, _INDENT * 3)


def _wires(changed: Sequence[Change], width: int) -> Iterator[str]:
    """Changes on the wire, each once with the cases that share it: one SDK upgrade is one change."""
    moves: dict[tuple[str | None, str | None], list[Change]] = {}
    for change in changed:
        if change.wire is not None:
            moves.setdefault(change.wire, []).append(change)
    if moves:
        yield ""
        yield f"Wire changes: {len(moves):,}"
    for (old, new), changes in moves.items():
        yield f"{_INDENT}{old or '(no request)'} -> {new or '(no request)'}, {plural(len(changes), 'case')}"
        for delta in changes[0].deltas:
            yield from wrapped(str(delta), width, _INDENT * 2, _INDENT * 3)
        yield from (f"{_INDENT * 2}in {visible(change.case)}" for change in changes)


def to_json(comparison: Comparison) -> str:
    """The comparison as JSON; ``from`` and ``to`` are the old and the new run's."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "regressions": comparison.regressions,
        "newly_unresolved": comparison.newly_unresolved,
        "improvements": comparison.improvements,
        "changed": [_change(change) for change in comparison.changed],
        "added": comparison.added,
        "removed": comparison.removed,
        "unchanged": comparison.unchanged,
    }
    # ASCII, because a filename from the wire may hold what UTF-8 cannot.
    return json.dumps(document, indent=2) + "\n"


def _change(change: Change) -> dict[str, Any]:
    document: dict[str, Any] = {"case": change.case}
    if change.verdict is not None:
        document["verdict"] = {"from": change.verdict[0].value, "to": change.verdict[1].value}
    if change.outcome is not None:
        document["outcome"] = {
            "from": encode(change.outcome[0]),
            "to": encode(change.outcome[1]),
        }
    if change.attempts is not None:
        document["attempts"] = {"from": change.attempts[0], "to": change.attempts[1]}
    if change.read is not None:
        document["read"] = {"from": change.read[0], "to": change.read[1]}
    if change.wire is not None:
        document["wire"] = {
            "from": change.wire[0],
            "to": change.wire[1],
            "differences": [
                {"where": delta.where, "from": delta.before, "to": delta.after} for delta in change.deltas
            ],
        }
    return document
