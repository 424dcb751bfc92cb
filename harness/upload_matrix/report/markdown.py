"""The readable report of a run, for a CI step's summary and a vendor's issue: result, matrix, evidence."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from upload_matrix.judge.conclusions import sentences
from upload_matrix.judge.differences import nearest_passing
from upload_matrix.judge.evidence import WireGroup, by_wire, last_wire
from upload_matrix.model.case import SAMPLE
from upload_matrix.model.result import RED, CaseResult, Finding, Run, VerdictKind
from upload_matrix.report.clients_report import client_sections
from upload_matrix.report.costs import cost_section
from upload_matrix.report.document import (
    Aside,
    BeforeAfter,
    Block,
    Code,
    Headline,
    Items,
    Listing,
    Marked,
    Paragraph,
    Readable,
    Section,
    Strong,
    Table,
    Words,
    cases,
    listed,
    markdown,
)
from upload_matrix.report.gateway import gateway_sections
from upload_matrix.report.grid import GridCell, GridRow, build
from upload_matrix.report.red import red_sections
from upload_matrix.report.repeats import repeats_section
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import (
    FAILED,
    MARKS,
    NONE,
    SIGNS,
    Counts,
    answer_fields,
    beyond_the_outcome,
    count,
    head,
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
    "✓ accepted, ✗ rejected, not sent, unparsed, altered or ignored, ? no statement, ! harness error, "
    "– unavailable or no case; ⚠ not as the matrix says."
)

REPEATED = "3/5: in three of five rounds; which of them vote is said under Repetitions."


def matrix_table(results: Sequence[CaseResult]) -> Iterator[Block]:
    """The table of one matrix's results (at least one), axes with one value above it."""
    grid = build(results)
    if grid.constants:
        said = ((f"{axis} ", Code(value)) for axis, value in grid.constants.items())
        yield Paragraph(("Everywhere: ", listed(said), "."))
    for axis, values in grid.alike.items():
        yield Paragraph(f"Every {axis} alike: {_values(values)}.")
    columns = (" · ".join(column) or "outcome" for column in grid.columns)
    yield Table((*grid.row_axes, *columns), tuple(map(_row, grid.rows)))
    if grid.dropped:
        yield Paragraph(f"{plural(grid.dropped, 'more row')} in the JSON report.")
    if any(result.axes.get(SAMPLE, "1") != "1" for result in results):
        yield Paragraph(REPEATED)
    yield Paragraph(LEGEND)


def _row(row: GridRow) -> tuple[Words, ...]:
    cells = (listed(map(_cell, cells), " / ") or _EMPTY for cells in row.cells)
    return (*map(_values, row.values), *cells)


def _values(values: tuple[str, ...]) -> str:
    if len(values) <= _NAMED_VALUES:
        return ", ".join(values)
    return f"{values[0]} … {values[-1]} ({len(values):,} values)"


def _cell(cell: GridCell) -> Words:
    mark = MARKS[cell.verdict]
    if cell.verdict in RED:
        return (Strong(cell.words), f" ⚠ {mark}")
    return f"{cell.words} ({mark})" if mark else cell.words


# -- what failed, a section a wire form --


Nearest = Mapping[str, tuple[str, tuple[Difference, ...]]]
"""Per failing wire form: the nearest that passes, and what separates them, from passing to failing."""

_LONGEST_VALUE = 120
_REASONS_NAMED = 5


def failing_groups(run: Run, nearest: Nearest) -> Iterator[Section]:
    """A section for every wire form that failed, expected or not."""
    for group in by_wire(run):
        if group.red or group.outcome.kind in FAILED:
            named = f"wire form {group.wire}" if group.wire else "no request was sent in full"
            title = (
                f"{SIGNS[group.outcome.kind]} {heading(group.outcome)}: "
                f"{plural(len(group.results), 'case')}, {named}"
            )
            yield Section(title, tuple(_evidence(group, run.wires, nearest)), 3)


def _evidence(group: WireGroup, wires: Mapping[str, WireForm], nearest: Nearest) -> Iterator[Block]:
    yield cases(group.results)
    yield from _verdicts(group.results)
    if group.wire is not None and group.wire in wires:
        yield from request(wires[group.wire])
    yield from _answer(group)
    if group.wire is not None and group.wire in nearest:
        passing, deltas = nearest[group.wire]
        yield Paragraph((Strong("Difference"), " to the nearest form that passes, ", Code(passing), ":"))
        changes = ((Code(delta.where), _side(delta.before), _side(delta.after)) for delta in deltas)
        yield BeforeAfter(tuple(changes), ("where", "passes", "this one"))
    yield from findings(group.results)


