"""A report in sections, cut between them when it must stay under a number of bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from upload_matrix.report.markdown_escape import prose
from upload_matrix.report.visible import shorten
from upload_matrix.report.wording import plural

SMALLEST = 2_000
"""Bytes below which a limit makes no sense: result line, footer, and what was left out."""

_NAMED = 5
_LONGEST_TITLE = 80
_GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class Section:
    """A piece that is kept or left out as a whole. ``title`` names it when it is left out (plain text)."""

    title: str
    text: str


def joined(head: str, sections: Iterable[Section], foot: str, max_bytes: int | None) -> str:
    """Head, as many sections as fit, what was left out, and foot, as UTF-8 of at most ``max_bytes``.

    Sections are kept in order; one that does not fit is left out and later ones that do are kept.
    """
    pieces = list(sections)
    whole = _GAP.join([head, *(section.text for section in pieces), foot]) + "\n"
    if max_bytes is None or _size(whole) <= max_bytes:
        return whole
    if max_bytes < SMALLEST:
        raise ValueError(f"max_bytes is {max_bytes}, but a report needs at least {SMALLEST}")
    room = max_bytes - _size(_GAP.join([head, foot]) + "\n") - _longest_note(pieces, max_bytes)
    kept, left_out = [], []
    for section in pieces:
        size = _size(_GAP + section.text)
        if size <= room:
            room -= size
            kept.append(section.text)
        else:
            left_out.append(section)
    note = _note(left_out, max_bytes)
    text = _GAP.join([head, *kept, note, foot]) + "\n"
    return text if _size(text) <= max_bytes else note + "\n"


def _note(left_out: Sequence[Section], max_bytes: int) -> str:
    named = "; ".join(prose(shorten(section.title, _LONGEST_TITLE)) for section in left_out[:_NAMED])
    more = f"; and {len(left_out) - _NAMED:,} more" if len(left_out) > _NAMED else ""
    return (
        f"> Left out to stay under {max_bytes:,} bytes: {plural(len(left_out), 'section')} ({named}{more}). "
        "The JSON report has everything."
    )


def _longest_note(pieces: Sequence[Section], max_bytes: int) -> int:
    longest = sorted(pieces, key=lambda section: -_size(prose(shorten(section.title, _LONGEST_TITLE))))
    return _size(_GAP + _note([*longest[:_NAMED], *pieces], max_bytes))


def _size(text: str) -> int:
    return len(text.encode("utf-8"))
