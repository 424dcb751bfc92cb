"""The difference of two wire forms, part by part: ``image.content_type: image/webp -> image/png``."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from upload_matrix.model.codec import parsed
from upload_matrix.model.wire import Part, WireForm

_PART_FIELDS = ("filename", "content_type", "content", "format")

_CONTENT = ("content", "format")
"""What a text field's own value already says."""


@dataclass(frozen=True, slots=True)
class Delta:
    """One difference: ``where`` is ``framing``, ``fields.model`` or ``PART.FIELD``; None means absent.

    In a document its ends are called ``from`` and ``to``.
    """

    where: str
    before: Annotated[str | None, Field(alias="from")]
    after: Annotated[str | None, Field(alias="to")]

    def __str__(self) -> str:
        return f"{self.where}: {_shown(self.before)} -> {_shown(self.after)}"


def _shown(value: str | None) -> str:
    return "(none)" if value is None else value


def diff(before: WireForm, after: WireForm) -> tuple[Delta, ...]:
    """Every difference between two forms, in the order a reader meets them on the wire; () when equal."""
    return tuple(_differences(before, after))


def _differences(before: WireForm, after: WireForm) -> Iterator[Delta]:
    for where in ("method", "path", "query", "media_type", "framing"):
        yield from _compared(where, str(getattr(before, where) or ""), str(getattr(after, where) or ""))
    yield from _json_differences(before.json, after.json)
    yield from _part_differences(before.parts, after.parts)
    yield from _compared("body", before.body_sha256, after.body_sha256)
    yield from _compared("fault", before.fault, after.fault)


def _compared(where: str, before: str | None, after: str | None) -> Iterator[Delta]:
    if before != after:
        yield Delta(where, before or None, after or None)


def _json_differences(before: str | None, after: str | None) -> Iterator[Delta]:
    if before == after:
        return
    old, new = (parsed(text) if text is not None else {} for text in (before, after))
    if not isinstance(old, dict) or not isinstance(new, dict):
        yield Delta("json", before, after)
        return
    for key in sorted(old.keys() | new.keys()):
        yield from _compared(f"fields.{key}", _text(old.get(key)), _text(new.get(key)))


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _keyed(parts: tuple[Part, ...] | None) -> dict[str, Part]:
    """The parts under names a reader can follow: ``image``, then ``image#2`` for a second of that name."""
    seen: defaultdict[str, int] = defaultdict(int)
    keyed: dict[str, Part] = {}
    for part in parts or ():
        seen[part.name] += 1
        number = seen[part.name]
        keyed[part.name if number == 1 else f"{part.name}#{number}"] = part
    return keyed


def _part_differences(before: tuple[Part, ...] | None, after: tuple[Part, ...] | None) -> Iterator[Delta]:
    if (before is None) != (after is None):
        yield Delta(
            "body",
            "multipart" if before is not None else "not multipart",
            "multipart" if after is not None else "not multipart",
        )
        return
    old, new = _keyed(before), _keyed(after)
    shared = [key for key in old if key in new]
    for key in old:
        if key not in new:
            yield Delta(key, _summary(old[key]), None)
    for key in new:
        if key not in old:
            yield Delta(key, None, _summary(new[key]))
    for key in shared:
        yield from _within_part(key, old[key], new[key])
    order = [key for key in new if key in old]
    if shared != order:
        yield Delta("order", ", ".join(shared), ", ".join(order))


def _within_part(key: str, old: Part, new: Part) -> Iterator[Delta]:
    if old == new:
        return
    before, after = old.identity(), new.identity()
    if before == after:
        return
    found = False
    as_text = not old.is_file and not new.is_file and old.text is not None and new.text is not None
    if as_text and old.text != new.text:
        found = True
        yield Delta(f"fields.{key}", old.text, new.text)
    for field in _PART_FIELDS:
        if before[field] != after[field] and not (as_text and field in _CONTENT):
            found = True
            yield Delta(f"{key}.{field}", before[field], after[field])
    if before["headers"] != after["headers"]:
        found = True
        yield Delta(f"{key}.headers", _headers(old), _headers(new))
    # Only said when it is the whole difference: otherwise it repeats what filename already says.
    if not found:
        yield Delta(f"{key}.disposition", before["disposition"], after["disposition"])


def _headers(part: Part) -> str | None:
    return "; ".join(f"{name}: {value}" for name, value in part.headers) or None


def _summary(part: Part) -> str:
    if not part.is_file:
        return "text" if part.text is None else f"text {part.text!r}"
    return f"file {part.filename!r} ({part.content_type or 'no type'}, {part.content})"
