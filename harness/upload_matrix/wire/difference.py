"""The difference of two wire forms, part by part: ``image.content_type: image/webp -> image/png``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.carriers.multipart import Part, labels
from upload_matrix.wire.form import Framing, WireForm
from upload_matrix.wire.leaves import changes

_PART_FIELDS = ("filename", "content_type", "content", "format")

_CONTENT = ("content", "format")
"""What a text field's own value already says."""


class Kind(ExplainedWord):
    """What a difference is about; the first group lies within one part, the second in the whole request."""

    CONTENT_TYPE = "content_type", "The Content-Type of a part."
    FILENAME = "filename", "The filename of a part."
    NAME = "name", "The part's field name, also `image` against `image[]`."
    CONTENT = "content", "The bytes of a file."
    FIELD = "field", "The value of a text field, in a multipart or a JSON body alike."
    PRESENCE = "presence", "A part that one of the two lacks."
    PART_HEADER = "part_header", "A header of a part beside Content-Disposition and Content-Type."
    DISPOSITION = "disposition", "How `Content-Disposition` is written, where it says the same."
    ORDER = "order", "The order of the parts."
    FRAMING = "framing", "How the body's length is told: a Content-Length, or chunks."
    MEDIA_TYPE = "media_type", "The Content-Type of the whole body."
    BODY = "body", "The whole body with its Content-Type, where it cannot be taken apart."
    QUERY = "query", "What stands behind the `?` of the address."
    PATH = "path", "The path of the address."
    METHOD = "method", "The method: POST, PUT..."
    HEADER = "header", "A header of the request."


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two requests differ, or two environments: ``where``, and its value on either side.

    ``where`` is ``framing``, ``fields.model`` or ``PART.FIELD``; a value of None means that it is not there.
    In a document the two are called ``from`` and ``to``. Where the requests were taken apart, so that each
    difference can be made or undone by itself (see ``wire.splice``), ``kind`` says what it is about, ``part``
    is the label of the part it lies in, ``requires`` are the differences (by ``where``) without which it
    cannot be made, and each ``where`` is there once.
    """

    where: str
    before: Annotated[str | None, Field(alias="from")]
    after: Annotated[str | None, Field(alias="to")]
    kind: SkipJsonSchema[Kind | None] = None
    part: SkipJsonSchema[str | None] = None
    requires: SkipJsonSchema[frozenset[str]] = frozenset()

    def __str__(self) -> str:
        before, after = ("(none)" if value is None else value for value in (self.before, self.after))
        return f"{self.where}: {before} -> {after}"


def diff(before: WireForm, after: WireForm) -> tuple[Difference, ...]:
    """Every difference between two forms, in the order a reader meets them on the wire; () when equal."""
    return tuple(_differences(before, after))


def contents(form: WireForm) -> tuple[Difference, ...]:
    """All that is in a form beside its method and path, as what a request that has nothing else lacks."""
    bare = WireForm(
        form.method,
        form.path,
        Framing.NONE,
        parts=None if form.parts is None else (),
        json=None if form.json is None else "{}",
    )
    return tuple(Difference(each.where, None, each.after) for each in diff(bare, form))


def _differences(before: WireForm, after: WireForm) -> Iterator[Difference]:
    for where in ("method", "path", "query", "media_type", "framing"):
        old, new = getattr(before, where), getattr(after, where)
        if old != new:
            yield from _compared(where, str(old or ""), str(new or ""))
    yield from _json_differences(before, after)
    yield from _part_differences(before.parts, after.parts)
    for header in dict.fromkeys(name for form in (before, after) for name, _ in form.upload_headers):
        old, new = (dict(form.upload_headers).get(header) for form in (before, after))
        yield from _compared(f"headers.{header}", old, new)
    yield from _compared("body", before.body_content, after.body_content)
    yield from _compared("fault", before.fault, after.fault)


def _compared(where: str, before: str | None, after: str | None) -> Iterator[Difference]:
    if before != after:
        yield Difference(where, before or None, after or None)


def _json_differences(before: WireForm, after: WireForm) -> Iterator[Difference]:
    if before.json != after.json or before.embedded != after.embedded:
        for change in changes(before, after):
            yield Difference(change.where, change.before, change.after)


def _part_differences(
    before: tuple[Part, ...] | None, after: tuple[Part, ...] | None
) -> Iterator[Difference]:
    if (before is None) != (after is None):
        yield Difference(
            "body",
            "multipart" if before is not None else "not multipart",
            "multipart" if after is not None else "not multipart",
        )
        return
    old, new = (dict(zip(labels(parts or ()), parts or (), strict=True)) for parts in (before, after))
    shared = [key for key in old if key in new]
    for key in old:
        if key not in new:
            yield Difference(key, _summary(old[key]), None)
    for key in new:
        if key not in old:
            yield Difference(key, None, _summary(new[key]))
    for key in shared:
        yield from _within_part(key, old[key], new[key])
    order = [key for key in new if key in old]
    if shared != order:
        yield Difference("order", ", ".join(shared), ", ".join(order))


def _within_part(key: str, old: Part, new: Part) -> Iterator[Difference]:
    if old == new:
        return
    before, after = old.identity(), new.identity()
    if before == after:
        return
    found = False
    as_text = not old.is_upload and not new.is_upload and old.text is not None and new.text is not None
    if as_text and old.text != new.text:
        found = True
        yield Difference(f"fields.{key}", old.text, new.text)
    for field in _PART_FIELDS:
        if before[field] != after[field] and not (as_text and field in _CONTENT):
            found = True
            yield Difference(f"{key}.{field}", before[field], after[field])
    if before["headers"] != after["headers"]:
        found = True
        yield Difference(f"{key}.headers", old.other_headers, new.other_headers)
    # Only said when it is the whole difference: otherwise it repeats what filename already says.
    if not found:
        yield Difference(f"{key}.disposition", before["disposition"], after["disposition"])


def _summary(part: Part) -> str:
    if not part.is_upload:
        return "text" if part.text is None else f"text {part.text!r}"
    return f"file {part.filename!r} ({part.content_type or 'no type'}, {part.content})"


def nearest(form: WireForm, recorded: Iterable[WireForm]) -> tuple[WireForm, tuple[Difference, ...]] | None:
    """The closest of ``recorded`` and what separates it from ``form``; None when there is none at all.

    Forms of the same method and path come before all others, then fewer differences, then the digest.
    """
    forms = list(recorded)
    same = [other for other in forms if (other.method, other.path) == (form.method, form.path)]
    return next(iter(by_nearness(form, same or forms)), None)


def by_nearness(form: WireForm, others: Iterable[WireForm]) -> list[tuple[WireForm, tuple[Difference, ...]]]:
    """Forms with what separates each from ``form``: fewer differences first, equally near ones by digest."""
    compared = [(other, diff(other, form)) for other in others]
    return sorted(compared, key=lambda pair: (len(pair[1]), pair[0].digest))


def closure(wanted: Iterable[str], changes: Sequence[Difference]) -> frozenset[str]:
    """``wanted`` with all that these changes require, directly or not."""
    requires = {change.where: change.requires for change in changes}
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        where = waiting.pop()
        if where not in found:
            found.add(where)
            waiting.extend(requires[where])
    return frozenset(found)


def without(removed: Collection[str], changes: Sequence[Difference]) -> frozenset[str]:
    """All of ``changes`` but ``removed`` and what requires one of them, directly or not."""
    gone = set(removed)
    grew = True
    while grew:
        dependent = {change.where for change in changes if not gone.isdisjoint(change.requires)} - gone
        gone |= dependent
        grew = bool(dependent)
    return frozenset(change.where for change in changes if change.where not in gone)
