"""The input files of a report, by name: what was handed over, and parts whose bytes are in none of them."""

from __future__ import annotations

import re
from pathlib import PurePath

from upload_matrix.bugreport.story import Story
from upload_matrix.wire.form import Part

BODY = "body.bin"

TWO_FILES = frozenset({"list-of-two"})
"""Containers that hand over a file's companion too."""

_UNSAFE = re.compile(r"[^\w.-]+")

TAKEN = frozenset(
    {"report.md", "repro.py", "repro_rest.py", "repro.sh", "repro.mjs", "server.py", "answers.json", BODY,
     "exchange.har", "passing"}
)  # fmt: skip
"""Names that the report itself needs."""


def inputs(story: Story) -> dict[str, bytes]:
    """The files as they were handed over; they keep their names, because names decide."""
    files: dict[str, bytes] = {}
    for file in story.call.files if story.call is not None else ():
        files[file.name] = file.content
        if file.companion is not None and file.container in TWO_FILES:
            files[file.companion[0]] = file.companion[1]
    return files


def file_for(files: dict[str, bytes], part: Part, content: bytes) -> str:
    """The name of a file with these bytes, added to ``files`` when there is none."""
    found = next((name for name, data in files.items() if data == content), None)
    if found is not None:
        return found
    ending = PurePath(part.filename or "").suffix or ".bin"
    stem = _UNSAFE.sub("-", part.name).strip("-.") or "part"
    name, number = f"part-{stem}{ending}", 1
    while name in files or name in TAKEN:
        number += 1
        name = f"part-{stem}-{number}{ending}"
    files[name] = content
    return name
