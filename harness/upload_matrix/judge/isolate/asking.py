"""What was asked and answered so far, and asking until a question is decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from upload_matrix.judge.isolate.result import (
    AskedQuestion,
    Hybrids,
    Purpose,
    Question,
    Reply,
    Signature,
    Stop,
    Trial,
    Vote,
)

Known = Callable[[frozenset[str]], Reply | None]
"""A recorded answer to the request with these changes, None when there is none."""
Asking = Generator[Question, Reply | None, bool | None]
"""Yields questions, is sent their replies (None: no more may be asked), ends with what was decided."""
Wanted = Callable[[Reply], bool]


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to isolate.

    ``max_calls``: answers that may be asked for anew, None for no limit. ``patience``: how many inconclusive
    answers in a row one question may get before it stays open. ``reconfirm``: ask about both ends even where
    there is a recording. With a repeating trial the passing request is asked again after every
    ``control_every`` calls. ``most_causes``: independent causes to look for. ``signature``: the failure
    meant, None for whatever the failing request gets now.
    """

    trial: Trial = field(default_factory=Trial)
    max_calls: int | None = None
    patience: int = 2
    reconfirm: bool = True
    control_every: int = 5
    most_causes: int = 4
    signature: Signature | None = None


class Stopped(Exception):  # noqa: N818 - not an error: the search ends here, and says why
    """The isolation cannot go on."""

    def __init__(self, why: Stop) -> None:
        super().__init__(why.value)
        self.why = why


class Notebook:
    """Everything answered so far, by the key of the request."""

    def __init__(self, hybrids: Hybrids, known: Known, options: SearchOptions) -> None:
        self._hybrids = hybrids
        self._known = known
        self._options = options
        self._looked_up: set[str] = set()
        self._replies: defaultdict[str, list[Reply]] = defaultdict(list)
        self._controls: list[bool] = []
        self._since_control = 0
        self._controlled = 0
        self.asked: list[AskedQuestion] = []
        self.calls = 0
        self.decided: list[Purpose] = []
        """For every question that new answers decided: what it was for."""

    def votes(self, kept: frozenset[str]) -> list[Reply]:
        """The answers about a request that count."""
        key = self._hybrids.key(kept)
        return [] if key is None else [reply for reply in self._replies[key] if reply.votes]

    def free(self, kept: frozenset[str], wanted: Wanted, purpose: Purpose) -> bool | None:
        """What is decided without a call; None when it is open."""
        key = self._hybrids.key(kept)
        if key is None:
            return None
        if key not in self._looked_up:
            self._look_up(Question(kept, key, purpose))
        return self._options.trial.decide([wanted(reply) for reply in self.votes(kept)])

    def settle(self, kept: frozenset[str], wanted: Wanted, purpose: Purpose, *, anew: bool = False) -> Asking:
        """Ask until it is decided whether the answers are as ``wanted``; None when that stays open.

        ``anew`` leaves recordings aside. Raises Stopped at the budget and when the control fails.
        """
        key = self._hybrids.key(kept)
        if key is None:
            return None
        if anew:
            self._looked_up.add(key)
        decided = self.free(kept, wanted, purpose)
        fruitless = 0
        while decided is None:
            if fruitless > self._options.patience or len(self.votes(kept)) >= self._options.trial.most:
                return None
            if purpose not in (Purpose.FAILING, Purpose.PASSING):
                yield from self._control()
            reply = yield from self._ask(Question(kept, key, purpose, len(self._replies[key])))
            self._replies[key].append(reply)
            fruitless = 0 if reply.votes else fruitless + 1
            if reply.vote is Vote.NOT_ASKED:
                return None  # asking again would get the same
            decided = self.free(kept, wanted, purpose)
            if decided is not None and not reply.recorded:
                self.decided.append(purpose)
        return decided

    def _look_up(self, question: Question) -> None:
        self._looked_up.add(question.key)
        reply = self._known(question.kept)
        if reply is not None and reply.votes:
            self._replies[question.key].append(reply)
            self.asked.append(AskedQuestion(question, reply))

    def _ask(self, question: Question) -> Generator[Question, Reply | None, Reply]:
        if self._options.max_calls is not None and self.calls >= self._options.max_calls:
            raise Stopped(Stop.BUDGET)
        reply = yield question
        if reply is None:
            raise Stopped(Stop.BUDGET)
        self.asked.append(AskedQuestion(question, reply))
        if not reply.recorded and reply.vote is not Vote.NOT_ASKED:
            self.calls += 1
            self._since_control += 1
        return reply

    def _control(self) -> Generator[Question, Reply | None, None]:
        """Ask about the passing request, when it is time."""
        if not self._options.trial.repeat or self._since_control < self._options.control_every:
            return
        # Kept apart from the passing request's own answers: those were decided on at the beginning.
        self._controls += yield from self._one_control()
        if not self._options.trial.alarm(self._controls):
            return
        # An alarm may be raised by chance, the sooner the longer one listens. A test of its own decides.
        self._controls.clear()
        fresh: list[bool] = []
        rejected = None
        for _ in range(self._options.trial.most):
            fresh += yield from self._one_control()
            rejected = self._options.trial.decide(fresh)
            if rejected is not None:
                break
        if rejected is not False:
            raise Stopped(Stop.ENVIRONMENT)

    def _one_control(self) -> Generator[Question, Reply | None, list[bool]]:
        """Whether the passing request is rejected; [] where the answer does not count."""
        key = self._hybrids.key(frozenset()) or ""
        sample = len(self._replies[key]) + self._controlled
        reply = yield from self._ask(Question(frozenset(), key, Purpose.CONTROL, sample))
        self._controlled += 1
        self._since_control = 0
        return [reply.vote is Vote.REJECTED] if reply.votes else []
