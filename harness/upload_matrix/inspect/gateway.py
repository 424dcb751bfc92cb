"""A gateway in a program's way: each request goes tap, gateway, second tap, and whoever answers.

Unlike the plain way, requests and answers are held in memory and go through one after the other: what a
gateway forwards is known to belong to the request under way because there is only one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.emulator.judge import answer as emulate
from upload_matrix.emulator.profile import OWN_ROOT, load_profile
from upload_matrix.gateway.gateway import Gateway
from upload_matrix.gateway.process import DUMMY_KEY
from upload_matrix.gateway.spec import GatewaySpec
from upload_matrix.inspect.calls import operation_for
from upload_matrix.inspect.routes import NOT_SENT, AnsweredBy, Lead
from upload_matrix.model.answer import Answer, Exchange, NoAnswer, Silence
from upload_matrix.model.case import Case, Encoding, Operation
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.hop import Hop
from upload_matrix.recordings import stored_form
from upload_matrix.recordings.custom import project_rules
from upload_matrix.recordings.redactor import Redactor
from upload_matrix.run.through import ThroughGateway
from upload_matrix.tap.passing import PassingRequest
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.targets.upstream import Upstream
from upload_matrix.wire.form import Captured, WireForm

_NAME = "inspected"
_SECONDS = 300.0
"""How long a server may be silent: a picture takes minutes."""


class Detour:
    """The gateway ``spec`` for the requests of a program, and who answers behind it. Use ``close``.

    ``hops`` are the ways of the requests so far, by number. Raises ConfigurationError when the program's base
    URLs lead to several places, or the real server is to be asked and there is no key for it.
    """

    def __init__(
        self,
        spec: GatewaySpec,
        found: Sequence[Lead],
        answers: AnsweredBy,
        profile: str,
        environ: Mapping[str, str],
        operations: Mapping[str, Operation],
    ) -> None:
        lead = _only(found)
        self.root = OWN_ROOT
        """The path of the API, for the program as for the gateway."""
        if answers is AnsweredBy.SERVER:
            self.root = urlsplit(lead.upstream).path.rstrip("/")
        self._operations = tuple(operations.values())
        variable = vendors.usual().variables.key
        key = environ.get(variable)
        rules = project_rules(Path.cwd())
        self._redactor = Redactor(rules, (*filter(None, (key,)), *spec.secrets))
        self._patterns = Redactor(rules)
        self._answerer = _answerer(spec, lead, answers, profile, key)
        self._gateway = Gateway(spec, {}, hidden=(variable,))
        self._lock = threading.Lock()
        self.hops: dict[int, Hop] = {}

    @property
    def name(self) -> str:
        """What the gateway is called."""
        return self._gateway.name

    def start(self) -> str:
        """Start the gateway; where it forwards to. Raises ConfigurationError when it cannot be started."""
        return self._gateway.start(self.root)

    def close(self) -> None:
        """End it, and the tap behind it."""
        self._gateway.close()

    def answer(self, passed: PassingRequest) -> Answer | NoAnswer:
        """What the program is told; in the thread of its connection."""
        request = passed.captured()
        case = Case(_NAME, _NAME, {}, self._operation(request.wire), {}, self.name)
        way = ThroughGateway(self._gateway, case, self._answerer, self)
        reply = way.answer(request)
        hop = way.hop((Exchange(1, request, reply),))
        with self._lock:
            self.hops[passed.number] = hop
        return reply

    def stored(self, wire: WireForm) -> WireForm:
        """A form without secrets; see ``ThroughGateway``."""
        return stored_form(wire, self._patterns)

    def redactor(self, target: str) -> Redactor:  # noqa: ARG002 - there is one target
        """What takes secrets out of words; see ``ThroughGateway``."""
        return self._redactor

    def _operation(self, wire: WireForm) -> Operation:
        known = operation_for(wire, self._operations)
        return known or Operation(f"{wire.method} {wire.path}", wire.method, wire.path, Encoding.JSON)


def _only(found: Sequence[Lead]) -> Lead:
    """The one place that all variables lead to: a gateway forwards to one base URL."""
    variables = vendors.usual().variables
    first = next(lead for lead in found if lead.name == variables.base_url)
    others = [
        lead.name for lead in found if lead.name == variables.endpoint or lead.upstream != first.upstream
    ]
    if others:
        raise ConfigurationError(
            f"--through: a gateway forwards to one base URL, and {', '.join(others)} leads elsewhere than "
            f"{first.name}; leave it out of the environment (env -u {others[0]}), or inspect without the "
            "gateway"
        )
    return first


def _answerer(
    spec: GatewaySpec, lead: Lead, answers: AnsweredBy, profile: str, key: str | None
) -> Callable[[Captured], Answer | NoAnswer]:
    if answers is AnsweredBy.NOBODY:
        return lambda _: NoAnswer(Silence.BLOCKED, NOT_SENT)
    if answers is AnsweredBy.EMULATOR:
        rules = load_profile(profile)
        return lambda request: emulate(rules, request.wire)
    if spec.url is None and key is None:
        name = vendors.usual().variables.key
        raise ConfigurationError(
            f"--through: the gateway is given a dummy key, and the real one, from {name}, is put in behind "
            f"it: set {name}, or ask the emulator with --emulator"
        )

    def ask(request: Captured) -> Answer | NoAnswer:
        # A gateway that was found running has a key of its own, which is passed on as it was sent.
        sent = next((value.decode("latin-1") for name, value in request.headers if _is_key(name)), None)
        if sent is None or DUMMY_KEY in sent:
            sent = None if key is None else f"Bearer {key}"
        headers = () if sent is None else (("Authorization", sent),)
        target = TargetSpec(urlsplit(lead.upstream).netloc, lead.upstream, headers=headers)
        return Upstream(target, timeout=_SECONDS, total=_SECONDS).ask(request)

    return ask


def _is_key(name: bytes) -> bool:
    return name.lower() == b"authorization"
