"""Which variables tell a program where the API is, and where each leads while it is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.answers.answering import EMULATOR
from upload_matrix.emulator.judge import answer as emulate
from upload_matrix.emulator.profile import OWN_ROOT, load_profile, profiles_of
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.tap.forward import Forwarder
from upload_matrix.tap.passing import PassingRequest, Route
from upload_matrix.targets.spec import TargetSpec, sound_base_url
from upload_matrix.targets.upstream import certificates, proxy_for

ANY_PROGRAM = "UPLOAD_MATRIX_URL"
"""Given to every program, for those that take the URL in code."""

DUMMY_KEY = "upload-matrix-dummy"
"""Given to a program that has no key, where nothing is sent: an SDK makes no client without one."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PROXIES = ("NO_PROXY", "no_proxy")
_LOOPBACK = "127.0.0.1,localhost"


@dataclass(frozen=True, slots=True)
class Lead:
    """The variable ``name``, and the base URL its requests are meant for."""

    name: str
    upstream: str


def leads(
    environ: Mapping[str, str], upstream: str | None = None, extra: Sequence[str] = ()
) -> tuple[Lead, ...]:
    """The variables to point at the tap. ``extra`` are further ones, as ``NAME`` or ``NAME=URL``.

    The usual vendor's always, another's where the program has its base URL or its key.
    A variable leads to the URL given with it, else to ``upstream``, else to where it led before, else to the
    vendor whose own it is, else to the usual one. Raises ConfigurationError for a name or a URL that is none.
    """
    vendor = vendors.usual()
    always = vendor.variables.base_url
    given = dict(_pair(text) for text in extra)
    names = (
        always,
        *(name for name in vendor.variables.where_set if environ.get(name)),
        *_of_others(environ),
        *given,
    )
    common = None if upstream is None else _sound(upstream, "--upstream")
    found = []
    for name in dict.fromkeys(names):
        url = given.get(name)
        if url is not None:
            found.append(Lead(name, _sound(url, f"--env {name}")))
        elif common is not None:
            found.append(Lead(name, common))
        else:
            usual = environ.get(always) or vendor.base_url
            before = environ.get(name) or _of_another(name) or usual
            found.append(Lead(name, _sound(before, f"the variable {name}")))
    return tuple(found)


def _of_others(environ: Mapping[str, str]) -> Iterator[str]:
    """Variables of other vendors that a program is set up for; one whose value is no URL is left alone."""
    for vendor in vendors.known():
        name = vendor.variables.base_url
        if not vendor.usual and vendor.is_used(environ):
            try:
                sound_base_url(environ.get(name) or vendor.base_url)
            except ValueError:
                continue  # OLLAMA_HOST=0.0.0.0: nobody asked for it to be led anywhere
            yield name


def _of_another(name: str) -> str | None:
    """Where the variable that another vendor's clients read leads by itself."""
    others = (each for each in vendors.known() if not each.usual)
    return next((each.base_url for each in others if each.variables.base_url == name), None)


def led_to(lead: Lead) -> str | None:
    """The name of the vendor whose server it leads to; None where neither its host nor the variable tells.

    What the usual vendor's variable leads to may be anybody's who imitates it.
    """
    host = urlsplit(lead.upstream).hostname or ""
    owner = vendors.owner_of(host) or next(
        (each for each in vendors.known() if not each.usual and each.variables.base_url == lead.name), None
    )
    return None if owner is None else owner.name


def environment(environ: Mapping[str, str], urls: Mapping[str, str], *, sends: bool = True) -> dict[str, str]:
    """The program's environment: its own, with variables pointed at ``urls`` (by name).

    Where nothing ``sends`` its requests on, a program without a key gets a dummy.
    Loopback is taken out of what a proxy is asked for: the tap asks the proxy itself where there is one.
    """
    variables = vendors.usual().variables
    meant = urls.get(variables.base_url) or next(iter(urls.values()))
    changed = {**environ, **urls, ANY_PROGRAM: meant}
    for name in _PROXIES:
        changed[name] = ",".join(filter(None, (environ.get(name), _LOOPBACK)))
    if not sends:
        changed.setdefault(variables.key, DUMMY_KEY)
    return changed


