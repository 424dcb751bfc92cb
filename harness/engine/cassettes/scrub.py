"""An answer made fit to be written: decompressed, large images made tiny, secrets taken out. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.engine.cassettes.encoded import content_decoded
from harness.engine.cassettes.jsontext import dotted, field_name, is_json_document, rewritten
from harness.engine.cassettes.redact import redact_headers, redact_text, redact_value
from harness.engine.cassettes.reduce import Reduced, reduce_body, reduce_text
from harness.model.errors import CassetteError

if TYPE_CHECKING:
    from harness.engine.cassettes.jsontext import JsonPath
    from harness.model.answer import Answer


def scrubbed(answer: Answer) -> tuple[Answer, tuple[Reduced, ...]]:
    """``answer`` as it may be written, and the images that were made tiny.

    A JSON body is laid out over lines. Raises CassetteError for a body that cannot be looked into.
    """
    body, reduced = _body(_decoded(answer))
    return replace(answer, headers=redact_headers(answer.headers), body=body), reduced


def _decoded(answer: Answer) -> bytes:
    coding = answer.header("content-encoding")
    if not coding or not answer.body:
        return answer.body
    body = content_decoded(answer.body, coding)
    if body is None:
        raise CassetteError(
            f"the answer of {answer.source.target} ({answer.status}) says Content-Encoding {coding!r} and "
            "cannot be decompressed here, so it cannot be searched for secrets and was not recorded; "
            "let the client ask for 'Accept-Encoding: gzip' or 'identity'"
        )
    return body


def _body(body: bytes) -> tuple[bytes, tuple[Reduced, ...]]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        body, reduced = reduce_body(body)
        # Latin-1 maps every byte to one character and back, so that ASCII secrets are found in any bytes.
        return redact_text(body.decode("latin-1")).encode("latin-1"), reduced
    if not is_json_document(text):
        text, reduced = reduce_text(text, "body")
        return redact_text(text).encode("utf-8"), reduced
    found: list[Reduced] = []

    def clean(path: JsonPath, value: str) -> str:
        value, images = reduce_text(value, dotted(path))
        found.extend(images)
        return redact_value(field_name(path), value)

    return rewritten(text, clean, redact_text).encode("utf-8"), tuple(found)
