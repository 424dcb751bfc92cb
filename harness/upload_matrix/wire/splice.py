"""All requests that lie between a passing and a failing one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol

from upload_matrix import vendors
from upload_matrix.model.codec import parsed
from upload_matrix.model.errors import HarnessError
from upload_matrix.wire.carriers.embedded import Embedded, spelt, taken_apart
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.carriers.raw import RawFile
from upload_matrix.wire.difference import Difference, Kind, closure
from upload_matrix.wire.form import Captured, Framing, Headers, WireForm, canonical_text, header
from upload_matrix.wire.json_body import JsonReader, Keys
from upload_matrix.wire.leaves import TEXT, LeafChange, mixed
from upload_matrix.wire.leaves import changes as leaf_changes
from upload_matrix.wire.read import COMPRESSED, boundary_of
from upload_matrix.wire.slots import Slot, paired
from upload_matrix.wire.write import Piece, body_headers, cut, head_of, multipart

# The headers of two requests that a server may judge by, and some of one put in the other's place.


_ASIDE = frozenset(
    {
        b"host",
        b"authorization",
        b"api-key",
        b"proxy-authorization",
        b"cookie",
        b"connection",
        b"keep-alive",
        b"content-length",
        b"transfer-encoding",
        b"content-type",
        b"content-encoding",
    }
)
"""Addressing, credentials (never shown, and never what is varied), framing, and what goes with the body."""

_TELEMETRY = b"x-stainless-"


def header_changes(passing: Headers, failing: Headers) -> tuple[Difference, ...]:
    """A change for each header that differs, the SDK's telemetry as one, in the failing request's order."""
    old, new = _grouped(passing), _grouped(failing)
    return tuple(
        Difference(
            f"headers.{name.decode('latin-1')}",
            _shown(name, old.get(name)),
            _shown(name, new.get(name)),
            Kind.HEADER,
        )
        for name in dict.fromkeys((*new, *old))
        if _values(old.get(name)) != _values(new.get(name))
    )


def mixed_headers(passing: Headers, failing: Headers, kept: AbstractSet[str]) -> Headers:
    """The passing request's headers with the kept changes made, without those that go with the body."""
    old, new = _grouped(passing), _grouped(failing)
    taken = {name for name in (*old, *new) if f"headers.{name.decode('latin-1')}" in kept}
    lines = [pair for name, pairs in old.items() if name not in taken for pair in pairs]
    lines += [pair for name, pairs in new.items() if name in taken for pair in pairs]
    aside = [pair for pair in passing if pair[0].lower() in _ASIDE and not _of_body(pair[0])]
    return (*aside, *lines)


def _of_body(name: bytes) -> bool:
    return name.lower() in (b"content-type", b"content-encoding", b"content-length", b"transfer-encoding")


def _grouped(headers: Headers) -> dict[bytes, list[tuple[bytes, bytes]]]:
    found: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for name, held in headers:
        lower = name.lower()
        if lower not in _ASIDE:
            key = _TELEMETRY + b"*" if lower.startswith(_TELEMETRY) else lower
            found.setdefault(key, []).append((name, held))
    return found


def _values(pairs: list[tuple[bytes, bytes]] | None) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), held) for name, held in pairs or ()]


def _shown(name: bytes, pairs: list[tuple[bytes, bytes]] | None) -> str | None:
    if pairs is None:
        return None
    if any(name.decode("latin-1") in vendor.hidden_headers for vendor in vendors.known()):
        return "(not shown)"
    if name.startswith(_TELEMETRY):
        return f"({len(pairs)} headers)"
    return ", ".join(held.decode("latin-1") for _, held in pairs)


# Bodies that lie between two: multipart part by part, JSON field by field, anything else as a whole.


@dataclass(frozen=True, slots=True)
class Form:
    """What a wire form says of a body."""

    parts: tuple[Part, ...] | None = None
    json: str | None = None
    size: int = 0
    sha256: str | None = None
    fault: str | None = None
    embedded: tuple[Embedded, ...] = ()
    raw: RawFile | None = None


