"""Wire forms and hops for a page's scripts and templates: what a reader sees of a request, part by part."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from upload_matrix.model.codec import parsed
from upload_matrix.model.hop import Crossing, Forwarded, Hop
from upload_matrix.report.gateway import MEANING, distinct, findings_line, headline, told
from upload_matrix.report.html.page import capital
from upload_matrix.report.wording import (
    NONE,
    content,
    of_source,
    other_body,
    raw_headers,
    request_line,
    rows,
)
from upload_matrix.wire.carriers.multipart import Part, labels
from upload_matrix.wire.difference import Difference
from upload_matrix.wire.form import WireForm

Document = dict[str, Any]

_DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


def wire_document(digest: str, wire: WireForm) -> Document:
    """A form as rows of words.

    ``about`` are the request's own lines; ``parts`` have a label each (``image``, ``image#2``), by which
    two forms are laid side by side; ``fields`` are those of a JSON body.
    """
    fields = _fields(wire.json)
    return {
        "digest": digest,
        "line": request_line(wire),
        "about": [
            ["request", f"{wire.method} {wire.path}" + (f"?{wire.query}" if wire.query else "")],
            ["Content-Type", wire.media_type],
            ["framing", wire.framing.value],
            *([["fault", wire.fault]] if wire.fault else []),
        ],
        "parts": [
            *(
                _part(label, part)
                for label, part in zip(labels(wire.parts or ()), wire.parts or (), strict=True)
            ),
            *(_upload(row) for row in (rows(wire) if wire.parts is None else ())),
        ],
        "fields": fields,
        "body": None if fields else other_body(wire),
    }


def _part(label: str, part: Part) -> Document:
    return {
        "label": label,
        "name": part.name,
        "file": part.is_file,
        "filename": part.filename,
        "type": part.content_type,
        "content": content(part),
        "format": part.format,
        "raw": list(raw_headers(part)),
    }


def _upload(row: tuple[str, str, str, str, str]) -> Document:
    """A file in JSON, or one that is the body, as a part is shown."""
    place, filename, declared, told, media_format = row
    return {
        "label": place,
        "name": place,
        "file": True,
        "filename": None if filename == NONE else filename,
        "type": None if declared == NONE else declared,
        "content": told,
        "format": media_format or None,
        "raw": [],
    }


def _fields(body: str | None) -> list[list[str]]:
    """The top-level fields of a JSON object, as texts; none for any other body."""
    document = None if body is None else parsed(body)
    if not isinstance(document, dict):
        return []
    return [
        [key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
        for key, value in document.items()
    ]


def delta_rows(deltas: tuple[Difference, ...]) -> list[list[str | None]]:
    """Differences as [where, before, after]; of a digest its first digits, as everywhere in a report."""
    return [[delta.where, _digits(delta.before), _digits(delta.after)] for delta in deltas]


def _digits(value: str | None) -> str | None:
    return None if value is None else _DIGEST.sub(lambda match: f"{match[1]}…", value)


def wire_table(wires: Mapping[str, WireForm]) -> tuple[list[Document], dict[str, int]]:
    """All forms in the order of their digests, and the place of each."""
    digests = sorted(wires)
    rows = [wire_document(digest, wires[digest]) for digest in digests]
    return rows, {digest: place for place, digest in enumerate(digests)}


def hop_document(hop: Hop, places: Mapping[str, int], absent: int) -> Document:
    """A hop as data. ``places`` numbers the wire forms by digest, ``absent`` stands for one that is not kept.

    Each crossing has the forms that were forwarded for it, one that a retry repeats only once.
    """
    return {
        "gateway": hop.gateway,
        "says": headline(hop),
        "faithful": hop.faithful,
        "effects": [[effect.value, MEANING[effect]] for effect in hop.effects],
        "crossings": [_crossing(crossing, places, absent) for crossing in hop.crossings],
    }


def _crossing(crossing: Crossing, places: Mapping[str, int], absent: int) -> Document:
    return {
        "says": capital(told(crossing)),
        "forwarded": [
            {"number": number, "form": places.get(each.wire, absent), **_forwarded(each)}
            for number, each in distinct(crossing.forwarded)
        ],
        "answers": [_answer(each) for each in crossing.forwarded],
    }


def _forwarded(each: Forwarded) -> Document:
    found: Document = {
        "wire": each.wire,
        "rewritings": [[rewriting.effect.value, rewriting.where] for rewriting in each.rewritings],
    }
    line = findings_line(each)
    return found if line is None else found | {"findings": line}


def _answer(each: Forwarded) -> Document:
    """What the target said to one upstream attempt, and who it was that spoke."""
    return {
        "status": each.status,
        "no_answer": each.no_answer,
        "says": None if each.source is None else of_source(each.source, each.rule),
        "provenance": None if each.source is None else each.source.provenance.value,
    }
