"""The carrier without a wrapping: the file is the body, its type is the request's own Content-Type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upload_matrix.wire.content import Remark
from upload_matrix.wire.upload import Upload

PLACE = "body"
"""How differences and findings call it."""

_FAMILIES = ("image/", "audio/", "video/")
_FILES = frozenset({"application/octet-stream", "application/pdf", "binary/octet-stream"})


@dataclass(frozen=True, slots=True)
class RawFile:
    """What a body's bytes say they are, and the shipped file that they are exactly, if any."""

    format: str | None = None
    condition: Remark | None = None
    asset: str | None = None

    def content(self, sha256: str | None) -> str | None:
        """What counts of a body in a form's identity: a shipped file by name, as in a part."""
        return sha256 if self.asset is None else f"asset:{self.asset}"


def is_file(media_type: str | None, media_format: str | None) -> bool:
    """Whether a body that is no form and no JSON is a file: its bytes or its type say so."""
    typed = media_type is not None and (media_type.startswith(_FAMILIES) or media_type in _FILES)
    return typed or media_format is not None


def uploads(file: RawFile | None, media_type: str | None, size: int, sha256: str) -> Iterator[Upload]:
    """The body as an upload, where it is a file."""
    if file is not None:
        yield Upload(
            place=PLACE,
            carrier="raw",
            name=PLACE,
            filename=None,
            declared=media_type,
            format=file.format,
            condition=file.condition,
            size=size,
            sha256=sha256,
            asset=file.asset,
        )
