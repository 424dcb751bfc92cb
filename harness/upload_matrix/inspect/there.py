"""The files that lie in the folder a program runs in, found again by what it sent."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from hashlib import file_digest
from itertools import islice
from pathlib import Path

from upload_matrix.wire.fixes import decoded_filename
from upload_matrix.wire.form import WireForm

_LONGEST = 1000

_LOOKED_AT = 2000
"""Entries of the folder, at most."""


def _is_file(text: str) -> bool:
    """Whether a text that may be anything at all is a file's path."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False  # too long for a name, or with a character that no name has


def file_named(argv: Sequence[str]) -> str | None:
    """The one file that a command names as curl does (``-d @notes.txt``); None for none, or for several."""
    names = {name for word in argv for name in re.findall(r"@([^\s\"';,&]+)", word)}
    found = [name for name in names if _is_file(name)]
    return found[0] if len(found) == 1 else None


def files_there(wire: WireForm) -> dict[str, str]:
    """The names of files in the working folder that are an upload's bytes exactly, by their digest.

    Whoever sent a file and did not tell where it came from has it there more often than not: curl, Node, a
    program that reads its bytes first. Of several the one with the name that was sent, else the
    shortest name. A text that is the path of a file stands for that. Only files of the right size are read.
    """
    uploads = wire.uploads()
    wanted = {each.sha256 for each in uploads if each.size}
    sizes = {each.size for each in uploads}
    names = {each.sha256: decoded_filename(each.filename) for each in uploads if each.filename}
    found = {
        part.sha256: part.text.removeprefix("@")
        for part in wire.parts or ()
        if part.text and len(part.text) < _LONGEST and _is_file(part.text.removeprefix("@"))
    }
    for each in uploads:
        # Whose bytes were lost on the way has its name left.
        if not each.size and _is_file(names.get(each.sha256, "")):
            found[each.sha256] = names[each.sha256]
    if not wanted:
        return found
    try:
        with os.scandir() as entries:
            for entry in islice(entries, _LOOKED_AT):
                if not entry.is_file() or entry.stat().st_size not in sizes:
                    continue
                with Path(entry.path).open("rb") as file:
                    digest = file_digest(file, "sha256").hexdigest()
                if digest in wanted:
                    better = (entry.name, found.get(digest, entry.name))
                    own = names.get(digest)
                    found[digest] = own if own in better else min(better, key=lambda name: (len(name), name))
    except OSError:
        return found  # a folder that cannot be read tells nothing
    return found
