"""Answers on a cluster: each distinct request is answered once, and by the coordinator alone.

Workers have neither recordings nor a way to any target. What a worker has no answer for it hands back, as
it was captured; the coordinator answers it by the record mode's own rules (recording, emulator, or the live
target, whose key it alone has) and the release is measured again, the answer in its luggage. Every later
task carries all answers, so only the first releases that send a form are measured twice.

As on one machine, an answer that says nothing about the upload (429, 503, no connection) is not kept: it
goes to the release that wanted it, and the next one that sends the form has it asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from upload_matrix.answers.answering import Answering, Policy
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.errors import HarnessError
from upload_matrix.model.exchange import Captured
from upload_matrix.model.outcome import INCONCLUSIVE_STATUS
from upload_matrix.recordings.stored import UNRECORDABLE, is_recordable
from upload_matrix.run.crew_task import Given, Key, OurFailure
from upload_matrix.run.tries import words


class Answers:
    """The coordinator's side. Not thread-safe. ``known`` are the answers that every task may carry."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self.known: dict[Key, Given] = {}

    def give(self, wanted: Mapping[Key, Captured]) -> dict[Key, Given]:
        """An answer for each request, asked for unless it is known."""
        given: dict[Key, Given] = {}
        for key, request in wanted.items():
            given[key] = self.known[key] if key in self.known else self._ask(key[1], request)
            if _lasting(given[key]):
                self.known[key] = given[key]
        return given

    def _ask(self, target: str, request: Captured) -> Given:
        try:
            return self._answering.answerer(target)(request)
        except HarnessError as error:
            return OurFailure(str(error))
        except Exception as error:  # noqa: BLE001 - as in the tap: a failure to answer is these cases' outcome
            return OurFailure(words(error))


class Luggage(Answering):
    """The worker's side: answers from what came with the task, and notes what was not among it."""

    def __init__(self, policy: Policy, roots: Mapping[str, str], answers: Mapping[Key, Given]) -> None:
        super().__init__(policy, {})
        self._roots = roots
        self._answers = answers
        self.wanted: dict[Key, Captured] = {}

    def root(self, target: str) -> str:
        """The path under which the target's API lies."""
        return self._roots[target]

    def secrets(self, target: str) -> tuple[str, ...]:  # noqa: ARG002 - a worker has no key
        """None: keys stay with the coordinator."""
        return ()

    def free(self, target: str) -> bool:  # noqa: ARG002 - an answer from here may yet be wanted
        """False: a case is not begun ahead of the one before."""
        return False

    def answerer(self, target: str, sample: int = 0) -> Callable[[Captured], Answer | NoAnswer]:  # noqa: ARG002
        """The function that answers requests meant for ``target``; raises HarnessError for OurFailure."""

        def reply(request: Captured) -> Answer | NoAnswer:
            if not is_recordable(request.wire, self._patterns):
                # What the coordinator would be asked for could not be found again on another machine.
                return NoAnswer(Silence.UNRECORDED, UNRECORDABLE)
            key = (self.stored(request.wire).digest, target)
            given = self._answers.get(key)
            if given is None:
                self.wanted[key] = request
                return NoAnswer(Silence.BLOCKED, "the coordinator is yet to answer this")
            if isinstance(given, OurFailure):
                raise HarnessError(given.says)
            return given

        return reply


def _lasting(given: Given) -> bool:
    if isinstance(given, Answer):
        return given.status not in INCONCLUSIVE_STATUS and given.status < 500
    return not (isinstance(given, NoAnswer) and given.why is Silence.UNREACHABLE)
