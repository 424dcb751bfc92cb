"""Measuring releases of an SDK: every variant in each, several releases at a time.

An executor measures: threads of this process (``ThreadExecutor``) or a cluster's workers
(``cluster.ClusterExecutor``). A worker that fails costs its release another try, a few times; then it is
given up.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

from upload_matrix.answers.answering import Answering
from upload_matrix.model.answer import Source, Supply
from upload_matrix.model.case import Case, ClientDeclaration
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import CaseResult, Environment
from upload_matrix.model.sweep import Cell, ReleaseResult
from upload_matrix.run.session import Session, Settings, seat, without_secrets
from upload_matrix.wire.form import WireForm


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured release with what it sent: wire forms by digest, and who answered by (form, target)."""

    result: ReleaseResult
    wires: dict[str, WireForm]
    answers: dict[tuple[str, str], Source | None]


def measure_release(
    session: Session,
    variants: Sequence[Case],
    release: str,
    python: str,
    clients: Mapping[str, ClientDeclaration],
) -> Measured:
    """Run every variant in a release, and leave its environments again.

    ``python`` is the interpreter for all of them, ``clients`` are what clients say of themselves. Raises
    ConfigurationError, and whatever this machine does when it has no memory, disk or files left.
    """
    cases = [case.on(sdk=release, python=python) for case in variants]
    seats = tuple(dict.fromkeys(seat(case, clients) for case in cases))
    session.warm(cases)
    # Seat by seat: where one probe serves several mime tables, it changes over as seldom as can be.
    by_id = {
        case.id: session.run(case)
        for case in sorted(cases, key=lambda case: seats.index(seat(case, clients)))
    }
    results = [by_id[case.id] for case in cases]
    environments = tuple(
        item for item in session.environments() if item.name in {place.name for place in seats}
    )
    for place in seats:
        session.leave(place)
    return Measured(
        _release_result(release, variants, results, environments, every_header=session.every_header),
        {attempt.wire: session.wires[attempt.wire] for result in results for attempt in result.attempts},
        _answers(results),
    )


def given_up(variants: Sequence[Case], release: str, why: str) -> Measured:
    """A release about which nothing could be found out, by our own failure: every cell says ``why``."""
    outcome = without_secrets(Outcome(OutcomeKind.HARNESS_ERROR, detail=why))
    cells = {case.id: Cell(case.id, release, (), outcome) for case in variants}
    return Measured(ReleaseResult(release, cells), {}, {})


def merge_answer(
    answers: dict[tuple[str, str], Source | None], key: tuple[str, str], source: Source | None
) -> None:
    """Note who answered a form: the answer that was asked for counts before its replays and before none.

    So it does not depend on which release happened to come first.
    """
    known = answers.get(key)
    if known is None or (source is not None and known.supply is Supply.RECORDED):
        answers[key] = source if source is not None or key not in answers else known


def _release_result(
    release: str,
    variants: Sequence[Case],
    results: Sequence[CaseResult],
    environments: tuple[Environment, ...],
    *,
    every_header: bool,
) -> ReleaseResult:
    unavailable = [
        result.outcome.detail for result in results if result.outcome.kind is OutcomeKind.UNAVAILABLE
    ]
    if results and len(unavailable) == len(results):
        return ReleaseResult(release, unavailable=unavailable[0] or "not available")
    cells = {
        case.id: Cell(
            case.id,
            release,
            tuple(attempt.wire for attempt in result.attempts),
            result.outcome,
            result.client.read,
            _headers(result, release) if every_header else None,
        )
        for case, result in zip(variants, results, strict=True)
    }
    return ReleaseResult(release, cells, environments)


def _headers(result: CaseResult, release: str) -> tuple[tuple[str, str], ...] | None:
    """The first request's headers, the release's own name in them replaced: it changes with every one."""
    if not result.attempts:
        return None
    return tuple((name, value.replace(release, "{release}")) for name, value in result.attempts[0].headers)


def _answers(results: Sequence[CaseResult]) -> dict[tuple[str, str], Source | None]:
    found: dict[tuple[str, str], Source | None] = {}
    for result in results:
        for attempt in result.attempts:
            source = attempt.source
            if source is None or source.supply is not Supply.SCRIPTED:
                # A sweep keeps who answered, not by which rule, and so nothing that a rule rests on.
                speaker = None if source is None else replace(source, disputed=None)
                merge_answer(found, (attempt.wire, result.target), speaker)
    return found


