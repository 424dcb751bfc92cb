"""A diagnosis: the suspects of a failing call, what was tried on each, and what is left at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from upload_matrix.model import codec
from upload_matrix.model.outcome import says_nothing
from upload_matrix.model.price import NOTHING, Money
from upload_matrix.model.words import ExplainedWord


class Stand(ExplainedWord):
    """How a suspect stands."""

    CAUSE = (
        "cause",
        "The suspect was shown to bring the failure about.",
        "Apply the fix below it, which was tried where it could be.",
    )
    RULED_OUT = "ruled_out", "What was tried shows that the suspect is not to blame."
    OPEN = (
        "open",
        "The suspect could not be tried, or trying it told nothing: it may be to blame.",
        "`What remains` says what would settle it.",
    )
    NOT_NEEDED = (
        "not_needed",
        "Something else is proven already, and looking into this one would cost calls.",
    )
    NOT_APPLICABLE = "not_applicable", "There is no such thing in this call."


class Confidence(ExplainedWord):
    """How sure a verdict is."""

    PROVEN = "proven", "The cause alone fails, without it the call passes, and the fixed call was accepted."
    LIKELY = (
        "likely",
        "A cause was shown to matter, but one of three proofs is missing: that it alone fails, that "
        "the call passes without it, that the fixed call was accepted.",
        "`What remains` says which.",
    )
    NONE = (
        "none",
        "No cause was found.",
        "Read which suspects stayed open, and what would settle them.",
    )


@codec.whole
@dataclass(frozen=True, slots=True)
class Inquiry:
    """One suspect. ``number`` is its place in the field report's order, ``tried`` what was done, a sentence
    each, and ``says`` what follows.

    ``calls`` were asked for anew, ``recorded`` answers cost nothing; ``spent`` is what the calls are counted
    at in USD, None where a price is unknown. ``emulated``: a stand-in gave one of the answers.
    """

    number: int
    name: str
    stand: Stand
    says: str
    tried: tuple[str, ...] = ()
    calls: int = 0
    recorded: int = 0
    spent: Annotated[Money | None, Field(alias="spent_usd")] = NOTHING
    emulated: bool = False


@codec.whole
@dataclass(frozen=True, slots=True)
class Fix:
    """What to change. ``language`` and ``code`` are a whole program that makes the fixed call, in the
    caller's own client; ``wire`` the digest of the request it is about.

    ``accepted`` says whether the fixed request was accepted by the same target (None: not asked),
    ``code_accepted`` the same of the program, which was run (None: it was not, ``note`` says why).
    """

    says: str
    wire: str
    accepted: bool | None
    language: str | None = None
    code: str | None = None
    code_accepted: bool | None = None
    note: str | None = None
    emulated: bool = False


@codec.whole
@dataclass(frozen=True, slots=True)
class Answered:
    """What the target says to a request, for a report. ``status`` None: no answer, and ``message`` is why."""

    status: int | None
    code: str | None = None
    param: str | None = None
    message: str | None = None
    emulated: bool = False
    recorded: bool = False

    @property
    def accepted(self) -> bool:
        """Whether it is a success."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def conclusive(self) -> bool:
        """Whether it says something of the request: only then there is anything to vary."""
        return self.status is not None and not says_nothing(self.status)

    def __str__(self) -> str:
        if self.status is None:
            return f"no answer ({self.message})"
        param = f"param {self.param}" if self.param else None
        words = [str(self.status), *(word for word in (self.code, param) if word)]
        text = "accepted" if self.accepted else " ".join(words)
        return f"{text}: {self.message}" if self.message and not self.accepted else text


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The whole. ``subject`` names the failing call (a case's id, a folder, a command), ``answer`` is what it
    got, ``wire`` its wire form's digest. ``stopped`` says why not everything was tried: a limit on money or
    calls; None when that is not so. ``unexplained`` and ``notes`` are sentences. ``calls``, ``recorded`` and
    ``spent`` are those of all steps together, with the failing call and the fix. ``lost`` is what a recorder
    did not keep of the failing call: what was asked is what it kept.
    """

    subject: str
    target: str
    wire: str
    answer: Answered
    verdict: str
    confidence: Confidence
    inquiries: tuple[Inquiry, ...]
    unexplained: tuple[str, ...] = ()
    fix: Fix | None = None
    stopped: str | None = None
    notes: tuple[str, ...] = ()
    calls: int = 0
    recorded: int = 0
    spent: Money | None = NOTHING
    lost: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether a cause was found."""
        return any(inquiry.stand is Stand.CAUSE for inquiry in self.inquiries)

    @property
    def emulated(self) -> bool:
        """Whether any answer is not a real server's."""
        return self.answer.emulated or any(inquiry.emulated for inquiry in self.inquiries)
