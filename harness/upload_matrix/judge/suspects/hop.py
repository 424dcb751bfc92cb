"""Suspect 7: the hop in between. Does something between client and target answer, or change what is sent?

Where the gateway is at hand, the same call is made with and without it (``compared``); otherwise only
addresses and headers tell (``judge``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from upload_matrix import vendors
from upload_matrix.judge.crossings import listed
from upload_matrix.model.diagnosis import Answered, Inquiry, Stand
from upload_matrix.model.hop import Crossing, Effect, Rewriting, Speaker

NUMBER = 7
NAME = "a gateway in between"
MEANS = "A proxy or gateway between client and target may answer itself, or change what is sent."
THEN = "`diagnose --through` makes the call with it and without it."

MARKS: Final = ("via", "x-litellm-", "x-kong-", "x-portkey-", "helicone-", "cf-aig-", "x-envoy-", "x-amzn-")
"""How headers begin that gateways add to answers. Source: their own documentation."""


def judge(host: str | None, headers: Sequence[str], *, emulated: bool) -> Inquiry:
    """``host`` is where the target lies (None: the emulator in this process), ``headers`` the names of the
    headers of its answers."""
    if host is None:
        says = "nothing lies between: the emulator was asked directly"
        return Inquiry(NUMBER, NAME, Stand.NOT_APPLICABLE, says)
    tried = (f"looked at the target's host ({host}) and the headers of its answers",)
    marks = sorted({name for name in headers if name.lower().startswith(MARKS)})
    if marks:
        says = (
            f"the answers carry {', '.join(marks)}: a gateway handed them on, and what it forwards was not "
            "compared; `--through` puts a second tap behind it"
        )
        return Inquiry(NUMBER, NAME, Stand.OPEN, says, tried)
    if emulated or vendors.owner_of(host) is not None:
        return Inquiry(NUMBER, NAME, Stand.RULED_OUT, f"{host} is the server itself", tried)
    says = f"{host} is not a host of the vendor's: whether it forwards what it gets is not known"
    return Inquiry(NUMBER, NAME, Stand.OPEN, says, tried)


def compared(gateway: str, direct: Answered, through: Answered, crossing: Crossing) -> Inquiry:
    """``direct`` is the target's answer to the call as it was sent, ``through`` what the client gets by way
    of the gateway, ``crossing`` what the gateway made of it.

    The gateway is the cause when the unchanged upload passes without it, and it does more than handing on; it
    masks when only the gateway makes the call pass.
    """
    rewritings = tuple(each for one in crossing.forwarded for each in one.rewritings)
    distinct = tuple(dict.fromkeys(rewritings))
    tried = (
        f"the same call without the gateway: {direct}",
        f"through `{gateway}`: {through}{_spoke(crossing)}",
        _forwards(crossing, distinct),
    )
    stand, says = _judged(gateway, direct, through, crossing, distinct)
    return Inquiry(NUMBER, NAME, stand, says, tried)


def _judged(
    gateway: str, direct: Answered, through: Answered, crossing: Crossing, rewritings: tuple[Rewriting, ...]
) -> tuple[Stand, str]:
    own = crossing.speaker is Speaker.GATEWAY
    if not direct.conclusive:
        return (
            Stand.OPEN,
            f"without `{gateway}` the call got no conclusive answer, so there is nothing to compare",
        )
    if not through.conclusive and not (own and through.status is not None):
        return Stand.OPEN, f"through `{gateway}` the call got no conclusive answer"
    acts = own or bool(rewritings)
    if direct.accepted == through.accepted and direct.accepted:
        return Stand.RULED_OUT, f"the call is accepted with `{gateway}` and without it"
    if direct.accepted != through.accepted and not acts:
        return Stand.OPEN, (
            f"`{gateway}` forwards the upload as it was sent, and yet the answers differ: the target wavers, "
            "or judges by the headers"
        )
    if direct.accepted:
        what = "it answers by itself" if own else f"it changes the upload: {listed(rewritings)}"
        return (
            Stand.CAUSE,
            f"the gateway `{gateway}` is to blame: without it the same call is accepted; {what}",
        )
    if through.accepted:
        # What repairs is named alone where that is known: a gateway may do other things besides.
        masking = [each for each in rewritings if each.effect is Effect.MASKED] or rewritings
        does = "it answers by itself" if own else f"it repairs the upload: {listed(masking)}"
        return Stand.RULED_OUT, f"masked: only `{gateway}` makes the call pass; {does}"
    if own:
        return Stand.OPEN, (
            f"the call is rejected without `{gateway}` too, but through it the gateway answers by itself: "
            "this is a second fault"
        )
    if (direct.status, direct.code) != (through.status, through.code):
        return Stand.OPEN, f"the call is rejected without `{gateway}` too, but otherwise"
    return Stand.RULED_OUT, f"without `{gateway}` the same call is rejected in the same way"


def _spoke(crossing: Crossing) -> str:
    return f" ({crossing.says})" if crossing.says else ""


def _forwards(crossing: Crossing, rewritings: tuple[Rewriting, ...]) -> str:
    if not crossing.forwarded:
        return "nothing was forwarded"
    often = f", {len(crossing.forwarded)} times" if len(crossing.forwarded) > 1 else ""
    if not rewritings:
        return f"it was forwarded as it was sent{often}"
    return f"it was forwarded otherwise{often}: {listed(rewritings)}"
