"""A case run once more, offline, with every byte kept: what a bug report is made from.

Answers come from recordings, else from the emulator where it is the target; a live server is never asked.
A case that took a gateway takes it again: ``Settings.through``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from upload_matrix.answers.answering import EMULATOR, Answering, Beside
from upload_matrix.model.answer import Answer, Exchange, NoAnswer, Silence
from upload_matrix.model.case import Case
from upload_matrix.model.errors import HarnessError, UnavailableError
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import CaseResult, Environment
from upload_matrix.model.story import GivenFile
from upload_matrix.recordings import RecordMode, Redactor
from upload_matrix.run.session import Session, Settings
from upload_matrix.wire.form import Captured, WireForm


@dataclass(frozen=True, slots=True)
class Retraced:
    """What happened this time: ``result`` as in a run, and ``exchanges`` with all bytes.

    ``stored`` are the requests' forms as a report keeps them; ``redactor`` takes secrets out of words.
    ``files`` are what was handed over, ``assets`` the names of shipped pictures by their SHA-256, ``root``
    the path of the API's root. ``forwarded`` are a gateway's upstream attempts with every byte.
    """

    result: CaseResult
    exchanges: tuple[Exchange, ...]
    files: tuple[GivenFile, ...]
    environment: Environment
    assets: Mapping[str, str]
    root: str
    stored: tuple[WireForm, ...]
    redactor: Redactor
    forwarded: tuple[Exchange, ...]

    @property
    def guess(self) -> str | None:
        """What the environment makes of the first file's name."""
        return self.result.facts.get("guess")


class _AnsweredAgain(Beside):
    """Answers from recordings, else from an emulated target, else as ``otherwise`` says."""

    def __init__(self, recorded: Answering, emulated: Answering) -> None:
        super().__init__(recorded)
        self._emulated = emulated
        self.otherwise: Callable[[Captured], Answer | NoAnswer] = unanswered

    def close(self) -> None:
        """Both are its own."""
        self._emulated.close()
        self._answering.close()

    def answerer(self, target: str, sample: int = 0) -> Callable[[Captured], Answer | NoAnswer]:
        """Asks no live server."""

        def answer(request: Captured) -> Answer | NoAnswer:
            known = self._answering.recorded(target, request.wire, sample)
            if known is not None:
                return known
            if target.startswith(EMULATOR):
                return self._emulated.answerer(target)(request)
            return self.otherwise(request)

        return answer


class Retracing:
    """Runs cases and keeps everything; cases of one environment share a probe. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        policy = replace(settings.policy, mode=RecordMode.NONE, recording=True, given=None)
        aside = replace(policy, recording=False, blocked=True)
        made = (Answering(each, settings.targets, settings.profiles) for each in (policy, aside))
        self._answers = _AnsweredAgain(*made)
        self._session = Session(settings, self._answers)

    def __enter__(self) -> Retracing:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
        self._answers.close()

    def run(self, case: Case, otherwise: Callable[[Captured], Answer | NoAnswer]) -> Retraced:
        """Run ``case``. ``otherwise`` answers what no recording and no emulator answers: what a gateway
        forwards, where there is one.

        Raises UnavailableError when its environment is not here, HarnessError for a failure of ours, and
        ConfigurationError for a case that cannot be set up or a gateway that cannot be started.
        """
        self._answers.otherwise = otherwise
        ran = self._session.ran(case)
        outcome = ran.result.outcome
        if outcome.kind is OutcomeKind.UNAVAILABLE or ran.environment is None:
            raise UnavailableError(str(outcome.detail))
        if outcome.kind is OutcomeKind.HARNESS_ERROR:
            raise HarnessError(str(outcome.detail))
        return Retraced(
            result=ran.result,
            exchanges=ran.exchanges,
            files=tuple(_given(each) for each in ran.files),
            environment=ran.environment,
            assets=dict(ran.assets),
            root=self._answers.root(case.target),
            stored=tuple(self._answers.stored(each.request.wire) for each in ran.exchanges),
            redactor=self._answers.redactor(case.target),
            forwarded=() if ran.way is None else ran.way.forwarded(ran.exchanges),
        )


def unanswered(_: Captured) -> NoAnswer:
    """For ``Retracing.run``: nothing else answers."""
    return NoAnswer(Silence.UNRECORDED, "no recording holds an answer to this request")


def _given(file: Mapping[str, Any]) -> GivenFile:
    path, companion = Path(file["path"]), Path(file["companion"])
    name = file["name"] or path.name
    second = companion.name if name == path.name else f"second-{name}"
    return GivenFile(
        file["field"],
        file["container"],
        name,
        file["type"],
        path.read_bytes(),
        None if companion == path else (second, companion.read_bytes()),
        named=file["name"] is not None,
    )
