"""What an isolation found, and how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import log
from typing import Protocol

from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Supply, api_error
from upload_matrix.model.outcome import says_nothing
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.carriers.multipart import base_name
from upload_matrix.wire.difference import Difference

# What an answer says about the question asked: accepted, rejected with a signature, or nothing.


class Vote(ExplainedWord):
    """Only the first two count as votes."""

    ACCEPTED = "accepted", "The request was accepted."
    REJECTED = "rejected", "The request was rejected."
    INCONCLUSIVE = (
        "inconclusive",
        "Asked, but no statement about the upload: 408, 425, 429, 5xx, a timeout, a broken connection.",
    )
    NOT_ASKED = (
        "not_asked",
        "Nobody was asked: replaying, and there is no recording; or the network is blocked.",
    )


@dataclass(frozen=True, slots=True)
class Signature:
    """What makes two rejections the same failure. The message is left out: it may name values.

    ``layer`` is who rejected: ``target``, or a hop before it. ``param`` is without an index, so that
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
    ``disputed`` is what is known on both sides of an emulated rejection.
    """

    vote: Vote
    signature: Signature | None = None
    recorded: bool = False
    emulated: bool = False
    says: str = ""
    disputed: str = ""

    @property
    def votes(self) -> bool:
        """Whether it counts."""
        return self.vote in (Vote.ACCEPTED, Vote.REJECTED)

    def __str__(self) -> str:
        return f"{self.vote.value} {self.signature}" if self.signature else self.vote.value


def reply_of(answer: Answer | NoAnswer) -> Reply:
    """Read an answer."""
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
    layer = "gateway" if answer.source.provenance is Provenance.GATEWAY else "target"
    param = None if error.param is None else base_name(error.param)
    signature = Signature(answer.status, error.code, param, layer)
    dispute = answer.source.disputed
    disputed = dispute.says if dispute is not None and dispute.whether_rejected else ""
    return Reply(Vote.REJECTED, signature, recorded, emulated, says, disputed)


# Questions: a request between the two ends, and why it is asked about.


class PassingBy(ExplainedWord):
    """How a request that passes was come by."""

    GIVEN = "given", "The request that passes was named by you."
    RECORDED = "recorded", "The request that passes is the nearest that a recording says is accepted."
    FIXED = "fixed", "The request that passes is the failing one, fixed."
    SIMPLIFIED = "simplified", "The request that passes is the failing one, made as plain as can be."
    SAMPLE = (
        "sample",
        "The request that passes has a sound sample in the file's place.",
        "The file's own bytes are to blame: make it anew, or convert it.",
    )


class Purpose(ExplainedWord):
    """What a question is for."""

    FAILING = "failing", "Does the failing request still fail?"
    PASSING = "passing", "Does the passing request still pass?"
    CONTROL = "control", "The passing request again, in between: does it still pass?"
    SEARCH = "search", "Do so many changes suffice to fail?"
    SUFFICIENT = "sufficient", "Does what was found so far suffice to fail?"
    MINIMAL = "minimal", "Does it still fail, with one of the changes taken back?"
    NECESSARY = (
        "necessary",
        "Does the failing request pass once the changes that were found are taken back?",
    )
    NEXT_FAILURE = "next_failure", "Of what kind is the failure that is left once a cause is taken back?"


@dataclass(frozen=True, slots=True)
class Question:
    """What comes of the passing request with ``kept`` changes made (by ``where``)?

    ``key`` tells requests apart, ``sample`` says how many answers this request has had: with a recording of
    several, number ``sample`` is the one that was not used yet.
    """

    kept: frozenset[str]
    key: str
    purpose: Purpose
    sample: int = 0


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with what was answered."""

    question: Question
    reply: Reply


class Hybrids(Protocol):
    """All requests between two; ``upload_matrix.splice`` has the real ones."""

    @property
    def changes(self) -> tuple[Difference, ...]:
        """All that differs."""

    def key(self, kept: AbstractSet[str]) -> str | None:
        """What tells such a request from others on the wire; None for one that must not be built."""


class Stop(ExplainedWord):
    """Why an isolation ended."""

    FOUND = "found", "The search came to its end: what decides stands in the report, where anything does."
    BUDGET = (
        "budget",
        "A limit on money or calls was reached first.",
        "Run it again with a higher limit: what was answered is not asked again.",
    )
    UNRESOLVED = (
        "unresolved",
        "What is left to tell apart got no conclusive answer, or cannot be built apart.",
    )
    ENVIRONMENT = (
        "environment",
        "The passing request failed in between: something else changed.",
        "Wait until the server is steady, and run it again.",
    )
    FAILING_PASSES = "failing_passes", "The failing request is accepted now."
    REMAINS_PASS = (
        "remains_pass",
        "What a recorder kept of the failing request is accepted; what it lost may be what decides.",
        "Make the call again with `inspect --save NAME` or `diagnose` before it, so that nothing is lost.",
    )
    PASSING_FAILS = (
        "passing_fails",
        "The request said to pass is rejected now.",
        "Give another one.",
    )
    NO_ANSWER = (
        "no_answer",
        "One of the two ends got no conclusive answer.",
        "Ask again later, or record it first.",
    )
    UNSTABLE = "unstable", "The failing request fails now this way, now another."
    SAME_WIRE = (
        "same_wire",
        "Both ends send the same: no difference on the wire decides.",
        "Look at the model, the account, the other headers: `diagnose`.",
    )
    MANY_CAUSES = (
        "many_causes",
        "There are more independent causes than were looked for.",
        "Fix those that were found, and run it again.",
    )


