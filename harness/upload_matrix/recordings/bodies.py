"""Taking secrets out of a body by what it is: JSON, a form, multipart, events, or bytes of any kind. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote_plus, unquote_plus

from upload_matrix.model.answer import Answer
from upload_matrix.model.errors import CassetteError
from upload_matrix.recordings.custom import SecretPlace
from upload_matrix.recordings.patterns import from_base64
from upload_matrix.recordings.redactor import DEFAULT, Redactor
from upload_matrix.recordings.texts import JsonPath, dotted, field_name, is_json_document, rewritten
from upload_matrix.wire.carriers.embedded import Embedded
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.coding import LARGEST, content_decoded
from upload_matrix.wire.form import WireForm, canonical_json
from upload_matrix.wire.media import sniff
from upload_matrix.wire.stable import stable_disposition, stable_filename

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/"
_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]+)\"|([^\s;]+))", re.IGNORECASE)
_EVENT = re.compile(r"\s*(?:data|event|id|retry|):")
_DATA = re.compile(r"^(data: ?)(.*?)(\r?)$", re.MULTILINE)
_LAYOUT = re.compile(r"\n *")
_INDEX = re.compile(r"\"\w*index\"\s*:\s*\d+")
_FIELD = re.compile(r"name=\"((?:[^\"\\]|\\.)*)\"", re.IGNORECASE)


def redact_body(
    body: bytes,
    content_type: str | None,
    redactor: Redactor,
    reduce: Callable[[JsonPath, str], str] = lambda _, text: text,
) -> bytes:
    """``body`` (no Content-Encoding on it any more) without secrets; JSON is laid out over lines.

    What the body is counts, not only what ``content_type`` says. ``reduce`` is given every string in a
    JSON body before it is searched, with its place.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type.startswith(_MULTIPART) and (found := _BOUNDARY.search(content_type or "")):
        return _multipart(body, (found[1] or found[2]).encode("latin-1", "replace"), redactor)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return redactor.data(body)
    if is_json_document(text):
        return redact_json(text, redactor, reduce).encode("utf-8")
    if _EVENT.match(text):
        # Byte order and blank lines stay: a client reads the stream as it did.
        return redactor.data(_joined(text, redactor).encode("utf-8"))
    if media_type == _FORM:
        return _form(text, redactor).encode("utf-8")
    return redactor.data(body)


def redact_json(
    text: str, redactor: Redactor, reduce: Callable[[JsonPath, str], str] = lambda _, text: text
) -> str:
    """A sound JSON document (see ``is_json_document``) without secrets in its values and names."""

    def clean(path: JsonPath, value: str) -> str:
        return redactor.value(field_name(path), reduce(path, value))

    return rewritten(text, clean, redactor.text)


def _joined(text: str, redactor: Redactor) -> str:
    """An event stream in which no secret is split over events.

    What a client puts together is one text: of the data that is JSON the strings in one place (of one
    output, where ``index`` tells several apart), of other data all of it. Where that holds more that is
    secret than its pieces do, its first piece is the whole text without it, and the others are empty.
    """
    texts: defaultdict[tuple[object, ...], list[str]] = defaultdict(list)

    def gathered(path: JsonPath, value: str, line: str) -> str:
        texts[_place(path, line)].append(value)
        return value

    def event(found: re.Match[str], change: Callable[[JsonPath, str, str], str]) -> str:
        line = found[2]
        if is_json_document(line):
            # On one line again: an event's data ends with it.
            new = _LAYOUT.sub("", rewritten(line, lambda path, value: change(path, value, line)))
        else:
            new = change((), line, "")
        return f"{found[1]}{new}{found[3]}"

    _DATA.sub(lambda found: event(found, gathered), text)
    instead = {place: _without_split(pieces, redactor) for place, pieces in texts.items()}
    if all(instead[place] == pieces for place, pieces in texts.items()):
        return text
    left = {place: iter(pieces) for place, pieces in instead.items()}
    return _DATA.sub(lambda found: event(found, lambda path, _, line: next(left[_place(path, line)])), text)


