"""Asking a server: the call as its document has it, then each scenario, and what the answers are worth.

Nothing is concluded of a call whose control is not taken. After an answer that says the server is in trouble
the control is asked again, so that trouble that stays is not taken for what the server makes of an upload.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from upload_matrix.conform.servers.known import known
from upload_matrix.conform.servers.scenarios import Scenario, asking, request
from upload_matrix.judge.delivered import Delivery, delivered
from upload_matrix.model.answer import Answer, NoAnswer, Silence, api_error
from upload_matrix.model.codec import parsed
from upload_matrix.model.conformance import CheckMark, ConformanceCheck, Tier
from upload_matrix.model.hop import Crossing
from upload_matrix.model.outcome import says_nothing
from upload_matrix.model.reception import KnownUpload, MeasuredUpload, Reception
from upload_matrix.wire.coding import plain_body
from upload_matrix.wire.form import Captured, WireForm

RECEIVED = "received"
"""The check of a server: it makes of the upload what is known to be right."""

_NO_SUCH_CALL = frozenset({404, 405, 501})
_ACCOUNT = frozenset({401, 402, 403})
"""Statuses that are about the key and what it may, not about the upload."""

_TROUBLE = frozenset({Reception.BROKE_DOWN, Reception.NO_ANSWER})
_UNSAID = "nothing follows"


@dataclass(frozen=True, slots=True)
class Received:
    """The word for what came back, its status, its own words or why nothing follows; see MeasuredUpload."""

    word: Reception
    status: int | None = None
    words: str = ""
    sent: str | None = None
    crossing: Crossing | None = None


Receive = Callable[[Scenario], Received]
"""Sends a scenario's request and reads what came back."""

Check = Callable[[Scenario, Received], tuple[ConformanceCheck, ...]]
"""The checks of what came back."""


def receiver(
    ask: Callable[[Captured, Scenario], Answer | NoAnswer], root: str, model: Callable[[Scenario], str | None]
) -> Receive:
    """Sends requests below ``root`` by ``ask``, for the ``model`` that a scenario is to be sent for."""

    def receive(scenario: Scenario) -> Received:
        sent = request(asking(scenario, model(scenario)), root)
        reply = ask(sent, scenario)
        return replace(reception(reply, sent.wire, scenario), sent=sent.wire.digest)

    return receive


Revive = Callable[[], bool]
"""Starts a server anew that has ended; False where it runs, or was not started here."""


def measured(
    scenarios: Sequence[Scenario], receive: Receive, check: Check, revive: Revive = lambda: False
) -> Iterator[MeasuredUpload]:
    """Every scenario's upload, in order, those of a call after its control."""
    for _, group in groupby(scenarios, lambda each: each.call):
        for scenario, found in _of_call(tuple(group), receive, revive):
            checks = check(scenario, found)
            yield MeasuredUpload(
                scenario.id,
                scenario.says,
                found.word,
                found.sent,
                found.status,
                found.words,
                known(scenario),
                checks,
                found.crossing,
            )


def _of_call(
    scenarios: Sequence[Scenario], receive: Receive, revive: Revive
) -> Iterator[tuple[Scenario, Received]]:
    control, *others = scenarios
    first = receive(control)
    why = _why_not(control, first)
    yield (
        control,
        first if why is None or first.word is Reception.NOT_OFFERED else _unknown(first, first.words or why),
    )
    if why is not None:
        word = Reception.NOT_OFFERED if first.word is Reception.NOT_OFFERED else Reception.NOT_KNOWN
        yield from ((each, Received(word, words=f"not sent: {why}")) for each in others)
        return

    def is_taken() -> bool:
        return _why_not(control, receive(control)) is None

    found: list[tuple[Scenario, Received]] = []
    lost: str | None = None
    for each in others:
        if lost is not None:
            found.append((each, Received(Reception.NOT_KNOWN, words=lost)))
            continue
        came = receive(each)
        if came.word in _TROUBLE and not is_taken():
            if revive():
                came = _ended_by(each, came, receive, is_taken, revive)
            else:
                lost = f"not sent: after {each.name} the control was no longer taken"
                came = _unknown(came, f"{came.words}; the control was no longer taken after it")
        found.append((each, came))
    if lost is None and any(came.word is Reception.REJECTED for _, came in found):
        # A limit that set in halfway would look like a rejection.
        why = _why_not(control, receive(control))
        if why is not None:
            again = f"asked again at the end, the control was no longer taken: {why}"
            found = [
                (each, came if came.word is Reception.TAKEN else _unknown(came, again))
                for each, came in found
            ]
    yield from found


