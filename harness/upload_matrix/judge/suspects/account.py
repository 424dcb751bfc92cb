"""Suspect 3: the account. Key, permissions, verification of the organisation, quota."""

from __future__ import annotations

from upload_matrix import vendors
from upload_matrix.model.diagnosis import Answered, Inquiry, Stand

NUMBER = 3
NAME = "the account"
MEANS = "The answers tell of key, permissions, verification and quota."
THEN = "See to the account on the vendor's pages; the upload is not looked at before that."


def judge(failing: Answered, control: Answered | None) -> Inquiry:
    """Read from the answers that are there; it takes no call of its own."""
    for what, answer in (("the failing call", failing), ("images.generate", control)):
        if answer is None:
            continue
        tried = (f"read the answer to {what}: {answer}",)
        why = _why(answer)
        if why is not None:
            return Inquiry(NUMBER, NAME, Stand.CAUSE, why, tried)
    tried = (f"read the answer to the failing call: {failing}",)
    if control is not None and control.accepted:
        says = "the same account is let in and served by images.generate"
        return Inquiry(NUMBER, NAME, Stand.RULED_OUT, says, tried)
    if failing.status is not None and 400 <= failing.status < 500 and failing.status not in (401, 403, 429):
        says = "the answer is about the request, which is looked at only after the account was let in"
        return Inquiry(NUMBER, NAME, Stand.RULED_OUT, says, tried)
    return Inquiry(NUMBER, NAME, Stand.OPEN, "no answer tells anything about the account", tried)


def _why(answer: Answered) -> str | None:
    errors = [vendor.account for vendor in vendors.known()]
    if any(answer.code in each.no_money for each in errors):
        return f"the account has no money left, or may not spend it ({answer.code})"
    if answer.status == 401:
        return "the key is not accepted (401): missing, misspelt, revoked, or another server's"
    if answer.status == 403:
        if any(each.unverified and each.unverified in (answer.message or "") for each in errors):
            return "the organisation has to be verified for this model (403)"
        return "this account may not do this (403): permissions of the key, the project or the region"
    return None
