"""The JSON Schema (2020-12) of the JSON report, as data: what another program may rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upload_matrix.model.answer import Provenance, Supply
from upload_matrix.model.hop import Effect, Speaker
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import VerdictKind
from upload_matrix.model.wire import DIGEST_LENGTH, Framing
from upload_matrix.reports.cost_json import cost_schema
from upload_matrix.reports.json_report import FORMAT, VERSION
from upload_matrix.reports.price_codec import price_schema, usage_schema
from upload_matrix.reports.repeats_json import repetition_schema
from upload_matrix.reports.schema_words import Schema, list_of, object_of

if TYPE_CHECKING:
    from enum import StrEnum

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
            "outcome": _outcome(),
            "attempt": _attempt(),
            "source": _source(),
            "hop": _hop(),
            "wire_form": _wire_form(),
            "part": _part(),
            "environment": _environment(),
        },
        **object_of(
            {
                "format": {"const": FORMAT},
                "version": {"const": VERSION},
                "summary": _summary(),
                "matrices": list_of(_TEXT),
                "conclusions": list_of(_TEXT),
                "notes": list_of(_TEXT),
                "environments": list_of({"$ref": "#/$defs/environment"}),
                "cases": list_of({"$ref": "#/$defs/case"}),
                "wire_forms": {
                    "type": "object",
                    "propertyNames": _DIGEST,
                    "additionalProperties": {"$ref": "#/$defs/wire_form"},
                },
            },
            {
                "controls": {**list_of(_TEXT), "description": "cases that the user says are known to pass"},
                "prices": {**list_of(price_schema()), "description": "what live answers are priced by"},
                "cost": {**cost_schema(), "description": "derived: of live answers, from usage and prices"},
                "repetitions": {
                    **list_of(repetition_schema({"$ref": "#/$defs/outcome"})),
                    "description": "derived: the proportions of cases that were repeated",
                },
            },
        ),
    }


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _words(kinds: type[StrEnum]) -> Schema:
    return {"enum": [kind.value for kind in kinds]}


def _tally(kinds: type[OutcomeKind | VerdictKind | Supply | Provenance]) -> Schema:
    return {"type": "object", "propertyNames": _words(kinds), "additionalProperties": _COUNT}


def _summary() -> Schema:
    answers = {"by_supply": _tally(Supply), "by_provenance": _tally(Provenance)}
    return object_of(
        {
            "cases": _COUNT,
            "by_outcome": _tally(OutcomeKind),
            "by_verdict": _tally(VerdictKind),
            "wire_forms": _COUNT,
            "answers": object_of(answers),
            "calls": {**_COUNT, "description": "attempts forwarded to a live server in this run"},
        }
    )


def _outcome() -> Schema:
    return object_of(
        {"kind": _words(OutcomeKind)},
        {"status": _STATUS, **dict.fromkeys(("type", "code", "param", "message", "detail"), _TEXT)},
    )


def _case() -> Schema:
    place = object_of({"file": _TEXT, "line": {"type": "integer", "minimum": 1}})
    verdict = object_of(
        {"kind": _words(VerdictKind), "expected": _TEXT}, {"because": _TEXT, "link": _TEXT, "at": place}
    )
    raised = object_of({"name": _TEXT, "message": _TEXT})
    client = object_of({}, {"returned": _TEXT, "raised": list_of(raised), "status": _STATUS, "body": _TEXT})
    finding = object_of({"code": _TEXT, "part": _TEXT_OR_NULL, "says": _TEXT, "mend": _TEXT})
    return object_of(
        {
            "id": _TEXT,
            "matrix": _TEXT,
            "target": _TEXT,
            "environment": _TEXT,
            "outcome": {"$ref": "#/$defs/outcome"},
            "verdict": verdict,
        },
        {
            "axes": _map(_TEXT),
            "facts": _map(_TEXT_OR_NULL),
            "client": client,
            "attempts": list_of({"$ref": "#/$defs/attempt"}),
            "findings": list_of(finding),
            "hop": {"$ref": "#/$defs/hop"},
        },
    )


def _attempt() -> Schema:
    return object_of(
        {"wire": {**_DIGEST, "description": "a key of wire_forms"}},
        {
            "status": _STATUS,
            "source": {"$ref": "#/$defs/source"},
            "rule": _TEXT,
            "headers": {**_PAIRS, "description": "request headers beside the wire form, secrets taken out"},
            "answer": _TEXT,
            "no_answer": _TEXT,
            "nearest": _TEXT,
            "nearest_differences": list_of(_TEXT),
            "usage": {**usage_schema(), "description": "tokens a live answer says it used"},
        },
    )


def _source() -> Schema:
    return object_of(
        {"target": _TEXT, "provenance": _words(Provenance), "supply": _words(Supply)},
        {"profile": _TEXT, "recorded_on": _TEXT},
    )


def _hop() -> Schema:
    rewriting = object_of(
        {"where": _TEXT, "sent": _TEXT_OR_NULL, "forwarded": _TEXT_OR_NULL, "effect": _words(Effect)}
    )
    forwarded = object_of(
        {"wire": {**_DIGEST, "description": "a key of wire_forms"}},
        {
            "status": _STATUS,
            "source": {"$ref": "#/$defs/source"},
            "rule": _TEXT,
            "no_answer": _TEXT,
            "rewritings": {**list_of(rewriting), "description": "from what the client sent"},
            "repaired": {**list_of(_TEXT), "description": "codes of findings that are gone"},
            "introduced": {**list_of(_TEXT), "description": "codes of findings that are new"},
        },
    )
    crossing = object_of({"speaker": _words(Speaker)}, {"says": _TEXT, "forwarded": list_of(forwarded)})
    return object_of({"gateway": _TEXT, "crossings": list_of(crossing)})


def _wire_form() -> Schema:
    return object_of(
        {"method": _TEXT, "path": _TEXT, "framing": _words(Framing)},
        {
            "query": _TEXT,
            "media_type": _TEXT,
            "json": {**_TEXT, "description": "the canonical text of a JSON body"},
            "body_size": _COUNT,
            "body_sha256": _TEXT,
            "fault": _TEXT,
            "parts": list_of({"$ref": "#/$defs/part"}),
        },
    )


def _part() -> Schema:
    part = object_of(
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
    return object_of(
        {
            "name": _TEXT,
            "python": _TEXT,
            "mime_table": _TEXT,
            "clients": _map(_TEXT),
            "guesses": _map(_TEXT_OR_NULL),
        }
    )
