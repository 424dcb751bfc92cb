"""Putting a tiny valid image in the place of a large one, and keeping what the large one was. Pure.

A generated image of 1.5 MB makes a recording unreadable and slow, and no verdict looks at its pixels;
but a client must still be able to parse the answer and decode the picture.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from upload_matrix.recordings.encoded import from_base64
from upload_matrix.wire.media import sniff

LIMIT = 2048
"""Characters of base64, or bytes of a plain image body, up to which an image stays as it is."""

TINY = {
    "png": ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNoaGgAAAMEAYF1LgG8AAAAAElFTkSuQmCC"),
    "webp": "UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAdQwAIWsP+BiOh/AAA=",
    "jpeg": (
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4"
        "UG1RV19iZ2hnPk1xeXBkeFxlZ2P/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAA"
        "AAAAAAAAAAD/2gAIAQEAAD8AP//Z"
    ),
}
"""Per format one grey pixel, in base64, made once with Pillow. Images of other formats are not reduced."""

_RUN = re.compile(rf"[A-Za-z0-9+/]{{{LIMIT},}}={{0,2}}")
_SNIFFED = 64


@dataclass(frozen=True, slots=True)
class Reduced:
    """What an image was before: where it stood, format, bytes, SHA-256 in hex, pixels where cheap to tell."""

    path: str
    format: str
    size: int
    sha256: str
    width: int | None = None
    height: int | None = None


def reduce_text(text: str, path: str) -> tuple[str, tuple[Reduced, ...]]:
    """``text`` with every large base64 image in it (a data URL's too) made tiny, and what they were."""
    found: list[Reduced] = []

    def tiny(run: re.Match[str]) -> str:
        data = _image(run[0])
        if data is None:
            return run[0]
        found.append(_described(data, path))
        return TINY[found[-1].format]

    return _RUN.sub(tiny, text), tuple(found)


def reduce_body(body: bytes) -> tuple[bytes, tuple[Reduced, ...]]:
    """A body that is a large image itself, made tiny; any other body as it is."""
    if len(body) <= LIMIT or sniff(body) not in TINY:
        return body, ()
    was = _described(body, "body")
    return base64.b64decode(TINY[was.format]), (was,)


def name_images(text: str) -> str:
    """``text`` with every large base64 image replaced by its description: nobody has to parse a request."""

    def named(run: re.Match[str]) -> str:
        data = _image(run[0])
        if data is None:
            return run[0]
        return f"[{sniff(data)}, {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}]"

    return _RUN.sub(named, text)


def _image(run: str) -> bytes | None:
    head = from_base64(run[:_SNIFFED])
    return from_base64(run) if head is not None and sniff(head) in TINY else None


def _described(data: bytes, path: str) -> Reduced:
    media_format = sniff(data) or ""
    sha256 = hashlib.sha256(data).hexdigest()
    if media_format != "png":
        return Reduced(path, media_format, len(data), sha256)
    width, height = (int.from_bytes(data[start : start + 4], "big") for start in (16, 20))
    return Reduced(path, media_format, len(data), sha256, width, height)
