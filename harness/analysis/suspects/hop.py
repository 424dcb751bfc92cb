"""Suspect 7: the hop in between. Does something between client and target answer, or change what is sent?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.model.diagnosis import Inquiry, Stand

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBER = 7
NAME = "a gateway in between"

VENDORS: Final = ("api.openai.com", ".openai.azure.com", ".cognitiveservices.azure.com")
"""Hosts that are a vendor's own. Source: openai-python's and Azure's documentation."""

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
            "compared; `run --through` puts a second tap behind it"
        )
        return Inquiry(NUMBER, NAME, Stand.OPEN, says, tried)
    if emulated or any(host.endswith(each) if each.startswith(".") else host == each for each in VENDORS):
        return Inquiry(NUMBER, NAME, Stand.RULED_OUT, f"{host} is the server itself", tried)
    says = f"{host} is not a host of the vendor's: whether it forwards what it gets is not known"
    return Inquiry(NUMBER, NAME, Stand.OPEN, says, tried)
