"""The hop of one case for a terminal: what was forwarded, how it differs, and who answered."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.model.hop import Crossing, Hop
from upload_matrix.report.columns import aligned, wrapped
from upload_matrix.report.gateway_words import (
    HEADER,
    distinct,
    findings_line,
    headline,
    rewriting_rows,
    told,
)
from upload_matrix.report.parts import NONE
from upload_matrix.report.visible import shorten, visible

_INDENT = "  "
_LONGEST_VALUE = 40


def hop_lines(hop: Hop, width: int) -> Iterator[str]:
    """Lines of at most ``width`` columns, the first one the hop in a few words."""
    yield from wrapped(f"Gateway  {hop.gateway}: {headline(hop)}", width, hanging=_INDENT)
    for number, crossing in enumerate(hop.crossings, 1):
        attempt = f"attempt {number}: " if len(hop.crossings) > 1 else ""
        yield from wrapped(f"{attempt}{told(crossing)}", width, _INDENT, _INDENT * 2)
        yield from _rewritten(crossing, width)


def _rewritten(crossing: Crossing, width: int) -> Iterator[str]:
    several = len(distinct(crossing.forwarded)) > 1
    for number, forwarded in distinct(crossing.forwarded):
        if several:
            yield f"{_INDENT}forwarded as number {number}:"
        rows = rewriting_rows(forwarded)
        if rows:
            cells = [[what, where, _value(sent), _value(new)] for where, sent, new, what in rows]
            yield from aligned([list(HEADER), *cells], width, _INDENT * 2)
        line = findings_line(forwarded)
        if line is not None:
            yield from wrapped(f"findings {line}", width, _INDENT * 2, _INDENT * 3)


def _value(value: str | None) -> str:
    return NONE if value is None else shorten(visible(value), _LONGEST_VALUE)
