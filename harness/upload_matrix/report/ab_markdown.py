"""A comparison of two variants as Markdown: result, requests, outcomes, latency as measured, cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.judge.ab import Ab, Side
from upload_matrix.judge.measured import latency
from upload_matrix.judge.run_cost import cost_of_variant, run_cost
from upload_matrix.model.call import CallRecord
from upload_matrix.model.result import Run
from upload_matrix.report import ab_words
from upload_matrix.report.cost_words import amount, basis, per_call, tokens
from upload_matrix.report.markdown_escape import code, fenced, marked, prose, table
from upload_matrix.report.provenance import of_results
from upload_matrix.report.repeats_words import environment, percent, proportion, tallies
from upload_matrix.report.sections import Section, joined
from upload_matrix.report.wording import answer_fields

SUFFIX = ".ab.md"
_EMPTY = "–"


def render(
    ab: Ab, run: Run, calls: Sequence[CallRecord], *, again: str = "", max_bytes: int | None = None
) -> str:
    """The comparison; ``calls`` are the live calls of this run, ``again`` the command that repeats it.

    ``max_bytes`` as in ``sections.joined``.
    """
    head = f"# A/B\n\n**{prose(ab_words.verdict(ab))}** {prose(of_results(run.results))}"
    sections = [
        _conclusions(ab, run),
        _requests(ab),
        _outcomes(ab),
        *_answers(ab),
        *_latency(ab, calls),
        *_cost(ab, run),
    ]
    return joined(head, sections, f"Run it again:\n\n{fenced(again, 'sh')}" if again else "", max_bytes)


def _sides(ab: Ab) -> tuple[tuple[str, Side], ...]:
    return ("A", ab.a), ("B", ab.b)


def _conclusions(ab: Ab, run: Run) -> Section:
    lines = (f"- {marked(sentence)}" for sentence in (*ab_words.sentences(ab), *run.notes))
    return Section("Conclusions", "\n".join(lines))


def _requests(ab: Ab) -> Section:
    rows = [
        [name, code(side.variant), code(side.result.target), code(side.result.environment), _sent(side)]
        for name, side in _sides(ab)
    ]
    pieces = ["## What was sent", table(("", "case", "target", "environment", "request"), rows)]
    pieces.append(f"{prose(ab_words.difference(ab))}{':' if ab.deltas else '.'}")
    if ab.deltas:
        pieces.append("\n".join(f"- {code(ab_words.delta(each))}" for each in ab.deltas))
    return Section("What was sent", "\n\n".join(pieces))


def _sent(side: Side) -> str:
    return code(side.wires[0]) if len(side.wires) == 1 else prose(ab_words.sent(side))


def _outcomes(ab: Ab) -> Section:
    rows = []
    for name, side in _sides(ab):
        each = side.repetition
        silent = [tallies(each.silent)] if each.silent else []
        silent += [environment(each)] if each.environment else []
        rows.append(
            [
                name,
                prose(proportion(each)),
                _EMPTY if each.interval is None else percent(each.interval),
                prose(tallies(each.votes, each.of)) if each.votes else _EMPTY,
                prose("; ".join(silent)) if silent else _EMPTY,
            ]
        )
    header = ("", "outcome", "share accepted, 95 %", "votes", "no vote")
    return Section("Outcomes", f"## Outcomes\n\n{table(header, rows)}")


def _answers(ab: Ab) -> Iterator[Section]:
    """What the server said where it did not accept, field by field."""
    rows = [
        [name, f"{tally.number}×", prose(field), code(value)]
        for name, side in _sides(ab)
        for tally in (*side.repetition.votes, *side.repetition.silent)
        if tally.outcome.message
        for field, value in answer_fields(tally.outcome)
    ]
    if rows:
        yield Section("Answers", f"## Answers\n\n{table(('', 'times', 'field', 'as it was said'), rows)}")


def _latency(ab: Ab, calls: Sequence[CallRecord]) -> Iterator[Section]:
    measured = [(name, latency(side, calls)) for name, side in _sides(ab)]
    if not any(each.calls for _, each in measured):
        return
    rows = [[name, prose(ab_words.took(each))] for name, each in measured]
    note = "Measured in this run, from this machine: a replay has no such times, and another run has others."
    yield Section("Latency", f"## Latency (measured)\n\n{table(('', 'until the answer'), rows)}\n\n{note}")


def _cost(ab: Ab, run: Run) -> Iterator[Section]:
    found = run_cost(run)
    if found is None:
        return
    rows = []
    for name, side in _sides(ab):
        own = cost_of_variant(found, side.variant)
        if own is not None:
            cost = own.cost
            shared = f" ({own.shared} shared)" if own.shared else ""
            words = (f"{cost.calls}{shared}", amount(cost), per_call(cost), tokens(cost.usage))
            rows.append([name, *map(prose, words)])
    pieces = ["## Cost", table(("", "live answers", "cost", "a call", "tokens"), rows)]
    lines = "\n".join(f"- {marked(sentence)}" for sentence in basis(run.prices))
    pieces += [f"Prices, in USD per million tokens:\n\n{lines}"] if lines else []
    yield Section("Cost", "\n\n".join(pieces))
