"""Suspect 0: the model. Is it alive?"""

from __future__ import annotations

from upload_matrix.model.diagnosis import Answered, Inquiry, Stand

NUMBER = 0
NAME = "the model is gone"
MEANS = "What the target lists, or answers, tells of the model: shut down, misspelt, or not open to this key."
THEN = "Take a model that is listed; `model: auto` in a matrix asks the server."
GONE = "model_not_found"


def judge(
    model: str | None,
    *,
    listed: int | None,
    retired: str | None = None,
    unlisted: str | None = None,
    silent: str | None = None,
    answer: Answered | None = None,
) -> Inquiry:
    """``listed`` is how many models the target lists (None: it does not say, ``silent`` why), ``retired`` and
    ``unlisted`` what that means for the model, in a sentence. ``answer`` is what the failing call got."""
    tried = [f"asked the target for its models: it lists {listed}"] if listed is not None else []
    if silent is not None:
        tried.append(f"asked the target for its models: {silent}")
    if model is None:
        return _inquiry(Stand.NOT_APPLICABLE, "the request names no model", tried)
    if answer is not None and answer.status == 404 and answer.code == GONE:
        return _inquiry(Stand.CAUSE, f"the target says that there is no model {model} ({GONE})", tried)
    if retired is not None:
        return _inquiry(Stand.CAUSE, retired, tried)
    if unlisted is not None:
        # Not proof: it may be new or closed to this key. Whether it is so the control tells.
        return _inquiry(Stand.OPEN, unlisted, tried)
    if listed is None:
        return _inquiry(Stand.OPEN, f"whether {model} is alive is not known", tried)
    return _inquiry(Stand.RULED_OUT, f"the target lists {model} as alive", tried)


def _inquiry(stand: Stand, says: str, tried: list[str]) -> Inquiry:
    return Inquiry(NUMBER, NAME, stand, says, tuple(tried))
