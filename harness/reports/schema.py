"""The JSON Schema (2020-12) of the JSON report, as data: what another program may rely on."""

from __future__ import annotations

from typing import Any

from harness.model.answer import Provenance, Supply
from harness.model.outcome import OutcomeKind
from harness.model.result import VerdictKind
from harness.model.wire import DIGEST_LENGTH, Framing
from harness.reports.json_report import FORMAT, VERSION

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_STATUS: Schema = {"type": "integer", "minimum": 100, "maximum": 999}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_DIGEST: Schema = {"type": "string", "pattern": f"^[0-9a-f]{{{DIGEST_LENGTH}}}$"}
_PAIRS: Schema = {
    "type": "array",
    "items": {"type": "array", "prefixItems": [_TEXT, _TEXT], "items": False, "minItems": 2},
}


def report_schema() -> Schema:
    """The schema of the current version; an unknown key is an error, at every level."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:upload-matrix:report:{VERSION}",
        "title": FORMAT,
        "$defs": {
            "case": _case(),
            "attempt": _attempt(),
            "source": _source(),
            "wire_form": _wire_form(),
            "part": _part(),
            "environment": _environment(),
        },
        **_object(
            {
                "format": {"const": FORMAT},
                "version": {"const": VERSION},
                "summary": _summary(),
                "matrices": _list(_TEXT),
                "conclusions": _list(_TEXT),
                "notes": _list(_TEXT),
                "environments": _list({"$ref": "#/$defs/environment"}),
                "cases": _list({"$ref": "#/$defs/case"}),
                "wire_forms": {
                    "type": "object",
                    "propertyNames": _DIGEST,
                    "additionalProperties": {"$ref": "#/$defs/wire_form"},
                },
            }
        ),
    }


def _object(required: Schema, optional: Schema | None = None) -> Schema:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _words(kinds: type[OutcomeKind | VerdictKind | Supply | Provenance | Framing]) -> Schema:
    return {"enum": [kind.value for kind in kinds]}


def _tally(kinds: type[OutcomeKind | VerdictKind | Supply | Provenance]) -> Schema:
    return {"type": "object", "propertyNames": _words(kinds), "additionalProperties": _COUNT}


def _summary() -> Schema:
    answers = {"by_supply": _tally(Supply), "by_provenance": _tally(Provenance)}
    return _object(
        {
            "cases": _COUNT,
            "by_outcome": _tally(OutcomeKind),
            "by_verdict": _tally(VerdictKind),
            "wire_forms": _COUNT,
            "answers": _object(answers),
            "calls": {**_COUNT, "description": "attempts forwarded to a live server in this run"},
        }
    )


def _case() -> Schema:
    outcome = _object(
        {"kind": _words(OutcomeKind)},
        {"status": _STATUS, **dict.fromkeys(("type", "code", "param", "message", "detail"), _TEXT)},
    )
    verdict = _object({"kind": _words(VerdictKind), "expected": _TEXT}, {"because": _TEXT, "link": _TEXT})
    raised = _object({"name": _TEXT, "message": _TEXT})
    client = _object({}, {"returned": _TEXT, "raised": _list(raised), "status": _STATUS, "body": _TEXT})
    finding = _object({"code": _TEXT, "part": _TEXT_OR_NULL, "says": _TEXT, "mend": _TEXT})
    return _object(
        {
            "id": _TEXT,
            "matrix": _TEXT,
            "target": _TEXT,
            "environment": _TEXT,
            "outcome": outcome,
            "verdict": verdict,
        },
        {
            "axes": _map(_TEXT),
            "facts": _map(_TEXT_OR_NULL),
            "client": client,
            "attempts": _list({"$ref": "#/$defs/attempt"}),
            "findings": _list(finding),
        },
    )


def _attempt() -> Schema:
    return _object(
        {"wire": {**_DIGEST, "description": "a key of wire_forms"}},
        {
            "status": _STATUS,
            "source": {"$ref": "#/$defs/source"},
            "rule": _TEXT,
            "headers": {**_PAIRS, "description": "request headers beside the wire form, secrets taken out"},
            "answer": _TEXT,
            "no_answer": _TEXT,
            "nearest": _TEXT,
            "nearest_differences": _list(_TEXT),
        },
    )


def _source() -> Schema:
    return _object(
        {"target": _TEXT, "provenance": _words(Provenance), "supply": _words(Supply)},
        {"profile": _TEXT, "recorded_on": _TEXT},
    )


def _wire_form() -> Schema:
    return _object(
        {"method": _TEXT, "path": _TEXT, "framing": _words(Framing)},
        {
            "query": _TEXT,
            "media_type": _TEXT,
            "json": {**_TEXT, "description": "the canonical text of a JSON body"},
            "body_size": _COUNT,
            "body_sha256": _TEXT,
            "fault": _TEXT,
            "parts": _list({"$ref": "#/$defs/part"}),
        },
    )


def _part() -> Schema:
    part = _object(
        {"name": _TEXT, "filename": _TEXT_OR_NULL, "content_type": _TEXT_OR_NULL, "disposition": _TEXT},
        {
            "headers": _PAIRS,
            "asset": {**_TEXT, "description": "the shipped picture whose bytes these are"},
            "size": {**_COUNT, "description": "bytes"},
            "sha256": _TEXT,
            "format": _TEXT,
            "text": _TEXT,
            "characters": _COUNT,
        },
    )
    return part | {"anyOf": [{"required": ["asset"]}, {"required": ["size", "sha256"]}]}


def _environment() -> Schema:
    return _object(
        {
            "name": _TEXT,
            "python": _TEXT,
            "mime_table": _TEXT,
            "clients": _map(_TEXT),
            "guesses": _map(_TEXT_OR_NULL),
        }
    )
