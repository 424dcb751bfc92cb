"""Running cases with nobody to answer: every request they make is kept, and none leaves this machine.

A request that is recorded is answered from its recording, so that a client that goes on afterwards does as
it would. Any other is told that nothing was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from upload_matrix.answers.answering import Answering
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.case import Case
from upload_matrix.model.exchange import Captured
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.wire import WireForm
from upload_matrix.recordings import Redactor
from upload_matrix.run.session import Session, Settings

PLANNING = "only looking at what would be sent: nothing left this machine"


@dataclass
class Seen:
    """A distinct request of a target, as it was first sent, and the cases that sent it."""

    target: str
    wire: str
    request: Captured
    cases: list[str] = field(default_factory=list)


class Capturing:
    """Stands in for ``Answering`` while requests are captured; ``seen`` by target and stored digest."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self.seen: dict[tuple[str, str], Seen] = {}
        self.case = ""
        """The id of the case that is running."""

    def close(self) -> None:
        """Nothing of its own to close."""

    def root(self, target: str) -> str:
        """As ``Answering.root``."""
        return self._answering.root(target)

    def free(self, target: str) -> bool:  # noqa: ARG002 - the interface's
        """False: one case at a time, so that a request is known to be its case's."""
        return False

    def stored(self, wire: WireForm) -> WireForm:
        """As ``Answering.stored``."""
        return self._answering.stored(wire)

    def redactor(self, target: str) -> Redactor:
        """As ``Answering.redactor``."""
        return self._answering.redactor(target)

    def read_ahead(self, cases: int, while_: Callable[[], bool]) -> None:
        """As ``Answering.read_ahead``: nothing here."""

    def answerer(self, target: str, sample: int = 0) -> Callable[[Captured], Answer | NoAnswer]:
        """Notes what is sent, and answers from recordings alone."""

        def answer(request: Captured) -> Answer | NoAnswer:
            wire = self.stored(request.wire).digest
            seen = self.seen.setdefault((target, wire), Seen(target, wire, request))
            if self.case not in seen.cases:
                seen.cases.append(self.case)
            recorded = self._answering.recorded(target, request.wire, sample)
            return NoAnswer(Silence.UNRECORDED, PLANNING) if recorded is None else recorded

        return answer


@dataclass(frozen=True, slots=True)
class Captures:
    """What cases send: distinct requests in the order they first came, and what became of silent cases."""

    seen: tuple[Seen, ...]
    silent: dict[str, str]


def capture(
    settings: Settings,
    answering: Answering,
    cases: Sequence[Case],
    told: Callable[[int], None] = lambda _: None,
) -> Captures:
    """Run every case offline. ``told`` is called with the number of cases that are done.

    Cases that sent nothing (refused by the client, no environment, our own failure) are ``silent``, with
    their outcome in words. Raises ConfigurationError as ``Session.run`` does.
    """
    capturing = Capturing(answering)
    silent: dict[str, str] = {}
    with Session(settings, capturing) as session:
        session.warm(cases)
        for number, case in enumerate(cases, 1):
            capturing.case = case.id
            result = session.run(case)
            if not result.attempts or result.outcome.kind is OutcomeKind.HARNESS_ERROR:
                silent[case.id] = str(result.outcome)
            told(number)
    return Captures(tuple(capturing.seen.values()), silent)
