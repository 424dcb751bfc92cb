"""From an exchange with all its bytes to what may be told of it: headers without secrets, parts, the answer.

A request's body is handed on byte for byte, or not at all: what looks like a secret in it stops the telling.
"""

from __future__ import annotations

from dataclasses import replace

from upload_matrix.model.answer import Answer, Exchange, NoAnswer
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.story import Told
from upload_matrix.recordings import Redactor, stored_form
from upload_matrix.recordings.bodies import scrubbed
from upload_matrix.recordings.patterns import FILE, REQUEST
from upload_matrix.wire.form import Captured
from upload_matrix.wire.write import cut

REQUEST_IDS = frozenset({"x-request-id", "apim-request-id", "x-ms-request-id"})
"""Headers of an answer that a vendor finds the call by; they stay in a bug report."""


def told_of(exchange: Exchange, host: str, redactor: Redactor, *, kept: bool = True) -> Told:
    """What may be told of an exchange. ``host`` stands for the tap's address.

    Raises ConfigurationError when the body holds what looks like a secret, CassetteError for an answer that
    cannot be looked into.
    """
    request = exchange.request
    pieces = cut(request)
    _refuse_secrets(request, redactor)
    return Told(
        wire=stored_form(request.wire, redactor.without_secrets()),
        headers=_headers(request, host, redactor),
        body=request.body,
        parts=None if pieces is None else tuple((piece.part, piece.content) for piece in pieces),
        reply=_reply(exchange.reply, redactor),
        kept=kept,
        complete=request.complete,
    )


def _headers(request: Captured, host: str, redactor: Redactor) -> tuple[tuple[str, str], ...]:
    lines = []
    for raw_name, raw_value in request.headers:
        name, value = _written(request.head, raw_name).decode("latin-1"), raw_value.decode("latin-1")
        if name.lower() == "host":
            value = host
        lines.append((name, value))
    return redactor.request_headers(tuple(lines))


def _written(head: bytes, name: bytes) -> bytes:
    """A header's name with the case it was sent in."""
    start = head.lower().find(b"\r\n" + name.lower() + b":")
    return name if start < 0 else head[start + 2 : start + 2 + len(name)]


def _reply(reply: Answer | NoAnswer, redactor: Redactor) -> Answer | NoAnswer:
    if not isinstance(reply, Answer):
        return replace(reply, says=redactor.text(reply.says))
    clean, _ = scrubbed(reply, redactor)
    ids = tuple(pair for pair in reply.headers if pair[0].lower() in REQUEST_IDS)
    return replace(clean, headers=(*clean.headers, *ids))


def _refuse_secrets(request: Captured, redactor: Redactor) -> None:
    pieces = cut(request)
    texts = (
        [("the body", request.body)]
        if pieces is None
        else [(f"part {piece.part.name!r}", piece.content) for piece in pieces]
    )
    for where, content in texts:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            continue  # a picture; the gate looks through it for the run's own secrets
        redacted = redactor.text(text)
        # Ids of files and calls are what a vendor needs.
        if redacted.count("[redacted:") > sum(redacted.count(kept) for kept in (FILE, REQUEST)) + text.count(
            "[redacted:"
        ):
            raise ConfigurationError(
                f"{where} of the request holds what looks like a secret or an account's id, and a bug report "
                "is for others to read; put something else in its place in the matrix, and run the case again"
            )
