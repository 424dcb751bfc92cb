"""JSON laid out for a reader of differences: one entry of a list a line, one part of a request a line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from upload_matrix.reports.encode import Document

# A lone surrogate cannot be written as UTF-8, and the others end a line for some readers.
_ESCAPED = re.compile("[\x7f\x85\u2028\u2029\ud800-\udfff]")


def line(value: Any) -> str:
    """``value`` on one line."""
    text = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def separated(lines: Iterable[str]) -> Iterator[str]:
    """``lines``, each on its own with commas between, as the inside of a list or an object."""
    separator = "\n"
    for each in lines:
        yield separator + each
        separator = ",\n"
    if separator != "\n":
        yield "\n"


def wire_lines(document: Document) -> str:
    """An encoded wire form with a line per part."""
    rest = {key: value for key, value in document.items() if key != "parts"}
    if "parts" not in document:
        return line(rest)
    listed = "".join(separated(f"  {line(part)}" for part in document["parts"]))
    return f'{line(rest)[:-1]}, "parts": [{listed}]}}'
