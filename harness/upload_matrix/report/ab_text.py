"""A comparison of two variants, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.judge.ab import Ab, Side
from upload_matrix.judge.measured import latency
from upload_matrix.judge.run_cost import cost_of_variant, run_cost
from upload_matrix.model.call import CallRecord
from upload_matrix.model.result import Run
from upload_matrix.report import ab_words
from upload_matrix.report.columns import wrapped
from upload_matrix.report.cost_words import in_short
from upload_matrix.report.provenance import of_results
from upload_matrix.report.repeats_words import environment, tallies
from upload_matrix.report.visible import visible

WIDTH = 100
_INDENT = "  "


def render(ab: Ab, run: Run, calls: Sequence[CallRecord], width: int = WIDTH) -> str:
    """The comparison in plain text, the result first; ``calls`` are the live calls of this run."""
    lines = wrapped(ab_words.verdict(ab), width, hanging=_INDENT)
    lines += wrapped(of_results(run.results), width, hanging=_INDENT)
    for name, side in (("A", ab.a), ("B", ab.b)):
        lines += ["", f"{name}  {visible(side.variant)}", *_side(ab, run, side, calls, width)]
    lines += ["", ab_words.difference(ab)]
    for each in ab.deltas:
        lines += wrapped(ab_words.delta(each), width, _INDENT, _INDENT * 2)
    lines.append("")
    for sentence in (*ab_words.sentences(ab), *run.notes):
        lines += wrapped(f"- {sentence}", width, hanging=_INDENT)
    return "\n".join(lines) + "\n"


def _side(ab: Ab, run: Run, side: Side, calls: Sequence[CallRecord], width: int) -> Iterator[str]:
    cost = run_cost(run)
    own = None if cost is None else cost_of_variant(cost, side.variant)
    rows = [["sends", f"{ab_words.sent(side)}, to {side.result.target}"]]
    if side.repetition.votes:
        rows.append(["votes", tallies(side.repetition.votes, side.repetition.of)])
    if side.repetition.silent:
        rows.append(["no vote", tallies(side.repetition.silent)])
    if side.repetition.environment:
        rows.append(["no vote", environment(side.repetition)])
    says = side.result.outcome.message or (side.result.outcome.detail if not side.wires else None)
    if says:
        rows.append(["says", says])
    measured = latency(side, calls)
    if measured.calls:
        rows.append(["latency", ab_words.took(measured)])
    if own is not None:
        rows.append(["cost", in_short(own.cost)])
    elif not ab.emulated and side.wires:
        rows.append(["cost", "unknown: no live answer says what it used"])
    for title, words in rows:
        yield from wrapped(f"{title:<9}{words}", width, _INDENT, _INDENT + " " * 9)
