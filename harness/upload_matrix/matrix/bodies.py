"""A JSON body with a file in it, made from an operation's template; and the axes that vary how."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from upload_matrix.wire.media import family_of_type

CARRIERS: Mapping[str, str] = {
    "data-url": "the file as a data URL: data:image/png;base64,...",
    "base64": "the file as base64 alone, its type in a field beside it where there is one",
    "multipart": "the file as a part of a form",
    "raw": "the file as the whole body, its type in the Content-Type",
    "reference": "an address alone, https://example.com/NAME: a control, whose file is not sent at all",
    "file-id": "uploaded before as (filename, data, type), and named by the id that it was given",
    "file-id-untyped": "uploaded before as bytes alone, without name and type, and named by its id",
}
"""Values of the axis ``carrier``: how a file is handed over."""

OWN_CARRIERS = ("multipart", "raw")
"""Those that an operation has by its encoding, without a body in JSON."""

RIGHT = "right"
DECLARED_TYPES: Mapping[str, str] = {
    RIGHT: "the type of the file's own format",
    "absent": "no type at all",
    "generic": "application/octet-stream",
    "wrong": "another format's: image/gif (of a GIF: image/png)",
    "unregistered": "one that nobody registered: image/jpg, audio/mp3, application/x-pdf",
}
"""Values of the axis ``declared_type``: what a JSON body says the file is."""

FILENAMES: Mapping[str, str] = {
    RIGHT: "the file's own name",
    "absent": "no name",
    "no-extension": "its name without the extension",
    "wrong-extension": "its name with another format's: .gif (of a GIF: .png)",
    "non-ascii": "its name with Korean letters in front",
    "generic": "file, as programs write that know no name",
}
"""Values of the axis ``filename``: the name a file goes by, where a call says one apart from the file."""

NAMING_CONTAINERS = frozenset(
    ("tuple2", "tuple3", "tuple3-untyped", "list-of-one", "list-of-two", "file", "file-untyped")
)
"""Containers in which the name is said apart from the file."""

FILENAME = "{filename}"
"""What stands in a template where that name goes."""

FILE_MARKS = ("{data_url}", "{base64}")
"""What stands in a template where the file goes."""

FAMILIES = ("image", "audio", "video", "document")
"""Kinds of files (see ``wire.media``) that a template may treat each in its own way."""

_CHOICES = frozenset(f"{{{family}}}" for family in FAMILIES)
TYPE_MARKS = ("{media_type}", "{format}")
"""What stands in a template where the type of the file goes."""

_MARK = re.compile(r"\{(\w+)\}")
_UNREGISTERED = {"image": "image/jpg", "audio": "audio/mp3"}

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class BodyFile:
    """What of a file a body may hold: its bytes, the name it goes by, the type and the word for its format.

    Bytes that are None are put in by the probe, where a mark stands for their base64.
    The type is the one that the bytes deserve, the word what APIs call the format (``jpeg``, ``mp3``).
    """

    content: bytes | None
    filename: str | None
    type: str
    word: str


def declared(own: str, word: str) -> str | None:
    """The media type that a value of ``declared_type`` stands for; None for none."""
    said = {
        RIGHT: own,
        "generic": "application/octet-stream",
        "wrong": "image/png" if own == "image/gif" else "image/gif",
        "unregistered": _UNREGISTERED.get(family_of_type(own), "application/x-pdf"),
    }
    return said.get(word)


def renamed(own: str, word: str) -> str | None:
    """The name that a value of ``filename`` stands for; None for none."""
    stem, _, ending = own.rpartition(".")
    names = {
        RIGHT: own,
        "no-extension": stem or own,
        "wrong-extension": f"{stem or own}.{'png' if ending == 'gif' else 'gif'}",
        "non-ascii": f"사진-{own}",
        "generic": "file",
    }
    return names.get(word)


def says_name(template: Any, family: str | None) -> bool:
    """Whether a template says the name of a file of this kind; of None, of any kind that it takes."""
    kinds = families(template) if family is None else families(template) & {family}
    return bool(kinds) and all(
        mentions(_filled(template, {}, f"{{{kind}}}", ()), (FILENAME,)) for kind in kinds
    )


def mentions(template: Any, marks: Collection[str]) -> bool:
    """Whether any of the marks stands in a template."""
    if isinstance(template, str):
        return any(mark in template for mark in marks)
    entries = template.values() if isinstance(template, dict) else template
    return isinstance(template, dict | list) and any(mentions(each, marks) for each in entries)


def families(template: Any) -> frozenset[str]:
    """The kinds of files that a template has a place for."""
    found = frozenset(FAMILIES)
    for choice in _choices(template):
        found &= {mark.strip("{}") for mark in choice}
    return found


def _choices(template: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(template, dict) and _is_choice(template):
        yield template
    entries = template.values() if isinstance(template, dict) else template
    if isinstance(template, dict | list):
        for each in entries:
            yield from _choices(each)


def odd_key(template: Any) -> str | None:
    """A key in braces that means nothing: none of a kind of file, or beside keys that are none."""
    if isinstance(template, dict) and not _is_choice(template):
        found = next((name for name in template if _MARK.fullmatch(name)), None)
        if found is not None:
            return str(found)
    entries = template.values() if isinstance(template, dict) else template
    inner = map(odd_key, entries) if isinstance(template, dict | list) else ()
    return next((found for found in inner if found is not None), None)


def _is_choice(template: Mapping[str, Any]) -> bool:
    """Whether an object names a value for each kind of file, of which one is to be taken."""
    return bool(template) and template.keys() <= _CHOICES


def mark_of(name: str) -> str:
    """What stands in a body for what the probe alone knows: nothing that a user would write."""
    return f"\0{name}\0"


def rendered(
    template: Mapping[str, Any],
    file: BodyFile,
    media_type: str | None,
    fields: Mapping[str, Value],
    later: Collection[str] = (),
) -> dict[str, Any]:
    """The body: the file and the fields that the template names in their places, other fields beside them.

    Where no type is to be declared, the fields for it are left out, and a data URL names none; a name that
    is absent is left out too. For the names in ``later`` marks are left. Raises KeyError where the template
    has no place for a file of this kind.
    """
    text = mark_of("base64") if file.content is None else base64.b64encode(file.content).decode()
    known = {
        **{name: mark_of(name) for name in later},
        **{name: str(value) for name, value in fields.items()},
        "base64": text,
        "data_url": f"data:{media_type or ''};base64,{text}",
        "media_type": media_type or "",
        "format": file.word if media_type == file.type else (media_type or "").rpartition("/")[2],
        "filename": file.filename or "",
        "url": f"https://example.com/{quote(file.filename or 'file')}",
    }
    own = {name: value for name, value in fields.items() if not mentions(template, (f"{{{name}}}",))}
    left_out = (*(TYPE_MARKS if media_type is None else ()), *((FILENAME,) if file.filename is None else ()))
    return {**own, **_filled(dict(template), known, f"{{{family_of_type(file.type)}}}", left_out)}


def _filled(value: Any, known: Mapping[str, str], choice: str, left_out: Collection[str]) -> Any:
    if isinstance(value, str):
        return _MARK.sub(lambda mark: known.get(mark[1], mark[0]), value)
    if isinstance(value, dict):
        if _is_choice(value):
            return _filled(value[choice], known, choice, left_out)
        return {
            name: _filled(each, known, choice, left_out)
            for name, each in value.items()
            if not (isinstance(each, str) and each in left_out)
        }
    return [_filled(each, known, choice, left_out) for each in value] if isinstance(value, list) else value
