"""What an answer says about the question asked: accepted, rejected with a signature, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Supply, api_error
from upload_matrix.model.outcome import says_nothing
from upload_matrix.wire.difference import base_name


class Vote(StrEnum):
    """Only the first two count as votes."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    INCONCLUSIVE = "inconclusive"
    """Asked, but no statement about the upload: 408, 425, 429, 5xx, a timeout, a broken connection."""
    NOT_ASKED = "not_asked"
    """Nobody was asked: replaying, and there is no recording; or the network is blocked."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What makes two rejections the same failure. The message is left out: it may name values.

    ``layer`` is who refused: ``target``, or a hop before it. ``param`` is without an index, so that
    ``image[0]`` and ``image`` are one.
    """

    status: int
    code: str | None
    param: str | None
    layer: str = "target"

    def __str__(self) -> str:
        words = [str(self.status), *(word for word in (self.code, self.param) if word)]
        return " ".join(words if self.layer == "target" else [f"{self.layer}:", *words])


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as isolation reads it.

    ``recorded`` says that it cost no call. ``says`` is the server's message, or why there is no answer.
    """

    vote: Vote
    signature: Signature | None = None
    recorded: bool = False
    emulated: bool = False
    says: str = ""

    @property
    def votes(self) -> bool:
        """Whether it counts."""
        return self.vote in (Vote.ACCEPTED, Vote.REJECTED)

    def __str__(self) -> str:
        return f"{self.vote.value} {self.signature}" if self.signature else self.vote.value


def reply_of(answer: Answer | NoAnswer, *, layer: str = "target") -> Reply:
    """Read an answer. ``layer`` is who gave it, where that is known to be a hop before the target.

    A gateway's own answer says so itself.
    """
    if isinstance(answer, NoAnswer):
        asked = answer.why not in (Silence.UNRECORDED, Silence.BLOCKED)
        return Reply(Vote.INCONCLUSIVE if asked else Vote.NOT_ASKED, says=answer.says)
    recorded = answer.source.supply is Supply.RECORDED
    emulated = answer.source.provenance is Provenance.EMULATED
    if 200 <= answer.status < 300:
        return Reply(Vote.ACCEPTED, recorded=recorded, emulated=emulated)
    error = api_error(answer.body)
    says = error.message or ""
    if says_nothing(answer.status):
        return Reply(Vote.INCONCLUSIVE, recorded=recorded, emulated=emulated, says=f"{answer.status} {says}")
    if answer.source.provenance is Provenance.GATEWAY and layer == "target":
        layer = "gateway"
    param = None if error.param is None else base_name(error.param)
    signature = Signature(answer.status, error.code, param, layer)
    return Reply(Vote.REJECTED, signature, recorded, emulated, says)
