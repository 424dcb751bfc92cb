"""Taking secrets out of a body by what it is: JSON, a form, multipart, events, or bytes of any kind. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from urllib.parse import quote_plus, unquote_plus

from upload_matrix.recordings.custom import Place
from upload_matrix.recordings.jsontext import JsonPath, field_name, is_json_document, rewritten
from upload_matrix.recordings.redactor import Redactor

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
    return f"{name}:{blank}{redactor.value(name, said, Place.HEADERS)}"


def _value(field: str, content: bytes, redactor: Redactor) -> bytes:
    try:
        text = redactor.value(field, content.decode("utf-8"))
    except UnicodeDecodeError:
        return redactor.data(content)
    return redactor.data(text.encode("utf-8"))
