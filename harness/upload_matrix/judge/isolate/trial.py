"""When the answers to one question suffice: one of them, or as many as a sequential test wants.

Wald's sequential probability ratio test (A. Wald, Sequential Tests of Statistical Hypotheses, 1945): each
answer adds to a log likelihood ratio, and the test ends when that leaves the strip between two thresholds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log


@dataclass(frozen=True, slots=True)
class Trial:
    """How a question is decided. Without ``repeat``, by its first answer.

    With it: a request that is accepted is taken to fail with a chance of at most ``p0``, one that is refused
    with at least ``p1``; ``alpha`` is the chance to call an accepted one refused, ``beta`` the reverse, and
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
        """The log likelihood ratio at which a request counts as refused."""
        return log((1 - self.beta) / self.alpha)

    @property
    def lower(self) -> float:
        """The one at which it counts as not refused."""
        return log(self.beta / (1 - self.alpha))

    def weight(self, *, refused: bool) -> float:
        """What one answer adds."""
        return log(self.p1 / self.p0) if refused else log((1 - self.p1) / (1 - self.p0))

    def decide(self, votes: Sequence[bool]) -> bool | None:
        """Whether the request is refused, after these answers in turn; None when more are needed."""
        if not self.repeat:
            return votes[0] if votes else None
        ratio = 0.0
        for refused in votes:
            ratio += self.weight(refused=refused)
            if ratio >= self.upper:
                return True
            if ratio <= self.lower:
                return False
        return None

    def alarm(self, votes: Iterable[bool]) -> bool:
        """Whether a control that passed at first is refused by now (Page's cumulative sum of that ratio)."""
        if not self.repeat:
            return any(votes)
        ratio = 0.0
        for refused in votes:
            ratio = max(0.0, ratio + self.weight(refused=refused))
            if ratio >= self.upper:
                return True
        return False
