"""The playbook: which suspect when, what is left out once something is proven, and the verdict.

Free steps first (the model's life, the account as answers tell of it, other releases offline), then those
that cost a call, those that cost a picture last: a control is left out where the fixed call says the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from upload_matrix import vendors
from upload_matrix.diagnose import steps
from upload_matrix.diagnose.program import fix_of
from upload_matrix.diagnose.steps import Bench
from upload_matrix.isolate.asker import answered
from upload_matrix.isolate.isolated import (
    End,
    Isolated,
    Search,
    first_passing,
    repaired_ends,
    run_isolation,
)
from upload_matrix.isolate.passage import Crossed, Passage
from upload_matrix.judge.isolate.result import PassingBy
from upload_matrix.judge.isolate.words import shown, subject
from upload_matrix.judge.suspects import SUSPECTS, account, alive, control, upload
from upload_matrix.judge.suspects.verdict import confidence, unexplained, verdict
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.diagnosis import Answered, Diagnosis, Fix, Inquiry, Stand
from upload_matrix.model.estimate import model_of, operation_of
from upload_matrix.model.hop import Speaker
from upload_matrix.wire.carriers.multipart import base_name
from upload_matrix.wire.difference import without
from upload_matrix.wire.form import Captured
from upload_matrix.wire.splice import IllegalHybridError, Splicer


@dataclass(frozen=True)
class Diagnosed:
    """A diagnosis, with the isolation behind it where there was one."""

    diagnosis: Diagnosis
    isolated: Isolated | None = None


def diagnose(bench: Bench) -> Diagnosed:
    """Go through the suspects of the bench's failing call. Raises HarnessError where the harness fails."""
    return _Playbook(bench).run()