def _verdicts(results: Sequence[CaseResult]) -> Iterator[Block]:
    reasons = dict.fromkeys(
        f" {result.verdict.kind.value}: {result.verdict.because}"
        for result in results
        if result.verdict.because is not None
    )
    yield from (Paragraph((Strong("Verdict"), reason)) for reason in list(reasons)[:_REASONS_NAMED])
    if not reasons:
        yield Paragraph("As the matrix expects.")


def request(wire: WireForm) -> Iterator[Block]:
    """The request, part by part as it was sent."""
    yield Paragraph((Strong("Request"), " ", Code(request_line(wire))))
    if wire.fault:
        yield Paragraph(f"Fault: {wire.fault}")
    body = other_body(wire)
    if body is not None:
        yield Listing(body)
    found = rows(wire)
    if found or body is None:
        yield Table(head(wire), tuple(tuple(_value(value) for value in row) for row in found))


def _value(value: str) -> Words:
    if value == NONE:
        return Aside(value)
    return Code(value, _LONGEST_VALUE) if value else ""


def _side(value: str | None) -> Words:
    return _value(NONE if value is None else value)


def _answer(group: WireGroup) -> Iterator[Block]:
    first = group.results[0]
    attempt = first.attempts[-1] if first.attempts else None
    if attempt is not None and attempt.source is not None:
        yield Paragraph((Strong("Answer"), f" {of_source(attempt.source, attempt.rule)}"))
    fields = answer_fields(group.outcome)
    if fields:
        yield Listing("\n".join(f"{name}: {value}" for name, value in fields))
    if group.outcome.detail is not None:
        yield Paragraph((Strong("The client"), f" {group.outcome.detail}"))


def findings(results: Sequence[CaseResult]) -> Iterator[Block]:
    """What the wire says by itself, each finding once, with its fix."""
    found = dict.fromkeys(finding for result in results for finding in result.findings)
    if found:
        yield Paragraph(Strong("Findings"))
    for finding in found:
        yield from finding_blocks(finding)


def finding_blocks(finding: Finding) -> Iterator[Block]:
    """One finding with its fix, code to copy where it is code."""
    says: Words = (Code(finding.code), ": ", Marked(finding.says))
    if is_python(finding.fix):
        yield Paragraph((says, " Fix:"))
        yield Listing(finding.fix, "python")
    else:
        yield Paragraph((says, " Fix: ", Marked(finding.fix)))


# -- what is unresolved or known, where it ran, how to repeat it --


_KNOWN_NAMED = 50


def unresolved(results: Sequence[CaseResult]) -> Iterator[Section]:
    """A section for each reason why cases say nothing, with the way out."""
    groups: dict[tuple[str, str | None], list[CaseResult]] = {}
    for result in results:
        if result.verdict.kind is VerdictKind.UNRESOLVED:
            groups.setdefault((str(result.outcome), last_wire(result)), []).append(result)
    for (_, wire), found in groups.items():
        first = found[0]
        named = "" if wire is None else f", wire form {wire}"
        title = f"{SIGNS[first.outcome.kind]} {heading(first.outcome)}: {plural(len(found), 'case')}{named}"
        words = way_out(first)
        blocks = (cases(found), *_why(first), *([] if words is None else [Paragraph(Marked(words))]))
        yield Section(title, blocks, 3)


def _why(result: CaseResult) -> Iterator[Block]:
    said = result.outcome.message or result.outcome.detail
    if said is not None:
        yield Listing(said)
    attempt = result.attempts[-1] if result.attempts else None
    if attempt is not None and attempt.nearest is not None:
        yield Paragraph(("From the nearest recording, ", Code(attempt.nearest), ", to this request:"))
        yield Items(tuple(map(Code, attempt.nearest_differences)))


