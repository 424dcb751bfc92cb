"""Markdown for a CI step's summary and for a vendor's issue: result first, then matrix, then evidence.

All of a run's words are somebody else's (a server's message, a filename, a prompt), so each goes
through ``markdown_escape``.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from upload_matrix.judge.conclusions import nearest_passing, sentences
from upload_matrix.judge.evidence import WireGroup, by_wire, last_wire
from upload_matrix.model.case import SAMPLE
from upload_matrix.model.result import RED, CaseResult, Finding, Run, VerdictKind
from upload_matrix.report.costs import cost_section
from upload_matrix.report.gateway import gateway_sections
from upload_matrix.report.grid import Grid, GridCell, GridRow, build
from upload_matrix.report.markdown_clients import client_sections
from upload_matrix.report.markdown_escape import (
    CASES_NAMED,
    Section,
    case_list,
    code,
    fenced,
    joined,
    marked,
    prose,
    table,
)
from upload_matrix.report.repeats import repeats_section
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import (
    FAILED,
    HEADER,
    MARKS,
    NONE,
    SIGNS,
    Counts,
    answer_fields,
    beyond_the_outcome,
    count,
    heading,
    is_python,
    of_results,
    of_source,
    other_body,
    plural,
    request_line,
    result_line,
    rows,
    shorten,
    way_out,
)
from upload_matrix.wire.difference import Difference
from upload_matrix.wire.form import WireForm

# -- the matrix as a table --


_NAMED_VALUES = 4
_EMPTY = "–"

LEGEND = (
    "✓ accepted, ✗ rejected, refused, unparsed or altered, ? no statement, ! harness error, "
    "– unavailable or no case; ⚠ not as the matrix says."
)

REPEATED = "3/5: in three of five rounds; which of them vote is said under Repetitions."


def matrix_table(results: Sequence[CaseResult]) -> str:
    """The table of one matrix's results (at least one), axes with one value above it."""
    grid = build(results)
    lines = []
    if grid.constants:
        said = (f"{prose(axis)} {code(value)}" for axis, value in grid.constants.items())
        lines.append("Everywhere: " + ", ".join(said) + ".")
    for axis, values in grid.alike.items():
        lines.append(f"Every {prose(axis)} alike: {_values(values)}.")
    lines.append(table(_header(grid), [_row(row) for row in grid.rows]))
    if grid.dropped:
        lines.append(f"{plural(grid.dropped, 'more row')} in the JSON report.")
    if any(result.axes.get(SAMPLE, "1") != "1" for result in results):
        lines.append(REPEATED)
    lines.append(LEGEND)
    return "\n\n".join(lines)


def _header(grid: Grid) -> list[str]:
    columns = [" · ".join(map(prose, column)) or "outcome" for column in grid.columns]
    return [*map(prose, grid.row_axes), *columns]


def _row(row: GridRow) -> list[str]:
    labels = (_values(values) for values in row.values)
    return [*labels, *(" / ".join(map(_cell, cells)) or _EMPTY for cells in row.cells)]


def _values(values: tuple[str, ...]) -> str:
    if len(values) <= _NAMED_VALUES:
        return ", ".join(map(prose, values))
    return f"{prose(values[0])} … {prose(values[-1])} ({len(values):,} values)"


def _cell(cell: GridCell) -> str:
    words = prose(cell.words)
    mark = MARKS[cell.verdict]
    if cell.verdict in RED:
        return f"**{words}** ⚠ {mark}"
    return f"{words} ({mark})" if mark else words


# -- what failed, a section a wire form --


Nearest = Mapping[str, tuple[str, tuple[Difference, ...]]]
"""Per failing wire form: the nearest that passes, and what separates them, from passing to failing."""

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


def _verdicts(results: Sequence[CaseResult]) -> Iterator[str]:
    reasons = dict.fromkeys(
        f"{prose(result.verdict.kind.value)}: {prose(result.verdict.because)}"
        for result in results
        if result.verdict.because is not None
    )
    yield from (f"**Verdict** {reason}" for reason in list(reasons)[:CASES_NAMED])
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


def _difference(passing: str, deltas: Sequence[Difference]) -> Iterator[str]:
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


# -- what is unresolved or known, where it ran, how to repeat it --


_KNOWN_NAMED = 50


def unresolved(results: Sequence[CaseResult]) -> Iterator[Section]:
    """A section for each reason why cases say nothing, with the way out."""
    groups: dict[tuple[str, str | None], list[CaseResult]] = {}
    for result in results:
        if result.verdict.kind is VerdictKind.UNRESOLVED:
            groups.setdefault((str(result.outcome), last_wire(result)), []).append(result)
    for (_, wire), cases in groups.items():
        kind = cases[0].outcome.kind
        named = "" if wire is None else f", wire form {wire}"
        title = f"{SIGNS[kind]} {heading(cases[0].outcome)}: {plural(len(cases), 'case')}{named}"
        pieces = [f"### {prose(title)}", case_list(cases), *_why(cases[0])]
        words = way_out(cases[0])
        pieces += [] if words is None else [marked(words)]
        yield Section(title, "\n\n".join(pieces))


