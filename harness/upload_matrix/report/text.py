"""What a terminal shows: one failing case explained, and a run summed up. Plain text, no colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from upload_matrix.judge.conclusions import sentences
from upload_matrix.judge.cost import run_cost
from upload_matrix.judge.proportions import repetitions
from upload_matrix.model.case import NOT_APPLICABLE, OPTIONAL_AXES
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import RED, Attempt, CaseResult, Run, VerdictKind
from upload_matrix.report.costs import in_short
from upload_matrix.report.document import blocks_for_terminal
from upload_matrix.report.gateway import hop_lines
from upload_matrix.report.grid import aligned, block, wrapped
from upload_matrix.report.red import red_blocks
from upload_matrix.report.repeats import summed_up
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import (
    SIGNS,
    WAYS_OUT,
    answer_fields,
    beyond_the_outcome,
    count,
    explain_hint,
    head,
    heading,
    is_python,
    of_results,
    of_source,
    other_body,
    plural,
    raw_headers,
    request_line,
    result_line,
    rows,
    upload_words,
    way_out,
)
from upload_matrix.wire.form import WireForm

WIDTH = 100
_INDENT = "  "
_MOST_SENTENCES = 3
_MOST_ANSWER_LINES = 12

_CHAIN_TELLS = frozenset({OutcomeKind.NOT_SENT, OutcomeKind.UNPARSED, OutcomeKind.HARNESS_ERROR})
"""Outcomes where the client's own words are the evidence; elsewhere they repeat the server's."""


def explain(result: CaseResult, wires: Mapping[str, WireForm], width: int = WIDTH) -> str:
    """One case for somebody who stares at it: asked, sent, answered, expected, found, and the way out.

    ``width`` is in columns. Digests and single long words may stand out beyond it.
    """
    lines = [f"{SIGNS[result.outcome.kind]} {_headline(result)}", visible(result.id)]
    for section in (_asked, _sent, _hop, _client, _expected, _findings, _way_out):
        body = list(section(result, wires, width))
        if body:
            lines += ["", *body]
    return "\n".join(lines) + "\n"


def _headline(result: CaseResult) -> str:
    return f"{visible(heading(result.outcome))} - {result.verdict.kind.value.replace('-', ' ')}"


def _titled(title: str, rest: str, width: int) -> list[str]:
    return wrapped(f"{title}  {rest}", width, hanging=_INDENT) if rest else [title]


def _asked(result: CaseResult, _wires: Mapping[str, WireForm], width: int) -> Iterator[str]:
    yield "Asked"
    axes = [
        f"{axis}={value}"
        for axis, value in result.axes.items()
        if value not in (NOT_APPLICABLE, OPTIONAL_AXES.get(axis))
    ]
    facts = [f"{name}={'(none)' if value is None else value}" for name, value in result.facts.items()]
    for words in (axes, [f"target={result.target}", f"environment={result.environment}", *facts]):
        if words:
            yield from wrapped(_INDENT.join(words), width, _INDENT)


def _sent(result: CaseResult, wires: Mapping[str, WireForm], width: int) -> Iterator[str]:
    total = len(result.attempts)
    if not total:
        yield "Sent  nothing: no request came through"
    for number, attempt in enumerate(result.attempts, start=1):
        if number > 1:
            yield ""
        title = "Sent" if total == 1 else f"Sent (attempt {number} of {total})"
        repeated = next(
            (
                index
                for index, each in enumerate(result.attempts[: number - 1], 1)
                if each.wire == attempt.wire
            ),
            None,
        )
        if repeated is not None:
            yield f"{title}  the same as attempt {repeated}"
        elif attempt.wire in wires:
            yield from _request(title, wires[attempt.wire], width)
        else:
            yield f"{title}  wire form {attempt.wire}"
        yield ""
        yield from _answer(result, attempt, width, last=number == total)


def _request(title: str, wire: WireForm, width: int) -> Iterator[str]:
    yield from _titled(title, f"{request_line(wire)}, wire form {wire.digest}", width)
    if wire.fault:
        yield from wrapped(f"fault: {wire.fault}", width, _INDENT)
    body = other_body(wire)
    if body is not None:
        yield from wrapped(body, width, _INDENT)
    else:
        cells = ([visible(cell) for cell in row] for row in rows(wire))
        yield from aligned([head(wire), *cells], width, _INDENT)
    for place, words in upload_words(wire):
        yield from wrapped(visible(f"{place}: {words}"), width, _INDENT, _INDENT * 2)
    for part in (part for part in wire.parts or () if part.is_upload):
        yield f"{_INDENT}as written, {visible(part.name)}:"
        for line in raw_headers(part):
            yield from wrapped(line, width, _INDENT * 2, _INDENT * 3)


def _answer(result: CaseResult, attempt: Attempt, width: int, *, last: bool) -> Iterator[str]:
    if attempt.source is None:
        yield from _titled("Answer", f"none: {attempt.no_answer or 'it never came'}", width)
        if attempt.nearest is not None:
            yield f"{_INDENT}From the nearest recording, {attempt.nearest}, to this request:"
            for difference in attempt.nearest_differences:
                yield from wrapped(difference, width, _INDENT * 2, _INDENT * 3)
        return
    yield from _titled("Answer", of_source(attempt.source, attempt.rule), width)
    fields = answer_fields(result.outcome) if last else (("status", str(attempt.status)),)
    gutter = max((len(name) for name, _ in fields), default=0) + len(_INDENT)
    for name, value in fields:
        yield from wrapped(value, width, _INDENT + name.ljust(gutter), hanging=_INDENT + " " * gutter)
    if attempt.answer is not None and not (last and result.outcome.message):
        yield from block(attempt.answer, _INDENT)[:_MOST_ANSWER_LINES]


def _hop(result: CaseResult, _wires: Mapping[str, WireForm], width: int) -> Iterator[str]:
    if result.hop is not None:
        yield from hop_lines(result.hop, width)


def _client(result: CaseResult, _wires: Mapping[str, WireForm], width: int) -> Iterator[str]:
    raised, outcome = result.client.raised, result.outcome
    tells = outcome.kind in _CHAIN_TELLS
    if raised and tells:
        yield "Client  raised"
        for index, each in enumerate(raised):
            cause = "caused by " if index else ""
            words = f"{cause}{each.name}: {each.message}" if each.message else f"{cause}{each.name}"
            yield from wrapped(words, width, _INDENT, _INDENT * 2)
    elif raised:
        yield from _titled("Client", f"raised {raised[0].name}", width)
    elif result.client.returned is not None:
        yield from _titled("Client", f"returned {result.client.returned}", width)
    said = {attempt.no_answer for attempt in result.attempts}
    if outcome.detail is not None and not (raised and tells) and outcome.detail not in said:
        yield from wrapped(outcome.detail, width, _INDENT)


def _expected(result: CaseResult, _wires: Mapping[str, WireForm], width: int) -> Iterator[str]:
    verdict = result.verdict
    yield from _titled("Expected", verdict.expected, width)
    more = beyond_the_outcome(result)
    if more:
        yield from wrapped(more, width, _INDENT)
    if verdict.link:
        yield _INDENT + visible(verdict.link)


def _findings(result: CaseResult, _wires: Mapping[str, WireForm], width: int) -> Iterator[str]:
    if result.findings:
        yield "Findings"
    for finding in result.findings:
        yield from wrapped(f"{finding.code}: {finding.says}", width, _INDENT, _INDENT * 2)
        if is_python(finding.fix):
            first, *more = block(finding.fix, _INDENT * 5)
            yield f"{_INDENT * 2}fix: {first.strip()}"
            yield from more
        else:
            yield from wrapped(f"fix: {finding.fix}", width, _INDENT * 2, _INDENT * 3)


def _way_out(result: CaseResult, _wires: Mapping[str, WireForm], width: int) -> Iterator[str]:
    words = way_out(result)
    if words is not None:
        yield from _titled("Way out", words, width)


def summary(run: Run, width: int = WIDTH, *, baseline: Run | None = None) -> str:
    """A run in a few lines: result, what is red, who answered, outcomes by matrix, what decides.

    ``baseline`` is the last green run.
    """
    counts = count(run)
    tally: dict[tuple[str, str], Counter[OutcomeKind]] = {}
    for result in run.results:
        key = (result.matrix, result.axes.get("operation", ""))
        tally.setdefault(key, Counter())[result.outcome.kind] += 1
    lines = [result_line(counts), *blocks_for_terminal(red_blocks(run, baseline), width, _INDENT)]
    lines += wrapped(of_results(run.results), width, hanging=_INDENT)
    lines += [line for note in run.notes for line in wrapped(note, width, hanging=_INDENT)]
    forwarded = f", {plural(counts.calls, 'call')} forwarded to a live server" if counts.calls else ""
    lines.append(f"{plural(counts.wire_forms, 'wire form')}{forwarded}")
    repeated = summed_up(repetitions(run))
    if repeated:
        lines += wrapped(repeated, width, hanging=_INDENT)
    cost = run_cost(run)
    if cost is not None:
        lines.append(f"cost of the answers, when they were made: {in_short(cost.total)}")
    if tally:
        lines += ["", *aligned(_tally_rows(tally), width, _INDENT)]
    lines += _missing(run, width)
    said = sentences(run)[:_MOST_SENTENCES]
    if said:
        lines.append("")
    for sentence in said:
        lines += wrapped(f"- {sentence}", width, hanging=_INDENT)
    told = _word(run)
    if told is not None:
        lines += ["", explain_hint(told)]
    return "\n".join(lines) + "\n"


def _word(run: Run) -> str | None:
    """A word shown of the first case that is red, else of one that says nothing; None for neither."""
    for kinds in (RED, {VerdictKind.UNRESOLVED}):
        for result in run.results:
            if result.verdict.kind in kinds:
                return result.findings[0].code if result.findings else result.outcome.kind.value
    return None


def _missing(run: Run, width: int) -> list[str]:
    """What could not be had: pytest skips such cases, and shows why only with ``-rs``."""
    missing = Counter(
        result.outcome.detail or WAYS_OUT[OutcomeKind.UNAVAILABLE]
        for result in run.results
        if result.outcome.kind is OutcomeKind.UNAVAILABLE
    )
    says = [f"- {plural(number, 'case')} unavailable: {detail}" for detail, number in missing.most_common()]
    shown = says[:_MOST_SENTENCES]
    if len(says) > len(shown):
        shown.append(f"- and for {len(says) - len(shown)} more reasons; the report has them all")
    return [line for text in shown for line in wrapped(text, width, hanging=_INDENT)]


def _tally_rows(tally: Mapping[tuple[str, str], Counter[OutcomeKind]]) -> list[list[str]]:
    kinds = [kind for kind in OutcomeKind if any(counter[kind] for counter in tally.values())]
    heads = [kind.value.replace("_", " ") for kind in kinds]
    rows_ = [["matrix", "operation", *heads]]
    for (matrix, operation), counter in tally.items():
        numbers = (
            (f"{counter[kind]:,}" if counter[kind] else "-").rjust(len(head))
            for kind, head in zip(kinds, heads, strict=True)
        )
        rows_.append([visible(matrix), visible(operation), *numbers])
    return rows_
