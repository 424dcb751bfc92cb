"""Plain text for a terminal of a given width: aligned columns and wrapped paragraphs."""

from __future__ import annotations

from collections.abc import Sequence

from upload_matrix.report.visible import display_width, shorten, visible_lines

GAP = "  "
_NARROWEST = 8


def aligned(rows: Sequence[Sequence[str]], width: int, indent: str = "") -> list[str]:
    """``rows`` (all of one length) in columns; the widest columns give way until a line fits ``width``."""
    if not rows:
        return []
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    room = width - len(indent) - len(GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widest = widths.index(max(widths))
        widths[widest] = max(_NARROWEST, widths[widest] - (sum(widths) - room), _runner_up(widths))
    return [indent + _line(row, widths) for row in rows]


def _runner_up(widths: list[int]) -> int:
    """The width down to which the widest column gives way before another one has to."""
    widest = max(widths)
    second = max((width for width in widths if width != widest), default=0)
    return second if widths.count(widest) == 1 else widest - 1


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [shorten(cell, width) for cell, width in zip(row, widths, strict=True)]
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
