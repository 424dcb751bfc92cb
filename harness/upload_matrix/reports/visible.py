"""Text from elsewhere made safe to look at: what steers a terminal or hides in a line is written out."""

from __future__ import annotations

import re
import unicodedata

# Control characters, what turns the direction of writing, what has no width, lone surrogates.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """``text`` on one line, with ``\\n``, ``\\x1b``, ``\\u202e`` in place of what cannot be seen."""
    return _UNSEEN.sub(_written_out, text)


def visible_lines(text: str) -> list[str]:
    """The lines of ``text`` (ended by LF or CR LF), each made visible; at least one."""
    return [visible(line) for line in text.replace("\r\n", "\n").split("\n")]


def _written_out(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def display_width(text: str) -> int:
    """How many terminal columns ``text`` takes: wide (Korean, Chinese, emoji) 2, combining marks 0."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns (at least 1), its middle given up for ``…`` when it is longer."""
    if display_width(text) <= width:
        return text
    room = width - 1
    head = _fitting(text, room - room // 2)
    tail = _fitting(text[::-1], room // 2)[::-1]
    return f"{head}…{tail}"


def _fitting(text: str, width: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += _columns(character)
        if used > width:
            return text[:index]
    return text