def _why(result: CaseResult) -> Iterator[str]:
    said = result.outcome.message or result.outcome.detail
    if said is not None:
        yield fenced(said)
    attempt = result.attempts[-1] if result.attempts else None
    if attempt is not None and attempt.nearest is not None:
        yield f"From the nearest recording, {code(attempt.nearest)}, to this request:"
        yield "\n".join(f"- {code(difference)}" for difference in attempt.nearest_differences)


def known_failures(results: Sequence[CaseResult]) -> Iterator[Section]:
    """The failures that the matrix tolerates, with their reasons."""
    known = [result for result in results if result.verdict.kind is VerdictKind.KNOWN_FAILURE]
    if not known:
        return
    lines = [f"- {code(result.id)}: {_reason(result)}" for result in known[:_KNOWN_NAMED]]
    if len(known) > _KNOWN_NAMED:
        lines.append(f"- and {len(known) - _KNOWN_NAMED:,} more")
    title = f"Known failures: {plural(len(known), 'case')}"
    yield Section(title, f"### {title}\n\n" + "\n".join(lines))


def _reason(result: CaseResult) -> str:
    link = f" ({code(result.verdict.link)})" if result.verdict.link else ""
    return prose(beyond_the_outcome(result) or str(result.outcome)) + link


def environments(run: Run) -> Iterator[Section]:
    """Where the clients ran, and which Content-Type each environment guesses for an extension."""
    if not run.environments:
        return
    rows = [
        [
            code(environment.name),
            prose(environment.python),
            prose(environment.mime_table),
            ", ".join(prose(f"{name} {version}") for name, version in environment.clients.items()),
            ", ".join(f"{code(end)} {_guess(guess)}" for end, guess in environment.guesses.items()),
        ]
        for environment in run.environments
    ]
    header = ("environment", "Python", "mime table", "clients", "guesses")
    yield Section("Environments", f"## Environments\n\n{table(header, rows)}")


def _guess(guess: str | None) -> str:
    return "*(none)*" if guess is None else code(guess)


def counted(counts: Counts) -> Section:
    """How many of what, and how many calls were paid for."""
    rows = [
        ["cases", f"{counts.cases:,}"],
        *(["outcome " + kind.replace("_", " "), f"{number:,}"] for kind, number in counts.by_outcome.items()),
        *(["verdict " + kind, f"{number:,}"] for kind, number in counts.by_verdict.items()),
        ["distinct wire forms", f"{counts.wire_forms:,}"],
        *(["answers " + supply, f"{number:,}"] for supply, number in counts.by_supply.items()),
        *([["calls forwarded to a live server", f"{counts.calls:,}"]] if counts.calls else []),
    ]
    return Section("Counts", f"## Counts\n\n{table(('what', 'number'), rows)}")


def reproduce(run: Run) -> str:
    """The footer: the command that runs the same again."""
    # By name, which every case's id starts with: a report does not know in which folder its matrices lay.
    target = "" if run.target is None else f" --target {shlex.quote(visible(run.target))}"
    commands = [f"upload-matrix run -k {shlex.quote(visible(name))}{target}" for name in run.matrices]
    command = "\n".join(commands) or "upload-matrix run"
    return f"Run it again:\n\n{fenced(command, 'sh')}"


NAME = "markdown"
SUFFIX = ".md"
OPTIONS = ("max_bytes",)

_LONGEST_TITLE = 120


def render(run: Run, *, title: str = "Upload matrix", max_bytes: int | None = None) -> str:
    """The run as Markdown, in UTF-8 at most ``max_bytes`` long (GitHub's step summary takes 1 MiB).

    Whole sections are left out to stay below, and a line says which. Raises ValueError when the report
    is longer than ``max_bytes`` and that is less than ``sections.SMALLEST``.
    """
    counts = count(run)
    head = "\n\n".join(
        [
            f"# {prose(shorten(title, _LONGEST_TITLE))}",
            f"**{prose(result_line(counts))}** {prose(of_results(run.results))}",
        ]
    )
    sections = [
        *conclusions(run),
        *gateway_sections(run),
        *repeats_section(run),
        *_matrices(run),
        *cost_section(run),
        *environments(run),
        counted(counts),
    ]
    return joined(head, sections, reproduce(run), max_bytes)


def conclusions(run: Run) -> Iterator[Section]:
    """What can be concluded, and the run's own notes; nothing when there is neither."""
    lines = [f"- {marked(sentence)}" for sentence in (*sentences(run), *run.notes)]
    if lines:
        yield Section("Conclusions", "\n".join(lines))


def _matrices(run: Run) -> Iterator[Section]:
    """A section per matrix with its table; what its clients sent and what failed stand in sections below."""
    nearest = nearest_passing(run)
    for name in dict.fromkeys(result.matrix for result in run.results):
        results = tuple(result for result in run.results if result.matrix == name)
        yield Section(f"Matrix {name}", f"## Matrix {prose(name)}\n\n{matrix_table(results)}")
        yield from client_sections(replace(run, results=results))
        yield from failing_groups(replace(run, results=results), nearest)
        yield from unresolved(results)
        yield from known_failures(results)
