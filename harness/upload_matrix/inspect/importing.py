"""Saves the requests of somebody's recording, each with what was lost of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from upload_matrix.files import shown
from upload_matrix.inspect.saved import SUFFIX, save
from upload_matrix.inspect.tapes import Taped, read_tape
from upload_matrix.model.answer import NoAnswer
from upload_matrix.model.errors import CassetteError
from upload_matrix.report.wording import plural

_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Imported:
    """How many requests were ``saved`` and ``left_out`` (one that holds a key), in ``lines`` to show."""

    saved: int
    left_out: int
    lines: tuple[str, ...]


def import_tape(path: Path, kind: str, folder: Path, *, every: bool = False) -> Imported:
    """Save what a recording holds into ``folder``; only uploads, unless ``every`` request is wanted.

    Raises ConfigurationError for a file that is no such recording, and for a name that is taken.
    """
    stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:_NAME_LENGTH] or "request"
    saved = left_out = others = 0
    lines = []
    for taped in read_tape(path, kind):
        if not every and not _may_upload(taped):
            others += 1
            continue
        into = folder / f"{stem}-{taped.number}{SUFFIX}"
        try:
            save(into, taped.saved)
        except CassetteError as error:
            left_out += 1
            lines.append(f"✗ request {taped.number} is not saved: {error}")
            continue
        saved += 1
        lines.append(f"{shown(into)}  {_words(taped)}")
        lines += [f"  lost in recording: {each}" for each in taped.lost]
    without = f"; {plural(others, 'request')} without a file left aside" if others else ""
    lines.append(f"{'✓' if saved and not left_out else '?'} {plural(saved, 'request')} saved{without}")
    return Imported(saved, left_out, tuple(lines))


def _may_upload(taped: Taped) -> bool:
    """Whether a request has a file, or may have had one before the recorder dropped its body."""
    wire = taped.saved.request.wire
    multipart = (wire.media_type or "").startswith("multipart/")
    return bool(wire.uploads()) or (multipart and not taped.saved.request.complete)


def _words(taped: Taped) -> str:
    wire, reply = taped.saved.request.wire, taped.saved.reply
    answer = "no answer" if isinstance(reply, NoAnswer) else str(reply.status)
    files = plural(len(wire.uploads()), "file")
    return f"{wire.method} {wire.path}, {files}, {answer}"
