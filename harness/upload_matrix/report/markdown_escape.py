"""Text from elsewhere inside Markdown, where it must neither break a table or fence nor call or link anybody.

Rules: CommonMark 0.31 (fenced code, code spans, entities), GitHub's extensions (tables, autolinks,
``@mentions``, ``#123`` and ``GH-123`` references, ``$`` formulas). HTML comments cut a mention or a link
without leaving a character that a reader would copy along.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from upload_matrix.report.visible import visible, visible_lines

_CUT = "<!-- -->"
_SPACES = re.compile(r"\s+")
_PLAIN_CODE = re.compile(r"[^`|\\]+")
_KEPT_IN_HTML_CODE = re.compile(r"[^A-Za-z0-9 ,;=+()/\-\u00a0-\U0010ffff]")
_SPECIAL = re.compile(r"[\\`*\[\]~#]|(?<![^\W_])_|_(?![^\W_])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&vert;", "$": "<span>$</span>"}
_REFERENCE = re.compile(r"@|#(?=\d)|\bGH-(?=\d)|:(?=//)|\bwww(?=\.)", re.IGNORECASE)
_CODE_SPAN = re.compile("`([^`]+)`")
_IN_ADDRESS = ":/?#[]@!$&'()*+,;=%~"
_BLOCK_START = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+=])")


def prose(text: str) -> str:
    """``text`` as one line of running Markdown that reads as it was written."""
    return _opening(_inline(" ".join(text.split())))


def within(text: str, *, opening: bool = False) -> str:
    """``text`` as a piece of a line, the spaces at its ends kept; ``opening`` if it begins the line."""
    piece = _inline(_SPACES.sub(" ", text))
    return _opening(piece) if opening else piece


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
