"""The plainest request that asks for the same: mended files, required fields only, and a short prompt.

Where mending the upload is not enough, what is left to suspect are the request's other fields. This is the
passing end to look for them with.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from upload_matrix.model.asked import operation_of
from upload_matrix.model.exchange import Captured
from upload_matrix.model.wire import Framing
from upload_matrix.splice.bodies import multipart
from upload_matrix.splice.headers import body_headers, mixed_headers
from upload_matrix.splice.pieces import Piece, cut, made
from upload_matrix.splice.repaired import repaired
from upload_matrix.splice.splicer import head_of

PLAIN_PROMPT: Final = "a red circle"

NEEDED: Final = {
    "images.edit": ("model", "prompt"),
    "images.variations": ("model",),
    "audio.transcriptions": ("model",),
    "files.create": ("purpose",),
}
"""Text fields an operation cannot do without. Source: OpenAI's OpenAPI document (2026-08)."""

_LONG = 1000
"""Characters of a prompt that every model takes. Source: as above, ``dall-e-2``."""


def simplified(failing: Captured) -> Captured | None:
    """That request; None where nothing can be left out, or where its operation or body is not known."""
    pieces = cut(failing)
    needed = NEEDED.get(operation_of(failing.wire) or "")
    if pieces is None or needed is None:
        return None
    plain = [_plain(piece) for piece in pieces if piece.part.is_file or piece.part.name in needed]
    parts = tuple(piece.part for piece in plain)
    if parts == failing.wire.parts and failing.wire.framing is Framing.CONTENT_LENGTH:
        return None
    body, kind = multipart([piece.rendered() for piece in plain], failing.wire.media_type)
    wire = replace(failing.wire, parts=parts, framing=Framing.CONTENT_LENGTH)
    headers = (
        *mixed_headers(failing.headers, failing.headers, frozenset()),
        *body_headers(kind, None, Framing.CONTENT_LENGTH, len(body)),
    )
    return Captured(head_of(wire, headers), headers, body, wire, complete=True)


def _plain(piece: Piece) -> Piece:
    part = piece.part
    if part.is_file:
        return repaired(piece) or piece
    if part.name == "prompt" and (part.characters is None or part.characters > _LONG):
        return made("prompt", None, part.content_type, PLAIN_PROMPT.encode())
    return piece
