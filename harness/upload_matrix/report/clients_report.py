"""What each client sends for the same call, as a table: the parts of the file, framing, outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.assets.recipes import PATH_TEXT
from upload_matrix.judge.client_calls import (
    NOTHING,
    SAME,
    Again,
    ClientCall,
    ClientRow,
    ClientTable,
    as_extended,
    client_tables,
)
from upload_matrix.model.result import Run
from upload_matrix.report.document import Aside, Block, Code, Paragraph, Section, Strong, Table, Words, listed
from upload_matrix.report.wording import NONE, content, plural, short
from upload_matrix.wire.carriers.multipart import Part

TITLE = "What each client sends"
MOST_ROWS = 150
"""Rows that one table holds; whole calls are left out beyond that."""

_EMPTY = "–"
_MOST_PARTS = 4
_LONGEST_VALUE = 60
_THE_FILE = "the file"


def client_sections(run: Run) -> Iterator[Section]:
    """A section for every matrix in which several clients make the same call."""
    for each in client_tables(run):
        yield Section(TITLE, tuple(_blocks(each)), 3, name=f"{TITLE} ({each.matrix})")


def _blocks(each: ClientTable) -> Iterator[Block]:
    again = any(row.again for call in each.calls for row in call.rows)
    header = [*each.axes, "client", "field", "filename", "Content-Type", "bytes", "framing"]
    header += ["second attempt"] if again else []
    yield Paragraph(
        "The same call, written with each client: the parts of the file as they stood on the wire. Clients "
        "in one row sent the same."
    )
    for axis, values in each.alike.items():
        yield Paragraph(f"Every {axis} alike: {', '.join(values)}.")
    shown, dropped = _shown(each.calls)
    rows = (tuple(cells) for call in shown for cells in _rows(call, again=again))
    yield Table((*header, "outcome"), tuple(rows))
    if dropped:
        yield Paragraph(f"{plural(dropped, 'more call')} in the JSON report.")
    if again:
        yield Paragraph(
            f"Second attempt: what a client that may try again sends after a scripted failure of the first; "
            f"“{NOTHING}”: it hands the failure to its caller; {_EMPTY} it repeats nothing by itself, or no "
            "case asked."
        )


def _shown(calls: Sequence[ClientCall]) -> tuple[Sequence[ClientCall], int]:
    rows = 0
    for number, call in enumerate(calls):
        rows += len(call.rows)
        if rows > MOST_ROWS and number:
            return calls[:number], len(calls) - number
    return calls, 0


def _rows(call: ClientCall, *, again: bool) -> Iterator[list[Words]]:
    labels: list[Words] = [", ".join(values) for values in call.values]
    for number, row in enumerate(call.rows):
        # Said once: a reader follows the call down to the next label.
        head: list[Words] = labels if number == 0 else [""] * len(labels)
        second = [_again(row.again)] if again else []
        yield [*head, ", ".join(row.clients), *_sent(row), *second, short(row.outcome)]


def _sent(row: ClientRow) -> Sequence[Words]:
    framing = _EMPTY if row.framing is None else row.framing.value
    if not row.parts:
        return [_EMPTY] * 4 + [framing]
    parts = row.parts
    return [
        _each([Code(part.name) for part in parts]),
        _each([_filename(part) for part in parts]),
        _each([_value(part.content_type) for part in parts]),
        _each([_bytes(part) for part in parts]),
        framing,
    ]


def _each(cells: Sequence[Words]) -> Words:
    """A cell for several parts: one word where all say the same, else one after the other."""
    distinct = list(dict.fromkeys(cells))
    if len(distinct) == 1:
        return distinct[0] if len(cells) == 1 else (distinct[0], f" ×{len(cells):,}")
    if len(cells) > _MOST_PARTS:
        return (cells[0], " … ", cells[-1], f" ({len(cells):,} parts)")
    return listed(cells)


def _filename(part: Part) -> Words:
    value = _value(part.filename)
    return (value, " (as ", Code("filename*"), ")") if as_extended(part) else value


def _value(value: str | None) -> Words:
    return Aside(NONE) if value is None else Code(value, _LONGEST_VALUE)


def _bytes(part: Part) -> Words:
    if part.size == 0:
        return Strong("empty")
    return _THE_FILE if part.asset and part.asset != PATH_TEXT else content(part)


def _again(several: Sequence[Again]) -> Words:
    if not several:
        return _EMPTY
    words = [_how(each.how) for each in several]
    if len(set(words)) == 1:
        return words[0]
    pairs = zip(several, words, strict=True)
    return listed(((f"{each.interruption}: ", word) for each, word in pairs), "; ")


def _how(how: str) -> Words:
    return how if how in (SAME, NOTHING) else (Strong("another:"), f" {how}")
