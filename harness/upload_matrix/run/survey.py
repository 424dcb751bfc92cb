"""Measuring releases of an SDK: every variant in each, several releases at a time, answers shared.

A worker is a thread with a session of its own (probes, tap); the answering is one for all, so a wire form
is answered once, whichever release sends it first. Processes are where the work is: the threads wait.
A worker that fails costs its release another try, with a session made anew; see ``tries``.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, Self

from upload_matrix.answers.answering import Answering
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.run.measured import Measured, given_up, measure_release, merge_answer
from upload_matrix.run.session import Session, Settings
from upload_matrix.run.tries import Tries, words

__all__ = ["Measured", "Survey", "Surveying", "merge_answer"]


def _never() -> bool:
    return False


class Surveying(Protocol):
    """Whoever measures releases: threads of this process (``Survey``) or a cluster's workers (``Crew``)."""

    def __enter__(self) -> Self:
        """Use it as a context manager."""

    def __exit__(self, *_: object) -> None:
        """Let go of what it holds."""

    def measure(self, releases: Sequence[str], cancelled: Callable[[], bool] = _never) -> Iterator[Measured]:
        """Each release as soon as it is done, in no certain order; raises ConfigurationError."""


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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._answering.close()

    def measure(self, releases: Sequence[str], cancelled: Callable[[], bool] = _never) -> Iterator[Measured]:
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
                args=(waiting, done, tries, lambda: stop.is_set() or cancelled()),
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
        stopped: Callable[[], bool],
    ) -> None:
        session: Session | None = None
        try:
            while not stopped():
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
        return measure_release(session, self._variants, release, self._python, self._settings.runtimes)


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
