"""JSON bodies compared leaf by leaf: fields by their place, files by prefix, spelling and content."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from upload_matrix.wire.carriers.embedded import Embedded
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.json_body import STAND_IN, Keys, place_name

ELEMENTS = ("prefix", "spelling", "content")
"""What a file's text is made of, where its spelling is known."""

TEXT = "text"
"""All of it, where it is not."""

MISSING: Any = object()
"""What is not in a document."""


@dataclass(frozen=True, slots=True)
class LeafChange:
    """One thing in which two documents differ: at ``keys``, or one ``element`` of the file's text there.

    ``where`` is what a difference calls it, ``before`` and ``after`` are for a reader, ``kind`` is the name
    of a ``difference.Kind`` and ``upload`` the place of the file that it is about, if any.
    """

    where: str
    before: str | None
    after: str | None
    kind: str
    keys: Keys
    element: str | None = None
    upload: str | None = None


@dataclass(frozen=True, slots=True)
class _Side:
    """A document, what was taken out of it, and what the fields beside a file say of it."""

    document: Any
    files: Mapping[str, Embedded]
    about: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def _side(wire: WireForm) -> _Side:
    files = {each.place: each for each in wire.embedded}
    about = {each.typed_at: ("content_type", each.place) for each in wire.embedded if each.typed_at}
    about |= {each.named_at: ("filename", each.place) for each in wire.embedded if each.named_at}
    return _Side({} if wire.json is None else wire.document, files, about)


def changes(before: WireForm, after: WireForm) -> Iterator[LeafChange]:
    """In what two JSON bodies differ, in the order of places; a body that is none counts as an empty one."""
    old, new = _side(before), _side(after)
    yield from _compared(old.document, new.document, (), old, new)


def _compared(one: Any, other: Any, keys: Keys, old: _Side, new: _Side) -> Iterator[LeafChange]:
    if isinstance(one, dict) and isinstance(other, dict) and not _of_two_kinds(one, other):
        for key in sorted(one.keys() | other.keys()):
            yield from _compared(one.get(key, MISSING), other.get(key, MISSING), (*keys, key), old, new)
        return
    if isinstance(one, list) and isinstance(other, list):
        for number in range(max(len(one), len(other))):
            was, is_ = (each[number] if number < len(each) else MISSING for each in (one, other))
            yield from _compared(was, is_, (*keys, number), old, new)
        return
    place = place_name(keys)
    files = old.files.get(place), new.files.get(place)
    if files[0] is not None and files[1] is not None:
        yield from _of_files(files[0], files[1], place, keys)
        return
    if type(one) is type(other) and one == other:
        return
    kind, upload = old.about.get(place) or new.about.get(place) or ("field", None)
    if any(files):
        kind, upload = "content", place
    if one is MISSING or other is MISSING:
        kind = kind if upload is not None else "field"
    where = f"fields.{place}" if keys else "json"
    yield LeafChange(where, _shown(one, files[0]), _shown(other, files[1]), kind, keys, None, upload)


def _of_two_kinds(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two objects say that they are of different types and have other fields: no mixture is legal."""
    return one.get("type") != other.get("type") and one.keys() != other.keys()


def _of_files(one: Embedded, other: Embedded, place: str, keys: Keys) -> Iterator[LeafChange]:
    if one.identity() == other.identity():
        return
    was, is_ = _elements(one), _elements(other)
    if was is None or is_ is None:
        texts = _shown(STAND_IN, one), _shown(STAND_IN, other)
        yield LeafChange(f"{place}.{TEXT}", *texts, "content", keys, TEXT, place)
        return
    for element, kind in zip(ELEMENTS, ("content_type", "disposition", "content"), strict=True):
        if was[element] != is_[element]:
            yield LeafChange(f"{place}.{element}", was[element], is_[element], kind, keys, element, place)


def _elements(each: Embedded) -> dict[str, str | None] | None:
    if each.spelling is None:
        return None
    return {"prefix": each.prefix, "spelling": each.spelling, "content": each.content}


def _shown(value: Any, file: Embedded | None) -> str | None:
    if value is MISSING:
        return None
    if file is not None:
        spelt = file.spelling or "as it stands"
        return f"file ({file.declared or 'no type'}, {file.content}, {spelt})"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def leaves(wire: WireForm) -> tuple[tuple[str, str | None], ...]:
    """Every leaf of a JSON body with its value as canonical JSON, files by their elements, in order."""
    side = _side(wire)
    return tuple(sorted(_flat(side.document, (), side)))


def _flat(value: Any, keys: Keys, side: _Side) -> Iterator[tuple[str, str | None]]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _flat(each, (*keys, key), side)
    elif isinstance(value, list) and value:
        for number, each in enumerate(value):
            yield from _flat(each, (*keys, number), side)
    else:
        place = place_name(keys)
        file = side.files.get(place)
        if file is None:
            yield f"fields.{place}", json.dumps(value, ensure_ascii=False, sort_keys=True)
            return
        elements = _elements(file)
        if elements is None:
            yield f"{place}.{TEXT}", json.dumps(f"{file.content} {file.writing}")
        else:
            yield from ((f"{place}.{name}", json.dumps(each)) for name, each in elements.items())


def mixed(passing: Any, failing: Any, made: Mapping[Keys, Callable[[Any, Any], Any]]) -> Any:
    """A document with the values at these places made from both documents' own; MISSING leaves one out."""
    return _mixed(passing, failing, (), made)


def _mixed(one: Any, other: Any, keys: Keys, made: Mapping[Keys, Callable[[Any, Any], Any]]) -> Any:
    if keys in made:
        return made[keys](one, other)
    if isinstance(one, dict) and isinstance(other, dict) and not _of_two_kinds(one, other):
        names = (*one, *(name for name in other if name not in one))
        found = {
            name: _mixed(one.get(name, MISSING), other.get(name, MISSING), (*keys, name), made)
            for name in names
        }
        return {name: value for name, value in found.items() if value is not MISSING}
    if isinstance(one, list) and isinstance(other, list):
        entries = [
            _mixed(
                one[place] if place < len(one) else MISSING,
                other[place] if place < len(other) else MISSING,
                (*keys, place),
                made,
            )
            for place in range(max(len(one), len(other)))
        ]
        return [value for value in entries if value is not MISSING]
    return one
