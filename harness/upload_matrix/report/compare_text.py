"""Two runs compared, for a terminal and for a program: what the wire did apart from what the verdicts did."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from upload_matrix.judge.compare import CaseChange, Comparison, read_sentence
from upload_matrix.model.codec import encode
from upload_matrix.report.grid import wrapped
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import heading, plural

FORMAT = "upload-matrix comparison"
VERSION = 1
WIDTH = 100
_INDENT = "  "


def render(comparison: Comparison, width: int = WIDTH) -> str:
    """The comparison in plain text, what matters most first; ``width`` in columns."""
    changes = {change.case: change for change in comparison.changed}
    lines = [word(comparison), _counted(comparison)]
    for title, _, cases in groups(comparison):
        if cases:
            lines += ["", f"{title}: {len(cases):,}"]
        for case in cases:
            lines += _answers(changes[case], width) if case in changes else [_INDENT + visible(case)]
    lines += _wires(comparison.changed, width)
    for title, cases in (("Added", comparison.added), ("Removed", comparison.removed)):
        if cases:
            lines += ["", f"{title}: {len(cases):,}", *(_INDENT + visible(case) for case in cases)]
    return "\n".join(lines) + "\n"


def word(comparison: Comparison) -> str:
    """What it comes to in a line: ``? no regression seen, but 81 of 84 cases are not in the new report``."""
    undecided = ", ".join(_undecided(comparison))
    if comparison.regressions:
        said = f"{plural(len(comparison.regressions), 'regression')} in {plural(comparison.in_both, 'case')}"
        return f"✗ {said}{f'; undecided: {undecided}' if undecided else ''}"
    changed = sum(change.observed for change in comparison.changed)
    if comparison.exit_code == 1:
        return f"✗ no regression, but {plural(changed, 'case')} of {comparison.in_both:,} changed"
    if not comparison.compared:
        return f"? nothing to compare: {undecided or 'no case says anything in both reports'}"
    if undecided:
        of = plural(comparison.compared, "case")
        return f"? no regression in the {of} that could be compared, but {undecided}"
    calm = "nothing changed" if not comparison.changed else "no regression"
    beside = [f"{len(comparison.unavailable):,} unavailable as before"] if comparison.unavailable else []
    beside += [f"{len(comparison.rejudged):,} only judged otherwise"] if comparison.rejudged else []
    beside += [f"{len(comparison.added):,} added"] if comparison.added else []
    return f"✓ {calm} in {', '.join([plural(comparison.compared, 'case'), *beside])}"


def _undecided(comparison: Comparison) -> Iterator[str]:
    """What keeps a comparison from being whole."""
    olds = comparison.in_both + len(comparison.removed)
    if not comparison.in_both:
        ours, news = plural(olds, "case"), plural(len(comparison.added), "case")
        yield f"the two reports have no case in common (the old one has {ours}, the new one {news})"
        return
    if comparison.removed:
        gone = f"{len(comparison.removed):,} of {plural(olds, 'case')}"
        yield f"{gone} of the old report {'is' if len(comparison.removed) == 1 else 'are'} not in the new one"
    if comparison.newly_unresolved:
        yield f"{plural(len(comparison.newly_unresolved), 'case')} newly unresolved"
    if comparison.still_unresolved:
        yield f"{plural(len(comparison.still_unresolved), 'case')} still unresolved"


def groups(comparison: Comparison) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The cases that both runs have by what became of them: title, the outcome it is like, case ids."""
    known: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("Regressions", "rejected", comparison.regressions),
        ("Newly unresolved", "inconclusive", comparison.newly_unresolved),
        ("Still unresolved", "inconclusive", comparison.still_unresolved),
        ("Improvements", "accepted", comparison.improvements),
        ("Only judged otherwise", "altered", comparison.rejudged),
    )
    said = {case for _, _, cases in known for case in cases}
    others = tuple(
        change.case for change in comparison.changed if change.case not in said and _answered(change)
    )
    return (*known, ("Changed otherwise", "altered", others))


def _counted(comparison: Comparison) -> str:
    moved = sum(change.wire is not None for change in comparison.changed)
    unknown = {*comparison.still_unresolved, *comparison.unavailable}
    numbers = [
        plural(len(comparison.regressions), "regression"),
        f"{len(comparison.newly_unresolved):,} newly unresolved",
        plural(len(comparison.improvements), "improvement"),
        *([f"{len(comparison.rejudged):,} only judged otherwise"] if comparison.rejudged else []),
        f"{plural(moved, 'case')} changed on the wire",
        *([f"{len(unknown):,} unresolved as before"] if unknown else []),
        f"{len(set(comparison.unchanged) - unknown):,} unchanged",
    ]
    return ", ".join(numbers)


def _answered(change: CaseChange) -> bool:
    changed = change.verdict, change.outcome, change.attempts, change.read
    return any(each is not None for each in changed)


def _answers(change: CaseChange, width: int) -> Iterator[str]:
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


def _wires(changed: Sequence[CaseChange], width: int) -> Iterator[str]:
    """Changes on the wire, each once with the cases that share it: one SDK upgrade is one change."""
    moves: dict[tuple[str | None, str | None], list[CaseChange]] = {}
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
        "result": word(comparison),
        "exit_code": comparison.exit_code,
        "fail_on": comparison.fail_on.value,
        "regressions": comparison.regressions,
        "newly_unresolved": comparison.newly_unresolved,
        "still_unresolved": comparison.still_unresolved,
        "unavailable": comparison.unavailable,
        "improvements": comparison.improvements,
        "rejudged": comparison.rejudged,
        "changed": [_change(change) for change in comparison.changed],
        "added": comparison.added,
        "removed": comparison.removed,
        "unchanged": comparison.unchanged,
    }
    # ASCII, because a filename from the wire may hold what UTF-8 cannot.
    return json.dumps(document, indent=2) + "\n"


def _change(change: CaseChange) -> dict[str, Any]:
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
