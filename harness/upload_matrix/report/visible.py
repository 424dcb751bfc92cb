"""Words of others made safe to look at: nothing printed steers a terminal or commands a CI system.

Every command's output passes through here, its help too, so this imports nothing of the package.
"""

from __future__ import annotations

import json
import re

# Control characters, what turns the direction of writing, what has no width, lone surrogates.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# What a CI system takes for a command when it stands in a log: GitHub Actions `::name` at a line's start,
# whatever space is before it, and `##[name]` anywhere; Azure Pipelines `##vso[` and TeamCity `##teamcity[`.
# https://docs.github.com/actions/reference/workflow-commands-for-github-actions
# https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
_OPENS_LINE = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)
_ANYWHERE = re.compile(r"##(?=(?:vso|teamcity)?\[)")


def visible(text: str) -> str:
    """``text`` on one line, with ``\\n``, ``\\x1b``, ``\\u202e`` in place of what cannot be seen.

    What a CI system would take for a command has its first sign written out too.
    """
    line = _UNSEEN.sub(_written_out, text)
    return _OPENS_LINE.sub(r"\1\\x3a", _ANYWHERE.sub(r"\\x23#", line))


def printed(text: str, *, at_line_start: bool = True) -> str:
    """Lines of text as they may be printed, whoever wrote the words in them; LF and tab are kept.

    Written out as in JSON, so that a JSON document printed this way says the same.
    """
    safe = _UNSEEN.sub(lambda match: match[0] if match[0] in "\n\t" else json.dumps(match[0])[1:-1], text)
    safe = _ANYWHERE.sub(r"\\u0023#", safe)
    return _OPENS_LINE.sub(
        lambda match: f"{match[1]}\\u003a" if match.start() or at_line_start else match[0], safe
    )


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
