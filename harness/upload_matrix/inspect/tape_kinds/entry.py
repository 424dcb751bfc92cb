"""What all kinds of recordings come to: an exchange in plain words, and what was lost of it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_CHARACTERS = 64_000_000
"""Of a recording: it may hold files in base64."""

LOST_CHARACTER = "\ufffd"
"""What stands where bytes were no text."""

LOST_BYTES = "bytes of the body"
"""How it begins to be said that a file is not what it was."""

NO_TEXT = f"{LOST_BYTES} that are no text"

REWRITTEN = "how the body was written"
"""What is lost of JSON that was kept as data: its spaces, and so its length."""

BOUNDARY = "which boundary curl chose"
"""What is lost of a form in a curl line: each time that it runs it chooses another, so none is missed."""

IMPORT_WORDS = {
    "lost in recording": "What the recorder did not keep, so that nothing is said of it.",
    "is not saved": "The request cannot be made again from the recording; the reason stands beside it.",
    "no fact": "What came of the request does not make a fact; the reason stands beside it.",
}
"""What can be said of a recording's requests, and what that means."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class TapeEntry:
    """One request with its answer. ``body`` is None where it was not recorded."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    status: int | None
    answer_headers: tuple[tuple[str, str], ...]
    answer_body: bytes | None
    day: str | None
    lost: tuple[str, ...] = ()


def text_bytes(text: Any, encoding: Any) -> bytes:
    """The bytes of a text that is base64, where its ``encoding`` says so; raises ValueError."""
    if not isinstance(text, str):
        raise ValueError(f"a body that is no text: {text!r:.40}")  # noqa: TRY004 - of somebody's file
    if encoding == "base64":
        try:
            return base64.b64decode(re.sub(r"\s", "", text), validate=True)
        except binascii.Error as error:
            raise ValueError(f"a body that is no base64: {error}") from error
    return text.encode("utf-8", "surrogatepass")


def length_of(headers: Iterable[tuple[str, str]]) -> int | None:
    """The Content-Length; None where there is none that is a number."""
    value = next((value for name, value in headers if name.lower() == "content-length"), "")
    return int(value) if value.isascii() and value.isdigit() else None


def day_of(moment: Any) -> str | None:
    """The day of a moment as recorders write it, in ISO form; None for none."""
    found = _DAY.match(str(moment)) or re.search(r"\d{2} \w{3} \d{4}", str(moment))
    if found is None:
        return None
    day = found[0]
    return day if day[:4].isdigit() else datetime.strptime(day, "%d %b %Y").date().isoformat()  # noqa: DTZ007


def without_coding(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers for a body that was recorded decoded."""
    return tuple(pair for pair in headers if pair[0].lower() != "content-encoding")


def cut(there: int, sent: int) -> str:
    """What is lost of a body of which other bytes are there than were sent."""
    return f"{LOST_BYTES}: {there:,} are there, and {sent:,} were sent"
