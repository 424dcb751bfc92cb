"""A gate's result for CI servers: its departures and what it cannot decide, as annotations and as SARIF.

The line that they stand at is the first of the baseline's file: what was accepted once is committed
there, and a reader either keeps it, by keeping the release away, or writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.compare import FailOn, Judgement
from upload_matrix.judge.gate import Gate
from upload_matrix.judge.history import CellChange, ChangePoint
from upload_matrix.model.errors import Exit
from upload_matrix.model.result import Place
from upload_matrix.report.alerts import Alert, AlertRule, Level, commands, log
from upload_matrix.report.gate_report import CHANGED, answered, word
from upload_matrix.report.registry import GATE, Report
from upload_matrix.report.wording import heading, plural

_NAMED = 5
"""Variants and differences that a message names one by one."""

RULES = (
    AlertRule(
        Judgement.REGRESSION.value,
        "a release no longer does what the baseline's did",
        "An upload that was accepted with the baseline's release is not with the new one. Keep the older "
        "release, or hand the file over as the fix of the finding says; where the change is wanted, "
        "write the baseline anew with `--update-baseline`.",
    ),
    AlertRule(
        Judgement.UNDECIDED.value,
        "a release sends something new, and nobody can say how it is read",
        "What the new release sends has no recorded answer. Record it (`--record-mode new_episodes`), and "
        "judge again.",
    ),
    AlertRule(
        Judgement.OTHER.value,
        "a release sends or reads something else",
        "What is sent, answered or read has changed, and neither for the better nor for the worse. Look at "
        "the parts, then write the baseline anew with `--update-baseline`.",
    ),
    AlertRule(
        Judgement.IMPROVEMENT.value,
        "a release does what the baseline's did not",
        "An upload that failed with the baseline's release is accepted now. Write the baseline anew with "
        "`--update-baseline`, so that it is noticed if it fails again.",
    ),
)


def github_annotations(gate: Gate) -> str:
    """One command a line; empty when nothing has changed and all was compared."""
    return commands((*_departures(gate), *_undecided(gate)), "variant")


def sarif(gate: Gate) -> str:
    """The gate as a SARIF log with one run; what it could not decide is a notification."""
    return log(RULES, (*_departures(gate), *_undecided(gate)), successful=gate.exit_code != Exit.UNRESOLVED)


def _departures(gate: Gate) -> Iterator[Alert]:
    for change in gate.departures:
        judgement = change.judgement
        assert judgement is not None
        many = len(change.variants)
        yield Alert(
            _level(judgement, gate.fail_on),
            f"{gate.distribution} {change.after}: {plural(many, 'variant')} {CHANGED[judgement]}",
            tuple(_lines(change, gate)),
            rule=judgement.value,
            place=None if gate.baseline is None else Place(gate.baseline, 1),
            weight=many,
            identity=(gate.distribution, change.after, judgement.value, *change.variants),
            properties={"before": change.before, "after": change.after, "variants": change.variants},
        )


def _level(judgement: Judgement, fail_on: FailOn) -> Level:
    if judgement is Judgement.REGRESSION or fail_on is FailOn.CHANGE:
        return "error"
    return "warning" if judgement is Judgement.UNDECIDED else "note"


def _lines(change: ChangePoint, gate: Gate) -> Iterator[str]:
    yield f"held against {change.before} of the baseline"
    yield answered(gate)
    for each in change.differences[:_NAMED]:
        yield f"- {_few(each.variants)}: {'; '.join(_of(each))}"
    if len(change.differences) > _NAMED:
        yield f"- and {plural(len(change.differences) - _NAMED, 'difference')} more"


def _of(change: CellChange) -> Iterator[str]:
    for delta in change.deltas[:_NAMED]:
        yield f"{delta.where} was {delta.before}, is {delta.after}"
    if len(change.deltas) > _NAMED:
        yield f"and {len(change.deltas) - _NAMED} more of what is sent"
    if change.outcome is not None:
        yield f"outcome was {heading(change.outcome[0])}, is {heading(change.outcome[1])}"
    if change.read is not None:
        yield f"the client {change.read[0]} before, and now {change.read[1]}"


def _few(variants: tuple[str, ...]) -> str:
    more = len(variants) - _NAMED
    return ", ".join(variants[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _undecided(gate: Gate) -> Iterator[Alert]:
    for each in gate.undecided:
        what = f" ({_few(each.variants)})" if each.variants else ""
        yield Alert("warning", f"{gate.distribution} {each.release}: undecided", (f"{each.why}{what}",))
    if gate.exit_code == Exit.UNRESOLVED and not gate.undecided:
        yield Alert("warning", f"{gate.distribution}: undecided", (word(gate),))


REPORTS = (
    Report("annotations", ".annotations.txt", github_annotations, GATE),
    Report("sarif", ".sarif", sarif, GATE),
)
