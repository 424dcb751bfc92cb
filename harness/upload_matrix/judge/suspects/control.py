"""Suspect 1: the model, the account or the service as such. Does a call without an upload work?"""

from __future__ import annotations

from upload_matrix.model.diagnosis import Answered, Inquiry, Stand
from upload_matrix.model.outcome import says_nothing

NUMBER = 1
NAME = "the model or the service as such"
MEANS = (
    "A call without a file tells of the model, the account and the service: where that fails too, the "
    "upload is not to blame."
)
THEN = "See to the model, the account or the service; the upload cannot be judged before."


def judge(operation: str | None, model: str | None, failing: Answered, control: Answered | None) -> Inquiry:
    """``control`` is what ``images.generate`` with the same model got; None where there is none."""
    if control is None:
        says = f"{operation or 'this path'} has no control that sends no file"
        return Inquiry(NUMBER, NAME, Stand.NOT_APPLICABLE, says)
    tried = (f"images.generate with the same model ({model}): {control}",)
    if control.accepted:
        says = "images.generate passes with the same model and account, so neither is at fault"
        return Inquiry(NUMBER, NAME, Stand.RULED_OUT, says, tried)
    if control.status is None:
        says = f"images.generate got no answer ({control.message})"
        return Inquiry(NUMBER, NAME, Stand.OPEN, says, tried)
    if says_nothing(control.status):
        says = "images.generate got no conclusive answer"
        return Inquiry(NUMBER, NAME, Stand.OPEN, says, tried)
    if _same(control, failing):
        says = "images.generate is rejected in the same way without any upload, so the upload is not to blame"
        return Inquiry(NUMBER, NAME, Stand.CAUSE, says, tried)
    says = "images.generate is rejected too, but otherwise: it proves nothing about the upload"
    return Inquiry(NUMBER, NAME, Stand.OPEN, says, tried)


def _same(one: Answered, other: Answered) -> bool:
    """Whether two rejections are one: where they have no code, a status alone says too little."""
    if (one.status, one.code) != (other.status, other.code):
        return False
    if one.code is None:
        return one.message == other.message
    return one.param == other.param or None in (one.param, other.param)


def not_needed(model: str | None) -> Inquiry:
    """The fixed call passed: that says the same, and a control would cost a picture."""
    says = f"the fixed call was accepted with the same model ({model}) and account, so neither is at fault"
    return Inquiry(NUMBER, NAME, Stand.NOT_NEEDED, says)
