"""What failed, one section per wire form: who sent it, what stood on the wire, what was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from upload_matrix.judge.wireforms import WireGroup, by_wire
from upload_matrix.model.result import CaseResult, Finding, Run
from upload_matrix.model.wire import WireForm
from upload_matrix.model.wirediff import Delta
from upload_matrix.report.markdown_escape import Section, code, fenced, marked, prose, table
from upload_matrix.report.parts import HEADER, NONE, other_body, request_line, rows
from upload_matrix.report.wording import (
    FAILED,
    SIGNS,
    answer_fields,
    heading,
    is_python,
    of_source,
    plural,
    shorten,
)

Nearest = Mapping[str, tuple[str, tuple[Delta, ...]]]
"""Per failing wire form: the nearest that passes, and what separates them, from passing to failing."""

_CASES_NAMED = 5
_LONGEST_VALUE = 120


def failing_groups(run: Run, nearest: Nearest) -> Iterator[Section]:
    """A section for every wire form that failed, expected or not."""
    for group in by_wire(run):
        if group.red or group.outcome.kind in FAILED:
            yield _section(group, run.wires, nearest)


def _section(
    group: WireGroup,
    wires: Mapping[str, WireForm],
    nearest: Nearest,
) -> Section:
    kind = SIGNS[group.outcome.kind]
    named = f"wire form {group.wire}" if group.wire else "no request was sent in full"
    title = f"{kind} {heading(group.outcome)}: {plural(len(group.results), 'case')}, {named}"
    pieces = [f"### {prose(title)}", case_list(group.results), *_verdicts(group.results)]
    if group.wire is not None and group.wire in wires:
        pieces += request(wires[group.wire])
    pieces += _answer(group)
    if group.wire is not None and group.wire in nearest:
        pieces += _difference(*nearest[group.wire])
    pieces += findings(group.results)
    return Section(title, "\n\n".join(pieces))


def case_list(results: Sequence[CaseResult]) -> str:
    """The first cases by id, and how many more there are."""
    lines = [f"- {code(result.id)}" for result in results[:_CASES_NAMED]]
    if len(results) > _CASES_NAMED:
        lines.append(f"- and {len(results) - _CASES_NAMED:,} more")
    return "\n".join(lines)


def _verdicts(results: Sequence[CaseResult]) -> Iterator[str]:
    reasons = dict.fromkeys(
        f"{prose(result.verdict.kind.value)}: {prose(result.verdict.because)}"
        for result in results
        if result.verdict.because is not None
    )
    yield from (f"**Verdict** {reason}" for reason in list(reasons)[:_CASES_NAMED])
    if not reasons:
        yield "As the matrix expects."


def request(wire: WireForm) -> Iterator[str]:
    """The request, part by part as it was sent."""
    yield f"**Request** {code(request_line(wire))}"
    if wire.fault:
        yield f"Fault: {prose(wire.fault)}"
    body = other_body(wire)
    if body is not None:
        yield fenced(body)
        return
    yield table(HEADER, [[_value(value) for value in row] for row in rows(wire)])


def _value(value: str) -> str:
    if value == NONE:
        return f"*{value}*"
    return code(shorten(value, _LONGEST_VALUE)) if value else ""


def _answer(group: WireGroup) -> Iterator[str]:
    first = group.results[0]
    attempt = first.attempts[-1] if first.attempts else None
    if attempt is not None and attempt.source is not None:
        yield f"**Answer** {prose(of_source(attempt.source, attempt.rule))}"
    fields = answer_fields(group.outcome)
    if fields:
        yield fenced("\n".join(f"{name}: {value}" for name, value in fields))
    if group.outcome.detail is not None:
        yield f"**The client** {prose(group.outcome.detail)}"


def _difference(passing: str, deltas: Sequence[Delta]) -> Iterator[str]:
    yield f"**Difference** to the nearest form that passes, {code(passing)}:"
    yield table(
        ("where", "passes", "this one"),
        [[code(delta.where), _side(delta.before), _side(delta.after)] for delta in deltas],
    )


def _side(value: str | None) -> str:
    return _value(NONE if value is None else value)


def findings(results: Sequence[CaseResult]) -> Iterator[str]:
    """What the wire says by itself, each finding once, with its mend."""
    found = dict.fromkeys(finding for result in results for finding in result.findings)
    if found:
        yield "**Findings**"
    for finding in found:
        yield _finding(finding)


def _finding(finding: Finding) -> str:
    says = f"{code(finding.code)}: {marked(finding.says)}"
    if is_python(finding.mend):
        return f"{says} Mend:\n\n{fenced(finding.mend, 'python')}"
    return f"{says} Mend: {marked(finding.mend)}"
