"""Repaired versions of a failing request, to be tried where no passing one is known.

What an expert would try: first the canonical request, with all at once, then each fix alone, the likeliest
first. In the canonical request text fields stand before files, every file has a plain name with the extension
and the registered type that its bytes deserve, the body is multipart/form-data of a stated length, and no
field, header or encoding is there twice.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import partial
from urllib.parse import parse_qsl, unquote

from upload_matrix import vendors
from upload_matrix.wire.carriers.multipart import Part, base_name, better_type, media_format
from upload_matrix.wire.coding import content_decoded
from upload_matrix.wire.form import Captured, Framing, Headers, WireForm, header
from upload_matrix.wire.media import (
    FORMAT_EXTENSIONS,
    FORMAT_TYPES,
    bare_type,
    extension,
    preferred_extension,
    preferred_type,
    sniff,
    type_of_extension,
)
from upload_matrix.wire.read import boundary_of, wire_form
from upload_matrix.wire.splice import Crafted, mixed_headers
from upload_matrix.wire.text_fixes import applied, text_fixes
from upload_matrix.wire.write import Piece, body_headers, cut, disposition, head_of, made, multipart

_FORM = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class _Draft:
    """A request on the way: its parts, whether its length is to be stated, and its body's media type."""

    pieces: tuple[Piece, ...]
    sized: bool
    media_type: str


@dataclass(frozen=True, slots=True)
class _Fix:
    """What it does in words, and the draft after it."""

    says: str
    apply: Callable[[_Draft], _Draft]


def candidates(failing: Captured) -> tuple[Crafted, ...]:
    """Requests that may pass, the canonical one first where it is more than one fix; () for none.

    A body whose own headers do not say how to read it is read by what it looks like. Nothing is fixed in what
    is no multipart body.
    """
    if failing.wire.parts is None and failing.wire.fault is None:
        return tuple(_of_text(failing))
    found: dict[str, Crafted] = {}
    readable, first = _readable(failing)
    pieces = cut(readable)
    if pieces is None:
        return ()
    start = _Draft(pieces, readable.wire.framing is Framing.CONTENT_LENGTH, readable.wire.media_type or _FORM)
    fixes = [*_misnamed(start, failing.wire.path), *_fixes(start)]
    plans: list[tuple[_Fix, ...]] = [tuple(fixes)] if fixes else []
    if first is not None:
        plans.append(())
    elif len(fixes) > 1:
        plans += [(each,) for each in fixes]
    plans += [(each,) for each in _other_notation(start)]
    for plan in plans:
        draft = start
        for fix in plan:
            draft = fix.apply(draft)
        says = "; ".join([*([] if first is None else [first]), *(fix.says for fix in plan)])
        crafted = _crafted(readable, draft, says)
        key = _key(crafted.request)
        if key != _key(failing):
            found.setdefault(key, crafted)
    return tuple(found.values())


def _of_text(failing: Captured) -> Iterator[Crafted]:
    """The same for a file in JSON, or one that is the body."""
    typed = header(failing.headers, b"content-type")
    fixes = text_fixes(failing)
    plans = [fixes] if fixes else []
    if len(fixes) > 1:
        plans += [(each,) for each in fixes]
    for plan in plans:
        request = _headed_anew(failing, applied(failing, plan), typed)
        yield Crafted(request, frozenset(), "; ".join(fix.says for fix in plan))
    raw = failing.wire.raw
    known = None if raw is None else raw.format
    if known is not None and (typed is None or bare_type(typed.decode("latin-1")) not in FORMAT_TYPES[known]):
        better = preferred_type(known)
        request = _headed_anew(failing, failing.body, better.encode())
        yield Crafted(request, frozenset(), f"Content-Type: {better}")


def canonical(failing: Captured) -> tuple[Piece, ...] | None:
    """The parts of the canonical request; None for what cannot be read as a multipart body."""
    readable, _ = _readable(failing)
    pieces = cut(readable)
    if pieces is None:
        return None
    draft = _Draft(pieces, sized=True, media_type=_FORM)
    for fix in _fixes(draft):
        draft = fix.apply(draft)
    return draft.pieces


def readable(failing: Captured) -> Captured | None:
    """The request under headers that fit its body; None where its own do, or none would."""
    repaired, says = _readable(failing)
    return None if says is None else repaired


