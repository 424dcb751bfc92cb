"""A case's way through a gateway: who answers the client, and the hop that its result carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from upload_matrix.gateway.gateway import Gateway, Passed
from upload_matrix.judge.crossings import Said, compare, speaker
from upload_matrix.model.answer import Answer, Exchange, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.case import Case
from upload_matrix.model.hop import Crossing, Forwarded, Hop
from upload_matrix.model.price import Usage, read_usage
from upload_matrix.recordings import Redactor
from upload_matrix.wire.coding import plain_body
from upload_matrix.wire.form import Captured, WireForm

_NOT_ASKED = frozenset({Silence.UNRECORDED, Silence.BLOCKED, Silence.BUDGET})
"""Silences of the second tap that the client's answer cannot be judged by: nobody asked the target."""

_MISSED = "; a request came to the tap behind it, but not to its base URL: see how its upstream is configured"


class Keeping(Protocol):
    """How forms and words are kept; ``Answers`` is one."""

    def stored(self, wire: WireForm) -> WireForm:
        """The form without secrets."""

    def redactor(self, target: str) -> Redactor:
        """What takes secrets out of words."""


class ThroughGateway:
    """Answers ``case``'s requests by way of ``gateway``, behind which ``answerer`` plays the target.

    ``answers`` says how forms and words are kept. ``wires`` are the forwarded forms as kept, by digest.
    """

    def __init__(
        self,
        gateway: Gateway,
        case: Case,
        answerer: Callable[[Captured], Answer | NoAnswer],
        answers: Keeping,
    ) -> None:
        self._gateway = gateway
        self._case = case
        self._answerer = answerer
        self._answers = answers
        self._crossings: list[tuple[Captured, Crossing, tuple[Exchange, ...]]] = []
        self.wires: dict[str, WireForm] = {}

    def answer(self, request: Captured) -> Answer | NoAnswer:
        """What the client is told; in another thread than the case's."""
        passed = self._gateway.pass_on(request, self._answerer)
        crossing, reply = self._read(request.wire, passed)
        for exchange in passed.forwarded:
            wire = self._answers.stored(exchange.request.wire)
            self.wires.setdefault(wire.digest, wire)
        self._crossings.append((request, crossing, passed.forwarded))
        return reply

    def hop(self, exchanges: Sequence[Exchange]) -> Hop:
        """The hop of a case whose attempts, as they were captured, these are.

        One that broke off never went through.
        """
        by_request = {id(request): crossing for request, crossing, _ in self._crossings}
        found = (by_request.get(id(exchange.request)) for exchange in exchanges)
        return Hop(self._gateway.name, tuple(crossing for crossing in found if crossing is not None))

    def forwarded(self, exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
        """What was forwarded for these attempts, with every byte, in the order of ``hop``'s."""
        by_request = {id(request): forwarded for request, _, forwarded in self._crossings}
        return tuple(each for exchange in exchanges for each in by_request.get(id(exchange.request), ()))

    def _read(self, sent: WireForm, passed: Passed) -> tuple[Crossing, Answer | NoAnswer]:
        reply = passed.reply
        targets = [exchange.reply for exchange in passed.forwarded]
        who, place, says = speaker(_said(reply), [_said(target) for target in targets])
        if isinstance(reply, NoAnswer):
            says = reply.says
        if not passed.forwarded and passed.strays:
            says = f"{says}{_MISSED}"
        crossing = Crossing(
            speaker=who,
            forwarded=tuple(self._forwarded(sent, exchange) for exchange in passed.forwarded),
            says=None if says is None else self._clean(says),
        )
        unasked = _unasked(sent, passed.forwarded)
        if unasked is not None:
            return crossing, unasked
        if isinstance(reply, NoAnswer):
            return crossing, reply
        told = None if place is None else targets[place]
        if isinstance(told, Answer):
            source, rule = told.source, told.rule
        else:
            source, rule = Source(self._gateway.name, Provenance.GATEWAY, Supply.GATEWAY), None
        return crossing, Answer(reply.status, reply.headers, self._gateway.unsaid(reply.body), source, rule)

    def _forwarded(self, sent: WireForm, exchange: Exchange) -> Forwarded:
        comparison = compare(sent, exchange.request.wire, self._case.operation)
        reply = exchange.reply
        forwarded = Forwarded(
            wire=self._answers.stored(exchange.request.wire).digest,
            # Compared as they were, told without secrets: a secret that was rewritten still shows.
            rewritings=tuple(
                replace(each, before=self._optional(each.before), after=self._optional(each.after))
                for each in comparison.rewritings
            ),
            repaired=comparison.repaired,
            introduced=comparison.introduced,
        )
        if isinstance(reply, Answer):
            return replace(
                forwarded, status=reply.status, source=reply.source, rule=reply.rule, usage=live_usage(reply)
            )
        return replace(forwarded, no_answer=self._clean(reply.says))

    def _clean(self, text: str) -> str:
        text = self._gateway.unsaid(text.encode("utf-8", "surrogateescape")).decode(
            "utf-8", "surrogateescape"
        )
        return self._answers.redactor(self._case.target).text(text)

    def _optional(self, text: str | None) -> str | None:
        return None if text is None else self._clean(text)


def _unasked(sent: WireForm, forwarded: Sequence[Exchange]) -> NoAnswer | None:
    """Why the target could not be asked, where that is so: then whatever the gateway says is about that."""
    for exchange in forwarded:
        reply = exchange.reply
        # A gateway that looks something up on the way (its models) is not asking the case's question.
        own = exchange.request.wire.method == sent.method
        if own and isinstance(reply, NoAnswer) and reply.why in _NOT_ASKED:
            return reply
    return None


def _said(reply: Answer | NoAnswer) -> Said | None:
    return Said(reply.status, plain_body(reply)) if isinstance(reply, Answer) else None


def live_usage(answer: Answer) -> Usage | None:
    """What an accepting answer of a live server says it used."""
    # A stand-in's usage is made up: nobody is to take it for money.
    if answer.source.provenance is not Provenance.LIVE or not 200 <= answer.status < 300:
        return None
    return read_usage(plain_body(answer))
