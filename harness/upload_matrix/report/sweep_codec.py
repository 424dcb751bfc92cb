"""The pieces of a sweep as plain JSON data and back: releases with their cells, answers, behaviours.

A *behaviour* is what a cell holds beside its place: wire forms, outcome, and read. Thousands of cells share a
handful of them, so each is written once, under a digest, and a release lists digests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from upload_matrix.judge.celldiff import Difference
from upload_matrix.judge.history import ChangePoint
from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.codec import Document, MalformedError, decode, encode
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import Environment
from upload_matrix.model.sweep import Cell, Guard, Release, ReleaseResult, WireAnswer
from upload_matrix.model.wire import DIGEST_LENGTH
from upload_matrix.model.wirediff import Delta
from upload_matrix.report.decode import may, need, texts


class Behaviour(NamedTuple):
    """What a cell sent, what became of it, and what the client made of that (None: not noted)."""

    wires: tuple[str, ...]
    outcome: Outcome
    read: str | None = None


def encode_behaviour(behaviour: Behaviour) -> Document:
    """A behaviour as data."""
    document: Document = {
        "wires": list(behaviour.wires),
        "outcome": encode(behaviour.outcome),
    }
    # Left out where it is not known, so that what was written before reads were kept keeps its digest.
    return document if behaviour.read is None else document | {"read": behaviour.read}


def behaviour_key(document: Document) -> str:
    """The digest under which an encoded behaviour is written."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def decode_behaviour(key: str, document: Document) -> Behaviour:
    """A behaviour; raises ``MalformedError`` when it is not the one that ``key`` names."""
    said = need(document, "outcome", dict)
    outcome = Outcome(
        kind=OutcomeKind(need(said, "kind", str)),
        status=may(said, "status", int),
        **{name: may(said, name, str) for name in ("type", "code", "param", "message", "detail")},
    )
    wires = texts(need(document, "wires", list), "wires")
    behaviour = Behaviour(wires, outcome, may(document, "read", str))
    really = behaviour_key(encode_behaviour(behaviour))
    if really != key:
        raise MalformedError(f"is really {really}: it was changed by hand or by another tool")
    return behaviour


def encode_guard(guard: Guard | None) -> Document | None:
    """A guard by its one setting."""
    if guard is None:
        return None
    return {"every": guard.every} if guard.every is not None else {"samples": guard.samples}


def decode_guard(document: Document | None) -> Guard | None:
    """A guard."""
    if document is None:
        return None
    return Guard(every=may(document, "every", int), samples=may(document, "samples", int))


def encode_answer(answer: WireAnswer) -> Document:
    """Who answered a wire form; ``source`` is null when nobody did."""
    source = answer.source
    said: Document | None = None
    if source is not None:
        said = {
            "target": source.target,
            "provenance": source.provenance.value,
            "supply": source.supply.value,
            "profile": source.profile,
            "recorded_on": source.recorded_on,
        }
        said = {key: value for key, value in said.items() if value is not None}
    return {"wire": answer.wire, "target": answer.target, "source": said}


def decode_answer(document: Document) -> WireAnswer:
    """Who answered a wire form."""
    said = may(document, "source", dict)
    source = None
    if said is not None:
        source = Source(
            target=need(said, "target", str),
            provenance=Provenance(need(said, "provenance", str)),
            supply=Supply(need(said, "supply", str)),
            profile=may(said, "profile", str),
            recorded_on=may(said, "recorded_on", str),
        )
    return WireAnswer(need(document, "wire", str), need(document, "target", str), source)


def encode_release(
    release: Release, result: ReleaseResult | None, variants: Sequence[str], keys: Mapping[Behaviour, str]
) -> Document:
    """A release with what came of it, if it was tried; ``cells`` go by the place of their variant."""
    document: Document = {"name": release.name}
    if release.published is not None:
        document["published"] = release.published.isoformat()
    if release.yanked is not None:
        document["yanked"] = release.yanked
    if result is None:
        return document
    if result.unavailable is not None:
        document["unavailable"] = result.unavailable
    document["environments"] = [encode(each) for each in result.environments]
    cells = (result.cells.get(variant) for variant in variants)
    document["cells"] = [
        None if cell is None else keys[Behaviour(cell.wires, cell.outcome, cell.read)] for cell in cells
    ]
    return document


def decode_release(
    document: Document, variants: Sequence[str], behaviours: Mapping[str, Behaviour]
) -> tuple[Release, ReleaseResult | None]:
    """A release, and its result when it was tried."""
    name = need(document, "name", str)
    published = may(document, "published", str)
    release = Release(
        name,
        None if published is None else date.fromisoformat(published),
        may(document, "yanked", str),
    )
    if "cells" not in document:
        return release, None
    keys = need(document, "cells", list)
    if len(keys) != len(variants):
        raise MalformedError(f"has {len(keys)} cells for {len(variants)} variants")
    cells = {
        variant: _cell(variant, name, key, behaviours)
        for variant, key in zip(variants, keys, strict=True)
        if key is not None
    }
    environments = tuple(decode(Environment, each) for each in need(document, "environments", list))
    return release, ReleaseResult(name, cells, environments, may(document, "unavailable", str))


def _cell(variant: str, release: str, key: Any, behaviours: Mapping[str, Behaviour]) -> Cell:
    if not isinstance(key, str) or key not in behaviours:
        raise MalformedError(f"names the behaviour {key!r}, which the sweep lacks")
    return Cell(variant, release, *behaviours[key])


def encode_change(change: ChangePoint) -> Document:
    """A change point, for readers; it follows from the cells and is not read back."""
    return {
        "before": change.before,
        "after": change.after,
        "between": list(change.between),
        "sure": change.sure,
        "differences": [_difference(each) for each in change.differences],
        "beside": [_delta(delta) for delta in change.beside],
    }


def _difference(difference: Difference) -> Document:
    document: Document = {
        "variants": list(difference.variants),
        "wire": [_delta(delta) for delta in difference.deltas],
    }
    if difference.outcome is not None:
        old, new = difference.outcome
        document["outcome"] = {"from": encode(old), "to": encode(new)}
    if difference.read is not None:
        document["read"] = {"from": difference.read[0], "to": difference.read[1]}
    return document


def _delta(delta: Delta) -> Document:
    return {"where": delta.where, "from": delta.before, "to": delta.after}