def as_form(sent: Captured) -> WireForm | None:
    """What a JSON body or a form in a URL's notation holds, as the text parts of a form; None for others."""
    wire = sent.wire
    values: dict[str, object] = {}
    if wire.json is not None:
        document = wire.document
        values = document if isinstance(document, dict) else {}
    elif wire.media_type == "application/x-www-form-urlencoded" and wire.parts is None:
        with suppress(ValueError):
            values = dict(parse_qsl(sent.body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS))
    parts = []
    for name, value in values.items():
        if isinstance(value, str | int | float):
            text = value if isinstance(value, str) else json.dumps(value)
            with suppress(ValueError):  # a name that cannot be written plainly
                parts.append(made(name, None, None, text.encode("utf-8", "replace")).part)
    return replace(wire, json=None, embedded=(), parts=tuple(parts)) if parts else None


_MOST_FIELDS = 1000


def _key(request: Captured) -> str:
    """What tells two candidates apart: the form, and what its Content-Type says of the boundary."""
    typed = [value for name, value in request.headers if name.lower() == b"content-type"]
    sound = len(typed) == 1 and boundary_of(typed[0].decode("latin-1")) is not None
    return f"{request.wire.digest} {sound}"


# -- a body that its headers do not describe --

_DELIMITER = re.compile(rb"(?:\r\n)?--([!-~]{1,70})\r\n")
_ATTACHED = b"\r\nContent-Disposition: attachment; name="
_OF_FORM = b"\r\nContent-Disposition: form-data; name="
_MISLEADING = frozenset({b"content-type", b"content-encoding"})


def _readable(failing: Captured) -> tuple[Captured, str | None]:
    """The request with headers that fit its body, and what was done to them; as it is where they do."""
    coding = header(failing.headers, b"content-encoding")
    if coding is not None:
        plain = content_decoded(failing.body, coding.decode("latin-1"))
        typed = header(failing.headers, b"content-type")
        if not plain:
            return failing, None
        return _headed_anew(failing, plain, typed), "the body without Content-Encoding"
    if failing.wire.parts is not None and failing.wire.fault is None:
        return failing, None
    delimiter = _DELIMITER.match(failing.body)
    if delimiter is None or b"--" + delimiter[1] + b"--" not in failing.body:
        return failing, None
    kind = f"{_FORM}; boundary={delimiter[1].decode('latin-1')}"
    # curl calls its parts attachments where it was told that the body is no form.
    body = failing.body.replace(_ATTACHED, _OF_FORM)
    repaired = _headed_anew(failing, body, kind.encode("latin-1"))
    if repaired.wire.parts is None or repaired.wire.fault is not None:
        return failing, None
    return repaired, "Content-Type: multipart/form-data, once, with the boundary that the body has"


def _headed_anew(failing: Captured, body: bytes, content_type: bytes | None) -> Captured:
    wire = failing.wire
    assets = {each.sha256: each.asset for each in wire.uploads() if each.asset is not None}
    kept = tuple(pair for pair in failing.headers if pair[0].lower() not in _MISLEADING)
    headers: Headers = (
        *mixed_headers(kept, kept, frozenset()),
        *body_headers(content_type, None, Framing.CONTENT_LENGTH, len(body)),
    )
    path = f"{wire.path}?{wire.query}" if wire.query else wire.path
    form = wire_form(wire.method, path, headers, body, assets)
    return Captured(head_of(form, headers), headers, body, form, complete=True)


# -- the fixes --


def _fixes(draft: _Draft) -> Iterator[_Fix]:
    """The likeliest first; the order of parts comes last, because the fixes before it count by place."""
    for place, piece in enumerate(draft.pieces):
        yield from _of_file(place, piece)
    for place, piece in enumerate(draft.pieces):
        yield from _of_content(place, piece)
    if any(piece.part.headers for piece in draft.pieces):
        yield _Fix("no further headers of parts", _unadorned)
    if not draft.sized:
        yield _Fix("Content-Length in place of chunks", lambda each: replace(each, sized=True))
    if bare_type(draft.media_type) != _FORM:
        yield _Fix(f"Content-Type: {_FORM}", lambda each: replace(each, media_type=_FORM))
    texts = [piece.part.name for piece in draft.pieces if not piece.part.is_file]
    if len(set(texts)) < len(texts) and not any(name.endswith("[]") for name in texts):
        yield _Fix("each text field once", _once)
    if _ordered(draft) != draft:
        yield _Fix("text fields before files", _ordered)