class Bodies(Protocol):
    """All bodies between two requests' own. ``kept`` are the changes made, by their ``where``."""

    @property
    def changes(self) -> tuple[Difference, ...]:
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
        self._change = _of_whole(passing, failing)
        self.changes: tuple[Difference, ...] = () if same else (self._change,)

    def _end(self, kept: AbstractSet[str]) -> Captured:
        return self._ends[self._change.where in kept]

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
    """JSON documents, a change a leaf: of a file's text its prefix, spelling and content each.

    Mixed ones are written canonically.
    """

    def __init__(self, passing: Captured, failing: Captured, path: str) -> None:
        self._ends: tuple[Any, Any] = parsed(passing.body), parsed(failing.body)
        self._path = path
        self._assets = {
            each.sha256: each.asset
            for end in (passing, failing)
            for each in end.wire.embedded
            if each.asset is not None
        }
        self._leaves = tuple(leaf_changes(passing.wire, failing.wire))
        self.changes = tuple(
            Difference(
                each.where, each.before, each.after, Kind(each.kind), each.upload, _needed(each, self._leaves)
            )
            for each in self._leaves
        )
        self._read: dict[frozenset[str], Form] = {}

    def form(self, kept: AbstractSet[str]) -> Form:
        """See Bodies."""
        wanted = frozenset(kept) & {each.where for each in self._leaves}
        if wanted not in self._read:
            reader = JsonReader(self._path, self._assets)
            reader.feed(self._text(wanted).encode("utf-8", "surrogatepass"))
            document, embedded = reader.finish()
            self._read[wanted] = Form(json=document, embedded=embedded)
        return self._read[wanted]

    def render(
        self, kept: AbstractSet[str], media_type: str | None
    ) -> tuple[bytes, bytes | None, bytes | None]:
        """See Bodies."""
        text = self._text(kept).encode("utf-8", "surrogatepass")
        return text, (media_type or "application/json").encode(), None

    def _text(self, kept: AbstractSet[str]) -> str:
        by_place: dict[Keys, dict[str | None, bool]] = {}
        for leaf in self._leaves:
            by_place.setdefault(leaf.keys, {})[leaf.element] = leaf.where in kept
        return canonical_text(
            mixed(*self._ends, {keys: _maker(elements) for keys, elements in by_place.items()})
        )


def _maker(elements: Mapping[str | None, bool]) -> Callable[[Any, Any], Any]:
    """What makes the value at one place of the two ends' own, by which of its changes are kept."""
    if None in elements or TEXT in elements or len(set(elements.values())) == 1:
        of_failing = next(iter(elements.values()))
        return lambda passing, failing: failing if of_failing else passing

    def make(passing: str, failing: str) -> str:
        ends = taken_apart(passing), taken_apart(failing)
        prefix, spelling, content = (
            getattr(ends[elements.get(name, False)], name) for name in ("prefix", "spelling", "content")
        )
        return f"{prefix}{spelt(content, spelling)}"

    return make


def _needed(leaf: LeafChange, leaves: Sequence[LeafChange]) -> frozenset[str]:
    """An entry of a list is only there with those before it that are new as well."""
    before = (
        each.where
        for each in leaves
        if leaf.before is None
        and each.before is None
        and leaf.keys
        and isinstance(leaf.keys[-1], int)
        and each.keys[:-1] == leaf.keys[:-1]
        and isinstance(each.keys[-1], int)
        and each.keys[-1] < leaf.keys[-1]
    )
    return frozenset(before)


class PartBodies:
    """Multipart bodies: changes of each part, and of their order."""

    def __init__(self, passing: Sequence[Piece], failing: Sequence[Piece]) -> None:
        slots = paired(passing, failing)
        self._slots: dict[str, Slot] = {slot.label: slot for slot in slots}
        self._passing = _order(passing, slots, failing=False)
        self._failing = _order(failing, slots, failing=True)
        self.changes = tuple(change for slot in slots for change in slot.changes) + self._order_change()

    def _order_change(self) -> tuple[Difference, ...]:
        common = [label for label in self._passing if label in self._failing]
        other = [label for label in self._failing if label in self._passing]
        if common == other:
            return ()
        return (Difference("order", ", ".join(common), ", ".join(other), Kind.ORDER),)

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
        if passing.wire.json is not None and failing.wire.json is not None:
            return JsonBodies(passing, failing, failing.wire.path)
    return WholeBodies(passing, failing)


