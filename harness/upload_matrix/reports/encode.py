"""Results, wire forms and environments as plain JSON data; ``decode`` reads them back.

What is None or empty is left out, so a report holds what is known and nothing else.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from upload_matrix.model.answer import Source
    from upload_matrix.model.hop import Crossing, Forwarded, Hop, Rewriting
    from upload_matrix.model.outcome import Outcome
    from upload_matrix.model.result import Attempt, CaseResult, Environment, Finding
    from upload_matrix.model.wire import Part, WireForm

Document = dict[str, Any]


def _slim(document: Document) -> Document:
    return {key: value for key, value in document.items() if value is not None and value not in ([], {})}


def _pairs(pairs: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [list(pair) for pair in pairs]


def encode_part(part: Part) -> Document:
    """One part. A shipped picture is written by name: its size and digest vary with the image encoder."""
    document: Document = {
        "name": part.name,
        "filename": part.filename,
        "content_type": part.content_type,
        "disposition": part.disposition,
    }
    rest: Document = {"headers": _pairs(part.headers), "asset": part.asset}
    if not part.asset or part.size == 0:
        rest |= {"size": part.size, "sha256": part.sha256}
    rest |= {"format": part.format, "text": part.text, "characters": part.characters}
    return document | _slim(rest)


def encode_wire(wire: WireForm) -> Document:
    """A wire form; ``parts`` stands last, so that it can be written one part a line."""
    body: Document = {}
    if wire.body_size or wire.body_sha256 is not None:
        body = {"body_size": wire.body_size, "body_sha256": wire.body_sha256}
    document = _slim(
        {
            "method": wire.method,
            "path": wire.path,
            "query": wire.query or None,
            "framing": wire.framing.value,
            "media_type": wire.media_type,
            "json": wire.json,
            **body,
            "fault": wire.fault,
        }
    )
    if wire.parts is not None:
        document["parts"] = [encode_part(part) for part in wire.parts]
    return document


def encode_environment(environment: Environment) -> Document:
    """An environment: all of it, guesses of None included (an unknown type is what matters)."""
    return {
        "name": environment.name,
        "python": environment.python,
        "mime_table": environment.mime_table,
        "clients": dict(environment.clients),
        "guesses": dict(environment.guesses),
    }


def encode_outcome(outcome: Outcome) -> Document:
    """An outcome, the server's words and ours."""
    return _slim(
        {
            "kind": outcome.kind.value,
            "status": outcome.status,
            "type": outcome.type,
            "code": outcome.code,
            "param": outcome.param,
            "message": outcome.message,
            "detail": outcome.detail,
        }
    )


def encode_result(result: CaseResult) -> Document:
    """A case's result, without its seconds."""
    outcome, verdict, client = result.outcome, result.verdict, result.client
    return _slim(
        {
            "id": result.id,
            "matrix": result.matrix,
            "axes": dict(result.axes) or None,
            "target": result.target,
            "environment": result.environment,
            "facts": dict(result.facts),
            "outcome": encode_outcome(outcome),
            "verdict": _slim(
                {
                    "kind": verdict.kind.value,
                    "expected": verdict.expected,
                    "because": verdict.because,
                    "link": verdict.link,
                    "at": None if verdict.at is None else {"file": verdict.at.file, "line": verdict.at.line},
                }
            ),
            "client": _slim(
                {
                    "returned": client.returned,
                    "raised": [{"name": raised.name, "message": raised.message} for raised in client.raised],
                    "status": client.status,
                    "body": client.body,
                }
            ),
            "attempts": [_encode_attempt(attempt) for attempt in result.attempts],
            "findings": [_encode_finding(finding) for finding in result.findings],
            "hop": None if result.hop is None else _encode_hop(result.hop),
        }
    )


def _encode_finding(finding: Finding) -> Document:
    return {"code": finding.code, "part": finding.part, "says": finding.says, "mend": finding.mend}


def _encode_attempt(attempt: Attempt) -> Document:
    source = attempt.source
    return _slim(
        {
            "wire": attempt.wire,
            "status": attempt.status,
            "source": None if source is None else _encode_source(source),
            "rule": attempt.rule,
            "headers": _pairs(attempt.headers),
            "answer": attempt.answer,
            "no_answer": attempt.no_answer,
            "nearest": attempt.nearest,
            "nearest_differences": list(attempt.nearest_differences),
            "usage": None if attempt.usage is None else asdict(attempt.usage),
        }
    )


def _encode_source(source: Source) -> Document:
    return _slim(
        {
            "target": source.target,
            "provenance": source.provenance.value,
            "supply": source.supply.value,
            "profile": source.profile,
            "recorded_on": source.recorded_on,
        }
    )


def _encode_hop(hop: Hop) -> Document:
    return {"gateway": hop.gateway, "crossings": [_encode_crossing(each) for each in hop.crossings]}


def _encode_crossing(crossing: Crossing) -> Document:
    return _slim(
        {
            "speaker": crossing.speaker.value,
            "says": crossing.says,
            "forwarded": [_encode_forwarded(each) for each in crossing.forwarded],
        }
    )


def _encode_forwarded(forwarded: Forwarded) -> Document:
    return _slim(
        {
            "wire": forwarded.wire,
            "status": forwarded.status,
            "source": None if forwarded.source is None else _encode_source(forwarded.source),
            "rule": forwarded.rule,
            "no_answer": forwarded.no_answer,
            "rewritings": [_encode_rewriting(each) for each in forwarded.rewritings],
            "repaired": list(forwarded.repaired),
            "introduced": list(forwarded.introduced),
        }
    )


def _encode_rewriting(rewriting: Rewriting) -> Document:
    return {
        "where": rewriting.where,
        "sent": rewriting.sent,
        "forwarded": rewriting.forwarded,
        "effect": rewriting.effect.value,
    }
