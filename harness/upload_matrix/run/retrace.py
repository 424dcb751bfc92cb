"""A case run once more, offline, with every byte kept: what a bug report is made from.

Answers come from recordings, else from the emulator where it is the target; a live server is never asked.
A case that took a gateway takes it again: ``Settings.through``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from upload_matrix.answers.answering import EMULATOR, Answering
from upload_matrix.answers.interruptions import interrupted
from upload_matrix.assets.studio import Studio
from upload_matrix.environments.probes import ProbePool
from upload_matrix.gateway.gateway import Gateway
from upload_matrix.judge.outcome import calls_of, decide
from upload_matrix.model.answer import Answer, Exchange, NoAnswer, Silence
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ProbeError, UnavailableError
from upload_matrix.model.hop import Hop
from upload_matrix.model.outcome import ClientReport, Outcome, Raised
from upload_matrix.model.result import Environment
from upload_matrix.model.story import GivenFile
from upload_matrix.recordings import RecordMode, Redactor
from upload_matrix.run.session import (
    TAP_PLACE,
    UPLOADS_PLACE,
    Settings,
    as_shown,
    facts,
    instruction,
    retries,
    seat,
    without_secrets,
)
from upload_matrix.run.through import ThroughGateway
from upload_matrix.tap.server import Tap
from upload_matrix.wire.form import Captured, WireForm

GRACE_SECONDS = 5.0
"""How much longer than the client's own time limit a probe is waited for."""


@dataclass(frozen=True, slots=True)
class Retraced:
    """What happened this time. ``outcome`` and ``report`` are as in a run; ``exchanges`` have all bytes.

    ``stored`` are the requests' forms as a report keeps them; ``redactor`` takes secrets out of words.
    ``files`` are what was handed over, ``assets`` the names of shipped pictures by their SHA-256, ``root``
    the path of the API's root. ``guess`` is what the environment makes of the first file's name. ``hop`` is
    the way through a gateway, None without one, and ``forwarded`` its upstream attempts with every byte.
    """

    outcome: Outcome
    report: ClientReport
    exchanges: tuple[Exchange, ...]
    files: tuple[GivenFile, ...]
    environment: Environment
    assets: Mapping[str, str]
    root: str
    guess: str | None
    stored: tuple[WireForm, ...]
    redactor: Redactor
    hop: Hop | None = None
    forwarded: tuple[Exchange, ...] = ()


class Retracing:
    """Runs cases and keeps everything; cases of one environment share a probe. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        policy = replace(settings.policy, mode=RecordMode.NONE, recording=True, given=None)
        aside = replace(policy, recording=False, blocked=True)
        self._recorded = Answering(policy, settings.targets, settings.profiles)
        self._emulated = Answering(aside, settings.targets, settings.profiles)
        self._studio = Studio(settings.files)
        self._tap = Tap(self._studio.assets)
        self._probes = ProbePool(settings.tables, settings.folders, settings.locate, endings=settings.endings)
        self._numbers = itertools.count(1)
        self._gateway: Gateway | None = None
        if settings.through is not None:
            hidden = {spec.key_env for spec in settings.targets.values() if spec.key_env}
            self._gateway = Gateway(settings.through, self._studio.assets, hidden=hidden)

    def __enter__(self) -> Retracing:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End probes, gateway and tap, remove the pictures."""
        self._probes.close()
        if self._gateway is not None:
            self._gateway.close()
        self._tap.close()
        self._studio.close()
        self._emulated.close()
        self._recorded.close()

    def run(self, case: Case, otherwise: Callable[[Captured], Answer | NoAnswer]) -> Retraced:
        """Run ``case``. ``otherwise`` answers what no recording and no emulator answers: what a gateway
        forwards, where there is one.

        Raises UnavailableError when its environment is not here, ProbeError when the client could not be
        used, and ConfigurationError for a case that cannot be set up or a gateway that cannot be started.
        """
        way, answerer = None, interrupted(retries(case), self._answerer(case, otherwise))
        if self._gateway is not None:
            self._gateway.start(self._recorded.root(case.target))
            way = ThroughGateway(self._gateway, case, answerer, self._recorded)
        channel = self._tap.open(answerer if way is None else way.answer)
        place = seat(case, self._settings.clients)
        environment = as_shown(self._probes.environment(place), self._settings)
        known = facts(case, self._studio, environment)
        root = self._recorded.root(case.target)
        timeout = self._settings.timeouts[case.matrix]
        order = instruction(case, next(self._numbers), self._studio, channel.url + root, timeout)
        report = self._probes.ask(place, order, timeout + GRACE_SECONDS)
        if "unavailable" in report:
            raise UnavailableError(report["unavailable"])
        if "broken" in report:
            raise ProbeError(f"the client could not be used: {report['broken']}")
        redactor = self._recorded.redactor(case.target)
        # This run's own paths and addresses are nobody else's business.
        said = _said(report, {channel.url: TAP_PLACE, str(self._studio.folder): UPLOADS_PLACE}, redactor)
        exchanges = self._tap.release(channel, raised=bool(said.raised))
        if channel.failure is not None:
            raise channel.failure
        return Retraced(
            outcome=without_secrets(
                decide(said, calls_of(case, exchanges)[-1][1], canary=case.canary), redactor
            ),
            report=said,
            exchanges=exchanges,
            files=tuple(_given(each) for each in order["files"]),
            environment=environment,
            assets=dict(self._studio.assets),
            root=root,
            guess=known.get("guess"),
            stored=tuple(self._recorded.stored(each.request.wire) for each in exchanges),
            redactor=redactor,
            hop=None if way is None else way.hop(exchanges),
            forwarded=() if way is None else way.forwarded(exchanges),
        )

    def _answerer(
        self, case: Case, otherwise: Callable[[Captured], Answer | NoAnswer]
    ) -> Callable[[Captured], Answer | NoAnswer]:
        def answer(request: Captured) -> Answer | NoAnswer:
            known = self._recorded.recorded(case.target, request.wire, case.sample)
            if known is not None:
                return known
            if case.target.startswith(EMULATOR):
                return self._emulated.answerer(case.target)(request)
            return otherwise(request)

        return answer


def unanswered(_: Captured) -> NoAnswer:
    """For ``Retracing.run``: nothing else answers."""
    return NoAnswer(Silence.UNRECORDED, "no recording holds an answer to this request")


def _said(report: Mapping[str, Any], own: Mapping[str, str], redactor: Redactor) -> ClientReport:
    def cleaned(text: str) -> str:
        for mine, place in own.items():
            text = text.replace(mine, place)
        return redactor.text(text)

    body = report.get("body")
    return ClientReport(
        returned=report.get("returned"),
        raised=tuple(Raised(each["name"], cleaned(each["message"])) for each in report.get("raised", ())),
        status=report.get("status"),
        body=None if body is None else cleaned(body),
    )


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
