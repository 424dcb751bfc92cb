"""Asking for the wire forms that a sweep was promised answers to: each once, and no other.

A form is sent by the client of one cell, through its own probe and the tap, so that what reaches the
target is the client's own request. What comes back is kept as a recording; the sweep then measures again
from recordings, and every release's client reads that answer.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from upload_matrix.answers.answering import EMULATOR, Answering, Policy
from upload_matrix.judge.needs import NeededAnswer
from upload_matrix.model.answer import NOT_SENT, Answer, NoAnswer, Provenance, Silence, Source
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import Outcome
from upload_matrix.recordings import RecordMode
from upload_matrix.recordings.identity import folder_name
from upload_matrix.run.measure import merge_answer
from upload_matrix.run.session import Session, Settings, seat
from upload_matrix.run.sweep import Progress
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.wire.form import Captured

Key = tuple[str, str]
"""A wire form's digest and a target."""


def is_free(target: str, targets: Mapping[str, TargetSpec]) -> bool:
    """Whether asking costs nothing: the target is an emulator, ours or one that says so of itself."""
    if target.startswith(EMULATOR):
        return True
    return target in targets and targets[target].provenance is Provenance.EMULATED


def may_ask(target: str, policy: Policy) -> bool:
    """Whether the record mode lets a target be asked for forms without a recording."""
    recorded = policy.recorded or frozenset()
    return policy.recording and policy.mode.may_ask(fresh=folder_name(target) not in recorded)


def replaying(policy: Policy) -> Policy:
    """The same policy, but nothing is sent, whoever asks for it."""
    return replace(policy, mode=RecordMode.NONE, blocked=True)


def check_keys(settings: Settings, targets: Collection[str]) -> None:
    """Raise ConfigurationError when one of ``targets`` could not be asked: better before the work."""
    with Answering(settings.policy, settings.targets, settings.profiles, settings.live) as answering:
        for target in targets:
            answering.answerer(target)


class OnlyPlanned(Answering):
    """Answers the planned (form, target) pairs by the policy, each once; anything else from recordings.

    ``replies`` holds what came for those that were asked for, ``unfit`` why one cannot be asked for as things
    are set up: a price that a budget needs, books that cannot be read. Thread-safe.
    """

    def __init__(self, settings: Settings, planned: Collection[Key]) -> None:
        super().__init__(settings.policy, settings.targets, settings.profiles, settings.live)
        self._planned = frozenset(planned)
        self._recorded = Answering(replaying(settings.policy), settings.targets, settings.profiles)
        self._locks: defaultdict[Key, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()
        self.replies: dict[Key, Answer | NoAnswer] = {}
        self.unfit: ConfigurationError | None = None

    def answerer(self, target: str, sample: int = 0) -> Callable[[Captured], Answer | NoAnswer]:
        """The function that answers requests meant for ``target``."""
        ask, replay = super().answerer(target, sample), self._recorded.answerer(target, sample)

        def answer(request: Captured) -> Answer | NoAnswer:
            key = (self.stored(request.wire).digest, target)
            if key not in self._planned:
                return replay(request)
            with self._guard:
                lock = self._locks[key]
            with lock:
                # An answer that says nothing (429, 5xx) is not recorded, but was paid for like any other.
                if key not in self.replies:
                    try:
                        self.replies[key] = ask(request)
                    except ConfigurationError as error:
                        self.unfit = error
                        raise
                return self.replies[key]

        return answer

    def close(self) -> None:
        """Close connections to live targets."""
        self._recorded.close()
        super().close()


@dataclass(frozen=True, slots=True)
class AskedLive:
    """A form that was asked for: who answered (None: nobody), and what its own client made of that."""

    wanted: NeededAnswer
    source: Source | None
    outcome: Outcome


def ask(
    settings: Settings,
    variants: Sequence[Case],
    python: str,
    wanted: Sequence[NeededAnswer],
    told: Callable[[AskedLive], None],
) -> tuple[tuple[AskedLive, ...], str | None]:
    """Send each wanted form once, one after the other; ``told`` is called after each.

    Gives what was asked, and which limit of the account kept the rest from being sent, None when none did.
    Raises ConfigurationError when a target cannot be asked (no key, no price that a budget needs).
    """
    cases = {case.id: case for case in variants}
    by_release: defaultdict[str, list[NeededAnswer]] = defaultdict(list)
    for each in wanted:
        by_release[each.release].append(each)
    done: list[AskedLive] = []
    answering = OnlyPlanned(settings, [(each.wire, each.target) for each in wanted])
    with answering, Session(settings, answering) as session:
        for release, group in by_release.items():
            placed = {each.variant: cases[each.variant].on(sdk=release, python=python) for each in group}
            for each in group:
                outcome = session.run(placed[each.variant]).outcome
                if answering.unfit is not None:
                    raise answering.unfit
                reply = answering.replies.get((each.wire, each.target))
                if isinstance(reply, NoAnswer) and reply.why is Silence.BUDGET:
                    return tuple(done), reply.says.removeprefix(NOT_SENT)
                done.append(AskedLive(each, reply.source if isinstance(reply, Answer) else None, outcome))
                told(done[-1])
            for place in {seat(case, settings.clients) for case in placed.values()}:
                session.leave(place)
    return tuple(done), None


def take_answers(progress: Progress, asked: Sequence[AskedLive]) -> None:
    """Note who answered, and forget the releases whose clients have yet to read it: they come again."""
    sources = {(each.wanted.wire, each.wanted.target): each.source for each in asked}
    targets = {case.id: case.target for case in progress.plan.variants}
    for key, source in sources.items():
        merge_answer(progress.answers, key, source)
    for name, result in list(progress.results.items()):
        sent = ((wire, targets[cell.variant]) for cell in result.cells.values() for wire in cell.wires)
        if any(sources.get(key) is not None for key in sent):
            del progress.results[name]