def _misnamed(draft: _Draft, path: str) -> Iterator[_Fix]:
    """The one file under the name that the API reads, where nothing is there."""
    wanted = vendors.file_fields(path)
    if not wanted or any(base_name(piece.part.name) in wanted for piece in draft.pieces):
        return
    names = {piece.part.name for piece in draft.pieces if piece.part.is_file and piece.plain}
    if len(names) == 1:
        (name,) = names
        yield _Fix(f"{name}: named {wanted[0]}", partial(_all_renamed, name=name, other=wanted[0]))


def _of_file(place: int, piece: Piece) -> Iterator[_Fix]:
    part = piece.part
    if not part.is_file and part.format is None:
        return
    filename = fitting_filename(part, piece.content)
    if filename is not None:
        yield _Fix(f'{part.name}: filename="{filename}"', _on(place, partial(_named, filename=filename)))
    content_type = _fitting_type(part)
    if content_type is not None:
        says = f"{part.name}: Content-Type: {content_type}"
        yield _Fix(says, _on(place, partial(_typed, content_type=content_type)))


def _of_content(place: int, piece: Piece) -> Iterator[_Fix]:
    if not piece.part.is_file:
        return
    for says, content in (_decoded(piece.content), _plain_text(piece.content)):
        if content is not None:
            yield _Fix(f"{piece.part.name}: {says}", _on(place, partial(_filled, content=content)))


def _on(place: int, change: Callable[[Piece], Piece]) -> Callable[[_Draft], _Draft]:
    def apply(draft: _Draft) -> _Draft:
        pieces = list(draft.pieces)
        pieces[place] = change(pieces[place])
        return replace(draft, pieces=tuple(pieces))

    return apply


def _once(draft: _Draft) -> _Draft:
    """The last of each: what an argument given later means to replace."""
    last = {piece.part.name: piece for piece in draft.pieces if not piece.part.is_file}
    kept = tuple(piece for piece in draft.pieces if piece.part.is_file or last[piece.part.name] is piece)
    return replace(draft, pieces=kept)


def _ordered(draft: _Draft) -> _Draft:
    return replace(draft, pieces=tuple(sorted(draft.pieces, key=lambda piece: piece.part.is_file)))


def _other_notation(draft: _Draft) -> Iterator[_Fix]:
    """``image[]`` for ``image`` or the reverse: a matter of the server, and not right or wrong."""
    files = [piece.part.name for piece in draft.pieces if piece.part.is_file and piece.plain]
    for name in dict.fromkeys(files):
        bare = re.sub(r"\[\d*\]$", "", name)
        other = bare if bare != name else f"{name}[]"
        yield _Fix(f"{name}: named {other}", partial(_all_renamed, name=name, other=other))


def _all_renamed(draft: _Draft, name: str, other: str) -> _Draft:
    def renamed(piece: Piece) -> Piece:
        ours = piece.part.is_file and piece.plain and piece.part.name == name
        return _renamed(piece, name=other) if ours else piece

    return replace(draft, pieces=tuple(map(renamed, draft.pieces)))


# -- names and types --

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()-]{0,99}")
_SEPARATOR = re.compile(r"[/\\]")


def decoded_filename(name: str) -> str:
    """A filename without mail's encoded words (RFC 2047), percent signs, folders and control characters."""
    if "=?" in name:
        # What merely looks like one is left alone.
        with suppress(ValueError, LookupError, HeaderParseError):
            name = str(make_header(decode_header(name)))
    if re.search(r"%[0-9A-Fa-f]{2}", name):
        name = unquote(name)
    name = _SEPARATOR.split(name)[-1]
    return "".join(char for char in name if char.isprintable()).strip().strip('"')


def fitting_filename(part: Part, content: bytes) -> str | None:
    """The plain name that fits the part; None when its own is one, or nothing tells what it should be."""
    given = part.filename or ""
    decoded = decoded_filename(given)
    stem, _, _ = decoded.rpartition(".")
    suffix = extension(decoded)
    fits = _fitting_extension(part, content, suffix)
    if fits is None:
        return None
    plain = stem if suffix and _SAFE.fullmatch(stem) else ""
    if not plain and decoded and not suffix and _SAFE.fullmatch(decoded) and part.format is not None:
        plain = decoded if decoded.lower() not in ("none", "upload", "blob") else ""
    named = f"{plain or part.name.partition('[')[0] or 'file'}{fits}"
    return None if named == given else named


