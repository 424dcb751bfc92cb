"""Having the scenarios pass a gateway: what it forwarded for each, and what came back.

Behind it the emulator answers. ``judge.crossings`` tells what was masked, rewritten, corrupted or dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from upload_matrix.conform.servers.known import PROFILE, known
from upload_matrix.conform.servers.scenarios import Scenario, asking, request
from upload_matrix.conform.servers.server import Receive, Received, reception
from upload_matrix.emulator.judge import answer as emulate
from upload_matrix.emulator.profile import OWN_ROOT, load_profile
from upload_matrix.gateway.gateway import Gateway
from upload_matrix.judge.crossings import listed
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.answer import Answer, Exchange, NoAnswer
from upload_matrix.model.case import Case, Operation
from upload_matrix.model.conformance import CheckMark, ConformanceCheck, Tier
from upload_matrix.model.hop import Crossing, Effect, Forwarded, Speaker
from upload_matrix.model.reception import Reception
from upload_matrix.recordings import stored_form
from upload_matrix.recordings.redactor import Redactor
from upload_matrix.run.through import ThroughGateway
from upload_matrix.wire.form import Captured, WireForm

FORWARDED = "forwarded"
"""A correct upload is forwarded, and the target's answer to it comes back."""
UNHARMED = "unharmed"
"""Nothing of what is forwarded is corrupted or left out, and no fault is new."""
UNMASKED = "unmasked"
"""A fault of the client is not repaired on the way."""
VERDICT = "verdict"
"""The client gets the target's verdict."""
ONCE = "once"
"""The target is asked once."""

CHECKS_OF_GATEWAY = (FORWARDED, UNHARMED, UNMASKED, VERDICT, ONCE)

_FRAMING = "chunked-framing"
"""The one finding that says nothing of a gateway: how a body is framed is each hop's own affair."""

_HARM = (Effect.CORRUPTED, Effect.DROPPED)


class _Kept:
    """Forms and words without secrets: the requests here have none, a gateway may add some."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._redactor = Redactor((), secrets)

    def stored(self, wire: WireForm) -> WireForm:
        return stored_form(wire, self._redactor)

    def redactor(self, target: str) -> Redactor:  # noqa: ARG002 - there is one target
        return self._redactor


def through(gateway: Gateway, secrets: tuple[str, ...], model: Callable[[Scenario], str | None]) -> Receive:
    """Sends requests to the gateway, which is started; behind it the emulator answers."""
    profile = load_profile(PROFILE)
    operations: Mapping[str, Operation] = load_operations()
    kept = _Kept(secrets)

    def answerer(sent: Captured) -> Answer | NoAnswer:
        return emulate(profile, sent.wire)

    def receive(scenario: Scenario) -> Received:
        sent = request(asking(scenario, model(scenario)), OWN_ROOT)
        case = Case(scenario.id, scenario.id, {}, operations[scenario.call], {}, gateway.name)
        way = ThroughGateway(gateway, case, answerer, kept)
        reply = way.answer(sent)
        (crossing,) = way.hop((Exchange(1, sent, reply),)).crossings
        came = reception(reply, sent.wire, scenario)
        # A call that it does not know is forwarded by a gateway or not; whose the 404 is decides.
        if came.word is Reception.NOT_OFFERED and crossing.speaker is not Speaker.GATEWAY:
            came = replace(came, word=Reception.REJECTED)
        return replace(came, sent=sent.wire.digest, crossing=crossing)

    return receive


def checks_of_gateway(scenario: Scenario, came: Received) -> tuple[ConformanceCheck, ...]:
    """The checks of a gateway that can be made of what came."""
    return tuple(_checks(scenario, came))


def _checks(scenario: Scenario, came: Received) -> Iterator[ConformanceCheck]:
    right, crossing = known(scenario), came.crossing
    correct = right is not None and right.taken
    untold = crossing is None or (came.word is Reception.NOT_KNOWN and not crossing.forwarded)
    if crossing is None or untold or came.word is Reception.NOT_OFFERED:
        mark = CheckMark.NOT_OFFERED if came.word is Reception.NOT_OFFERED else CheckMark.UNDECIDED
        if correct:
            yield ConformanceCheck(FORWARDED, Tier.ESSENTIAL, mark)
        yield ConformanceCheck(UNHARMED, Tier.ESSENTIAL, mark)
        return
    if correct:
        yield _arrival(came, crossing)
    asked = crossing.forwarded
    if not asked:
        return
    yield _check(UNHARMED, Tier.ESSENTIAL, "; ".join(dict.fromkeys(_harm(asked))))
    masked = [
        each
        for one in asked
        for each in one.rewritings
        if each.effect is Effect.MASKED and each.where != "framing"
    ]
    yield _check(UNMASKED, Tier.ROBUST, listed(list(dict.fromkeys(masked))))
    yield _check(VERDICT, Tier.ESSENTIAL, _other_verdict(crossing))
    times = len(asked)
    yield _check(ONCE, Tier.ROBUST, "" if times == 1 else f"forwarded {times} times")


def _check(name: str, tier: Tier, failure: str) -> ConformanceCheck:
    return ConformanceCheck(name, tier, CheckMark.FAILED if failure else CheckMark.PASSED, failure)


def _arrival(came: Received, crossing: Crossing) -> ConformanceCheck:
    said = f" ({came.words})" if came.words else ""
    if not crossing.forwarded:
        answered = f"answered {came.status} itself" if came.status is not None else "gave no answer"
        return _check(FORWARDED, Tier.ESSENTIAL, f"not forwarded: the gateway {answered}{said}")
    if any(each.accepted for each in crossing.forwarded):
        return _check(FORWARDED, Tier.ESSENTIAL, "")
    if any(each.rewritings for each in crossing.forwarded):
        return _check(FORWARDED, Tier.ESSENTIAL, f"what is forwarded in its place is rejected{said}")
    return ConformanceCheck(
        FORWARDED, Tier.ESSENTIAL, CheckMark.UNDECIDED, f"it is rejected as it was sent{said}"
    )


def _harm(asked: tuple[Forwarded, ...]) -> Iterator[str]:
    for one in asked:
        harm = [each for each in one.rewritings if each.effect in _HARM]
        if harm:
            yield listed(harm)
        new = [code for code in one.introduced if code != _FRAMING]
        if new:
            yield f"what is forwarded has faults that were not sent: {', '.join(new)}"


def _other_verdict(crossing: Crossing) -> str:
    if crossing.speaker in (Speaker.TARGET, Speaker.REWORDED):
        return ""
    return crossing.says or "the client got no answer of the target's"
