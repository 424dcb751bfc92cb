"""Measuring releases on a cluster: one task a release, sent to whoever is free, tried elsewhere when lost.

A survey (see ``survey``) whose workers are processes of other machines. Environments are built there, in
the machine's own cache; answers come from here (see ``crew_answers``). ``crew_dask`` finds the workers.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Protocol, Self

from upload_matrix import __version__
from upload_matrix.answers.answering import Answering
from upload_matrix.environments.blueprint import Way
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.run.crew_alike import Alike
from upload_matrix.run.crew_answers import Answers
from upload_matrix.run.crew_task import Given, Key, Report, Stumble, Task, pack
from upload_matrix.run.measured import Measured, given_up
from upload_matrix.run.session import Settings
from upload_matrix.run.tries import Tries, words

ROUNDS = 8
"""Times a release may ask for further answers: a client that retries may send another form each time."""

_LOOK_AROUND_SECONDS = 1.0
"""How often it is checked that the cluster is still there, while nothing comes."""


class Cluster(Protocol):
    """Workers elsewhere."""

    def submit(self, task: Task, avoid: Collection[str]) -> Future[Report | Stumble]:
        """Have a task done, if possible not by the workers to ``avoid``."""

    def hands(self) -> int:
        """How many tasks can be worked on at a time."""

    def check(self) -> None:
        """Raises HarnessError when nobody is left to wait for."""

    def lost(self, error: BaseException) -> bool:
        """Whether a future's error says that the workers died while they had the task."""


def _never() -> bool:
    return False


@dataclass(slots=True)
class _Batch:
    """One call of ``measure``, release by release.

    ``suspects`` had workers die with them, by their own or a neighbour's doing; they wait in ``alone`` until
    nothing else is under way. ``avoid`` are workers that had failed, ``rounds`` counts how often answers were
    wanted, and ``luggage`` holds those that were given to one release only.
    """

    waiting: deque[str]
    tries: Tries = field(default_factory=Tries)
    alone: deque[str] = field(default_factory=deque)
    running: dict[Future[Report | Stumble], str] = field(default_factory=dict)
    suspects: set[str] = field(default_factory=set)
    avoid: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    rounds: Counter[str] = field(default_factory=Counter)
    luggage: defaultdict[str, dict[Key, Given]] = field(default_factory=lambda: defaultdict(dict))

    def again(self, release: str, *, first: bool = False) -> None:
        """Have a release measured again, after the others or before them."""
        line = self.alone if release in self.suspects else self.waiting
        if first:
            line.appendleft(release)
        else:
            line.append(release)


class Crew:
    """Measures releases on a cluster. Use as a context manager; the cluster outlives it.

    ``variants`` are the cases without a release, ``python`` is the interpreter for all of them and
    ``python_version`` what it is on this machine. ``way`` and ``offline`` say how the workers build
    environments. Raises ConfigurationError when a target cannot be asked (no key) or a file cannot be read.
    """

    def __init__(
        self,
        settings: Settings,
        variants: Sequence[Case],
        *,
        python: str,
        python_version: str,
        way: Way,
        offline: bool,
        cluster: Cluster,
    ) -> None:
        self._variants = tuple(variants)
        self._python = python
        self._cluster = cluster
        self._alike = Alike(python_version)
        targets = dict.fromkeys(case.target for case in variants)
        self._answering = Answering(settings.policy, settings.targets, settings.profiles)
        for target in targets:
            self._answering.answerer(target)
        roots = {target: self._answering.root(target) for target in targets}
        self._answers = Answers(self._answering)
        self._parcel = pack(settings, roots, way, offline=offline)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._answering.close()

    def measure(self, releases: Sequence[str], cancelled: Callable[[], bool] = _never) -> Iterator[Measured]:
        """Measure releases side by side; each as soon as it is done, in no certain order.

        A release whose worker fails is tried again, elsewhere if there is an elsewhere, a few times. One
        whose workers die is tried once more with nothing beside it, since a neighbour may have been the
        cause. What then fails is given up: its cells are harness errors. Raises ConfigurationError for
        what no worker can mend, and HarnessError when the cluster is gone. Closing the iterator calls off
        what is under way; a worker finishes the release it is at.
        """
        batch = _Batch(deque(releases))
        try:
            while batch.waiting or batch.alone or batch.running:
                if not cancelled():
                    self._send(batch)
                if not batch.running:
                    return
                yield from self._arrived(batch)
        finally:
            for future in batch.running:
                future.cancel()

    def _arrived(self, batch: _Batch) -> list[Measured]:
        """Wait a while for releases to be done. Their futures are let go of: a cluster keeps what is held."""
        done, _ = wait(batch.running, timeout=_LOOK_AROUND_SECONDS, return_when=FIRST_COMPLETED)
        if not done:
            self._cluster.check()
        settled = [self._settled(batch, batch.running.pop(future), future) for future in done]
        return [measured for measured in settled if measured is not None]

    def _send(self, batch: _Batch) -> None:
        """Keep every worker busy, and no more: what is sent later carries more answers."""
        hands = max(1, self._cluster.hands()) if batch.waiting else 0
        while batch.waiting and len(batch.running) < hands:
            self._submit(batch, batch.waiting.popleft())
        if batch.alone and not batch.running:
            self._submit(batch, batch.alone.popleft())

    def _submit(self, batch: _Batch, release: str) -> None:
        answers = {**self._answers.known, **batch.luggage[release]}
        task = Task(__version__, self._parcel, self._variants, release, self._python, answers)
        batch.running[self._cluster.submit(task, batch.avoid[release])] = release

    def _settled(self, batch: _Batch, release: str, future: Future[Report | Stumble]) -> Measured | None:
        """What came of a release; None when it is to be measured again."""
        if future.cancelled():
            self._cluster.check()
            raise HarnessError(
                f"the cluster has dropped release {release}; the same command goes on from here"
            )
        error = future.exception()
        if isinstance(error, ConfigurationError):
            raise error
        if error is not None:
            lost = self._cluster.lost(error)
            return self._died(batch, release) if lost else self._failed(batch, release, words(error))
        report = future.result()
        if isinstance(report, Stumble):
            batch.avoid[release].add(report.where)
            return self._failed(batch, release, report.why)
        self._alike.check(report)
        if report.wanted:
            return self._answered(batch, release, report)
        if report.measured.result.unavailable is not None and not batch.avoid[release]:
            # One machine may lack what another has: a second one is asked before that is said of a release.
            batch.avoid[release].add(report.where)
            batch.again(release)
            return None
        return report.measured

    def _answered(self, batch: _Batch, release: str, report: Report) -> Measured | None:
        batch.rounds[release] += 1
        if batch.rounds[release] > ROUNDS:
            return given_up(
                self._variants,
                release,
                "given up: it sends another request each time it is measured, so that no answer can be had "
                "ahead; measure it without --scheduler",
            )
        batch.luggage[release].update(self._answers.give(report.wanted))
        batch.again(release, first=True)
        return None

    def _failed(self, batch: _Batch, release: str, why: str) -> Measured | None:
        sentence = batch.tries.failed(release, why)
        if sentence is not None:
            return given_up(self._variants, release, sentence)
        batch.again(release)
        return None

    def _died(self, batch: _Batch, release: str) -> Measured | None:
        if release in batch.suspects:
            why = "given up: its workers died, and again when nothing ran beside it"
            return given_up(self._variants, release, why)
        batch.suspects.add(release)
        batch.again(release)
        return None
