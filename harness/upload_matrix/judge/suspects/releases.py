"""Suspect 2: the SDK's release. Does another one put something else on the wire?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upload_matrix.model.diagnosis import Inquiry, Stand

NUMBER = 2
NAME = "the SDK's release"
MEANS = (
    "Other releases of the SDK tell whether the caller's own puts something else on the wire; "
    "offline, in environments that are built already."
)
THEN = "Take a release that sends it well, or hand the file over in the way that the fix shows."


@dataclass(frozen=True, slots=True)
class SentByRelease:
    """What one release sends: the wire form's digest (None: nothing, and ``why``), and whether a recording
    says that this form is accepted (None: there is none)."""

    release: str
    wire: str | None
    accepted: bool | None = None
    why: str | None = None


def judge(wire: str, releases: Sequence[SentByRelease], *, why_not: str | None = None) -> Inquiry:
    """``wire`` is the failing form's digest; ``why_not`` says why nothing was tried."""
    if why_not is not None:
        return Inquiry(NUMBER, NAME, Stand.OPEN, f"not tried: {why_not}")
    measured = [each for each in releases if each.wire is not None]
    tried = tuple(_tried(wire, each) for each in releases)
    if not measured:
        return Inquiry(NUMBER, NAME, Stand.OPEN, "no other release could be run here", tried)
    others = [each for each in measured if each.wire != wire]
    named = ", ".join(each.release for each in measured)
    if not others:
        says = f"{named} {_put(measured)} the same request on the wire: going to one of them changes nothing"
        return Inquiry(NUMBER, NAME, Stand.RULED_OUT, says, tried)
    helps = [each.release for each in others if each.accepted]
    if helps:
        says = f"with {', '.join(helps)} the same code sends another request, one that is accepted"
        return Inquiry(NUMBER, NAME, Stand.CAUSE, says, tried)
    rejected = all(each.accepted is False for each in others)
    says = f"{', '.join(each.release for each in others)} {_put(others)} something else on the wire"
    if rejected:
        return Inquiry(NUMBER, NAME, Stand.RULED_OUT, f"{says}, and that is rejected too", tried)
    return Inquiry(NUMBER, NAME, Stand.OPEN, f"{says}; what comes of that is not recorded", tried)


def _put(releases: Sequence[SentByRelease]) -> str:
    return "puts" if len(releases) == 1 else "put"


def _tried(wire: str, sent: SentByRelease) -> str:
    if sent.wire is None:
        return f"{sent.release}: {sent.why or 'sent nothing'}"
    if sent.wire == wire:
        return f"{sent.release}: sends the same"
    known = {True: ", which is accepted", False: ", which is rejected too", None: ""}[sent.accepted]
    return f"{sent.release}: sends {sent.wire} instead{known}"
