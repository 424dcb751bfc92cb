"""What is known of a request after it was sent: the facts that no recording keeps."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.model.money import NOTHING, Money
from upload_matrix.model.usage import Usage


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One request to a live target, all its attempts together.

    ``wire`` is the wire form's digest and ``sample`` counts its repetitions from 0. ``status`` and
    ``request_id`` (the answer's ``x-request-id``) are those of the last attempt, ``seconds`` is the time it
    took alone, None when there was no answer. ``why`` says in a sentence why there is no usable answer, None
    when there is.

    ``sent`` counts the attempts that may have reached the server, as the ledger does: the others never left.
    ``spent`` is what they are counted at in USD, None when a price is unknown; ``feared`` the part of it that
    no server told: the most that attempts without a usage may have cost.
    """

    target: str
    wire: str
    sample: int = 0
    status: int | None = None
    request_id: str | None = None
    seconds: float | None = None
    attempts: int = 1
    usage: Usage | None = None
    spent: Money | None = None
    why: str | None = None
    model: str | None = None
    sent: int = 1
    feared: Money = NOTHING
