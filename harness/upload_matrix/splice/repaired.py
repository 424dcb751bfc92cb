"""A part as it should have been sent: with a filename and a Content-Type that fit its bytes."""

from __future__ import annotations

from upload_matrix.model.media import (
    GENERIC_TYPES,
    bare_type,
    format_of_extension,
    format_of_type,
    preferred_extension,
    preferred_type,
)
from upload_matrix.model.wire import Part
from upload_matrix.splice.pieces import Piece, made


def media_format(part: Part) -> str | None:
    """What the part is: its bytes decide, then its filename, then its type; None when nothing tells."""
    return part.format or format_of_extension(part.filename or "") or format_of_type(part.content_type)


def better_type(part: Part) -> str | None:
    """The Content-Type that fits, None when the part's own is as good as can be told."""
    known = media_format(part)
    if known is None or format_of_type(part.content_type) == known:
        return None
    said = bare_type(part.content_type)
    # A specific type that merely is not in our tables may be right.
    wrong = said is None or said in GENERIC_TYPES or format_of_type(said) is not None
    return preferred_type(known) if wrong else None


def better_filename(part: Part) -> str | None:
    """The filename that fits, None when the part's own is as good as can be told."""
    known = media_format(part)
    if known is None or format_of_extension(part.filename or "") == known:
        return None
    stem = part.name.partition("[")[0] or "file"
    return f"{stem}{preferred_extension(known)}"


def repaired(piece: Piece) -> Piece | None:
    """The piece with filename and type made to fit; None for a plain text field and where nothing is wrong.

    None also where its own way of writing its name would have to be touched to do so.
    """
    part = piece.part
    text = not part.is_file and part.format is None
    filename, content_type = better_filename(part), better_type(part)
    if text or (filename is None and content_type is None):
        return None
    try:
        return made(
            part.name,
            filename or part.filename,
            content_type or part.content_type,
            piece.content,
            like=part,
        )
    except ValueError:
        return None
