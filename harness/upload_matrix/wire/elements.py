"""A wire form taken apart into the single things two requests can differ in.

To find all pairs that differ in one thing without comparing every form with every other, each form is
put down once per element, with that element blanked out (a ``Variant``): two forms whose rest is equal
differ in nothing else. Names are those of ``upload_matrix.wire.difference``, with one more: ``image.name`` is
the notation of a field (``image`` or ``image[]``), which a difference shows as two parts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from upload_matrix.model.codec import parsed
from upload_matrix.wire.carriers.multipart import Part, base_name, labels
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.json_body import keys_of
from upload_matrix.wire.leaves import leaves

MANY_PARTS = 64
"""Forms with more parts are compared as a whole: a Node Buffer becomes a part per byte."""

MANY_LEAVES = 512
"""The same for JSON bodies, as that of a long conversation."""

_BLANK = "\0"
_Plain = tuple[Any, ...]
"""A part's identity: name, filename, content_type, disposition, headers, content, format."""
_Fields = tuple[tuple[str, str | None], ...] | str | None
"""A JSON body's leaves with their canonical values; text where they are very many, None when no JSON."""


class Variant(NamedTuple):
    """One element of a form, its value (None when it has none), and all that is around it."""

    where: str
    value: str | None
    rest: Hashable


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A form taken apart: ``whole`` for lookups, a variant per element, and what can be left out.

    An ``omissions`` variant's rest is the ``whole`` of the form that lacks this part or JSON field.
    """

    whole: Hashable
    variants: tuple[Variant, ...]
    omissions: tuple[Variant, ...]
    has_parts: bool

    def values(self) -> dict[str, str | None]:
        """Each element's value by where it stands, with what can be left out."""
        return {variant.where: variant.value for variant in (*self.variants, *self.omissions)}

    def comparable(self) -> dict[str, str | None]:
        """Each element's value by where it stands, array notation taken off: ``image[]`` is ``image``."""
        plain = base_name if self.has_parts else str
        return {plain(variant.where): variant.value for variant in self.variants}


_Elements = tuple[tuple[str, str | None, int], ...]
"""Elements with their values, and the number of what is around each."""

_KEPT = 1024
"""Parts and heads that a dissector keeps taken apart: most forms have the same few."""


class Dissector:
    """Takes forms apart. What is around an element is numbered: equal numbers are equal surroundings.

    Anatomies of one dissector compare with each other only. ``number`` is how it numbers. By default it
    keeps what it has met, and that is exact; ``hash`` keeps nothing, and may give two things one number.
    """

    def __init__(self, number: Callable[[Hashable], int] | None = None) -> None:
        met: dict[Hashable, int] = {}
        self._number = number or (lambda thing: met.setdefault(thing, len(met)))
        self._part = lru_cache(_KEPT)(self._dissect_part)
        self._outside = lru_cache(_KEPT)(self._dissect_outside)

    def dissect(self, form: WireForm) -> Anatomy:
        """Take a form apart. Method and path are in every rest: requests to two paths never compare."""
        head, tail = _around(form)
        fields = _fields(form)
        outer, elements = self._outside(head, tail, fields, form.parts is None)
        if form.parts is None or len(form.parts) > MANY_PARTS:
            parts: tuple[int, ...] = tuple(self._number(_plain(part)) for part in form.parts or ())
            inner: list[Variant] = []
            omitted: list[Variant] = []
        else:
            parts, inner, omitted = self._dissect_parts(outer, form.parts)
        around = [Variant(where, value, (blanked, parts)) for where, value, blanked in elements]
        without = [
            Variant(where, value, (self._number((head, tail, less, True)), parts))
            for where, value, less in _fields_omitted(fields, form.document)
        ]
        return Anatomy(
            (outer, parts), (*around, *inner), (*without, *omitted), has_parts=form.parts is not None
        )

    def comparable(self, form: WireForm) -> dict[str, str | None]:
        """What ``dissect(form).comparable()`` gives, without what is left around each element."""
        _, elements = self._outside(*_around(form), _fields(form), form.parts is None)
        found = {where: value for where, value, _ in elements}
        if form.parts is None or len(form.parts) > MANY_PARTS:
            return found
        named = labels(form.parts)
        for label, part in zip(named, form.parts, strict=True):
            found.update((base_name(where), value) for where, value, _ in self._part(label, part)[1])
        found["order"] = ", ".join(named)
        found.update((f"{base}.name", ", ".join(names)) for base, names in _names(form.parts))
        return found

    def _dissect_parts(
        self, outer: int, body: tuple[Part, ...]
    ) -> tuple[tuple[int, ...], list[Variant], list[Variant]]:
        named = labels(body)
        known = [self._part(label, part) for label, part in zip(named, body, strict=True)]
        parts = tuple(number for number, _ in known)
        inner = [
            Variant(where, value, (outer, (*parts[:place], blanked, *parts[place + 1 :])))
            for place, (_, elements) in enumerate(known)
            for where, value, blanked in elements
        ]
        inner.append(Variant("order", ", ".join(named), (outer, tuple(sorted(parts)))))
        for base, names in _names(body):
            numbers = (
                self._number(_renamed(_plain(part), base))
                if part.name in names and part.name != base
                else number
                for part, number in zip(body, parts, strict=True)
            )
            inner.append(Variant(f"{base}.name", ", ".join(names), (outer, tuple(numbers))))
        omitted = [
            Variant(named[place], value, (outer, (*parts[:place], *parts[place + 1 :])))
            for place, value in _parts_omitted(body)
        ]
        return parts, inner, omitted

    def _dissect_part(self, label: str, part: Part) -> tuple[int, _Elements]:
        plain = _plain(part)
        elements = _of_part(label, part, plain)
        return self._number(plain), tuple(
            (where, value, self._number(blanked)) for where, value, blanked in elements
        )

    def _dissect_outside(
        self, head: tuple[str | None, ...], tail: tuple[str | None, ...], fields: _Fields, bare: bool
    ) -> tuple[int, _Elements]:
        elements = _outer(head, tail, fields)
        return self._number((head, tail, fields, bare)), tuple(
            (where, value, self._number((blanked, bare))) for where, value, blanked in elements
        )


