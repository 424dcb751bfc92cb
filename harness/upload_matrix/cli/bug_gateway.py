"""The gateway of a report's case: found again, checked to do what it did, and told with what it forwarded."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import PurePath

import click

from upload_matrix.cli.through_options import Through, announce
from upload_matrix.gateway.spec import PORT, UPSTREAM, GatewaySpec
from upload_matrix.judge.kept_fields import answer_of, answers_behind
from upload_matrix.model.answer import Answer, NoAnswer
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.exchange import Captured
from upload_matrix.model.hop import Hop
from upload_matrix.model.result import CaseResult
from upload_matrix.model.story import GatewayTold
from upload_matrix.recordings.redact import redact_text
from upload_matrix.run.loading import Loaded
from upload_matrix.run.retrace import Retraced
from upload_matrix.run.telling import told_of

SHOWN_PORT = 4000
"""Where a reader is told to start the gateway: the port of LiteLLM's documentation."""


def spec_for(result: CaseResult, through: Through, loaded: Loaded) -> GatewaySpec | None:
    """The gateway to take the case through once more, None for a case that took none.

    Raises ConfigurationError when the options do not go with the case.
    """
    spec = through.spec()
    if result.hop is None:
        if spec is not None:
            raise ConfigurationError(f"--through: {result.id} took no gateway in this report; leave it out")
        return None
    if spec is None:
        raise ConfigurationError(
            f"{result.id} took the gateway {result.hop.gateway}: give it here too, with --through, so that "
            "what it forwards can be shown"
        )
    announce(spec, loaded, lambda line: click.echo(line, err=True), (result.target,))
    return spec


def answers_to(result: CaseResult) -> Callable[[Captured], Answer | NoAnswer]:
    """What answers where no recording and no emulator does: the report's fields."""
    return answers_behind(result) if result.hop is not None else lambda _: answer_of(result)


def check_hop(result: CaseResult, again: Retraced) -> None:
    """Raise ConfigurationError when the gateway does something else now than in the report."""
    if result.hop is None and again.hop is None:
        return
    if result.hop is None or again.hop is None:
        raise ConfigurationError(f"{result.id} took no gateway in the report")
    if _read(result.hop) == _read(again.hop):
        return
    raise ConfigurationError(
        f"{result.id}: {again.hop.gateway} does something else with it now than {result.hop.gateway} in the "
        f"report ({_few(result.hop)} then, {_few(again.hop)} now): give the same gateway with the same "
        "configuration, or run the matrix again"
    )


def _read(hop: Hop) -> object:
    return [
        (crossing.speaker, [(each.wire, each.status, each.rewritings) for each in crossing.forwarded])
        for crossing in hop.crossings
    ]


def _few(hop: Hop) -> str:
    effects = ", ".join(effect.value for effect in hop.effects) or "unchanged"
    return f"{effects}, forwarded {len(hop.forwarded)} times"


def base_url_of(spec: GatewaySpec, root: str) -> str:
    """Where a reader reaches the gateway. A name, not a number: it stands for the reader's own machine."""
    if spec.url is None:
        return f"http://localhost:{SHOWN_PORT}{root}"
    return spec.url if spec.url.count("/") > 2 else spec.url + root


def gateway_told(
    spec: GatewaySpec, again: Retraced, upstream: str, host: str, kept: Callable[[object], bool]
) -> GatewayTold | None:
    """The hop with its bytes. ``host`` is ``upstream``'s; ``kept`` says if a reply is the answer itself."""
    if again.hop is None:
        return None
    forwarded = tuple(told_of(each, host, again.redactor, kept=kept(each.reply)) for each in again.forwarded)
    return GatewayTold(again.hop, forwarded, upstream, _command(spec, upstream))


def _command(spec: GatewaySpec, upstream: str) -> str | None:
    """The command line without folders of this machine and without keys."""
    if not spec.command:
        return None
    words = (
        PurePath(word).name if PurePath(word).is_absolute() else word
        for word in (each.replace(PORT, str(SHOWN_PORT)).replace(UPSTREAM, upstream) for each in spec.command)
    )
    return redact_text(shlex.join(words))