def known_failures(results: Sequence[CaseResult]) -> Iterator[Section]:
    """The failures that the matrix tolerates, with their reasons."""
    known = [result for result in results if result.verdict.kind is VerdictKind.KNOWN_FAILURE]
    if not known:
        return
    entries: list[Words] = [(Code(result.id), ": ", _reason(result)) for result in known[:_KNOWN_NAMED]]
    if len(known) > _KNOWN_NAMED:
        entries.append(f"and {len(known) - _KNOWN_NAMED:,} more")
    yield Section(f"Known failures: {plural(len(known), 'case')}", (Items(tuple(entries)),), 3)


def _reason(result: CaseResult) -> Words:
    why = beyond_the_outcome(result) or str(result.outcome)
    return (why, " (", Code(result.verdict.link), ")") if result.verdict.link else why


def environments(run: Run) -> Iterator[Section]:
    """Where the clients ran, and which Content-Type each environment guesses for an extension."""
    if not run.environments:
        return
    table = tuple(
        (
            Code(environment.name),
            environment.python,
            environment.mime_table,
            ", ".join(f"{name} {version}" for name, version in environment.clients.items()),
            listed((Code(ending), " ", Code(guess)) for ending, guess in environment.guesses.items()),
        )
        for environment in run.environments
    )
    header = ("environment", "Python", "mime table", "clients", "guesses")
    yield Section("Environments", (Table(header, table),))


def counted(counts: Counts) -> Section:
    """How many of what, and how many calls were paid for."""
    table = (
        ("cases", f"{counts.cases:,}"),
        *(("outcome " + kind.replace("_", " "), f"{number:,}") for kind, number in counts.by_outcome.items()),
        *(("verdict " + kind, f"{number:,}") for kind, number in counts.by_verdict.items()),
        ("distinct wire forms", f"{counts.wire_forms:,}"),
        *(("answers " + supply, f"{number:,}") for supply, number in counts.by_supply.items()),
        *([("calls forwarded to a live server", f"{counts.calls:,}")] if counts.calls else []),
    )
    return Section("Counts", (Table(("what", "number"), table),))


def reproduce(run: Run) -> tuple[Block, ...]:
    """The footer: the command that runs the same again."""
    # By name, which every case's id starts with: a report does not know in which folder its matrices lay.
    target = "" if run.target is None else f" --target {shlex.quote(visible(run.target))}"
    commands = [f"upload-matrix run -k {shlex.quote(visible(name))}{target}" for name in run.matrices]
    return Paragraph("Run it again:"), Listing("\n".join(commands) or "upload-matrix run", "sh")


NAME = "markdown"
SUFFIX = ".md"
OPTIONS = ("max_bytes", "baseline")

_LONGEST_TITLE = 120


def render(
    run: Run, *, title: str = "Upload matrix", max_bytes: int | None = None, baseline: Run | None = None
) -> str:
    """The run as Markdown, in UTF-8 at most ``max_bytes`` long (GitHub's step summary takes 1 MiB).

    ``baseline`` is the last green run: what is red is then held against it. Whole sections are left out to
    stay below, and a line says which. Raises ValueError when the report is longer than ``max_bytes`` and that
    is less than ``document.SMALLEST``.
    """
    counts = count(run)
    sections = (
        *red_sections(run, baseline),
        *conclusions(run, 2 if counts.red else 0),
        *gateway_sections(run),
        *repeats_section(run),
        *_matrices(run),
        *cost_section(run),
        *environments(run),
        counted(counts),
    )
    lead = (Headline(result_line(counts), of_results(run.results)),)
    return markdown(Readable(shorten(title, _LONGEST_TITLE), lead, sections, reproduce(run)), max_bytes)


def conclusions(run: Run, level: int = 0) -> Iterator[Section]:
    """What can be concluded, and the run's own notes; nothing when there is neither.

    They need a heading (``level``) where something else stands before them.
    """
    lines = tuple(map(Marked, (*sentences(run), *run.notes)))
    if lines:
        yield Section("Conclusions", (Items(lines),), level)


def _matrices(run: Run) -> Iterator[Section]:
    """A section per matrix with its table; what its clients sent and what failed stand in sections below."""
    nearest = nearest_passing(run)
    for name in dict.fromkeys(result.matrix for result in run.results):
        results = tuple(result for result in run.results if result.matrix == name)
        yield Section(f"Matrix {name}", tuple(matrix_table(results)))
        yield from client_sections(replace(run, results=results))
        yield from failing_groups(replace(run, results=results), nearest)
        yield from unresolved(results)
        yield from known_failures(results)