def _fitting_extension(part: Part, content: bytes, suffix: str) -> str | None:
    known = part.format
    if known is None and _is_jsonl(content):
        return ".jsonl"
    if known is None:
        known = None if suffix else media_format(part)
    if known is None:
        return suffix or None
    return preferred_extension(known) if suffix not in FORMAT_EXTENSIONS[known][:1] else suffix


def _is_jsonl(content: bytes) -> bool:
    """Whether each of the first lines is a JSON object."""
    lines = [line for line in content[:65536].split(b"\n") if line.strip()]
    if len(content) > 65536:
        lines = lines[:-1]
    try:
        return bool(lines) and all(isinstance(json.loads(line), dict) for line in lines[:20])
    except (ValueError, RecursionError):
        return False


def _fitting_type(part: Part) -> str | None:
    known = media_format(part)
    if known is None and part.content_type is None:
        return type_of_extension(part.filename or "")
    better = better_type(part)
    if better is not None or known is None or part.content_type is None:
        return better
    # A type that is registered, and one that is merely common: the first is the one that everybody knows.
    return preferred_type(known) if part.content_type != preferred_type(known) else None


# -- contents --


def _decoded(content: bytes) -> tuple[str, bytes | None]:
    """The bytes behind base64 text or a data URL in their place."""
    text = content.strip()
    if text.startswith(b"data:") and b";base64," in text[:200]:
        text = text.partition(b",")[2]
    if len(text) < 16 or sniff(content[:64]) is not None:
        return "", None
    try:
        plain = base64.b64decode(b"".join(text.split()), altchars=None, validate=True)
    except (ValueError, binascii.Error):
        return "", None
    return "the bytes that its base64 text stands for", plain if sniff(plain[:64]) is not None else None


def _plain_text(content: bytes) -> tuple[str, bytes | None]:
    """UTF-8 without a byte-order mark."""
    for mark, coding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            try:
                return "UTF-8 without a byte-order mark", content[len(mark) :].decode(coding).encode()
            except UnicodeDecodeError:
                return "", None
    return "", None


# -- changed parts --


def _named(piece: Piece, filename: str) -> Piece:
    try:
        return _headed(piece, piece.part.name, filename)
    except ValueError:
        return piece  # its field's name cannot be written plainly


def _renamed(piece: Piece, name: str) -> Piece:
    return _headed(piece, name, piece.part.filename)


def _headed(piece: Piece, name: str, filename: str | None) -> Piece:
    part = piece.part
    raw = disposition(name.encode(), None if filename is None else filename.encode())
    text = (part.text, part.characters) if filename is None else (None, None)
    changed = replace(
        part, name=name, filename=filename, disposition=raw.decode(), text=text[0], characters=text[1]
    )
    return replace(piece, part=changed, disposition=raw, raw=None)


def _typed(piece: Piece, content_type: str) -> Piece:
    part = replace(piece.part, content_type=content_type)
    return replace(piece, part=part, content_type=content_type.encode(), raw=None)


def _unadorned(draft: _Draft) -> _Draft:
    return replace(draft, pieces=tuple(map(_without_headers, draft.pieces)))


def _without_headers(piece: Piece) -> Piece:
    if not piece.part.headers:
        return piece
    return replace(piece, part=replace(piece.part, headers=()), headers=(), raw=None)


def _filled(piece: Piece, content: bytes) -> Piece:
    part = piece.part
    fresh = made(part.name, part.filename, part.content_type, content)
    return replace(fresh, headers=piece.headers, part=replace(fresh.part, headers=part.headers))


def _crafted(failing: Captured, draft: _Draft, says: str) -> Crafted:
    parts = tuple(piece.part for piece in draft.pieces)
    framing = Framing.CONTENT_LENGTH if draft.sized else failing.wire.framing
    wire = replace(failing.wire, parts=parts, framing=framing, media_type=draft.media_type)
    body, kind = multipart([piece.rendered() for piece in draft.pieces], wire.media_type)
    headers = (
        *mixed_headers(failing.headers, failing.headers, frozenset()),
        *body_headers(kind, None, framing, len(body)),
    )
    request = Captured(head_of(wire, headers), headers, body, wire, complete=True)
    return Crafted(request, frozenset(), says)
