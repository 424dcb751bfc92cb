"""Measuring releases on a cluster: one task a release, sent to whoever is free, tried elsewhere when lost.

An executor (see ``measure``) whose workers are processes of other machines. They build environments in their
own caches, and have neither recordings nor a way to any target: what a worker has no answer for it hands back
as it was captured. The coordinator, here, answers each distinct request once by the record mode's own rules
(recording, emulator, or the live target, whose key it alone has), and the release is measured again with that
answer. Every later task carries all answers, so only the first releases that send a form are measured twice.

As on one machine, an answer that says nothing about the upload (429, 503, no connection) is not kept: it goes
to the release that wanted it, and the next one that sends the form has it asked again.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Protocol, Self

from upload_matrix import __version__
from upload_matrix.answers.answering import Answering
from upload_matrix.environments.kept import Way
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.outcome import says_nothing
from upload_matrix.model.result import Environment
from upload_matrix.run.dask import Key, OurFailure, Reply, Task, WorkerFailure, WorkerReport, pack
from upload_matrix.run.measure import Measured, Tries, given_up, words
from upload_matrix.run.session import Settings
from upload_matrix.wire.form import Captured

ROUNDS = 8
"""Times a release may ask for further answers: a client that retries may send another form each time."""

_LOOK_AROUND_SECONDS = 1.0
"""How often it is checked that the cluster is still there, while nothing comes."""


class Cluster(Protocol):
    """Workers elsewhere."""

    def submit(self, task: Task, avoid: Collection[str]) -> Future[WorkerReport | WorkerFailure]:
        """Have a task done, if possible not by the workers to ``avoid``."""

    def free_slots(self) -> int:
        """How many tasks can be worked on at a time."""

    def check(self) -> None:
        """Raises HarnessError when nobody is left to wait for."""

    def lost(self, error: BaseException) -> bool:
        """Whether a future's error says that the workers died while they had the task."""


@dataclass(slots=True)
class _Batch:
    """One call of ``measure``, release by release.

    ``suspects`` had workers die with them, by their own or a neighbour's doing; they wait in ``alone`` until
    nothing else is under way. ``avoid`` are workers that had failed, ``rounds`` counts how often answers were
    wanted, and ``own_answers`` holds those for one release only.
    """

    waiting: deque[str]
    tries: Tries = field(default_factory=Tries)
    alone: deque[str] = field(default_factory=deque)
    running: dict[Future[WorkerReport | WorkerFailure], str] = field(default_factory=dict)
    suspects: set[str] = field(default_factory=set)
    avoid: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    rounds: Counter[str] = field(default_factory=Counter)
    own_answers: defaultdict[str, dict[Key, Reply]] = field(default_factory=lambda: defaultdict(dict))

    def again(self, release: str, *, first: bool = False) -> None:
        """Have a release measured again, after the others or before them."""
        line = self.alone if release in self.suspects else self.waiting
        if first:
            line.appendleft(release)
        else:
            line.append(release)


@dataclass(frozen=True, slots=True)
class Workers:
    """What the workers measure with.

    ``python`` is the interpreter of all cases, ``python_version`` what it is on this machine. ``way`` and
    ``offline`` say how environments are built, ``beside`` what is installed with each release.
    """

    python: str
    python_version: str
    way: Way
    offline: bool
    beside: tuple[str, ...] = ()


