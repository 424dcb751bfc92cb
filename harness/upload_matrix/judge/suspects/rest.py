"""Suspect 4: the client around the upload. Are the same bytes judged otherwise when sent plainly?"""

from __future__ import annotations

from upload_matrix.model.diagnosis import Answered, Inquiry, Stand
from upload_matrix.model.outcome import says_nothing

NUMBER = 4
NAME = "the client's other headers"
MEANS = "The same bytes, sent plainly without the client's other headers, tell whether these are to blame."
THEN = "Take away the headers that the client, or a wrapper around it, adds."


def judge(failing: Answered, plain: Answered | None, *, why_not: str | None = None) -> Inquiry:
    """``plain`` is what the same body got with no header but those it needs; None when it was not sent."""
    if plain is None:
        return Inquiry(NUMBER, NAME, Stand.OPEN, f"not tried: {why_not or 'nothing to send'}")
    tried = (f"the same bytes by plain REST, without the client's headers: {plain}",)
    if plain.accepted:
        says = "the same bytes are accepted by plain REST: what the client adds to them is to blame"
        return Inquiry(NUMBER, NAME, Stand.CAUSE, says, tried)
    if plain.status is None or says_nothing(plain.status):
        return Inquiry(NUMBER, NAME, Stand.OPEN, "plain REST got no conclusive answer", tried)
    if (plain.status, plain.code) == (failing.status, failing.code):
        says = (
            "without every header but those that describe the body the call is rejected in the same way: who "
            "sends it is not to blame"
        )
        return Inquiry(NUMBER, NAME, Stand.RULED_OUT, says, tried)
    return Inquiry(NUMBER, NAME, Stand.OPEN, "by plain REST they are rejected otherwise", tried)
