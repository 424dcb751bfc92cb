"""Text from elsewhere inside Markdown, where it must neither break a table or fence nor call or link anybody;
and a report in sections, cut between them when it must stay under a number of bytes.

Rules: CommonMark 0.31 (fenced code, code spans, entities), GitHub's extensions (tables, autolinks,
``@mentions``, ``#123`` and ``GH-123`` references, ``$`` formulas). HTML comments cut a mention or a link
without leaving a character that a reader would copy along.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from upload_matrix.model.result import CaseResult
from upload_matrix.report.visible import visible, visible_lines
from upload_matrix.report.wording import plural, shorten

_CUT = "<!-- -->"
_PLAIN_CODE = re.compile(r"[^`|\\]+")
_KEPT_IN_HTML_CODE = re.compile(r"[^A-Za-z0-9 ,;=+()/\-\u00a0-\U0010ffff]")
_SPECIAL = re.compile(r"[\\`*\[\]~#]|(?<![^\W_])_|_(?![^\W_])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&vert;", "$": "<span>$</span>"}
_REFERENCE = re.compile(r"@|#(?=\d)|\bGH-(?=\d)|:(?=//)|\bwww(?=\.)", re.IGNORECASE)
_CODE_SPAN = re.compile("`([^`]+)`")
_IN_ADDRESS = ":/?#[]@!$&'()*+,;=%~"
_BLOCK_START = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+=])")

CASES_NAMED = 5
"""Cases of a group that a report names; the others are counted."""


def prose(text: str) -> str:
    """``text`` as one line of running Markdown that reads as it was written."""
    return _opening(_inline(" ".join(text.split())))


def marked(text: str) -> str:
    """Like ``prose``, where words between backticks become inline code, as our own sentences mean them."""
    pieces = _CODE_SPAN.split(" ".join(text.split()))
    return _opening(
        "".join(code(piece) if index % 2 else _inline(piece) for index, piece in enumerate(pieces))
    )


def within_html(text: str) -> str:
    """``text`` as one line inside a raw HTML element, where Markdown is not read but mentions are."""
    line = html.escape(visible(" ".join(text.split())), quote=False)
    return _REFERENCE.sub(lambda match: match.group() + _CUT, line)


def link(words: str, address: str) -> str:
    """A link to an address of our own user's; what could end it early is percent-encoded."""
    return f"[{prose(words)}](<{quote(address, safe=_IN_ADDRESS, errors='replace')}>)"


def _inline(text: str) -> str:
    line = _SPECIAL.sub(lambda match: "\\" + match.group(), visible(text))
    line = "".join(_ENTITIES.get(character, character) for character in line)
    # Last, because the comments it inserts must not be escaped.
    return _REFERENCE.sub(lambda match: match.group() + _CUT, line)


def _opening(line: str) -> str:
    """``line`` fit to stand at a line's start, where a number or a dash would open a list."""
    return _BLOCK_START.sub(lambda match: f"{match[1]}\\{match[2]}" if match[1] else f"\\{match[3]}", line)


def code(text: str) -> str:
    """``text`` as inline code, fit for a table's cell; leading and trailing spaces show as ``␣``."""
    if not text:
        return "*(empty)*"
    line = visible(text)
    core = line.strip(" ")
    start = len(line) - len(line.lstrip(" "))
    line = "␣" * start + core + "␣" * (len(line) - start - len(core))
    if _PLAIN_CODE.fullmatch(line):
        return f"`{line}`"
    # A backtick or a pipe in a code span is read differently by different renderers; an entity is not.
    return f"<code>{_KEPT_IN_HTML_CODE.sub(lambda match: f'&#{ord(match.group())};', line)}</code>"


def fenced(text: str, language: str = "text") -> str:
    """``text`` as a code block whose fence is longer than any run of backticks in it."""
    lines = visible_lines(text)
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence + language, *lines, fence])


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already (from ``prose`` or ``code``)."""
    lines = [_row(header), _row(["---"] * len(header)), *map(_row, rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell or ' ' for cell in cells)} |"


def case_list(results: Sequence[CaseResult]) -> str:
    """The first cases by id, and how many more there are."""
    lines = [f"- {code(result.id)}" for result in results[:CASES_NAMED]]
    if len(results) > CASES_NAMED:
        lines.append(f"- and {len(results) - CASES_NAMED:,} more")
    return "\n".join(lines)


# -- sections --


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