def _plain(request: Captured) -> bool:
    return header(request.headers, b"content-encoding") is None


def _form_of(wire: WireForm) -> Form:
    return Form(wire.parts, wire.json, wire.body_size, wire.body_sha256, wire.fault, wire.embedded, wire.raw)


def _types(request: Captured) -> tuple[bytes | None, bytes | None]:
    return header(request.headers, b"content-type"), header(request.headers, b"content-encoding")


def _of_whole(passing: Captured, failing: Captured) -> Difference:
    """What to call the difference: of the same parts, it is what the header says of them."""
    one, other = _described(passing.wire), _described(failing.wire)
    if passing.wire.parts is not None and one == other:
        where = "headers.content-type"
        return Difference(where, _stated(passing.headers), _stated(failing.headers), Kind.HEADER)
    return Difference("body", one, other, Kind.BODY)


def _stated(headers: Headers) -> str | None:
    """What the headers say of the body's kind, each time they do; boundaries are as good as each other."""
    said = []
    for name, value in headers:
        if name.lower() == b"content-type":
            text = value.decode("latin-1")
            boundary = boundary_of(text)
            said.append(text if boundary is None else f"{text.partition(';')[0]} with a boundary")
        elif name.lower() == b"content-encoding":
            said.append(f"encoded: {value.decode('latin-1')}")
    return "; ".join(said) or None


def _described(wire: WireForm) -> str:
    if wire.fault is not None and wire.fault.startswith(COMPRESSED):
        return wire.fault.partition(")")[0].removeprefix("it is ") + ")"
    if wire.parts is not None:
        return f"multipart, {len(wire.parts)} parts"
    if wire.json is not None:
        return "JSON"
    return f"{wire.body_size} bytes ({wire.media_type or 'no type'})" if wire.body_size else "no body"


def _order(pieces: Sequence[Piece], slots: Sequence[Slot], *, failing: bool) -> list[str]:
    """The labels in a request's own order."""
    of = {id(slot.failing if failing else slot.passing): slot.label for slot in slots}
    return [of[id(piece)] for piece in pieces]


class IllegalHybridError(HarnessError):
    """A set of changes that cannot be made without others, or a request that nothing can be built from."""


@dataclass(frozen=True, slots=True)
class Crafted:
    """A request that no client sent, to be sent like a captured one.

    Its ``wire`` is what a server will see, ``kept`` are the changes made and ``says`` tells what was done.
    The request line carries the target's own path, no tap's prefix.
    """

    request: Captured
    kept: frozenset[str]
    says: str


