"""The last resort for a passing request: a sound sample as the file, or the plainest call there is.

Where no name and no type makes a request pass, its bytes are what is left to suspect; and where a body cannot
be read at all, nothing of it can be varied. What passes here shows the cause, and is never offered as a fix:
which bytes belong there only the user knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from upload_matrix import vendors
from upload_matrix.assets.samples import format_of_name, sample
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.estimate import operation_of
from upload_matrix.wire.fixes import canonical
from upload_matrix.wire.form import Captured, Framing
from upload_matrix.wire.media import bare_type, format_of_type, preferred_extension, preferred_type
from upload_matrix.wire.splice import mixed_headers
from upload_matrix.wire.write import Piece, body_headers, head_of, made, multipart

_TYPES: Mapping[str, str] = {"jsonl": "application/jsonl", "txt": "text/plain", "csv": "text/csv"}


def sampled(failing: Captured) -> tuple[Captured, str] | None:
    """A request with a sample for each file, and what was done in words; None where no sample is known."""
    operation = operation_of(failing.wire)
    needed = None if operation is None else vendors.vendor_of(operation).needed.get(operation)
    if operation is None or needed is None:
        return None
    usual = vendors.vendor_of(operation).samples.get(operation, "txt")
    pieces = canonical(failing)
    if pieces is not None and any(piece.part.is_file for piece in pieces):
        changed = [_in_place(piece, usual) if piece.part.is_file else piece for piece in pieces]
        words = "a sound sample in place of the file's bytes"
    else:
        upload = load_operations()[operation].upload
        if upload is None:
            return None
        content = sample(usual)
        assert content is not None, "the vendor's data names samples that are made here"
        changed = [made(name, None, None, value.encode()) for name, value in needed.items()]
        changed.append(made(upload.name, f"sample{_extension(usual)}", _type(usual), content))
        words = "the plainest request for this, with a sample as its file"
    return (
        (_written(failing, [each for each in changed if each is not None]), words) if all(changed) else None
    )


def _in_place(piece: Piece, usual: str) -> Piece | None:
    """The part with a sample of what it claims to be; None where its name cannot be written."""
    part = piece.part
    claimed = format_of_name(part.filename or "") or format_of_type(part.content_type) or part.format or usual
    content = sample(claimed)
    if content is None:
        claimed, content = usual, sample(usual)
    assert content is not None
    fits = format_of_name(part.filename or "") == claimed
    name = part.filename if fits and part.filename else f"{part.name.partition('[')[0]}{_extension(claimed)}"
    typed = part.content_type if format_of_type(part.content_type) == claimed else _type(claimed)
    if bare_type(part.content_type) == bare_type(_type(claimed)):
        typed = part.content_type
    try:
        return made(part.name, name, typed, content)
    except ValueError:
        return None


def _extension(name: str) -> str:
    return f".{name}" if name in _TYPES else preferred_extension(name)


def _type(name: str) -> str:
    return _TYPES.get(name) or preferred_type(name)


def _written(failing: Captured, pieces: Sequence[Piece]) -> Captured:
    body, kind = multipart([piece.rendered() for piece in pieces], None)
    wire = replace(
        failing.wire,
        parts=tuple(piece.part for piece in pieces),
        framing=Framing.CONTENT_LENGTH,
        media_type="multipart/form-data",
        json=None,
        body_sha256=None,
        body_text=None,
        body_size=0,
        fault=None,
    )
    headers = (
        *mixed_headers(failing.headers, failing.headers, frozenset()),
        *body_headers(kind, None, Framing.CONTENT_LENGTH, len(body)),
    )
    return Captured(head_of(wire, headers), headers, body, wire, complete=True)