def bound(count: int, causes: int) -> int:
    """The most questions it takes to find ``causes`` (t) of ``count`` (n) changes: t(ceil(log2 n)+1)."""
    return causes * ((count - 1).bit_length() + 1) if count else 0


@dataclass(frozen=True, slots=True)
class Cause:
    """Changes that together bring the failure about.

    ``sufficient``: the passing request with these (and ``along``, what they cannot be made without) fails
    with ``signature``. ``minimal``: with any one of them taken back it does not; None when a question about
    this stayed open. ``necessary``: the failing request without them, and without the causes found before,
    is accepted; False when another cause makes it fail too, None when that is open. ``searched`` questions
    had to be asked to find it among ``of`` changes, of at most ``bound``. To confirm takes one more for each
    change of a cause of several (``minimal``), and one for ``necessary``.
    """

    changes: tuple[Difference, ...]
    along: tuple[Difference, ...]
    signature: Signature
    sufficient: bool
    minimal: bool | None
    necessary: bool | None
    searched: int
    of: int

    @property
    def bound(self) -> int:
        """The most questions the search for it could take, where every question got an answer."""
        return bound(self.of, len(self.changes))


@dataclass(frozen=True, slots=True)
class Isolation:
    """The result. ``causes`` has the first and then further independent ones; () when none was found.

    ``changes`` are all that were considered, likeliest first; ``dropped`` those that leave the wire as it is.
    ``narrowed`` is what is left where it stopped early: the cause lies in these, and at least one of
    ``suspected``, which are among them, belongs to it (() where that was not known yet).
    ``exonerated`` are changes proven not to matter. ``calls`` counts answers that were asked for anew,
    ``inconclusive`` those of them that said nothing; ``recorded`` the answers that cost no call.
    ``disputed``: what is known on both sides of an emulated rejection that it rests on.
    """

    stopped: Stop
    signature: Signature | None
    causes: tuple[Cause, ...]
    changes: tuple[Difference, ...]
    dropped: tuple[Difference, ...]
    narrowed: tuple[Difference, ...]
    suspected: tuple[Difference, ...]
    exonerated: tuple[Difference, ...]
    asked: tuple[AskedQuestion, ...]
    calls: int
    recorded: int
    inconclusive: int
    emulated: bool
    disputed: str = ""
    sentence: str = ""

    @property
    def cause(self) -> tuple[Difference, ...]:
        """The changes of the first cause; () when none was found."""
        return self.causes[0].changes if self.causes else ()

    @property
    def sufficient(self) -> bool:
        """Whether the first cause alone was seen to fail."""
        return bool(self.causes) and self.causes[0].sufficient

    @property
    def necessary(self) -> bool | None:
        """Whether the failing request without all the causes found was seen to be accepted."""
        return self.causes[-1].necessary if self.causes else None

    @property
    def searched(self) -> int:
        """Questions the searches took, ends and confirmation apart."""
        return sum(cause.searched for cause in self.causes)

    @property
    def bound(self) -> int:
        """The most they could take."""
        return sum(cause.bound for cause in self.causes)


# When the answers to one question suffice: one of them, or as many as a sequential test wants.
#
# Wald's sequential probability ratio test (A. Wald, Sequential Tests of Statistical Hypotheses, 1945): each
# answer adds to a log likelihood ratio, and the test ends when that leaves the strip between two
# thresholds.


@dataclass(frozen=True, slots=True)
class Trial:
    """How a question is decided. Without ``repeat``, by its first answer.

    With it: a request that is accepted is taken to fail with a chance of at most ``p0``, one that is rejected
    with at least ``p1``; ``alpha`` is the chance to call an accepted one rejected, ``beta`` the reverse, and
    after ``most`` answers the question stays open. Raises ValueError for chances that make no test.
    """

    repeat: bool = False
    p0: float = 0.1
    p1: float = 0.9
    alpha: float = 0.001
    beta: float = 0.001
    most: int = 60

    def __post_init__(self) -> None:
        if not 0 < self.p0 < self.p1 < 1:
            raise ValueError(f"p0 < p1 must lie between 0 and 1, not {self.p0} and {self.p1}")
        if not (0 < self.alpha < 0.5 and 0 < self.beta < 0.5):
            raise ValueError(f"alpha and beta must lie between 0 and 0.5, not {self.alpha} and {self.beta}")

    @property
    def upper(self) -> float:
        """The log likelihood ratio at which a request counts as rejected."""
        return log((1 - self.beta) / self.alpha)

    @property
    def lower(self) -> float:
        """The one at which it counts as not rejected."""
        return log(self.beta / (1 - self.alpha))

    def weight(self, *, rejected: bool) -> float:
        """What one answer adds."""
        return log(self.p1 / self.p0) if rejected else log((1 - self.p1) / (1 - self.p0))

    def decide(self, votes: Sequence[bool]) -> bool | None:
        """Whether the request is rejected, after these answers in turn; None when more are needed."""
        if not self.repeat:
            return votes[0] if votes else None
        ratio = 0.0
        for rejected in votes:
            ratio += self.weight(rejected=rejected)
            if ratio >= self.upper:
                return True
            if ratio <= self.lower:
                return False
        return None

    def alarm(self, votes: Iterable[bool]) -> bool:
        """Whether a control that passed at first is rejected by now (Page's cumulative sum of that ratio)."""
        if not self.repeat:
            return any(votes)
        ratio = 0.0
        for rejected in votes:
            ratio = max(0.0, ratio + self.weight(rejected=rejected))
            if ratio >= self.upper:
                return True
        return False
