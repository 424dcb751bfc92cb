"""A file in a request, whatever carries it: what findings, differences and fixes speak of."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.wire.content import Remark
from upload_matrix.wire.media import FORMAT_TYPES


@dataclass(frozen=True, slots=True)
class Upload:
    """``place`` is an address that a person can read and the name that differences use: ``image``,
    ``image#2``, ``messages[0].content[1].image_url.url``; ``name`` the field as the carrier spells it.

    ``carrier`` is the name of a file in ``wire.carriers``. ``declared`` is the media type as it was sent,
    ``format`` what the bytes are and ``condition`` what else is to be said of them. ``size`` is in bytes,
    ``sha256`` in hex, ``asset`` the shipped picture whose bytes
    these are. ``written`` is how a form's part writes its names (its Content-Disposition), ``typed_at`` the
    place of the declared type where that has one of its own.
    """

    place: str
    carrier: str
    name: str
    filename: str | None
    declared: str | None
    format: str | None
    condition: Remark | None
    size: int
    sha256: str
    asset: str | None = None
    written: str | None = None
    typed_at: str | None = None

    @property
    def family(self) -> str | None:
        """``image``, ``audio``, ``application``: what the bytes are; None where that is not known."""
        return None if self.format is None else FORMAT_TYPES[self.format][0].partition("/")[0]