def _around(form: WireForm) -> tuple[tuple[str | None, ...], tuple[str | None, ...]]:
    """What stands before the body, and what is said of a body that cannot be taken apart."""
    return (
        (form.method, form.path, form.query, form.media_type, form.framing.value),
        (form.body_content, form.fault),
    )


def _fields(form: WireForm) -> _Fields:
    """A JSON body's leaves with their values; of one with very many its text alone."""
    if form.json is None:
        return None
    found = leaves(form)
    return found if len(found) <= MANY_LEAVES else form.json


def _shown(value: str | None) -> str | None:
    loaded = None if value is None else parsed(value)
    return loaded if loaded is None or isinstance(loaded, str) else value


def _plain(part: Part) -> _Plain:
    fields = part.identity()
    fields["headers"] = part.headers
    return tuple(fields.values())


def _outer(
    head: tuple[str | None, ...], tail: tuple[str | None, ...], fields: _Fields
) -> Iterator[tuple[str, str | None, Hashable]]:
    for number, where in enumerate(("query", "media_type", "framing"), start=2):
        blanked = (*head[:number], _BLANK, *head[number + 1 :])
        yield where, head[number] or None, (blanked, tail, fields)
    yield "body", tail[0], (head, (_BLANK, tail[1]), fields)
    yield "fault", tail[1], (head, (tail[0], _BLANK), fields)
    if isinstance(fields, tuple):
        for number, (key, value) in enumerate(fields):
            changed = (*fields[:number], (key, _BLANK), *fields[number + 1 :])
            yield key, _shown(value), (head, tail, changed)


def _fields_omitted(fields: _Fields, document: Any) -> Iterator[tuple[str, str | None, _Fields]]:
    """A whole field of the body left out at a time, with all leaves below it."""
    if not isinstance(fields, tuple) or not isinstance(document, dict):
        return
    below = [keys_of(where.removeprefix("fields."))[:1] for where, _ in fields]
    for key in sorted(document):
        rest = tuple(leaf for leaf, top in zip(fields, below, strict=True) if top != (key,))
        value = json.dumps(document[key], ensure_ascii=False, sort_keys=True)
        yield f"fields.{key}", _shown(value), rest


def _of_part(label: str, part: Part, plain: _Plain) -> Iterator[tuple[str, str | None, _Plain]]:
    name, filename, content_type, disposition, headers, content, media_format = plain
    bytes_blank = (name, filename, content_type, disposition, headers, _BLANK, _BLANK)
    if part.is_file or part.text is None:
        around = _around_filename(disposition, filename)
        blank = (name, _BLANK, content_type, around, headers, content, media_format)
        yield f"{label}.filename", filename, blank
        yield f"{label}.content", content, bytes_blank
    else:
        yield f"fields.{label}", part.text, bytes_blank
    blank = (name, filename, _BLANK, disposition, headers, content, media_format)
    yield f"{label}.content_type", content_type, blank
    blank = (name, filename, content_type, _BLANK, headers, content, media_format)
    yield f"{label}.disposition", disposition, blank
    blank = (name, filename, content_type, disposition, _BLANK, content, media_format)
    yield f"{label}.headers", "; ".join(f"{key}: {value}" for key, value in headers) or None, blank


def _around_filename(disposition: str, filename: str | None) -> str:
    """The disposition with its filename blanked, so that only how it is written is left.

    A name that is not there as it reads (percent-encoded, escaped) stays: then more than the name differs.
    """
    if filename is None:
        return f'{disposition}; filename="{_BLANK}"'
    before, word, after = disposition.partition("filename")
    return before + word + after.replace(filename, _BLANK, 1)


def _names(parts: tuple[Part, ...]) -> Iterator[tuple[str, dict[str, None]]]:
    """Each field that is a file or written as an array, and the names its parts have."""
    for base in dict.fromkeys(base_name(part.name) for part in parts if part.is_file or "[" in part.name):
        yield base, dict.fromkeys(part.name for part in parts if base_name(part.name) == base)


def _renamed(plain: _Plain, base: str) -> _Plain:
    name, filename, content_type, disposition, *others = plain
    return (base, filename, content_type, disposition.replace(f'"{name}"', f'"{base}"', 1), *others)


def _parts_omitted(parts: tuple[Part, ...]) -> Iterator[tuple[int, str]]:
    """The parts that can be left out without renaming others: the last one of each name."""
    for place in {part.name: place for place, part in enumerate(parts)}.values():
        part = parts[place]
        yield place, part.text if not part.is_file and part.text is not None else "a file"
