"""The gateway of ``isolate --through`` and ``diagnose --through``: opened for the time of the questions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from upload_matrix.cli.question_desk import Desk
from upload_matrix.cli.questioning import say
from upload_matrix.cli.through_options import announce
from upload_matrix.gateway.gateway import Gateway


@contextmanager
def gateway_of(desk: Desk, target: str | None, assets: dict[str, str]) -> Iterator[Gateway | None]:
    """The gateway that was asked for, None without ``--through``; it is started when first needed.

    ``target`` is who answers behind it, where that is known already. ``assets`` maps the SHA-256 of shipped
    pictures to their names; it may be filled later. Raises ConfigurationError.
    """
    spec = desk.options.way.spec()
    if spec is None:
        yield None
        return
    if target is not None:
        announce(spec, desk.loaded, say, (target,))
    hidden = {each.key_env for each in desk.loaded.targets.values() if each.key_env}
    gateway = Gateway(spec, assets, hidden=hidden)
    try:
        yield gateway
    finally:
        gateway.close()
