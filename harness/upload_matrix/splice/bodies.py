"""Bodies that lie between two: multipart part by part, JSON field by field, anything else as a whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol

from upload_matrix.model.change import Change, ChangeKind
from upload_matrix.model.codec import parsed
from upload_matrix.model.exchange import Captured
from upload_matrix.model.wire import Part, WireForm, canonical_json
from upload_matrix.splice.headers import value
from upload_matrix.splice.pieces import Piece, cut
from upload_matrix.splice.slots import Slot, paired


@dataclass(frozen=True, slots=True)
class Form:
    """What a wire form says of a body."""

    parts: tuple[Part, ...] | None = None
    json: str | None = None
    size: int = 0
    sha256: str | None = None
    fault: str | None = None


class Bodies(Protocol):
    """All bodies between two requests' own. ``kept`` are the changes made, by their ``where``."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """What differs."""

    def form(self, kept: AbstractSet[str]) -> Form:
        """What the body's wire form will be, without making the body."""

    def render(
        self, kept: AbstractSet[str], media_type: str | None
    ) -> tuple[bytes, bytes | None, bytes | None]:
        """Content, Content-Type (of this media type) and Content-Encoding."""


class WholeBodies:
    """Two bodies that cannot be mixed, each going with its Content-Type and Content-Encoding."""

    def __init__(self, passing: Captured, failing: Captured) -> None:
        self._ends = passing, failing
        same = _form_of(passing.wire) == _form_of(failing.wire) and _types(passing) == _types(failing)
        change = Change("body", ChangeKind.BODY, _described(passing.wire), _described(failing.wire))
        self.changes: tuple[Change, ...] = () if same else (change,)

    def _end(self, kept: AbstractSet[str]) -> Captured:
        return self._ends["body" in kept]

    def form(self, kept: AbstractSet[str]) -> Form:
        """See Bodies."""
        return _form_of(self._end(kept).wire)

    def render(
        self,
        kept: AbstractSet[str],
        media_type: str | None,  # noqa: ARG002 - the protocol's
    ) -> tuple[bytes, bytes | None, bytes | None]:
        """See Bodies; the Content-Type is the end's own, so ``media_type`` does not matter."""
        end = self._end(kept)
        return end.body, *_types(end)


class JsonBodies:
    """JSON objects, a change a top-level field. Mixed ones are written canonically."""

    def __init__(self, passing: dict[str, Any], failing: dict[str, Any]) -> None:
        self._ends = passing, failing
        self.changes = tuple(
            Change(f"fields.{key}", ChangeKind.FIELD, _json_shown(passing, key), _json_shown(failing, key))
            for key in sorted(passing.keys() | failing.keys())
            if (key in passing, passing.get(key)) != (key in failing, failing.get(key))
        )

    def form(self, kept: AbstractSet[str]) -> Form:
        """See Bodies."""
        return Form(json=self._text(kept))

    def render(
        self, kept: AbstractSet[str], media_type: str | None
    ) -> tuple[bytes, bytes | None, bytes | None]:
        """See Bodies."""
        return self._text(kept).encode(), (media_type or "application/json").encode(), None

    def _text(self, kept: AbstractSet[str]) -> str:
        passing, failing = self._ends
        sides = {
            key: failing if f"fields.{key}" in kept else passing for key in passing.keys() | failing.keys()
        }
        return canonical_json(
            json.dumps({key: side[key] for key, side in sides.items() if key in side}).encode()
        )


class PartBodies:
    """Multipart bodies: changes of each part, and of their order."""

    def __init__(self, passing: Sequence[Piece], failing: Sequence[Piece]) -> None:
        slots = paired(passing, failing)
        self._slots: dict[str, Slot] = {slot.label: slot for slot in slots}
        self._passing = _order(passing, slots, failing=False)
        self._failing = _order(failing, slots, failing=True)
        self.changes = tuple(change for slot in slots for change in slot.changes) + self._order_change()

    def _order_change(self) -> tuple[Change, ...]:
        common = [label for label in self._passing if label in self._failing]
        other = [label for label in self._failing if label in self._passing]
        if common == other:
            return ()
        return (Change("order", ChangeKind.ORDER, ", ".join(common), ", ".join(other)),)

    def _pieces(self, kept: AbstractSet[str]) -> list[Piece]:
        first, second = self._passing, self._failing
        if "order" in kept:
            first, second = second, first
        labels = list(first)
        for place, label in enumerate(second):
            if label not in labels:
                # After the one it follows in its own request.
                labels.insert(labels.index(second[place - 1]) + 1 if place else 0, label)
        pieces = (self._slots[label].piece(kept) for label in labels)
        return [piece for piece in pieces if piece is not None]

    def form(self, kept: AbstractSet[str]) -> Form:
        """See Bodies."""
        return Form(parts=tuple(piece.part for piece in self._pieces(kept)))

    def render(
        self, kept: AbstractSet[str], media_type: str | None
    ) -> tuple[bytes, bytes | None, bytes | None]:
        """See Bodies."""
        rendered = [piece.rendered() for piece in self._pieces(kept)]
        return *multipart(rendered, media_type), None


def bodies_between(passing: Captured, failing: Captured) -> PartBodies | JsonBodies | WholeBodies:
    """How these two bodies can be mixed, the finest way there is."""
    if _plain(passing) and _plain(failing):
        old, new = cut(passing), cut(failing)
        if old is not None and new is not None:
            return PartBodies(old, new)
        documents = [_json_object(end) for end in (passing, failing)]
        if documents[0] is not None and documents[1] is not None:
            return JsonBodies(documents[0], documents[1])
    return WholeBodies(passing, failing)


def _plain(request: Captured) -> bool:
    return value(request.headers, b"content-encoding") is None


def _json_object(request: Captured) -> dict[str, Any] | None:
    document = parsed(request.wire.json) if request.wire.json is not None else None
    return document if isinstance(document, dict) else None


def _json_shown(document: dict[str, Any], key: str) -> str | None:
    found = document.get(key)
    return found if found is None or isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _form_of(wire: WireForm) -> Form:
    return Form(wire.parts, wire.json, wire.body_size, wire.body_sha256, wire.fault)


def _types(request: Captured) -> tuple[bytes | None, bytes | None]:
    return value(request.headers, b"content-type"), value(request.headers, b"content-encoding")


def _described(wire: WireForm) -> str:
    if wire.parts is not None:
        return f"multipart, {len(wire.parts)} parts"
    if wire.json is not None:
        return "JSON"
    return f"{wire.body_size} bytes ({wire.media_type or 'no type'})" if wire.body_size else "no body"


def _order(pieces: Sequence[Piece], slots: Sequence[Slot], *, failing: bool) -> list[str]:
    """The labels in a request's own order."""
    of = {id(slot.failing if failing else slot.passing): slot.label for slot in slots}
    return [of[id(piece)] for piece in pieces]


def multipart(rendered: Sequence[bytes], media_type: str | None) -> tuple[bytes, bytes]:
    """A body of these parts (headers and content each), and the Content-Type that goes with it.

    Its boundary is in no part, and the same for the same parts, so that crafted requests are the same too.
    """
    digest = hashlib.sha256(b"\0".join(rendered)).hexdigest().encode()
    number = 0
    while any((boundary := b"um-%s-%d" % (digest[:24], number)) in part for part in rendered):
        number += 1
    lines = b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in rendered)
    kind = (media_type or "multipart/form-data").encode()
    return b"%s--%s--\r\n" % (lines, boundary), kind + b"; boundary=" + boundary