class ClusterExecutor:
    """Measures releases on a cluster. Use as a context manager; the cluster outlives it.

    ``variants`` are the cases without a release. Raises ConfigurationError when a target cannot be asked (no
    key) or a file cannot be read.
    """

    def __init__(
        self,
        settings: Settings,
        variants: Sequence[Case],
        workers: Workers,
        cluster: Cluster,
    ) -> None:
        self._variants = tuple(variants)
        self._python = workers.python
        self._cluster = cluster
        self._alike = _Alike(workers.python_version)
        targets = dict.fromkeys(case.target for case in variants)
        self._answering = Answering(settings.policy, settings.targets, settings.profiles)
        for target in targets:
            self._answering.answerer(target)
        roots = {target: self._answering.root(target) for target in targets}
        self._answers = _SharedAnswers(self._answering)
        self._parcel = pack(settings, roots, workers.way, offline=workers.offline, beside=workers.beside)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._answering.close()

    def measure(self, releases: Sequence[str]) -> Iterator[Measured]:
        """Measure releases side by side; each as soon as it is done, in no certain order.

        A release whose worker fails is tried again, elsewhere if there is an elsewhere, a few times. One
        whose workers die is tried once more with nothing beside it, since a neighbour may have been the
        cause. What then fails is given up: its cells are harness errors. Raises ConfigurationError for
        what no worker can help, and HarnessError when the cluster is gone. Closing the iterator calls off
        what is under way; a worker finishes the release it is at.
        """
        batch = _Batch(deque(releases))
        try:
            while batch.waiting or batch.alone or batch.running:
                self._send(batch)
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
        slots = max(1, self._cluster.free_slots()) if batch.waiting else 0
        while batch.waiting and len(batch.running) < slots:
            self._submit(batch, batch.waiting.popleft())
        if batch.alone and not batch.running:
            self._submit(batch, batch.alone.popleft())

    def _submit(self, batch: _Batch, release: str) -> None:
        answers = {**self._answers.known, **batch.own_answers[release]}
        task = Task(__version__, self._parcel, self._variants, release, self._python, answers)
        batch.running[self._cluster.submit(task, batch.avoid[release])] = release

    def _settled(
        self, batch: _Batch, release: str, future: Future[WorkerReport | WorkerFailure]
    ) -> Measured | None:
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
        if isinstance(report, WorkerFailure):
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

    def _answered(self, batch: _Batch, release: str, report: WorkerReport) -> Measured | None:
        batch.rounds[release] += 1
        if batch.rounds[release] > ROUNDS:
            return given_up(
                self._variants,
                release,
                "given up: it sends another request each time it is measured, so that no answer can be had "
                "ahead; measure it without --scheduler",
            )
        batch.own_answers[release].update(self._answers.answer(report.wanted))
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


class _Alike:
    """Whether the machines are alike: a difference between them must not pass for a release's.

    Environments are compared by what they are called without their release: Python and mime table.
    ``python`` is the version that the coordinator's interpreter of that name has.
    """

    def __init__(self, python: str) -> None:
        self._python = _minor(python)
        self._first: dict[str, tuple[str, Environment]] = {}

    def check(self, report: WorkerReport) -> None:
        """Raises ConfigurationError naming what differs from the coordinator or from the first report."""
        for environment in report.measured.result.environments:
            if environment.python[:1].isdigit() and _minor(environment.python) != self._python:
                raise ConfigurationError(
                    f"worker {report.where} runs Python {_minor(environment.python)}, this machine "
                    f"{self._python}: name one that all have with --python"
                )
            name = environment.name.replace(f"openai-{report.measured.result.release}", "openai")
            where, first = self._first.setdefault(name, (report.where, environment))
            for extension, guess in environment.guesses.items():
                if guess != first.guesses.get(extension):
                    raise ConfigurationError(
                        f"mime table {environment.mime_table} makes {guess} of {extension} on worker "
                        f"{report.where}, but {first.guesses.get(extension)} on {where}: give all the same "
                        f"with --mime-table {environment.mime_table}=FILE"
                    )


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])


class _SharedAnswers:
    """The coordinator's answers. Not thread-safe. ``known`` are those that every task may carry."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self.known: dict[Key, Reply] = {}

    def answer(self, wanted: Mapping[Key, Captured]) -> dict[Key, Reply]:
        """An answer for each request, asked for unless it is known."""
        replies: dict[Key, Reply] = {}
        for key, request in wanted.items():
            replies[key] = self.known[key] if key in self.known else self._ask(key[1], request)
            if _lasting(replies[key]):
                self.known[key] = replies[key]
        return replies

    def _ask(self, target: str, request: Captured) -> Reply:
        try:
            return self._answering.answerer(target)(request)
        except HarnessError as error:
            return OurFailure(str(error))
        except Exception as error:  # noqa: BLE001 - as in the tap: a failure to answer is these cases' outcome
            return OurFailure(words(error))


def _lasting(reply: Reply) -> bool:
    if isinstance(reply, Answer):
        return not says_nothing(reply.status)
    return not (isinstance(reply, NoAnswer) and reply.why is Silence.UNREACHABLE)