def _place(path: JsonPath, line: str) -> tuple[object, ...]:
    return (path, *_INDEX.findall(line))


def _without_split(pieces: list[str], redactor: Redactor) -> list[str]:
    whole = "".join(pieces)
    redacted = redactor.text(whole)
    if redacted == whole or redacted == "".join(map(redactor.text, pieces)):
        return pieces
    return [redacted, *[""] * (len(pieces) - 1)]


def _form(text: str, redactor: Redactor) -> str:
    return "&".join(_pair(pair, redactor) for pair in text.split("&"))


def _pair(pair: str, redactor: Redactor) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        return redactor.text(pair)
    plain = unquote_plus(value)
    redacted = redactor.value(unquote_plus(name), plain)
    # A whole body of another kind may call itself a form; what looks like a pair is searched again.
    changed = value if redacted == plain else quote_plus(redacted, safe="[]:")
    return redactor.text(f"{name}={changed}")


def _multipart(body: bytes, boundary: bytes, redactor: Redactor) -> bytes:
    """Part by part: a part's name may tell that its value is a secret, and a part may be compressed."""
    marker = b"--" + boundary
    return marker.join(_part(piece, redactor) for piece in body.split(marker))


def _part(piece: bytes, redactor: Redactor) -> bytes:
    head, blank, content = piece.partition(b"\r\n\r\n")
    if not blank:
        return redactor.data(piece)
    lines = head.decode("latin-1").split("\r\n")
    field = next((found[1] for line in lines if (found := _FIELD.search(line))), "")
    text, end = (content[:-2], content[-2:]) if content.endswith(b"\r\n") else (content, b"")
    cleaned = "\r\n".join(_line(line, redactor) for line in lines).encode("latin-1")
    return cleaned + blank + _value(field, text, redactor) + end


def _line(line: str, redactor: Redactor) -> str:
    name, colon, value = line.partition(":")
    if not colon:
        return redactor.text(line)
    said = value.lstrip()
    blank = value[: len(value) - len(said)]
    return f"{name}:{blank}{redactor.value(name, said, SecretPlace.HEADERS)}"


def _value(field: str, content: bytes, redactor: Redactor) -> bytes:
    try:
        text = redactor.value(field, content.decode("utf-8"))
    except UnicodeDecodeError:
        return redactor.data(content)
    return redactor.data(text.encode("utf-8"))


# Putting a tiny valid image in the place of a large one, and keeping what the large one was. Pure.
#
# A generated image of 1.5 MB makes a recording unreadable and slow, and no verdict looks at its pixels; but
# a client must still be able to parse the answer and decode the picture.


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


# An answer made fit to be written: decompressed, large images made tiny, secrets taken out. Pure.


_CODING = re.compile(r"[A-Za-z0-9, _-]{1,30}")


def scrubbed(answer: Answer, redactor: Redactor = DEFAULT) -> tuple[Answer, tuple[Reduced, ...]]:
    """``answer`` as it may be written, and the images that were made tiny.

    A JSON body is laid out over lines. Raises CassetteError for a body that cannot be looked into.
    """
    body, reduced = _body(_decoded(answer), answer.header("content-type"), redactor)
    return replace(answer, headers=redactor.headers(answer.headers), body=body), reduced


def _decoded(answer: Answer) -> bytes:
    coding = answer.header("content-encoding")
    if not coding or not answer.body:
        return answer.body
    body = content_decoded(answer.body, coding)
    if body is None:
        known = coding if _CODING.fullmatch(coding) else "that is none"
        raise CassetteError(
            f"its Content-Encoding ({known}) cannot be taken off here, or more than {LARGEST >> 20} MiB come "
            "out of it, so it cannot be searched for secrets; let the client ask for 'Accept-Encoding: gzip' "
            "or 'identity'"
        )
    return body


