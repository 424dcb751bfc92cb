"""What browsers need: leave for pages of anywhere to call, and flags in a place of variables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from upload_matrix.inspect.routes import Answerer
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Source, Supply
from upload_matrix.tap.passing import PassingRequest

_PREFLIGHT_STATUS = 204
_CHROMIUM = re.compile(
    r"(chromium|google-chrome|chrome|microsoft-edge|msedge|brave)(-browser|-stable|-beta|-dev|-headless-shell)?(\.exe)?"
    r"|headless_shell"
)


def with_leave(answerer: Answerer) -> Answerer:
    """``answerer``, whose answers a browser hands to pages of any origin, and which answers preflights.

    Vendors that can be called from pages say the same; from those that cannot the page would read nothing.
    """

    def answer(passed: PassingRequest) -> Answer | NoAnswer:
        asked = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in passed.headers}
        origin = asked.get("origin")
        if origin is None:
            return answerer(passed)
        leave = (
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
            ("vary", "origin"),
        )
        method = asked.get("access-control-request-method")
        if passed.wire.method == "OPTIONS" and method is not None:
            names = asked.get("access-control-request-headers", "")
            allowed = (
                *leave,
                ("access-control-allow-methods", method),
                ("access-control-allow-headers", names),
            )
            source = Source(passed.route.name, Provenance.EMULATED, Supply.EMULATOR)
            return Answer(_PREFLIGHT_STATUS, allowed, b"", source)
        reply = answerer(passed)
        if isinstance(reply, NoAnswer):
            return reply
        return Answer(reply.status, (*reply.headers, *leave), reply.body, reply.source, reply.rule)

    return answer


def is_chromium(argv: Sequence[str]) -> bool:
    """Whether a command line starts Chromium, or a browser made of it."""
    return bool(argv) and _CHROMIUM.fullmatch(PurePath(argv[0]).name.lower()) is not None


def flags(address: str, fingerprint: str, profile: str) -> tuple[str, ...]:
    """What to start Chromium with: it takes no certificate from a variable, and a profile of its own it must
    have, or a window that is open already takes the page."""
    return (
        f"--proxy-server={address}",
        f"--ignore-certificate-errors-spki-list={fingerprint}",
        f"--user-data-dir={profile}",
    )


def with_flags(argv: Sequence[str], given: Sequence[str]) -> tuple[str, ...]:
    """A command line of Chromium with those flags that it does not have itself."""
    own = {each.partition("=")[0] for each in argv}
    return (argv[0], *(each for each in given if each.partition("=")[0] not in own), *argv[1:])