class _Playbook:
    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._inquiries: list[Inquiry] = []
        self._isolated: Isolated | None = None
        self._splicer: Splicer | None = None
        self._end: End | None = None
        self._fix: Fix | None = None
        self._remains: list[str] = []

    def run(self) -> Diagnosed:
        bench = self._bench
        answer = bench.ask(bench.subject.request)
        bench.say(f"the failing call{'' if bench.passage is None else ' without the gateway'}: {answer}")
        crossed = None if bench.passage is None else self._through(bench.passage, answer)
        if crossed is not None and self._proven():
            self._gateway_at_fault(crossed)
            # The call fails as its user makes it, which is through the gateway.
            answer = answered(crossed.reply)
        elif not answer.accepted:
            self._free(answer)
            if answer.conclusive and not self._proven():
                self._paid(answer)
        tally = bench.asker.tally()
        isolation = None if self._isolated is None else self._isolated.result
        inquiries = tuple(sorted(self._inquiries, key=lambda inquiry: inquiry.number))
        stopped = bench.asker.stopped
        real = vendors.vendor_of(operation_of(bench.subject.request.wire)).target
        diagnosis = Diagnosis(
            subject=bench.subject.name,
            target=bench.subject.target,
            wire=bench.subject.request.wire.digest,
            answer=answer,
            verdict=verdict(answer, inquiries, stopped, isolation, bench.subject.lost),
            confidence=confidence(inquiries, isolation, self._fix),
            inquiries=inquiries,
            unexplained=()
            if answer.accepted
            else (
                *unexplained(answer, inquiries, isolation, self._fix, real, bench.subject.lost),
                *self._remains,
            ),
            fix=self._fix,
            stopped=stopped,
            notes=() if self._isolated is None else self._isolated.origins,
            calls=tally.calls,
            recorded=tally.recorded,
            spent=tally.spent,
            lost=bench.subject.lost,
        )
        return Diagnosed(diagnosis, self._isolated)

    def _free(self, answer: Answered) -> None:
        """What costs nothing. The account is judged now only where its fault is plain."""
        bench = self._bench
        self._look(lambda: steps.model_alive(bench, answer))
        rejected = account.judge(answer, None)
        if rejected.stand is Stand.CAUSE:
            self._look(lambda: rejected)
        if bench.passage is None:
            self._look(lambda: steps.gateway(bench))
        if self._proven() or not answer.conclusive:
            self._leave(conclusive=answer.conclusive)
            return
        self._look(lambda: steps.other_releases(bench))

    def _through(self, passage: Passage, direct: Answered) -> Crossed:
        """Suspect 7 where the gateway is at hand."""
        found: list[Crossed] = []

        def look() -> Inquiry:
            inquiry, crossed = steps.through_gateway(self._bench, passage, direct)
            found.append(crossed)
            return inquiry

        self._look(look)
        through = answered(found[0].reply)
        if through.accepted and not direct.accepted:
            self._remains.append(
                f"Through `{passage.name}` the call is accepted as it is: the fault shows only without it."
            )
        return found[0]

    def _gateway_at_fault(self, crossed: Crossed) -> None:
        """The call as it was sent passes; which of the gateway's changes makes the forwarded one fail?"""
        bench = self._bench
        self._leave(conclusive=True)
        assert bench.passage is not None
        sent, name = bench.subject.request, bench.passage.name
        says = f"have `{name}` forward the upload as it is sent, or leave it out"
        self._fix = Fix(says, sent.wire.digest, accepted=True, emulated=bench.asker.emulated > 0)
        told = crossed.crossing.speaker in (Speaker.TARGET, Speaker.REWORDED)
        if not told or not crossed.forwarded:
            return
        forwarded = replace(
            bench.subject,
            name=f"{bench.subject.name}, as {name} forwards it",
            request=crossed.forwarded[-1],
            client=None,
            container=None,
        )
        end = End(sent, PassingBy.GIVEN, f"{bench.subject.name}, as it was sent")
        try:
            isolated, _ = run_isolation(forwarded, end, bench.asker, bench.options)
            # It is the gateway that wrote this request, not somebody's code.
            self._isolated = replace(isolated, origins=())
        except IllegalHybridError as error:
            bench.say(f"what of it decides cannot be isolated: {error}")

    def _paid(self, answer: Answered) -> None:
        bench = self._bench
        cheap = bench.asker.free
        controlled: Answered | None = None
        if cheap:
            controlled = self._control(answer)
        self._look(lambda: steps.plain_rest(bench, answer))
        self._isolate(without_upload=self._stands(control.NUMBER) is Stand.CAUSE)
        self._look_for_fix()
        if not cheap:
            if self._fix is not None and self._fix.accepted and steps.has_control(bench):
                self._look(lambda: control.not_needed(bench.model))
            else:
                controlled = self._control(answer)
        self._look(lambda: account.judge(answer, controlled))

    def _control(self, answer: Answered) -> Answered | None:
        bench = self._bench
        found: list[Answered | None] = []

        def look() -> Inquiry:
            found.append(steps.ask_control(bench))
            return steps.judge_control(bench, answer, found[0])

        self._look(look)
        return found[0]

    def _isolate(self, *, without_upload: bool) -> None:
        """Suspects 5 and 6; the cost of both stands with 5."""
        bench = self._bench
        wire = bench.subject.request.wire
        known = operation_of(wire)
        upload_fields = (
            set() if known is None else {each.name for each in load_operations()[known].file_fields}
        )
        fields = frozenset(
            part.name
            for part in wire.parts or ()
            # A file that lacks its filename is an upload all the same.
            if not part.is_upload and base_name(part.name) not in upload_fields
        )
        pair: list[Inquiry] = []

        def look() -> Inquiry:
            why, tried = self._search(without_upload=without_upload)
            result = None if self._isolated is None else self._isolated.result
            first, second = upload.judge(result, fields, why_not=why, tried=tried)
            pair.append(second)
            return first

        self._look(look)
        self._look(lambda: pair[0])

    def _search(self, *, without_upload: bool) -> tuple[str | None, tuple[str, ...]]:
        """Find a passing request and isolate; why that was not possible, and what was tried."""
        bench = self._bench
        found = self._passing(without_upload=without_upload)
        tried = tuple(f"{each.end.says}: {each.answer}" for each in found.tried)
        if found.end is None:
            return found.stopped or "no request was found that passes", tried
        try:
            self._isolated, self._splicer = run_isolation(
                bench.subject, found.end, bench.asker, bench.options, tried=found.tried
            )
        except IllegalHybridError as error:
            return str(error), tried
        self._end = found.end
        return None, tried

    def _passing(self, *, without_upload: bool) -> Search:
        """A given request, else the best fix (it is needed anyway), recorded neighbours, then the rest."""
        bench = self._bench
        if bench.given is not None:
            return first_passing(bench.asker, [bench.given])
        repaired = repaired_ends(bench.subject)
        fixed = [end for end in repaired if end.how == PassingBy.FIXED]
        plain = [end for end in repaired if end.how == PassingBy.SIMPLIFIED]
        sample = [end for end in repaired if end.how == PassingBy.SAMPLE]
        if without_upload:
            return first_passing(bench.asker, plain)
        near = bench.near
        return first_passing(bench.asker, [*fixed[:1], *near[:1], *plain, *fixed[1:], *sample, *near[1:2]])

    def _look_for_fix(self) -> None:
        if self._isolated is None or self._splicer is None or self._end is None:
            return
        if not self._isolated.result.causes:
            return
        if self._end.how == PassingBy.SAMPLE:
            self._remains.append(
                "Which bytes belong there only you know: a sample in their place is accepted."
            )
            return
        says, fixed = self._fixed(self._isolated, self._splicer, self._end)
        self._fix = fix_of(says, fixed, self._bench.subject.client, self._bench.asker)
        if self._fix.accepted and model_of(fixed.wire) == self._bench.model:
            self._model_answers()
        passage = self._bench.passage
        if passage is not None and self._fix.accepted:
            through = answered(passage.take(fixed).reply)
            if not through.accepted:
                self._remains.append(f"Through `{passage.name}` the fixed call is not accepted: {through}.")

    def _model_answers(self) -> None:
        """An accepted call tells that its model is alive, whether or not the target lists it."""
        self._inquiries = [
            replace(each, stand=Stand.RULED_OUT, says=f"the fixed call was accepted by {self._bench.model}")
            if each.number == alive.NUMBER and each.stand is Stand.OPEN
            else each
            for each in self._inquiries
        ]

    def _fixed(self, isolated: Isolated, splicer: Splicer, end: End) -> tuple[str, Captured]:
        """The request as it should be. A fix that passed fixes more than the cause alone: a filename that
        fits beside a type that fits is worth having."""
        if end.how == PassingBy.FIXED:
            return end.says, end.request
        changes = [change for cause in isolated.result.causes for change in cause.changes]
        kept = without({change.where for change in changes}, splicer.changes)
        says = "; ".join(
            f"{subject(change)}: {shown(change.before)} in place of {shown(change.after)}"
            for change in changes
        )
        return says, splicer.craft(kept).request

    def _look(self, step: Callable[[], Inquiry]) -> None:
        inquiry = self._bench.counted(step)
        self._inquiries.append(inquiry)
        self._bench.say(f"{inquiry.number} {inquiry.name}: {inquiry.stand.value.replace('_', ' ')}")

    def _proven(self) -> bool:
        return any(inquiry.stand is Stand.CAUSE for inquiry in self._inquiries)

    def _stands(self, number: int) -> Stand | None:
        return next((each.stand for each in self._inquiries if each.number == number), None)

    def _leave(self, *, conclusive: bool) -> None:
        """The suspects that are not looked into."""
        says = (
            "something cheaper is proven already" if conclusive else "the failing call got no answer to vary"
        )
        stand = Stand.NOT_NEEDED if conclusive else Stand.OPEN
        looked = {inquiry.number for inquiry in self._inquiries}
        self._inquiries += [
            Inquiry(each.number, each.name, stand, says) for each in SUSPECTS if each.number not in looked
        ]