def _ended_by(
    scenario: Scenario, came: Received, receive: Receive, is_taken: Callable[[], bool], revive: Revive
) -> Received:
    """What follows for an upload after which a server had ended: asked again, it ends again or not."""
    again = receive(scenario)
    if again.word not in _TROUBLE or is_taken() or not revive():
        return again
    return replace(came, words=f"the server itself ended, both times that it was sent this ({came.words})")


def _unknown(came: Received, words: str) -> Received:
    return replace(came, word=Reception.NOT_KNOWN, words=words)


def _why_not(control: Scenario, found: Received) -> str | None:
    """Why nothing follows for a call's scenarios; None where its control was taken."""
    if found.crossing is not None and found.crossing.forwarded:
        return None  # what a gateway made of it is seen, whatever the answer
    if found.crossing is not None and found.word is Reception.TAKEN:
        return "the call as its document has it was answered, and nothing was forwarded for it"
    if found.word is Reception.TAKEN:
        return None
    if found.word is Reception.NOT_OFFERED:
        return f"there is no {control.call} ({found.status})"
    answered = f"answered {found.status}" if found.status is not None else f"{found.word.value}"
    return f"the call as its document has it: {answered}{f', {found.words}' if found.words else ''}"


def reception(reply: Answer | NoAnswer, wire: WireForm, scenario: Scenario) -> Received:
    """The word for an answer, its status, and its own words or why nothing follows."""
    if isinstance(reply, NoAnswer):
        limited = reply.why is Silence.BUDGET
        return Received(Reception.NOT_KNOWN if limited else Reception.NO_ANSWER, None, reply.says)
    status, body = reply.status, plain_body(reply)
    words = words_of(body)
    if 200 <= status < 300:
        return _of_success(wire, status, body)
    if scenario.wrong_key and status in _ACCOUNT:
        return Received(Reception.REJECTED, status, words)
    if status >= 500 and status not in _NO_SUCH_CALL:
        return Received(Reception.BROKE_DOWN, status, words)
    if scenario.is_control and status in _NO_SUCH_CALL and not _is_about_model(body):
        return Received(Reception.NOT_OFFERED, status, words)
    if says_nothing(status) or status in _ACCOUNT or status < 400:
        return Received(Reception.NOT_KNOWN, status, words or _UNSAID)
    return Received(Reception.REJECTED, status, words)


def words_of(body: bytes) -> str:
    """An error's message, on a line, without what a page is made of."""
    text = " ".join((api_error(body).message or "").split())
    return "(a page)" if text[:1] == "<" else text


def _of_success(wire: WireForm, status: int, body: bytes) -> Received:
    try:
        document = parsed(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return Received(
            Reception.NOT_KNOWN, status, "answered with success, but with no JSON object, as the call has it"
        )
    if document.get("error"):
        return Received(
            Reception.NOT_KNOWN, status, f"answered with success, and an error in it: {words_of(body)}"
        )
    told = delivered(wire, body)
    if told.delivery is Delivery.IGNORED:
        return Received(Reception.IGNORED, status, told.says)
    return Received(Reception.TAKEN, status, "")


def _is_about_model(body: bytes) -> bool:
    said = api_error(body)
    return "model" in f"{said.code} {said.param} {said.message}".lower()


def checks_of_server(scenario: Scenario, came: Received) -> tuple[ConformanceCheck, ...]:
    """The one check of a server; none where nobody knows what is right."""
    right = known(scenario)
    if right is None:
        return ()
    tier = Tier.ESSENTIAL if right.taken else Tier.ROBUST
    if came.word is Reception.NOT_OFFERED:
        return (ConformanceCheck(RECEIVED, tier, CheckMark.NOT_OFFERED),)
    if came.word is Reception.NOT_KNOWN:
        return (ConformanceCheck(RECEIVED, tier, CheckMark.UNDECIDED),)
    wanted = Reception.TAKEN if right.taken else Reception.REJECTED
    if came.word is wanted:
        return (ConformanceCheck(RECEIVED, tier, CheckMark.PASSED),)
    return (ConformanceCheck(RECEIVED, tier, CheckMark.FAILED, differs(came.word, right)),)


def differs(word: Reception, right: KnownUpload) -> str:
    """What follows for callers from a server that does otherwise than is right."""
    whose = f"OpenAI {'takes' if right.taken else 'rejects'} this" if right.vendor else "it is correct"
    whose = whose if right.vendor or right.taken else "it is not correct"
    grounds = f"({right.grade}: {right.by})" if right.vendor else f"({right.by})"
    does = {
        Reception.TAKEN: "the server takes it: callers' mistakes show only in production",
        Reception.IGNORED: "the server answers with success without looking at the file",
        Reception.REJECTED: "the server rejects it: a correct call fails here",
        Reception.BROKE_DOWN: "the server breaks down over it",
        Reception.NO_ANSWER: "the server gives no answer to it",
    }[word]
    return f"{whose} {grounds}, {does}"
