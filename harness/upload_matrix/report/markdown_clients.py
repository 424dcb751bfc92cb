"""What each client sends for the same call, as a Markdown table: the parts of the file, framing, outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.judge.client_calls import (
    NOTHING,
    SAME,
    Again,
    Call,
    ClientRow,
    ClientTable,
    as_extended,
    client_tables,
)
from upload_matrix.model.result import Run
from upload_matrix.report.markdown_escape import Section, code, prose, table
from upload_matrix.report.wording import NONE, content, plural, short, shorten
from upload_matrix.wire.form import Part

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
        yield Section(f"{TITLE} ({each.matrix})", "\n\n".join([f"### {TITLE}", *_pieces(each)]))


def _pieces(each: ClientTable) -> Iterator[str]:
    again = any(row.again for call in each.calls for row in call.rows)
    header = [*map(prose, each.axes), "client", "field", "filename", "Content-Type", "bytes", "framing"]
    header += ["second attempt"] if again else []
    yield (
        "The same call, written with each client: the parts of the file as they stood on the wire. Clients "
        "in one row sent the same."
    )
    for axis, values in each.alike.items():
        yield f"Every {prose(axis)} alike: {', '.join(map(prose, values))}."
    shown, dropped = _shown(each.calls)
    yield table([*header, "outcome"], [cells for call in shown for cells in _rows(call, again=again)])
    if dropped:
        yield f"{plural(dropped, 'more call')} in the JSON report."
    if again:
        yield (
            f"Second attempt: what a client that may try again sends after a scripted failure of the first; "
            f"“{NOTHING}”: it hands the failure to its caller; {_EMPTY} it repeats nothing by itself, or no "
            "case asked."
        )


def _shown(calls: Sequence[Call]) -> tuple[Sequence[Call], int]:
    rows = 0
    for number, call in enumerate(calls):
        rows += len(call.rows)
        if rows > MOST_ROWS and number:
            return calls[:number], len(calls) - number
    return calls, 0


def _rows(call: Call, *, again: bool) -> Iterator[list[str]]:
    labels = [", ".join(map(prose, values)) for values in call.values]
    for number, row in enumerate(call.rows):
        # Said once: a reader follows the call down to the next label.
        head = labels if number == 0 else [""] * len(labels)
        yield [*head, ", ".join(map(prose, row.clients)), *_sent(row), *_second(row, again), _outcome(row)]


def _second(row: ClientRow, again: bool) -> list[str]:
    return [_again(row.again)] if again else []


def _outcome(row: ClientRow) -> str:
    return prose(short(row.outcome))


def _sent(row: ClientRow) -> list[str]:
    framing = _EMPTY if row.framing is None else row.framing.value
    if not row.parts:
        return [_EMPTY] * 4 + [framing]
    parts = row.parts
    return [
        _each([code(part.name) for part in parts]),
        _each([_filename(part) for part in parts]),
        _each([_value(part.content_type) for part in parts]),
        _each([_bytes(part) for part in parts]),
        framing,
    ]


def _each(cells: Sequence[str]) -> str:
    """A cell for several parts: one word where all say the same, else one after the other."""
    distinct = list(dict.fromkeys(cells))
    if len(distinct) == 1:
        return distinct[0] if len(cells) == 1 else f"{distinct[0]} ×{len(cells):,}"
    if len(cells) > _MOST_PARTS:
        return f"{cells[0]} … {cells[-1]} ({len(cells):,} parts)"
    return ", ".join(cells)


def _filename(part: Part) -> str:
    return _value(part.filename) + (" (as `filename*`)" if as_extended(part) else "")


def _value(value: str | None) -> str:
    return f"*{NONE}*" if value is None else code(shorten(value, _LONGEST_VALUE))


def _bytes(part: Part) -> str:
    if part.size == 0:
        return "**empty**"
    # A shipped picture, and not some other text that the harness knows.
    return _THE_FILE if part.asset and part.format else prose(content(part))


def _again(several: Sequence[Again]) -> str:
    if not several:
        return _EMPTY
    words = [_how(each.how) for each in several]
    if len(set(words)) == 1:
        return words[0]
    return "; ".join(f"{prose(each.interruption)}: {word}" for each, word in zip(several, words, strict=True))


def _how(how: str) -> str:
    return how if how in (SAME, NOTHING) else f"**another:** {prose(how)}"
