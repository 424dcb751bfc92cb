"""The matrix as a Markdown table, and below it what its signs mean."""

from __future__ import annotations

from collections.abc import Sequence

from upload_matrix.model.case import SAMPLE
from upload_matrix.model.result import RED, CaseResult
from upload_matrix.report.grid import Cell, Grid, Row, build
from upload_matrix.report.markdown_escape import code, prose, table
from upload_matrix.report.wording import MARKS, plural

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


def _row(row: Row) -> list[str]:
    labels = (_values(values) for values in row.values)
    return [*labels, *(" / ".join(map(_cell, cells)) or _EMPTY for cells in row.cells)]


def _values(values: tuple[str, ...]) -> str:
    if len(values) <= _NAMED_VALUES:
        return ", ".join(map(prose, values))
    return f"{prose(values[0])} … {prose(values[-1])} ({len(values):,} values)"


def _cell(cell: Cell) -> str:
    words = prose(cell.words)
    mark = MARKS[cell.verdict]
    if cell.verdict in RED:
        return f"**{words}** ⚠ {mark}"
    return f"{words} ({mark})" if mark else words
