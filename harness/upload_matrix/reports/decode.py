"""Plain JSON data, as ``encode`` writes it, back into results, wire forms and environments."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar, cast

from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.hop import Crossing, Effect, Forwarded, Hop, Rewriting, Speaker
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind, Raised
from upload_matrix.model.result import Attempt, CaseResult, Environment, Finding, Place, Verdict, VerdictKind
from upload_matrix.model.usage import Usage
from upload_matrix.model.wire import Framing, Part, WireForm

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from upload_matrix.reports.encode import Document

T = TypeVar("T")

ASSET_SIZE = 1
"""Size in bytes that a shipped picture has after reading: not empty, and not the encoder's business."""


class MalformedError(ValueError):
    """The document lacks a key, or holds a value of another type; the message says where."""


def need(document: Document, key: str, kind: type[T]) -> T:
    """The value under ``key``; raises ``MalformedError`` when it is missing or not a ``kind``."""
    if not isinstance(document, dict):
        raise MalformedError(f"is {type(document).__name__}, not an object with {key!r}")
    if key not in document:
        raise MalformedError(f"has no {key!r}")
    value = document[key]
    if not isinstance(value, kind):
        raise MalformedError(f"{key!r} is {type(value).__name__}, not {kind.__name__}")
    return value


def may(document: Document, key: str, kind: type[T]) -> T | None:
    """The value under ``key``, None when missing or null; raises ``MalformedError`` for another type."""
    absent = isinstance(document, dict) and document.get(key) is None
    return None if absent else need(document, key, kind)


def texts(values: list[Any], what: str) -> tuple[str, ...]:
    """``values`` as a tuple of strings; raises ``MalformedError`` naming ``what`` when one is none."""
    if not all(isinstance(value, str) for value in values):
        raise MalformedError(f"{what!r} holds something that is not a string")
    return tuple(values)


def _text_map(document: Document, key: str, *, nulls: bool = False) -> Mapping[str, Any]:
    values = need(document, key, dict)
    if not all(isinstance(value, str) or (nulls and value is None) for value in values.values()):
        raise MalformedError(f"{key!r} holds something that is not a string")
    return cast("Mapping[str, Any]", values)


def _read_pairs(document: Document) -> tuple[tuple[str, str], ...]:
    pairs = may(document, "headers", list) or []
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise MalformedError("'headers' is not a list of [name, value] pairs")
    return tuple((name, value) for name, value in (texts(pair, "headers") for pair in pairs))