class Splicer:
    """Builds every request between ``passing`` and ``failing``; nothing is rendered before it is asked for.

    ``changes`` are all differences, in the order of the wire; a set of them is given by their ``where``.
    No change made gives the passing request byte for byte, all of them the failing one. Raises
    IllegalHybridError when one of the two is incomplete.
    """

    def __init__(self, passing: Captured, failing: Captured) -> None:
        for role, request in (("passing", passing), ("failing", failing)):
            if not request.complete:
                raise IllegalHybridError(f"the {role} request broke off: {request.wire.fault}")
        self._ends = passing, failing
        self._bodies: Bodies = bodies_between(passing, failing)
        self.changes: tuple[Difference, ...] = self._all_changes()
        if not self._sound():
            # What the parts are put together from does not give these very forms: take bodies whole.
            self._bodies = WholeBodies(passing, failing)
            self.changes = self._all_changes()
        self._keys: dict[frozenset[str], str | None] = {}
        self._all = frozenset(change.where for change in self.changes)
        self._headers = frozenset(change.where for change in self.changes if change.kind is Kind.HEADER)

    @property
    def ends(self) -> tuple[Captured, Captured]:
        """The passing and the failing request."""
        return self._ends

    def form(self, kept: AbstractSet[str]) -> WireForm:
        """The wire form of the request with these changes made; cheap, no body is made."""
        passing, failing = (end.wire for end in self._ends)
        body = self._bodies.form(kept)
        swapped = "body" in kept

        def end(where: str, *, with_body: bool = False) -> WireForm:
            return failing if where in kept or (with_body and swapped) else passing

        return WireForm(
            method=end("method").method,
            path=end("path").path,
            query=end("query").query,
            framing=end("framing", with_body=not self._framed).framing,
            media_type=end("media_type", with_body=True).media_type,
            parts=body.parts,
            json=body.json,
            body_size=body.size,
            body_sha256=body.sha256,
            fault=body.fault,
            embedded=body.embedded,
            raw=body.raw,
            upload_headers=vendors.upload_headers(
                mixed_headers(self._ends[0].headers, self._ends[1].headers, kept)
            ),
        )

    def key(self, kept: AbstractSet[str]) -> str | None:
        """What tells two of these requests apart on the wire; None when the set of changes is illegal.

        The wire form's digest, with one of the headers where headers are among the changes.
        """
        wanted = frozenset(kept)
        if wanted not in self._keys:
            self._keys[wanted] = self._key(wanted)
        return self._keys[wanted]

    def recordable(self, kept: AbstractSet[str]) -> bool:
        """Whether a recording of this request's wire form, by whatever client, may stand for its answer.

        Recordings do not tell headers apart. So one of an end's own form says nothing about a request that
        has this form, but other headers than that end.
        """
        digest = self.form(kept).digest
        ends = ((frozenset[str](), self._ends[0]), (self._headers, self._ends[1]))
        own = [mine for mine, end in ends if end.wire.digest == digest]
        return not own or (kept & self._headers) in own

    def craft(self, kept: AbstractSet[str]) -> Crafted:
        """The request with these changes made. Raises IllegalHybridError for a set that is not closed."""
        missing = closure(kept, self.changes) - kept
        if missing:
            raise IllegalHybridError(f"these changes need others: {', '.join(sorted(missing))}")
        made = frozenset(kept)
        if not made:
            return Crafted(self._ends[0], made, "the passing request as it was")
        if made == self._all:
            return Crafted(self._ends[1], made, "the failing request as it was")
        wire = self.form(made)
        body, content_type, encoding = self._bodies.render(made, wire.media_type)
        headers = (
            *mixed_headers(self._ends[0].headers, self._ends[1].headers, made),
            *body_headers(content_type, encoding, wire.framing, len(body)),
        )
        request = Captured(head_of(wire, headers), headers, body, wire, complete=True)
        return Crafted(
            request, made, f"the passing request with {', '.join(sorted(made))} of the failing one"
        )

    def _key(self, kept: frozenset[str]) -> str | None:
        if closure(kept, self.changes) != kept:
            return None
        headers = sorted(kept & self._headers)
        mark = f"+{hashlib.sha256(' '.join(headers).encode()).hexdigest()[:8]}" if headers else ""
        return self.form(kept).digest + mark

    @property
    def _framed(self) -> bool:
        """Whether both bodies are framed, so that the framing can be changed without the body."""
        return Framing.NONE not in (end.wire.framing for end in self._ends)

    def _all_changes(self) -> tuple[Difference, ...]:
        passing, failing = (end.wire for end in self._ends)
        whole = isinstance(self._bodies, WholeBodies) and bool(self._bodies.changes)
        kinds = [Kind.METHOD, Kind.PATH, Kind.QUERY]
        if not whole:
            kinds.append(Kind.MEDIA_TYPE)
        if not whole or self._framed:
            kinds.append(Kind.FRAMING)
        around = [
            Difference(kind.value, _said(passing, kind), _said(failing, kind), kind)
            for kind in kinds
            if getattr(passing, kind.value) != getattr(failing, kind.value)
        ]
        headers = header_changes(self._ends[0].headers, self._ends[1].headers)
        return (*around, *self._bodies.changes, *headers)

    def _sound(self) -> bool:
        passing, failing = self._ends
        everything = frozenset(change.where for change in self.changes)
        unique = len(everything) == len(self.changes)
        ends = self.form(frozenset()).digest, self.form(everything).digest
        return unique and ends == (passing.wire.digest, failing.wire.digest)


def deltas(failing: Captured, passing: Captured) -> tuple[Difference, ...]:
    """What a failing request has different from a passing one, down to the elements of its parts."""
    return Splicer(passing, failing).changes


def _said(wire: WireForm, kind: Kind) -> str | None:
    found = getattr(wire, kind.value)
    return str(found) if found else None
