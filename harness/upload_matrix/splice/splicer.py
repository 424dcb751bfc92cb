"""All requests that lie between a passing and a failing one."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from upload_matrix.model.change import Change, ChangeKind, closure
from upload_matrix.model.errors import HarnessError
from upload_matrix.model.exchange import Captured
from upload_matrix.model.wire import Framing, WireForm
from upload_matrix.splice.bodies import Bodies, WholeBodies, bodies_between
from upload_matrix.splice.headers import body_headers, header_changes, mixed_headers


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
        self.changes: tuple[Change, ...] = self._all_changes()
        if not self._sound():
            # What the parts are put together from does not give these very forms: take bodies whole.
            self._bodies = WholeBodies(passing, failing)
            self.changes = self._all_changes()
        self._keys: dict[frozenset[str], str | None] = {}
        self._all = frozenset(change.where for change in self.changes)
        self._headers = frozenset(change.where for change in self.changes if change.kind is ChangeKind.HEADER)

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

    def _all_changes(self) -> tuple[Change, ...]:
        passing, failing = (end.wire for end in self._ends)
        whole = isinstance(self._bodies, WholeBodies) and bool(self._bodies.changes)
        kinds = [ChangeKind.METHOD, ChangeKind.PATH, ChangeKind.QUERY]
        if not whole:
            kinds.append(ChangeKind.MEDIA_TYPE)
        if not whole or self._framed:
            kinds.append(ChangeKind.FRAMING)
        around = [
            Change(kind.value, kind, _said(passing, kind), _said(failing, kind))
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


def deltas(failing: Captured, passing: Captured) -> tuple[Change, ...]:
    """What a failing request has different from a passing one, down to the elements of its parts."""
    return Splicer(passing, failing).changes


def splice(passing: Captured, failing: Captured, kept: Collection[Change]) -> Crafted:
    """The passing request with exactly these changes of the failing one. Raises IllegalHybridError."""
    return Splicer(passing, failing).craft(frozenset(change.where for change in kept))


def head_of(wire: WireForm, headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """A raw head: request line with the target's own path, the headers, the blank line."""
    target = wire.path + (f"?{wire.query}" if wire.query else "")
    lines = [f"{wire.method} {target} HTTP/1.1".encode("latin-1", "backslashreplace")]
    lines += [name + b": " + held for name, held in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _said(wire: WireForm, kind: ChangeKind) -> str | None:
    found = getattr(wire, kind.value)
    return str(found) if found else None
