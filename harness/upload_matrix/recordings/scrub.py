"""An answer made fit to be written: decompressed, large images made tiny, secrets taken out. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from upload_matrix.model.answer import Answer
from upload_matrix.model.errors import CassetteError
from upload_matrix.recordings.bodies import redact_body
from upload_matrix.recordings.jsontext import JsonPath, dotted, is_json_document
from upload_matrix.recordings.redactor import DEFAULT, Redactor
from upload_matrix.recordings.reduce import Reduced, reduce_body, reduce_text
from upload_matrix.wire.coding import LARGEST, content_decoded

_CODING = re.compile(r"[A-Za-z0-9, _-]{1,30}")


def scrubbed(answer: Answer, redactor: Redactor = DEFAULT) -> tuple[Answer, tuple[Reduced, ...]]:
    """``answer`` as it may be written, and the images that were made tiny.

    A JSON body is laid out over lines. Raises CassetteError for a body that cannot be looked into.
    """
    body, reduced = _body(_decoded(answer), answer.header("content-type"), redactor)
    return replace(answer, headers=redactor.headers(answer.headers), body=body), reduced


def _decoded(answer: Answer) -> bytes:
    coding = answer.header("content-encoding")
    if not coding or not answer.body:
        return answer.body
    body = content_decoded(answer.body, coding)
    if body is None:
        known = coding if _CODING.fullmatch(coding) else "that is none"
        raise CassetteError(
            f"its Content-Encoding ({known}) cannot be taken off here, or more than {LARGEST >> 20} MiB come "
            "out of it, so it cannot be searched for secrets; let the client ask for 'Accept-Encoding: gzip' "
            "or 'identity'"
        )
    return body


def _body(body: bytes, content_type: str | None, redactor: Redactor) -> tuple[bytes, tuple[Reduced, ...]]:
    found: list[Reduced] = []

    def reduce(path: JsonPath, value: str) -> str:
        value, images = reduce_text(value, dotted(path))
        found.extend(images)
        return value

    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        body, images = reduce_body(body)
        found.extend(images)
    else:
        if not is_json_document(text):
            text, images = reduce_text(text, "body")
            found.extend(images)
            body = text.encode("utf-8")
    return redact_body(body, content_type, redactor, reduce), tuple(found)