class Decoder:
    """Reads a report's pieces. Equal pieces are kept once: a hundred thousand cases share a few answers."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}

    def _once(self, value: T) -> T:
        return cast("T", self._kept.setdefault(cast("Hashable", value), value))

    def part(self, document: Document) -> Part:
        """One part; a shipped picture comes back with ``ASSET_SIZE`` bytes and no digest."""
        asset = may(document, "asset", str)
        shipped = asset is not None and "size" not in document
        return Part(
            name=need(document, "name", str),
            filename=may(document, "filename", str),
            content_type=may(document, "content_type", str),
            disposition=need(document, "disposition", str),
            size=ASSET_SIZE if shipped else need(document, "size", int),
            sha256="" if shipped else need(document, "sha256", str),
            format=may(document, "format", str),
            headers=_read_pairs(document),
            asset=asset,
            text=may(document, "text", str),
            characters=may(document, "characters", int),
        )

    def wire(self, digest: str, document: Document) -> WireForm:
        """A wire form; raises ``MalformedError`` when it is not the one that ``digest`` names."""
        parts = may(document, "parts", list)
        wire = WireForm(
            method=need(document, "method", str),
            path=need(document, "path", str),
            framing=Framing(need(document, "framing", str)),
            media_type=may(document, "media_type", str),
            query=may(document, "query", str) or "",
            parts=None if parts is None else tuple(self.part(part) for part in parts),
            json=may(document, "json", str),
            body_size=may(document, "body_size", int) or 0,
            body_sha256=may(document, "body_sha256", str),
            fault=may(document, "fault", str),
        )
        if wire.digest != digest:
            raise MalformedError(f"is really {wire.digest}: it was changed by hand or by another tool")
        return wire

    def environment(self, document: Document) -> Environment:
        """An environment."""
        return Environment(
            name=need(document, "name", str),
            python=need(document, "python", str),
            mime_table=need(document, "mime_table", str),
            clients=_text_map(document, "clients"),
            guesses=_text_map(document, "guesses", nulls=True),
        )

    def result(self, document: Document) -> CaseResult:
        """A case's result, its seconds zero."""
        return CaseResult(
            id=need(document, "id", str),
            matrix=need(document, "matrix", str),
            axes=_text_map(document, "axes") if "axes" in document else {},
            target=need(document, "target", str),
            environment=need(document, "environment", str),
            outcome=self._outcome(need(document, "outcome", dict)),
            verdict=self._verdict(need(document, "verdict", dict)),
            client=self._client(may(document, "client", dict) or {}),
            attempts=tuple(self._attempt(each) for each in may(document, "attempts", list) or ()),
            findings=self._once(tuple(self._finding(each) for each in may(document, "findings", list) or ())),
            facts=_text_map(document, "facts", nulls=True) if "facts" in document else {},
            hop=self._hop(need(document, "hop", dict)) if "hop" in document else None,
        )

    def _outcome(self, document: Document) -> Outcome:
        return self._once(
            Outcome(
                kind=OutcomeKind(need(document, "kind", str)),
                status=may(document, "status", int),
                type=may(document, "type", str),
                code=may(document, "code", str),
                param=may(document, "param", str),
                message=may(document, "message", str),
                detail=may(document, "detail", str),
            )
        )

    def _verdict(self, document: Document) -> Verdict:
        at = may(document, "at", dict)
        return self._once(
            Verdict(
                kind=VerdictKind(need(document, "kind", str)),
                expected=need(document, "expected", str),
                because=may(document, "because", str),
                link=may(document, "link", str),
                at=None if at is None else Place(need(at, "file", str), need(at, "line", int)),
            )
        )

    def _client(self, document: Document) -> ClientReport:
        return self._once(
            ClientReport(
                returned=may(document, "returned", str),
                raised=tuple(
                    Raised(need(each, "name", str), need(each, "message", str))
                    for each in may(document, "raised", list) or ()
                ),
                status=may(document, "status", int),
                body=may(document, "body", str),
            )
        )

    def _finding(self, document: Document) -> Finding:
        return Finding(
            code=need(document, "code", str),
            part=may(document, "part", str),
            says=need(document, "says", str),
            mend=need(document, "mend", str),
        )

    def _attempt(self, document: Document) -> Attempt:
        source, usage = may(document, "source", dict), may(document, "usage", dict)
        return self._once(
            Attempt(
                wire=need(document, "wire", str),
                status=may(document, "status", int),
                source=None if source is None else self._source(source),
                rule=may(document, "rule", str),
                headers=_read_pairs(document),
                answer=may(document, "answer", str),
                no_answer=may(document, "no_answer", str),
                nearest=may(document, "nearest", str),
                nearest_differences=texts(
                    may(document, "nearest_differences", list) or [], "nearest_differences"
                ),
                usage=None if usage is None else self._usage(usage),
            )
        )

    def _usage(self, document: Document) -> Usage:
        return self._once(Usage(**{each.name: need(document, each.name, int) for each in fields(Usage)}))

    def _source(self, document: Document) -> Source:
        return Source(
            target=need(document, "target", str),
            provenance=Provenance(need(document, "provenance", str)),
            supply=Supply(need(document, "supply", str)),
            profile=may(document, "profile", str),
            recorded_on=may(document, "recorded_on", str),
        )

    def _hop(self, document: Document) -> Hop:
        return self._once(
            Hop(
                gateway=need(document, "gateway", str),
                crossings=tuple(self._crossing(each) for each in need(document, "crossings", list)),
            )
        )

    def _crossing(self, document: Document) -> Crossing:
        return Crossing(
            speaker=Speaker(need(document, "speaker", str)),
            forwarded=tuple(self._forwarded(each) for each in may(document, "forwarded", list) or ()),
            says=may(document, "says", str),
        )

    def _forwarded(self, document: Document) -> Forwarded:
        source = may(document, "source", dict)
        return Forwarded(
            wire=need(document, "wire", str),
            status=may(document, "status", int),
            source=None if source is None else self._source(source),
            rule=may(document, "rule", str),
            no_answer=may(document, "no_answer", str),
            rewritings=tuple(
                Rewriting(
                    where=need(each, "where", str),
                    sent=may(each, "sent", str),
                    forwarded=may(each, "forwarded", str),
                    effect=Effect(need(each, "effect", str)),
                )
                for each in may(document, "rewritings", list) or ()
            ),
            repaired=texts(may(document, "repaired", list) or [], "repaired"),
            introduced=texts(may(document, "introduced", list) or [], "introduced"),
        )
