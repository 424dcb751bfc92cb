"""A JSON body with a file in it, made from an operation's template; and the axes that vary how."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping
from typing import Any

CARRIERS: Mapping[str, str] = {
    "data-url": "the file as a data URL: data:image/png;base64,...",
    "base64": "the file as base64 alone, its type in a field beside it where there is one",
    "file-id": "uploaded before as (filename, data, type), and named by the id that it was given",
    "file-id-untyped": "uploaded before as bytes alone, without name and type, and named by its id",
}
"""Values of the axis ``carrier``: how a file stands in a JSON body."""

RIGHT = "right"
DECLARED_TYPES: Mapping[str, str] = {
    RIGHT: "the type of the file's own format",
    "absent": "no type at all",
    "generic": "application/octet-stream",
    "wrong": "another format's: image/gif",
    "unregistered": "image/jpg",
}
"""Values of the axis ``declared_type``: what a JSON body says the file is."""

FILE_MARKS = ("{data_url}", "{base64}")
"""What stands in a template where the file goes."""

_TYPE = "{media_type}"
_MARK = re.compile(r"\{(\w+)\}")
_SAID = {"generic": "application/octet-stream", "wrong": "image/gif", "unregistered": "image/jpg"}

Value = str | int | float | bool


def declared(own: str, word: str) -> str | None:
    """The media type that a value of ``declared_type`` stands for; None for none."""
    return own if word == RIGHT else _SAID.get(word)


def mentions(template: Any, marks: Collection[str]) -> bool:
    """Whether any of the marks stands in a template."""
    if isinstance(template, str):
        return any(mark in template for mark in marks)
    entries = template.values() if isinstance(template, dict) else template
    return isinstance(template, dict | list) and any(mentions(each, marks) for each in entries)


def rendered(
    template: Mapping[str, Any], content: bytes, media_type: str | None, fields: Mapping[str, Value]
) -> dict[str, Any]:
    """The body: the file and the fields that the template names in their places, other fields beside them.

    Where no type is to be declared, the field for it is left out, and a data URL names none.
    """
    text = base64.b64encode(content).decode()
    known = {
        **{name: str(value) for name, value in fields.items()},
        "base64": text,
        "data_url": f"data:{media_type or ''};base64,{text}",
        "media_type": media_type or "",
    }
    own = {name: value for name, value in fields.items() if not mentions(template, (f"{{{name}}}",))}
    return {**own, **_filled(dict(template), known, typed=media_type is not None)}


def _filled(value: Any, known: Mapping[str, str], *, typed: bool) -> Any:
    if isinstance(value, str):
        return _MARK.sub(lambda mark: known.get(mark[1], mark[0]), value)
    if isinstance(value, dict):
        return {
            name: _filled(each, known, typed=typed) for name, each in value.items() if typed or each != _TYPE
        }
    return [_filled(each, known, typed=typed) for each in value] if isinstance(value, list) else value
