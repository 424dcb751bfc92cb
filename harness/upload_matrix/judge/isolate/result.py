"""What an isolation found, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from upload_matrix.judge.isolate.questions import Asked
from upload_matrix.judge.isolate.votes import Signature
from upload_matrix.wire.difference import Change


class Stop(StrEnum):
    """Why an isolation ended."""

    FOUND = "found"
    BUDGET = "budget"
    UNRESOLVED = "unresolved"
    """What is left to tell apart got no conclusive answer, or cannot be built apart."""
    ENVIRONMENT = "environment"
    """The passing request failed in between: something else changed."""
    FAILING_PASSES = "failing_passes"
    PASSING_FAILS = "passing_fails"
    NO_ANSWER = "no_answer"
    """One of the two ends got no conclusive answer."""
    UNSTABLE = "unstable"
    """The failing request fails now this way, now another."""
    SAME_WIRE = "same_wire"
    """Both ends send the same: no difference on the wire decides."""
    MANY_CAUSES = "many_causes"
    """There are more independent causes than were looked for."""


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

    changes: tuple[Change, ...]
    along: tuple[Change, ...]
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
    """

    stopped: Stop
    signature: Signature | None
    causes: tuple[Cause, ...]
    changes: tuple[Change, ...]
    dropped: tuple[Change, ...]
    narrowed: tuple[Change, ...]
    suspected: tuple[Change, ...]
    exonerated: tuple[Change, ...]
    asked: tuple[Asked, ...]
    calls: int
    recorded: int
    inconclusive: int
    emulated: bool
    sentence: str = ""

    @property
    def cause(self) -> tuple[Change, ...]:
        """The changes of the first cause; () when none was found."""
        return self.causes[0].changes if self.causes else ()

    @property
    def second_causes(self) -> tuple[Cause, ...]:
        """Further causes, each of which makes the request fail on its own."""
        return self.causes[1:]

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
