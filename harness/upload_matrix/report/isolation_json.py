"""An isolation as JSON: what a program reads, and what its other forms say in words.

One difference, one question a line. The same requests and recordings give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from upload_matrix.judge.isolate.questions import Asked
from upload_matrix.judge.isolate.result import Cause, Isolation
from upload_matrix.model.change import Change
from upload_matrix.model.codec import Document, encode, in_lines, line, separated
from upload_matrix.model.diagnosis import Answered
from upload_matrix.model.wire import WireForm

FORMAT = "upload-matrix isolation"
VERSION = 1


def chunks(
    *,
    target: str,
    failing: str,
    passing: str,
    how: str,
    result: Isolation,
    forms: tuple[WireForm, WireForm],
    tried: Iterable[tuple[str, Answered]] = (),
    origins: Iterable[str] = (),
) -> Iterator[str]:
    """The report in pieces; ``forms`` are the passing and the failing wire form, ``tried`` what was asked
    before the passing request was found, with the answer."""
    yield "{\n"
    head: Document = {
        "format": FORMAT,
        "version": VERSION,
        "sentence": result.sentence,
        "stopped": result.stopped.value,
        "emulated": result.emulated,
        "target": target,
        "failing": {"name": failing, "wire": forms[1].digest},
        "passing": {"name": passing, "how": how, "wire": forms[0].digest},
        "signature": None if result.signature is None else _signature(result),
        "causes": [_cause(cause) for cause in result.causes],
        "origins": list(origins),
        "counts": {
            "calls": result.calls,
            "recorded": result.recorded,
            "inconclusive": result.inconclusive,
            "searched": result.searched,
            "bound": result.bound,
        },
    }
    for key, value in head.items():
        yield f"{line(key)}: {line(value)},\n"
    lists: dict[str, Iterable[Any]] = {
        "changes": (_change(change, result) for change in (*result.changes, *result.dropped)),
        "tried": ({"says": says, **_answered(answer)} for says, answer in tried),
        "asked": map(_asked, result.asked),
    }
    for key, values in lists.items():
        yield f"{line(key)}: ["
        yield from separated(line(value) for value in values)
        yield "],\n"
    yield '"wires": {'
    yield from separated(f"{line(form.digest)}: {in_lines(encode(form))}" for form in forms)
    yield "}\n}\n"


def fate(change: Change, result: Isolation) -> str:
    """What is known of a difference: ``decides``, ``comes_along``, ``does_not_matter``, ``same_wire``,
    ``suspected``, ``open``."""
    if any(change in cause.changes for cause in result.causes):
        return "decides"
    if any(change in cause.along for cause in result.causes):
        return "comes_along"
    if change in result.exonerated:
        return "does_not_matter"
    if change in result.dropped:
        return "same_wire"
    return "suspected" if change in result.suspected else "open"


def _signature(result: Isolation) -> Document:
    signature = result.signature
    assert signature is not None
    return {
        "layer": signature.layer,
        "status": signature.status,
        "code": signature.code,
        "param": signature.param,
    }


def _cause(cause: Cause) -> Document:
    return {
        "changes": [change.where for change in cause.changes],
        "along": [change.where for change in cause.along],
        "sufficient": cause.sufficient,
        "minimal": cause.minimal,
        "necessary": cause.necessary,
        "searched": cause.searched,
        "bound": cause.bound,
    }


def _change(change: Change, result: Isolation) -> Document:
    return {
        "where": change.where,
        "kind": change.kind.value,
        "part": change.part,
        "passing": change.passing,
        "failing": change.failing,
        "fate": fate(change, result),
    }


def _answered(answer: Answered) -> Document:
    return {
        "status": answer.status,
        "code": answer.code,
        "param": answer.param,
        "message": answer.message,
        "recorded": answer.recorded,
        "emulated": answer.emulated,
    }


def _asked(entry: Asked) -> Document:
    question, reply = entry.question, entry.reply
    return {
        "purpose": question.purpose.value,
        "changes": sorted(question.kept),
        "vote": reply.vote.value,
        "signature": None if reply.signature is None else str(reply.signature),
        "recorded": reply.recorded,
        "emulated": reply.emulated,
        "says": reply.says,
    }
