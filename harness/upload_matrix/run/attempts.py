"""From an exchange to what a report keeps of it."""

from __future__ import annotations

from dataclasses import replace

from upload_matrix.model.answer import Answer, Provenance
from upload_matrix.model.coding import plain_body
from upload_matrix.model.exchange import Exchange
from upload_matrix.model.outcome import Outcome
from upload_matrix.model.result import Attempt
from upload_matrix.model.usage import Usage, read_usage
from upload_matrix.recordings import Redactor
from upload_matrix.recordings.redactor import DEFAULT

_BESIDE = frozenset({"user-agent", "accept", "accept-encoding", "expect"})
"""Request headers worth keeping beside the wire form: what the client says of itself, never a secret.

The SDK's ``x-stainless-*`` telemetry is left out: it names the machine, and would make reports differ.
"""


_EXCERPT = 2000
"""Characters of an unreadable answer's body that are kept."""


def attempt_of(exchange: Exchange, redactor: Redactor, *, unreadable: bool = False) -> Attempt:
    """The attempt as a report keeps it: no secret, no per-run value; its wire form is the stored one.

    Of the answer's body only the beginning is kept, and only when the client could not read it.
    """
    headers = tuple(
        (name, value.decode("latin-1"))
        for name, value in ((name.decode("latin-1"), value) for name, value in exchange.request.headers)
        if name.lower() in _BESIDE
    )
    wire = exchange.request.wire.digest
    reply = exchange.reply
    if isinstance(reply, Answer):
        return Attempt(
            wire=wire,
            status=reply.status,
            source=reply.source,
            rule=reply.rule,
            headers=headers,
            answer=redactor.text(reply.body.decode("utf-8", "replace")[: 2 * _EXCERPT])[:_EXCERPT]
            if unreadable
            else None,
            usage=live_usage(reply),
        )
    return Attempt(
        wire=wire,
        headers=headers,
        source=reply.source,
        no_answer=reply.says,
        nearest=reply.nearest,
        nearest_differences=reply.differences,
    )


def live_usage(answer: Answer) -> Usage | None:
    """What an accepting answer of a live server says it used."""
    # A stand-in's usage is made up: nobody is to take it for money.
    if answer.source.provenance is not Provenance.LIVE or not 200 <= answer.status < 300:
        return None
    return read_usage(plain_body(answer))


def without_secrets(outcome: Outcome, redactor: Redactor = DEFAULT) -> Outcome:
    """The outcome with keys, ids and signed URLs in the server's words replaced by placeholders."""
    return replace(
        outcome,
        message=None if outcome.message is None else redactor.text(outcome.message),
        detail=None if outcome.detail is None else redactor.text(outcome.detail),
    )
