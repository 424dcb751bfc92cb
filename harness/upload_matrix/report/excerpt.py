"""The lines of a user's files that an error is about, with a mark under what is wrong."""

from __future__ import annotations

import re
from itertools import zip_longest
from pathlib import Path

from upload_matrix.files import read_text
from upload_matrix.model.errors import ConfigurationError, Problem
from upload_matrix.recordings.redactor import redact_text
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import display_width

_INDENT = "    "
_WIDEST = 90
_BEFORE = 40
"""Characters kept before the mark, of a line that is longer than ``_WIDEST``."""

_MOST = 20
"""Problems of one error that are shown with their lines."""

_VALUE = re.compile(
    r'"(?:[^"\\]|\\.)*"'
    r"|'(?:[^']|'')*'"
    r"|[^\s,\[\]{}#](?:[^,\[\]{}#:=]|[:=#](?=\S)(?<=\S.))*"
)
"""A quoted text, or what YAML and TOML take for a plain one, with the spaces behind it."""


def excerpted(error: ConfigurationError) -> str:
    """The error's message; below each line that is about a place in a file, what stands there."""
    places = {str(problem): problem for problem in error.problems[:_MOST]}
    lines = str(error).split("\n")
    shown: list[str] = []
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        shown.append(line)
        here, next_ = places.get(line), places.get(following)
        # Several problems of one place have one excerpt.
        if here is not None and (next_ is None or _spot(here) != _spot(next_)):
            shown += _excerpt(here)
    return "\n".join(shown)


def _spot(problem: Problem) -> tuple[str, int, int]:
    return (problem.file, problem.line, problem.column)


def _excerpt(problem: Problem) -> list[str]:
    """The line and the mark; nothing where the line is not there any more, or holds a secret."""
    try:
        lines = read_text(Path(problem.file)).split("\n")
    except ConfigurationError:
        return []
    text = lines[problem.line - 1].rstrip().replace("\t", " ") if problem.line <= len(lines) else ""
    if not text or redact_text(text) != text:
        return []
    start = min(problem.column - 1, len(text) - 1)
    found = _VALUE.match(text, start)
    end = start + (len(found.group().rstrip()) if found is not None else 1)
    left = max(0, start - _BEFORE) if len(text) > _WIDEST else 0
    before = ("…" if left else "") + visible(text[left:start])
    value, after = visible(text[start:end]), visible(text[end : left + _WIDEST])
    cut = "…" if len(text) > max(end, left + _WIDEST) else ""
    mark = " " * display_width(before) + "^" * max(1, display_width(value))
    return [f"{_INDENT}{before}{value}{after}{cut}", f"{_INDENT}{mark}"]
