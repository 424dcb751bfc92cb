"""A sweep as Markdown: result and who answered, change points, version history, certainty, what failed.

All words of a sweep are somebody else's (release names, filenames, messages), so each goes through
``markdown_escape``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from upload_matrix.judge.history import CellChange, ChangePoint, History, Row, Span, history
from upload_matrix.model.outcome import Outcome
from upload_matrix.model.sweep import Cell, Release, Sweep, alike, outcome_words
from upload_matrix.report.markdown_escape import Section, code, fenced, joined, marked, prose, table
from upload_matrix.report.sweep_text import (
    answers,
    behaviour,
    counted,
    labels,
    measured,
    result,
    silences,
    silent_cells,
    span,
    sureness,
)
from upload_matrix.report.wording import NONE, heading, plural, request_line, shorten
from upload_matrix.wire.difference import Difference

NAME = "markdown"
SUFFIX = ".md"
KIND = "sweep"
OPTIONS = ("max_bytes",)

_LONGEST_TITLE = 120
_LONGEST_VALUE = 300
_VARIANTS_NAMED = 8
_STRETCHES_NAMED = 20
_FORMS_SHOWN = 60
_COLUMNS = 6
"""Spans that one table of the history holds; more go on in a further table."""

_SAME = "="
_UNKNOWN = "–"


def render(
    sweep: Sweep, *, title: str = "Version sweep", commands: Sequence[str] = (), max_bytes: int | None = None
) -> str:
    """The sweep as Markdown; ``commands`` are those that made it, shown at the end.

    At most ``max_bytes`` of UTF-8: whole sections are left out to stay below, and a line says which.
    Raises ValueError when the report is longer and ``max_bytes`` is less than ``sections.SMALLEST``.
    """
    found = history(sweep)
    head = "\n\n".join(
        [
            f"# {prose(shorten(title, _LONGEST_TITLE))}",
            f"**{prose(result(sweep, found))}** {prose(answers(sweep))}",
            f"{prose(measured(sweep))}. {prose(counted(sweep))}.",
            *_notes(sweep),
        ]
    )
    sections = [
        *_changes(sweep, found),
        *_history(sweep, found),
        _certainty(sweep),
        *_silent(sweep),
        *_forms(sweep),
    ]
    return joined(head, sections, _foot(commands), max_bytes)


def _notes(sweep: Sweep) -> Iterator[str]:
    if sweep.notes:
        yield "\n".join(f"- {marked(note)}" for note in sweep.notes)


def _foot(commands: Sequence[str]) -> str:
    if not commands:
        return "The JSON report of the sweep has every cell and every wire form."
    return f"Made with:\n\n{fenced(chr(10).join(commands), 'sh')}"


def _changes(sweep: Sweep, found: History) -> Iterator[Section]:
    if found.changes:
        yield Section("Change points", "## Change points")
    known = {release.name: release for release in sweep.releases}
    for change in found.changes:
        title = f"{change.before} → {change.after}: {plural(len(change.variants), 'variant')}"
        facts = [fact for name in (change.before, change.after) for fact in _facts(known[name])]
        pieces = [f"### {prose(title)}", *(["; ".join(facts) + "."] if facts else [])]
        yield Section(title, "\n\n".join([*pieces, *change_pieces(change)]))


def _facts(release: Release) -> Iterator[str]:
    if release.published is not None:
        yield f"{code(release.name)} was published on {release.published}"
    if release.yanked is not None:
        why = f" ({prose(release.yanked)})" if release.yanked else ""
        yield f"{code(release.name)} is yanked{why}"


def change_pieces(change: ChangePoint) -> Iterator[str]:
    """A change point in blocks of Markdown: what is not sure about it, then each difference."""
    if change.between:
        names = code(span(change.between[0], change.between[-1]))
        number = len(change.between)
        yield (
            f"**Not to the release:** nothing is known of {names} ({plural(number, 'release')}), so the "
            f"change came with {'it' if number == 1 else 'one of them'} or with {code(change.after)}."
        )
    if not all(each.resolved for each in change.differences):
        yield "**Not for sure:** an outcome that says nothing about the upload is among these."
    if change.beside:
        yield "**Beside the SDK**, these differ between the two environments:"
        yield _deltas(change.beside)
    for each in change.differences:
        yield from _difference(each)


def _difference(difference: CellChange) -> Iterator[str]:
    yield f"**{plural(len(difference.variants), 'variant')}:** {_named(difference.variants)}"
    yield _deltas(difference.deltas, difference.outcome, difference.read)


def _named(names: Sequence[str], most: int = _VARIANTS_NAMED) -> str:
    more = len(names) - most
    listed = ", ".join(map(code, names[:most]))
    return f"{listed} and {more:,} more" if more > 0 else listed


def _deltas(
    deltas: Sequence[Difference],
    outcome: tuple[Outcome, Outcome] | None = None,
    read: tuple[str, str] | None = None,
) -> str:
    rows = [[code(delta.where), _side(delta.before), _side(delta.after)] for delta in deltas]
    if outcome is not None:
        old, new = outcome
        rows.append(["outcome", prose(heading(old)), prose(heading(new))])
        said = [each.message or each.detail for each in outcome]
        if outcome_words(old)[-2:] != outcome_words(new)[-2:]:
            rows.append(["says", *map(_side, said)])
    if read is not None:
        rows.append(["the client", *map(prose, read)])
    return table(("what", "before", "after"), rows)


def _side(value: str | None) -> str:
    return f"*{NONE}*" if value is None else code(shorten(value, _LONGEST_VALUE))


def _history(sweep: Sweep, found: History) -> Iterator[Section]:
    if not found.spans:
        return
    named = labels(sweep)
    tables = []
    for start in range(0, len(found.spans), _COLUMNS):
        stop = start + _COLUMNS
        header = ["variant", *map(_column, found.spans[start:stop])]
        rows = [[_named(row.variants), *_cells(row, start, stop, named)] for row in found.rows]
        tables.append(table(header, rows))
    legend = (
        "A column is a run of releases in which no variant changed, with their number. A cell is the outcome "
        f"and the first digits of the wire form; `{_SAME}` is as in the column before, {_UNKNOWN} not known."
    )
    yield Section("Version history", "\n\n".join(["## Version history", *tables, legend]))


def _column(column: Span) -> str:
    number = f"{column.measured:,} of {column.releases:,} measured"
    if column.measured == column.releases:
        number = f"{column.releases:,}"
    return f"{code(span(column.first, column.last))} ({number})"


def _cells(row: Row, start: int, stop: int, named: Mapping[str, str]) -> Iterator[str]:
    for index in range(start, min(stop, len(row.cells))):
        cell = row.cells[index]
        before = row.cells[index - 1] if index > start else None
        if cell is None:
            yield _UNKNOWN
        elif before is not None and alike(before, cell):
            yield _SAME
        else:
            yield _cell(cell, named)


def _cell(cell: Cell, named: Mapping[str, str]) -> str:
    outcome, forms = behaviour(cell, named)
    return f"{prose(outcome)} {code(forms)}" if forms else prose(outcome)


def _certainty(sweep: Sweep) -> Section:
    lines = "\n".join(f"- {marked(sentence)}" for sentence in sureness(sweep))
    return Section("Certainty", f"## Certainty\n\n{lines}")


def _silent(sweep: Sweep) -> Iterator[Section]:
    found = silences(sweep)
    if found:
        pieces = ["## Releases that say nothing"]
        for each in found:
            names = _named(each.stretches, _STRETCHES_NAMED)
            pieces += [f"**{plural(each.releases, 'release')}:** {names}", fenced(each.why)]
        yield Section("Releases that say nothing", "\n\n".join(pieces))
    cells = silent_cells(sweep)
    if cells:
        lines = [
            f"- {code(cell.release)} {code(cell.variant)}: {prose(str(cell.outcome))}"
            for cell in cells[:_VARIANTS_NAMED]
        ]
        lines += [f"- and {len(cells) - _VARIANTS_NAMED:,} more"] if len(cells) > _VARIANTS_NAMED else []
        title = "Cells that say nothing, in releases that otherwise do"
        yield Section(title, f"## {title}\n\n" + "\n".join(lines))


def _forms(sweep: Sweep) -> Iterator[Section]:
    named = labels(sweep)
    rows = []
    for digest in sorted(digest for digest in named if digest in sweep.wires):
        wire = sweep.wires[digest]
        files = [
            f"{code(part.name)}: {_side(part.filename)}, {_side(part.content_type)}" for part in wire.files()
        ]
        rows.append([code(named[digest]), code(request_line(wire)), "; ".join(files) or "*(no file)*"])
    if rows:
        more = len(rows) - _FORMS_SHOWN
        pieces = ["## Wire forms", table(("form", "request", "files"), rows[:_FORMS_SHOWN])]
        pieces += [f"And {more:,} more."] if more > 0 else []
        yield Section("Wire forms", "\n\n".join(pieces))
