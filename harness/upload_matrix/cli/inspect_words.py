"""What an answer was, and why nothing may have been seen, in words."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.inspect.command import Inspection
from upload_matrix.inspect.routes import ALWAYS, ANY_PROGRAM
from upload_matrix.model.answer import ApiError, Provenance, api_error
from upload_matrix.model.asked import model_of, operation_of
from upload_matrix.model.coding import content_decoded
from upload_matrix.model.media import bare_type
from upload_matrix.model.money import total
from upload_matrix.model.price import spent_on
from upload_matrix.report.wording import of_source, plural
from upload_matrix.spending.tables import load_prices
from upload_matrix.tap.records import Told

_FAILED = 400
_LOOKED_INTO = 256 * 1024
"""Bytes of an answer up to which its error is read."""


def error_of(told: Told) -> ApiError | None:
    """The error an answer carries; None for one that is none, or too long to be one."""
    if told.status is None or told.status < _FAILED:
        return None
    if told.body.dropped or not 0 < told.body.size <= _LOOKED_INTO:
        return None
    body = told.body.read()
    coding = _header(told, "content-encoding")
    if coding:
        decoded = content_decoded(body, coding)
        if decoded is None:
            return None
        body = decoded
    return api_error(body)


def answer_words(told: Told) -> str:
    """``400 invalid_value: Invalid value...``, with who answered and how long it took."""
    if told.silence is not None and told.status is None:
        return f"{told.silence.says} ({told.seconds:.1f} s)"
    words = str(told.status)
    error = error_of(told)
    if error is not None:
        named = " ".join(filter(None, (error.code or error.type, error.param and f"(param {error.param})")))
        words += f" {named}" if named else ""
        words += f": {error.message}" if error.message else ""
    else:
        kind = bare_type(_header(told, "content-type"))
        words += (
            f" {kind}, {plural(told.body.size, 'byte')}" if kind else f" {plural(told.body.size, 'byte')}"
        )
    if told.silence is not None:
        words += f", then: {told.silence.says}"
    source = "" if told.source is None else f"{of_source(told.source, told.rule)}, "
    return f"{words} ({source}{told.seconds:.1f} s)"


def unseen_words(inspection: Inspection) -> Iterator[str]:
    """What to try where no request came."""
    yield "no request was seen. Either the program made no call, or it does not read its base URL from"
    yield f"  {', '.join(inspection.opened.urls)}. Then:"
    yield f"- name the variable it does read with --env NAME; or let its code take the URL from {ANY_PROGRAM}"
    yield f"- a base URL in code has its way over {ALWAYS}: leave it out there"
    if inspection.strays:
        yield f"- {plural(inspection.strays, 'request')} came without the path of the URL that is given"


def _header(told: Told, name: str) -> str | None:
    return next((value for key, value in told.headers if key.lower() == name), None)


def lost_words(inspection: Inspection) -> Iterator[str]:
    """How many answers by which the target accepted the gateway lost, with their money; nothing for none."""
    lost = [
        (inspected, forwarded)
        for inspected in inspection.exchanges
        if inspected.hop is not None
        for crossing in inspected.hop.crossings
        if crossing.lost
        for forwarded in crossing.forwarded
        if forwarded.accepted
    ]
    if not lost:
        return
    live = [each for each in lost if each[1].source and each[1].source.provenance is Provenance.LIVE]
    prices = load_prices()
    amounts = []
    for inspected, forwarded in live:
        wire = inspected.sight.passed.wire
        price = prices.price(model_of(wire), operation_of(wire))
        amounts.append(spent_on(forwarded.status, forwarded.usage, price))
    paid = f", paid for with {total(amounts)}" if live else ""
    lost_ = plural(len(lost), "answer")
    yield f"{lost_} by which the target accepted did not come back through the gateway{paid}"