LIMIT = 3
"""Times a release is begun in all before it is given up."""


class Tries:
    """Counts the failures of workers, release by release."""

    def __init__(self) -> None:
        self._failed: Counter[str] = Counter()

    def failed(self, release: str, why: str) -> str | None:
        """Note a failure; the sentence with which to give the release up, None to try it again."""
        self._failed[release] += 1
        if self._failed[release] < LIMIT:
            return None
        return f"given up: the worker failed {self._failed[release]} times, the last time with {why}"


def words(error: BaseException) -> str:
    """An exception in a few words."""
    return f"{type(error).__name__}: {error}".rstrip(": ")


class Executor(Protocol):
    """Whoever measures releases."""

    def __enter__(self) -> Self:
        """Use it as a context manager."""

    def __exit__(self, *_: object) -> None:
        """Let go of what it holds."""

    def measure(self, releases: Sequence[str]) -> Iterator[Measured]:
        """Each release as soon as it is done, in no certain order; raises ConfigurationError."""


class ThreadExecutor:
    """Measures releases with up to ``workers`` threads. Use as a context manager.

    A thread has a session of its own (probes, tap), made anew after a failure. The answering is one for all,
    so a wire form is answered once, whichever release sends it first. Probes do the work: the threads wait.

    ``variants`` are the cases without a release; ``python`` is the interpreter for all of them. Raises
    ConfigurationError when a target cannot be asked (no key).
    """

    def __init__(self, settings: Settings, variants: Sequence[Case], *, python: str, workers: int) -> None:
        self._settings = settings
        self._variants = tuple(variants)
        self._python = python
        self._workers = workers
        self._answering = Answering(settings.policy, settings.targets, settings.profiles)
        for target in dict.fromkeys(case.target for case in variants):
            self._answering.answerer(target)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._answering.close()

    def measure(self, releases: Sequence[str]) -> Iterator[Measured]:
        """Measure releases side by side; each as soon as it is done, in no certain order.

        A worker's unexpected failure (no disk, no memory) costs its release a further try, and after a few
        the release: its cells are harness errors then. A ConfigurationError is raised here. Closing the
        iterator lets the releases under way finish and starts no further one.
        """
        waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        for release in releases:
            waiting.put(release)
        done: queue.SimpleQueue[Measured | BaseException | None] = queue.SimpleQueue()
        stop = threading.Event()
        tries = Tries()
        threads = [
            threading.Thread(
                target=self._work,
                args=(waiting, done, tries, stop),
                daemon=True,
            )
            for _ in range(min(self._workers, len(releases)))
        ]
        for thread in threads:
            thread.start()
        running = len(threads)
        try:
            while running:
                item = done.get()
                if item is None:
                    running -= 1
                elif isinstance(item, BaseException):
                    raise item
                else:
                    yield item
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _work(
        self,
        waiting: queue.SimpleQueue[str],
        done: queue.SimpleQueue[Measured | BaseException | None],
        tries: Tries,
        stop: threading.Event,
    ) -> None:
        session: Session | None = None
        try:
            while not stop.is_set():
                try:
                    release = waiting.get_nowait()
                except queue.Empty:
                    break
                try:
                    session = session or Session(self._settings, self._answering)
                    measured = self._measured(session, release)
                except ConfigurationError:
                    raise
                except Exception as error:  # noqa: BLE001 - whatever it is costs one release, not the sweep
                    why = tries.failed(release, words(error) + _ended(session))
                    session = None
                    if why is None:
                        waiting.put(release)
                        continue
                    measured = given_up(self._variants, release, why)
                done.put(measured)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
            done.put(error)
        finally:
            failure = _closing_error(session)
            if failure is not None:
                done.put(failure)
            done.put(None)

    def _measured(self, session: Session, release: str) -> Measured:
        return measure_release(session, self._variants, release, self._python, self._settings.clients)


def _ended(session: Session | None) -> str:
    """End a session that has failed; what came of that too, when it did not go well."""
    error = _closing_error(session)
    return "" if error is None else f" (and its session could not be ended: {words(error)})"


def _closing_error(session: Session | None) -> Exception | None:
    try:
        if session is not None:
            session.close()
    except Exception as error:  # noqa: BLE001 - handed on: beside what failed before, or to who waits
        return error
    return None