def _body(body: bytes, content_type: str | None, redactor: Redactor) -> tuple[bytes, tuple[Reduced, ...]]:
    found: list[Reduced] = []

    def reduce(path: JsonPath, value: str) -> str:
        value, images = reduce_text(value, dotted(path))
        found.extend(images)
        return value

    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        body, images = reduce_body(body)
        found.extend(images)
    else:
        if not is_json_document(text):
            text, images = reduce_text(text, "body")
            found.extend(images)
            body = text.encode("utf-8")
    return redact_body(body, content_type, redactor, reduce), tuple(found)


# The wire form as a recording keeps it: no secrets, no name that differs from run to run.


def stored_form(wire: WireForm, redactor: Redactor = DEFAULT) -> WireForm:
    """The form that names and fills the recording for ``wire``.

    It has the same digest as ``wire`` unless something secret, or large images inside JSON, had to be taken
    out. Then it says which (see ``identity``), so that different requests stay different; credentials in a
    place of their own (a field ``api_key``) alone are left out, as those in headers are. To look a recording
    up, ``redactor`` must not know a run's own secrets: a replay knows none, and would look for another name.
    """
    return _stored(wire, redactor.for_forms[0])


def is_recordable(wire: WireForm, redactor: Redactor = DEFAULT) -> bool:
    """Whether a recording could be told from that of a request which differs only in what is taken out."""
    one, other = (_stored(wire, each) for each in redactor.for_forms)
    return one.digest == other.digest


UNRECORDABLE = (
    "not asked: the request holds what is taken out of recordings, and a mark in its place could be guessed, "
    "so no recording could tell this request from another; put something else there, ask with "
    "--disable-recording, or, where a pattern of redact.yaml takes it out, say `shared: true` there"
)


def _stored(wire: WireForm, redactor: Redactor) -> WireForm:
    clean = redactor.text
    return replace(
        wire,
        path=clean(wire.path),
        query=clean(wire.query),
        parts=None if wire.parts is None else tuple(_part_stored(part, redactor) for part in wire.parts),
        json=None if wire.json is None else _json(wire.json, redactor),
        embedded=tuple(_embedded_stored(each, clean) for each in wire.embedded),
        upload_headers=tuple((name, clean(value)) for name, value in wire.upload_headers),
        body_text=None if wire.body_text is None else clean(wire.body_text),
        fault=None if wire.fault is None else clean(wire.fault),
    )


def _json(text: str, redactor: Redactor) -> str:
    if not is_json_document(text):
        return redactor.text(text)
    changed = redact_json(text, redactor, lambda _, value: name_images(value))
    try:
        return canonical_json(changed.encode("utf-8", "surrogatepass"))
    except ValueError:
        return changed  # Two names became one.


def _embedded_stored(each: Embedded, clean: Callable[[str], str]) -> Embedded:
    def cleaned(text: str | None) -> str | None:
        return None if text is None else clean(text)

    return replace(
        each,
        place=clean(each.place),
        prefix=cleaned(each.prefix),
        declared=cleaned(each.declared),
        typed_at=cleaned(each.typed_at),
        filename=cleaned(each.filename),
        named_at=cleaned(each.named_at),
    )


def _part_stored(part: Part, redactor: Redactor) -> Part:
    clean = redactor.text
    if part.text is not None and not part.is_file:
        part = _text_part(part, redactor.value(part.name, part.text))
    filename, disposition = part.filename, part.disposition
    if filename is not None:
        disposition = stable_disposition(disposition, filename)
        filename = stable_filename(filename)
    return replace(
        part,
        name=clean(part.name),
        filename=None if filename is None else clean(filename),
        content_type=None if part.content_type is None else clean(part.content_type),
        disposition=clean(disposition),
        headers=tuple(
            (name, redactor.value(name, value, SecretPlace.HEADERS)) for name, value in part.headers
        ),
    )


def _text_part(part: Part, text: str) -> Part:
    if text == part.text:
        return part
    data = text.encode("utf-8", "surrogatepass")
    # A digest of the original would let somebody test guesses at what was taken out.
    return replace(
        part, text=text, size=len(data), sha256=hashlib.sha256(data).hexdigest(), characters=len(text)
    )
