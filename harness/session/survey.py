"""Measuring releases of an SDK: every variant in each, several releases at a time, answers shared.

A worker is a thread with a session of its own (probes, tap); the answering is one for all, so a wire form
is answered once, whichever release sends it first. Processes are where the work is: the threads wait.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.engine.answering import Answering
from harness.model.answer import Supply
from harness.model.case import case_id
from harness.model.outcome import OutcomeKind
from harness.model.sweep import Cell, ReleaseResult
from harness.session.instruction import seat
from harness.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.model.answer import Source
    from harness.model.case import Case
    from harness.model.result import CaseResult, Environment
    from harness.model.wire import WireForm
    from harness.session.session import Settings


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured release with what it sent: wire forms by digest, and who answered by (form, target)."""

    result: ReleaseResult
    wires: dict[str, WireForm]
    answers: dict[tuple[str, str], Source | None]


class Survey:
    """Measures releases with up to ``workers`` at a time. Use as a context manager.

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

    def __enter__(self) -> Survey:
        return self

    def __exit__(self, *_: object) -> None:
        self._answering.close()

    def measure(
        self, releases: Sequence[str], cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Measured]:
        """Measure releases side by side; each as soon as it is done, in no certain order.

        Whatever a worker raises is raised here. Closing the iterator lets the releases under way finish
        and starts no further one.
        """
        waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        for release in releases:
            waiting.put(release)
        done: queue.SimpleQueue[Measured | BaseException | None] = queue.SimpleQueue()
        stop = threading.Event()
        threads = [
            threading.Thread(target=self._work, args=(waiting, done, stop, cancelled), daemon=True)
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
        stop: threading.Event,
        cancelled: Callable[[], bool],
    ) -> None:
        try:
            with Session(self._settings, self._answering) as session:
                while not stop.is_set() and not cancelled():
                    try:
                        release = waiting.get_nowait()
                    except queue.Empty:
                        break
                    done.put(self._measured(session, release))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
            done.put(error)
        finally:
            done.put(None)

    def _measured(self, session: Session, release: str) -> Measured:
        cases = [self._placed(case, release) for case in self._variants]
        seats = tuple(dict.fromkeys(seat(case, self._settings.runtimes) for case in cases))
        session.warm(cases)
        results = [session.run(case) for case in cases]
        environments = tuple(
            item for item in session.environments() if item.name in {place.name for place in seats}
        )
        for place in seats:
            session.leave(place)
        return Measured(
            _release_result(release, self._variants, results, environments),
            {attempt.wire: session.wires[attempt.wire] for result in results for attempt in result.attempts},
            _answers(results),
        )

    def _placed(self, case: Case, release: str) -> Case:
        axes = {**case.axes, "sdk": release, "python": self._python}
        return replace(case, id=case_id(case.matrix, axes), axes=axes)


def _release_result(
    release: str,
    variants: Sequence[Case],
    results: Sequence[CaseResult],
    environments: tuple[Environment, ...],
) -> ReleaseResult:
    unavailable = [
        result.outcome.detail for result in results if result.outcome.kind is OutcomeKind.UNAVAILABLE
    ]
    if results and len(unavailable) == len(results):
        return ReleaseResult(release, unavailable=unavailable[0] or "not available")
    cells = {
        case.id: Cell(case.id, release, tuple(attempt.wire for attempt in result.attempts), result.outcome)
        for case, result in zip(variants, results, strict=True)
    }
    return ReleaseResult(release, cells, environments)


def _answers(results: Sequence[CaseResult]) -> dict[tuple[str, str], Source | None]:
    found: dict[tuple[str, str], Source | None] = {}
    for result in results:
        for attempt in result.attempts:
            source = attempt.source
            if source is None or source.supply is not Supply.SCRIPTED:
                merge_answer(found, (attempt.wire, result.target), source)
    return found


def merge_answer(
    answers: dict[tuple[str, str], Source | None], key: tuple[str, str], source: Source | None
) -> None:
    """Note who answered a form: the answer that was asked for counts before its replays and before none.

    So it does not depend on which release happened to come first.
    """
    known = answers.get(key)
    if known is None or (source is not None and known.supply is Supply.RECORDED):
        answers[key] = source if source is not None or key not in answers else known