def _pair(text: str) -> tuple[str, str | None]:
    name, equals, url = text.partition("=")
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"--env {name}: not the name of a variable; give NAME or NAME=URL")
    return name, (url if equals else None)


def _sound(url: str, what: str) -> str:
    try:
        return sound_base_url(url)
    except ValueError as error:
        # Not repeated: a URL may hold credentials.
        raise ConfigurationError(f"{what}: {error}") from error


# -- who answers --


Answerer = Callable[[PassingRequest], Answer | NoAnswer]

NOT_SENT = "nobody was asked: --no-answer"


class AnsweredBy(StrEnum):
    """Who answers a program under inspection."""

    SERVER = "server"
    """The real server, with the program's own key."""
    EMULATOR = "emulator"
    NOBODY = "nobody"


def routes(found: Sequence[Lead], answers: AnsweredBy, profile: str) -> tuple[Route, ...]:
    """A route for each lead. Raises ConfigurationError for a profile, a proxy or certificates not to be had.

    Close what they forward with by ``close``.
    """
    if answers is AnsweredBy.SERVER:
        return tuple(
            Route(
                lead.name,
                urlsplit(lead.upstream).path.rstrip("/"),
                forward=forwarder(lead.upstream),
                vendor=led_to(lead),
            )
            for lead in found
        )
    return tuple(
        Route(
            lead.name,
            _root(lead),
            answerer=answerer(answers, vendors.of_variable(lead.name), profile),
            vendor=led_to(lead),
        )
        for lead in found
    )


def detoured(found: Sequence[Lead], root: str, answerer: Answerer) -> tuple[Route, ...]:
    """A route for each lead, all answered by ``answerer``: what stands in their way leads on to one place."""
    return tuple(Route(lead.name, root, answerer=answerer, vendor=led_to(lead)) for lead in found)


def close(opened: Sequence[Route]) -> None:
    """Break off what is still being asked."""
    for route in opened:
        if route.forward is not None:
            route.forward.close()


def who(lead: Lead, answers: AnsweredBy, profile: str) -> str:
    """Who answers where a lead leads, in a word or a URL."""
    return who_answers(lead.upstream, vendors.of_variable(lead.name), answers, profile)


def who_answers(upstream: str, vendor: vendors.Vendor | None, answers: AnsweredBy, profile: str) -> str:
    """Who answers in place of ``upstream``, which is the vendor's, in a word or a URL."""
    if answers is AnsweredBy.SERVER:
        return upstream
    return f"{EMULATOR}{_profile(vendor, profile)}" if answers is AnsweredBy.EMULATOR else "nobody"


def _profile(vendor: vendors.Vendor | None, given: str) -> str:
    """The emulator's profile for a vendor: its newest, where it is another than the usual one."""
    known = () if vendor is None or vendor.usual else profiles_of(vendor.name)
    return known[-1].name if known else given


def _root(lead: Lead) -> str:
    """Where the API lies in a base URL: another vendor's SDK may add the version itself."""
    variables = vendors.usual().variables
    if lead.name == variables.endpoint:
        return ""
    own = (variables.base_url, *variables.base_url_where_set)
    return OWN_ROOT if lead.name in own else urlsplit(lead.upstream).path.rstrip("/")


def forwarder(upstream: str) -> Forwarder:
    """Hands on to the origin of a URL, by way of the environment's proxy where there is one."""
    parts = urlsplit(upstream)
    spec = TargetSpec(name=parts.netloc, base_url=upstream)
    proxy = proxy_for(spec, upstream)
    return Forwarder(
        spec.origin,
        proxy=None if proxy is None else (proxy.url, proxy.login),
        trust=certificates(spec) if parts.scheme == "https" else None,
    )


def answerer(answers: AnsweredBy, vendor: vendors.Vendor | None, profile: str) -> Answerer:
    """Who answers in a vendor's place: its emulator, or nobody. Raises ConfigurationError for no profile."""
    return _nobody if answers is AnsweredBy.NOBODY else _emulated(_profile(vendor, profile))


def _emulated(name: str) -> Answerer:
    profile = load_profile(name)
    return lambda passed: emulate(profile, passed.wire)


def _nobody(_: PassingRequest) -> NoAnswer:
    return NoAnswer(Silence.BLOCKED, NOT_SENT)
