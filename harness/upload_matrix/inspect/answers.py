"""Who answers a program under inspection: the server it means, the emulator, or nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from urllib.parse import urlsplit

from upload_matrix.answers.answering import EMULATOR, EMULATOR_ROOT
from upload_matrix.emulator.judge import answer as emulate
from upload_matrix.emulator.profile import load_profile
from upload_matrix.inspect.routes import Lead
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.tap.forward import Forwarder
from upload_matrix.tap.records import Passed, Route
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.targets.upstream import certificates, proxy_for

NOT_SENT = "nobody was asked: --no-answer"

AZURE_ENDPOINT = "AZURE_OPENAI_ENDPOINT"


class Answers(StrEnum):
    """Who answers."""

    SERVER = "server"
    """The real server, with the program's own key."""
    EMULATOR = "emulator"
    NOBODY = "nobody"


def routes(found: Sequence[Lead], answers: Answers, profile: str) -> tuple[Route, ...]:
    """A route for each lead. Raises ConfigurationError for a profile, a proxy or certificates not to be had.

    Close what they forward with by ``close``.
    """
    if answers is Answers.SERVER:
        return tuple(
            Route(lead.name, urlsplit(lead.upstream).path.rstrip("/"), forward=_forwarder(lead.upstream))
            for lead in found
        )
    answerer = _nobody if answers is Answers.NOBODY else _emulated(profile)
    return tuple(Route(lead.name, _root(lead), answerer=answerer) for lead in found)


def detoured(
    found: Sequence[Lead], root: str, answerer: Callable[[Passed], Answer | NoAnswer]
) -> tuple[Route, ...]:
    """A route for each lead, all answered by ``answerer``: what stands in their way leads on to one place."""
    return tuple(Route(lead.name, root, answerer=answerer) for lead in found)


def close(opened: Sequence[Route]) -> None:
    """Break off what is still being asked."""
    for route in opened:
        if route.forward is not None:
            route.forward.close()


def who(lead: Lead, answers: Answers, profile: str) -> str:
    """Who answers where a lead leads, in a word or a URL."""
    if answers is Answers.SERVER:
        return lead.upstream
    return f"{EMULATOR}{profile}" if answers is Answers.EMULATOR else "nobody"


def _root(lead: Lead) -> str:
    """Where the API lies in a base URL: to Azure's endpoint a client adds the whole path."""
    return "" if lead.name == AZURE_ENDPOINT else EMULATOR_ROOT


def _forwarder(upstream: str) -> Forwarder:
    parts = urlsplit(upstream)
    spec = TargetSpec(name=parts.netloc, base_url=upstream)
    proxy = proxy_for(spec, upstream)
    return Forwarder(
        spec.origin,
        proxy=None if proxy is None else (proxy.url, proxy.login),
        trust=certificates(spec) if parts.scheme == "https" else None,
    )


def _emulated(name: str) -> Callable[[Passed], Answer | NoAnswer]:
    profile = load_profile(name)
    return lambda passed: emulate(profile, passed.wire)


def _nobody(_: Passed) -> NoAnswer:
    return NoAnswer(Silence.BLOCKED, NOT_SENT)
