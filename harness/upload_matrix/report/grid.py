"""Plain text in aligned columns and wrapped paragraphs; the matrix as a table.

What varies in how a file is handed over stands in the rows, where it runs in the columns, at most
``MOST_COLUMNS`` of them; an axis with one value, or one that changes nothing, is said once, above.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from upload_matrix.judge.proportions import variant_of
from upload_matrix.model.case import NOT_APPLICABLE, OPTIONAL_AXES, SAMPLE, value_on
from upload_matrix.model.result import CaseResult, VerdictKind
from upload_matrix.report.visible import visible_lines
from upload_matrix.report.wording import display_width, short

GAP = "  "
_MOST_CELL_LINES = 4
"""Lines of a cell beyond which a table is turned: a column of single words is hard to read."""


def aligned(rows: Sequence[Sequence[str]], width: int, indent: str = "") -> list[str]:
    """``rows`` (all of one length, the first has the columns' names) in columns; no cell is ever cut.

    Where a line has no room, cells go on below, broken at spaces; where that is not enough, every row
    stands in lines of its own.
    """
    if not rows:
        return []
    columns = [
        [line for cell in column for line in visible_lines(cell)] for column in zip(*rows, strict=True)
    ]
    room = width - len(indent) - len(GAP) * (len(columns) - 1)
    widths = _narrowed(columns, room)
    if widths is None:
        return turned(rows[0], rows[1:], width, indent)
    lines: list[str] = []
    for row in rows:
        cells = [wrapped(cell, most) for cell, most in zip(row, widths, strict=True)]
        lines += [(indent + _line(parts, widths)).rstrip() for parts in zip_longest(*cells, fillvalue="")]
    return lines


def _narrowed(columns: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """How wide each column of lines may be; None where too little of one would stand on a line."""
    widths = [max(map(display_width, column)) for column in columns]
    least = [max(display_width(word) for line in column for word in line.split(" ")) for column in columns]
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda place: (widths[place] > least[place], widths[place]))
        if widths[widest] == least[widest]:
            return None
        widths[widest] -= 1
    drawn_out = any(
        len(wrapped(line, most)) > _MOST_CELL_LINES
        for column, most in zip(columns, widths, strict=True)
        for line in column
    )
    return None if drawn_out else widths


def turned(header: Sequence[str], rows: Sequence[Sequence[str]], width: int, indent: str) -> list[str]:
    """Every row in lines of its own: its first cell, and below it the others behind their columns' names."""
    further = indent + GAP
    lines: list[str] = []
    for row in rows:
        lines += wrapped(row[0], width, indent, further)
        for name, cell in zip(header[1:], row[1:], strict=True):
            for line in filter(None, visible_lines(cell)):
                lines += wrapped(f"{name}: {line}" if name else line, width, further, further + GAP)
    return lines


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - display_width(cell)) for cell, width in zip(cells, widths, strict=True))
    return GAP.join(padded).rstrip()


def wrapped(text: str, width: int, indent: str = "", hanging: str | None = None) -> list[str]:
    """``text`` from elsewhere, made visible and broken at spaces; further lines start with ``hanging``.

    A word longer than the line stays whole: a digest or a message must be searchable.
    """
    further = indent if hanging is None else hanging
    lines: list[str] = []
    start = indent
    for paragraph in visible_lines(text):
        line = start
        empty = True
        for word in paragraph.split(" "):
            if not empty and display_width(line) + 1 + display_width(word) > width:
                lines.append(line.rstrip())
                line, empty = further, True
            line, empty = (line + word if empty else f"{line} {word}"), False
        lines.append(line.rstrip())
        start = further
    return lines


def block(text: str, indent: str) -> list[str]:
    """``text`` line by line as it stands (code), made visible and indented."""
    return [(indent + line).rstrip() for line in visible_lines(text.strip("\n"))]


# -- the grid --


MOST_COLUMNS = 8
MOST_ROWS = 150

COLUMN_AXES = ("mime_table", "client", "model", "operation")
"""Axes that become columns before others do."""

