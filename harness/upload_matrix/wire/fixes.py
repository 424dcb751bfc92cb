"""Repaired versions of a failing request, to be tried where no passing one is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from upload_matrix.wire.form import Captured, Framing, Part, header
from upload_matrix.wire.media import (
    better_filename,
    better_type,
)
from upload_matrix.wire.splice import Crafted, mixed_headers
from upload_matrix.wire.write import Piece, body_headers, cut, disposition, head_of, multipart


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing that can be mended: in which part, what it does in words, and the piece after it."""

    label: str
    says: str
    apply: Callable[[Piece], Piece]


def mends(failing: Captured) -> tuple[Crafted, ...]:
    """Requests that may pass: all that can be mended at once first, then each mend alone; () for none.

    Give a file the filename and the Content-Type its bytes deserve; send a part without filename as the file
    that it is; a length in place of chunks. Then, as the two notations are a matter of the server and not
    right or wrong, ``image[]`` for ``image`` or the reverse. Nothing is mended in what is no multipart body.
    """
    pieces = cut(failing)
    if pieces is None or header(failing.headers, b"content-encoding") is not None:
        return ()
    steps = [(place, step) for place, piece in enumerate(pieces) for step in _steps(piece)]
    chunked = failing.wire.framing is Framing.CHUNKED
    plans: list[tuple[tuple[tuple[int, _Step], ...], bool]] = []
    if len(steps) + chunked > 1:
        plans.append((tuple(steps), chunked))
    plans += [((step,), False) for step in steps]
    if chunked:
        plans.append(((), True))
    plans += [((step,), False) for step in _other_notation(pieces)]
    found: dict[str, Crafted] = {}
    for plan, sized in plans:
        crafted = _crafted(failing, pieces, plan, sized=sized)
        found.setdefault(crafted.request.wire.digest, crafted)
    return tuple(found.values())


def _steps(piece: Piece) -> Iterator[_Step]:
    part = piece.part
    if not part.is_file and part.format is None:
        return
    filename, content_type = better_filename(part), better_type(part)
    if filename is not None and piece.plain:
        yield _Step(part.name, f'filename="{filename}"', partial(_headed, filename=filename))
    if content_type is not None:
        says = f"Content-Type: {content_type}"
        yield _Step(part.name, says, partial(_typed, content_type=content_type))


def _other_notation(pieces: Sequence[Piece]) -> Iterator[tuple[int, _Step]]:
    files = [(place, piece) for place, piece in enumerate(pieces) if piece.part.is_file and piece.plain]
    names = [piece.part.name for _, piece in files]
    for place, piece in files:
        name = piece.part.name
        other = name.removesuffix("[]") if name.endswith("[]") else f"{name}[]"
        if names.count(name) == 1:
            yield place, _Step(name, f"named {other}", partial(_headed, name=other))


def _headed(piece: Piece, *, name: str | None = None, filename: str | None = None) -> Piece:
    part = piece.part
    raw_name = piece.name if name is None else name.encode()
    raw_filename = piece.filename if filename is None else filename.encode()
    renamed = replace(part, name=name or part.name, filename=filename or part.filename)
    shown = disposition(
        renamed.name.encode(), None if renamed.filename is None else renamed.filename.encode()
    ).decode()
    text = (part.text, part.characters) if renamed.filename is None else (None, None)
    mended = replace(renamed, disposition=shown, text=text[0], characters=text[1])
    return replace(piece, part=mended, disposition=disposition(raw_name, raw_filename), raw=None)


def _typed(piece: Piece, *, content_type: str) -> Piece:
    part = replace(piece.part, content_type=content_type)
    return replace(piece, part=part, content_type=content_type.encode(), raw=None)


def _crafted(
    failing: Captured, pieces: Sequence[Piece], plan: Sequence[tuple[int, _Step]], *, sized: bool
) -> Crafted:
    mended = list(pieces)
    for place, step in plan:
        mended[place] = step.apply(mended[place])
    says = [f"{step.label}: {step.says}" for _, step in plan]
    says += ["Content-Length in place of chunks"] if sized else []
    parts: tuple[Part, ...] = tuple(piece.part for piece in mended)
    framing = Framing.CONTENT_LENGTH if sized else failing.wire.framing
    wire = replace(failing.wire, parts=parts, framing=framing)
    body, kind = multipart([piece.rendered() for piece in mended], wire.media_type)
    headers = (
        *mixed_headers(failing.headers, failing.headers, frozenset()),
        *body_headers(kind, None, framing, len(body)),
    )
    request = Captured(head_of(wire, headers), headers, body, wire, complete=True)
    return Crafted(request, frozenset(), "; ".join(says))
