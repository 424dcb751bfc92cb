"""The hop in between: what a gateway made of a call on its way from the client to the target.

client -> tap -> gateway -> second tap -> target. The first tap sees what the client sent, the second what
the gateway forwards. A verdict that came through a gateway says nothing about the client's upload until the
hop is known: the target may have judged another one, or none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from upload_matrix.model.answer import Source
from upload_matrix.model.outcome import says_nothing
from upload_matrix.model.price import Usage
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.difference import Difference


class Effect(ExplainedWord):
    """What a difference between the sent and the forwarded upload is, the gravest first."""

    CORRUPTED = (
        "corrupted",
        "The gateway forwards other bytes: of a file, of a text (decoded in another charset), or the "
        "body is unsound now.",
        "Go past the gateway for uploads, or report it: `bug-report`.",
    )
    DROPPED = (
        "dropped",
        "Something the client sent is not forwarded: a part, a field, a filename, a Content-Type.",
        "Go past the gateway for uploads, or report it: `bug-report`.",
    )
    MASKED = (
        "masked",
        "The gateway repaired a bad upload: a finding of the sent form is gone. Without the gateway "
        "the fault is back.",
        "Fix the upload all the same.",
    )
    REWRITTEN = (
        "rewritten",
        "The gateway changed something else: a name, a type, an order, the framing, an added field.",
    )


class Speaker(ExplainedWord):
    """Whose verdict the client got."""

    TARGET = "target", "The client got the target's answer, passed on: same status, same content."
    REWORDED = "reworded", "The client got the target's verdict in the gateway's words."
    GATEWAY = (
        "gateway",
        "The client got the gateway's own answer: nothing was forwarded, or it contradicts the target's.",
    )
    NOBODY = "nobody", "No answer came from the gateway."


@dataclass(frozen=True, slots=True)
class Rewriting(Difference):
    """A difference from the sent form (``sent`` in a document) to the one that was ``forwarded``."""

    before: Annotated[str | None, Field(alias="sent")]
    after: Annotated[str | None, Field(alias="forwarded")]
    effect: Effect = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Forwarded:
    """One upstream attempt: what the second tap got for a call of the client, and what it was answered.

    ``wire`` is the digest of the forwarded form, ``usage`` what a live answer says it used.

    ``source`` is None when the target gave no answer, which
    ``no_answer`` then explains. ``repaired`` and ``introduced`` are codes of findings that the sent form has
    and the forwarded one has not, and the reverse.
    """

    wire: str
    status: int | None = None
    source: Source | None = None
    rule: str | None = None
    no_answer: str | None = None
    rewritings: tuple[Rewriting, ...] = ()
    repaired: tuple[str, ...] = ()
    introduced: tuple[str, ...] = ()
    usage: Usage | None = None

    @property
    def accepted(self) -> bool:
        """Whether the target answered 2xx."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Crossing:
    """One attempt of the client at the gateway: what was forwarded for it, in order, and who answered.

    ``says`` puts a word on an answer that is not plainly the target's; None when it is.
    """

    speaker: Speaker
    forwarded: tuple[Forwarded, ...] = ()
    says: str | None = None

    @property
    def faithful(self) -> bool:
        """Whether the target judged what the client sent, and the client got that verdict."""
        said = self.speaker in (Speaker.TARGET, Speaker.REWORDED)
        return said and bool(self.forwarded) and not any(each.rewritings for each in self.forwarded)

    @property
    def lost(self) -> int:
        """Answers by which the target accepted, while the client got none of them."""
        if self.speaker not in (Speaker.GATEWAY, Speaker.NOBODY):
            return 0
        return sum(each.accepted for each in self.forwarded)


@dataclass(frozen=True, slots=True)
class Hop:
    """All of a case's way through ``gateway``, a crossing for each of the client's complete attempts."""

    gateway: str
    crossings: tuple[Crossing, ...] = ()

    @property
    def faithful(self) -> bool:
        """Whether the case is evidence about the client's upload: every crossing was faithful."""
        return bool(self.crossings) and all(crossing.faithful for crossing in self.crossings)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What the gateway did to the upload in any attempt, the gravest first; () when nothing."""
        found = {rewriting.effect for each in self.forwarded for rewriting in each.rewritings}
        return tuple(effect for effect in Effect if effect in found)

    @property
    def forwarded(self) -> tuple[Forwarded, ...]:
        """Every upstream attempt of the case, in order."""
        return tuple(each for crossing in self.crossings for each in crossing.forwarded)

    @property
    def introduced(self) -> tuple[str, ...]:
        """Codes of findings that only the forwarded uploads have, each once, in order."""
        return tuple(dict.fromkeys(code for each in self.forwarded for code in each.introduced))

    @property
    def rejected(self) -> tuple[Rewriting, ...]:
        """What the gateway changed in uploads that the target then rejected, each once, in order.

        Whether a change decided, only `diagnose --through` finds out. How a body is framed is the gateway's
        own affair.
        """
        return tuple(
            dict.fromkeys(
                rewriting
                for each in self.forwarded
                if each.status is not None and 400 <= each.status < 500 and not says_nothing(each.status)
                for rewriting in each.rewritings
                if rewriting.where != "framing"
            )
        )

    @property
    def lost(self) -> int:
        """Answers by which the target accepted, and that the gateway did not hand on."""
        return sum(crossing.lost for crossing in self.crossings)

    @property
    def wires(self) -> tuple[str, ...]:
        """Digests of the forwarded forms, each once, in order."""
        return tuple(dict.fromkeys(each.wire for each in self.forwarded))
