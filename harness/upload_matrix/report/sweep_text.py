"""A sweep, and a regression gate's word on it, in a few lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.judge.celldiff import Difference
from upload_matrix.judge.gate import Gate
from upload_matrix.judge.history import ChangePoint, history
from upload_matrix.judge.reads import read_sentence
from upload_matrix.model.sweep import Sweep, outcome_words
from upload_matrix.report.gate_words import answered, judged, word
from upload_matrix.report.grid import wrapped
from upload_matrix.report.sweep_words import answers, counted, measured, result, silences, span, sureness
from upload_matrix.report.wording import heading, plural, visible

WIDTH = 100
_INDENT = "  "
_VARIANTS_NAMED = 3
_STRETCHES_NAMED = 5


def summary(sweep: Sweep, width: int = WIDTH) -> str:
    """The whole sweep in short: result, who answered, change points, certainty, what says nothing."""
    found = history(sweep)
    lines: list[str] = []
    for sentence in (result(sweep, found), answers(sweep), measured(sweep), counted(sweep), *sweep.notes):
        lines += wrapped(sentence, width, hanging=_INDENT)
    for change in found.changes:
        lines += ["", *change_lines(change, width)]
    lines += ["", "Certainty"]
    for sentence in sureness(sweep):
        lines += wrapped(sentence.replace("`", ""), width, _INDENT)
    silent = silences(sweep)
    lines += ["", "Releases that say nothing"] if silent else []
    for each in silent:
        names = ", ".join(each.stretches[:_STRETCHES_NAMED])
        more = len(each.stretches) - _STRETCHES_NAMED
        names += f" and {more:,} more runs" if more > 0 else ""
        lines += wrapped(f"{names}: {each.why}", width, _INDENT, _INDENT * 2)
    return "\n".join(lines) + "\n"


def change_lines(change: ChangePoint, width: int = WIDTH) -> Iterator[str]:
    """One change point: the two releases, what is not sure, and each difference with its variants.

    Also fit to be shown while a sweep runs.
    """
    places = f"{visible(change.before)} -> {visible(change.after)}"
    yield f"{judged(change)}{places}  {plural(len(change.variants), 'variant')}"
    if change.between:
        names = span(change.between[0], change.between[-1])
        yield from wrapped(f"not to the release: nothing is known of {names}", width, _INDENT, _INDENT * 2)
    if not all(each.resolved for each in change.differences):
        yield f"{_INDENT}not for sure: an outcome here says nothing about the upload"
    for delta in change.beside:
        yield from wrapped(f"beside the SDK: {delta}", width, _INDENT, _INDENT * 2)
    for each in change.differences:
        yield from _difference(each, width)


def _difference(difference: Difference, width: int) -> Iterator[str]:
    for delta in difference.deltas:
        yield from wrapped(str(delta), width, _INDENT, _INDENT * 2)
    if difference.outcome is not None:
        old, new = difference.outcome
        yield from wrapped(f"outcome: {heading(old)} -> {heading(new)}", width, _INDENT, _INDENT * 2)
        words = new.message or new.detail
        if words and outcome_words(old)[-2:] != outcome_words(new)[-2:]:
            yield from wrapped(f"now says: {words}", width, _INDENT, _INDENT * 2)
    if difference.read is not None:
        yield from wrapped(read_sentence(difference.read), width, _INDENT, _INDENT * 2)
    yield from (f"{_INDENT * 2}in {name}" for name in _named(difference.variants))


def _named(variants: Sequence[str]) -> Iterator[str]:
    yield from map(visible, variants[:_VARIANTS_NAMED])
    if len(variants) > _VARIANTS_NAMED:
        yield f"{len(variants) - _VARIANTS_NAMED:,} more"


def gate_summary(gate: Gate, width: int = WIDTH) -> str:
    """What a regression gate found: its word first, then every departure, then what is undecided."""
    lines = wrapped(word(gate), width, hanging=_INDENT)
    lines += wrapped(answered(gate), width, hanging=_INDENT)
    for change in gate.departures:
        lines += ["", *change_lines(change, width)]
    lines += ["", "Undecided"] if gate.undecided else []
    for each in gate.undecided:
        lines += wrapped(f"{each.release}: {each.why}", width, _INDENT, _INDENT * 2)
        lines += [f"{_INDENT * 2}in {name}" for name in _named(each.variants)]
    return "\n".join(lines) + "\n"