ROW_AXES = ("container", "image", "file", "prepare", "mask")
"""Axes that become columns only when nothing else varies."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """What stands in one field of the table: the outcome's short words, and how the verdict is.

    Of a repeated case the words end in how many of its rounds came out so.
    """

    words: str
    verdict: VerdictKind


@dataclass(frozen=True, slots=True)
class GridRow:
    """``values`` holds, per row axis, the values for which the ``cells`` are the same.

    ``cells`` has an entry per column: none where the matrix has no case, more than one only where two
    cases do not differ on any axis.
    """

    values: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[GridCell, ...], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """``columns`` has a value per column axis; ``dropped`` counts rows that were too many to show.

    ``constants`` are axes with one value where they apply, neutral ones left out. ``alike`` are axes all
    of whose values give the same in every row.
    """

    constants: Mapping[str, str]
    alike: Mapping[str, tuple[str, ...]]
    row_axes: tuple[str, ...]
    column_axes: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    rows: tuple[GridRow, ...]
    dropped: int


def build(results: Sequence[CaseResult]) -> Grid:
    """Lay out the results of one matrix."""
    folded = _folded(results)
    results = [result for result, _ in folded]
    values = _values(results)
    applying = {axis: [value for value in seen if value != NOT_APPLICABLE] for axis, seen in values.items()}
    varying = [axis for axis in values if len(applying[axis]) > 1]
    column_axes = _choose_columns(results, varying)
    row_axes = tuple(axis for axis in varying if axis not in column_axes)
    columns = _ordered({_at(result, column_axes) for result in results}, column_axes, values)
    fields: dict[tuple[str, ...], dict[tuple[str, ...], list[GridCell]]] = {}
    for result, own in folded:
        cells = fields.setdefault(_at(result, row_axes), {}).setdefault(_at(result, column_axes), [])
        cells += [cell for cell in own if cell not in cells]
    rows = [
        GridRow(
            values=tuple((value,) for value in key),
            cells=tuple(tuple(fields[key].get(column, ())) for column in columns),
        )
        for key in _ordered(fields, row_axes, values)
    ]
    for position in reversed(range(len(row_axes))):
        rows = _merged(rows, position)
    alike = {
        axis: tuple(values[axis])
        for position, axis in enumerate(row_axes)
        if all(len(row.values[position]) == len(values[axis]) for row in rows)
    }
    telling = [position for position, axis in enumerate(row_axes) if axis not in alike]
    rows = [GridRow(tuple(row.values[position] for position in telling), row.cells) for row in rows]
    shown = _most_telling(rows)
    return Grid(
        constants={
            axis: seen[0]
            for axis, seen in applying.items()
            if len(seen) == 1 and seen[0] != OPTIONAL_AXES.get(axis)
        },
        alike=alike,
        row_axes=tuple(row_axes[position] for position in telling),
        column_axes=column_axes,
        columns=columns,
        rows=tuple(shown),
        dropped=len(rows) - len(shown),
    )


def _folded(results: Sequence[CaseResult]) -> list[tuple[CaseResult, tuple[GridCell, ...]]]:
    """Each case once, without the axis of repetitions, with what its rounds gave, most frequent first."""
    if not any(SAMPLE in result.axes for result in results):
        return [(result, (GridCell(short(result.outcome), result.verdict.kind),)) for result in results]
    variants: dict[str, list[CaseResult]] = {}
    for result in results:
        variants.setdefault(variant_of(result), []).append(result)
    return [(_without_sample(rounds[0]), _counted(rounds)) for rounds in variants.values()]


def _without_sample(result: CaseResult) -> CaseResult:
    return replace(result, axes={name: value for name, value in result.axes.items() if name != SAMPLE})


def _counted(rounds: Sequence[CaseResult]) -> tuple[GridCell, ...]:
    if len(rounds) == 1:
        return (GridCell(short(rounds[0].outcome), rounds[0].verdict.kind),)
    tally = Counter((short(result.outcome), result.verdict.kind) for result in rounds)
    return tuple(
        GridCell(f"{words} {number}/{len(rounds)}", kind) for (words, kind), number in tally.most_common()
    )


def _at(result: CaseResult, axes: Iterable[str]) -> tuple[str, ...]:
    return tuple(value_on(result.axes, axis) for axis in axes)


def _values(results: Sequence[CaseResult]) -> dict[str, list[str]]:
    """Per axis its values, both in the order in which they first appear."""
    axes = dict.fromkeys(axis for result in results for axis in result.axes)
    return {axis: list(dict.fromkeys(value_on(result.axes, axis) for result in results)) for axis in axes}


def _fit(values: Iterable[Hashable]) -> bool:
    """Whether there are no more different ones than columns may be; of very many, the first few tell."""
    seen: set[Hashable] = set()
    for value in values:
        seen.add(value)
        if len(seen) > MOST_COLUMNS:
            return False
    return True


def _choose_columns(results: Sequence[CaseResult], varying: Sequence[str]) -> tuple[str, ...]:
    ranked = [axis for axis in COLUMN_AXES if axis in varying]
    ranked += [axis for axis in varying if axis not in (*COLUMN_AXES, *ROW_AXES)]
    chosen: list[str] = []
    for axis in ranked:
        if _fit(_at(result, (*chosen, axis)) for result in results):
            chosen.append(axis)
    if not chosen and len(varying) > 1:
        small = [axis for axis in varying if _fit(value_on(result.axes, axis) for result in results)]
        chosen = small[-1:]
    elif chosen and len(chosen) == len(varying):
        # A table needs rows: the first of the matrix's axes reads best from top to bottom.
        chosen.remove(next(axis for axis in varying if axis in chosen))
    return tuple(axis for axis in varying if axis in chosen)


def _ordered(
    keys: Iterable[tuple[str, ...]], axes: Sequence[str], values: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, ...], ...]:
    place = {axis: {value: index for index, value in enumerate(values[axis])} for axis in axes}
    return tuple(
        sorted(keys, key=lambda key: [place[axis][value] for axis, value in zip(axes, key, strict=True)])
    )


def _merged(rows: Sequence[GridRow], position: int) -> list[GridRow]:
    """Rows that differ in one axis alone and hold the same cells become one."""
    groups: dict[object, list[GridRow]] = {}
    for row in rows:
        others = row.values[:position] + row.values[position + 1 :]
        groups.setdefault((others, row.cells), []).append(row)
    return [
        GridRow(
            values=(
                *group[0].values[:position],
                tuple(value for row in group for value in row.values[position]),
                *group[0].values[position + 1 :],
            ),
            cells=group[0].cells,
        )
        for group in groups.values()
    ]


def _most_telling(rows: Sequence[GridRow]) -> list[GridRow]:
    """At most ``MOST_ROWS`` rows, in order; those with something unexpected are kept before others."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    calm = VerdictKind.AS_EXPECTED
    ranked = sorted(
        range(len(rows)),
        key=lambda index: all(cell.verdict is calm for cells in rows[index].cells for cell in cells),
    )
    return [rows[index] for index in sorted(ranked[:MOST_ROWS])]
