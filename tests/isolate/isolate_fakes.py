"""Abstract hybrids and worlds, so that the search is tested apart from requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from upload_matrix.judge.isolate.result import Reply, Signature, Vote
from upload_matrix.wire.difference import Difference, Kind, closure

KINDS = tuple(Kind)
PASSED = Reply(Vote.ACCEPTED)
BUSY = Reply(Vote.INCONCLUSIVE, says="503")


def refused(code: str = "planted") -> Reply:
    return Reply(Vote.REJECTED, Signature(400, code, None))


def changes(count: int, requires: dict[int, set[int]] | None = None) -> tuple[Difference, ...]:
    """``c0``, ``c1``... of kinds in turn; ``requires`` by number."""
    needs = requires or {}
    return tuple(
        Difference(
            f"c{number}",
            "good",
            "bad",
            KINDS[number * 7 % len(KINDS)],
            requires=frozenset(f"c{other}" for other in needs.get(number, ())),
        )
        for number in range(count)
    )


@dataclass
class Fakes:
    """Every closed set is another request; ``illegal`` sets must not be built."""

    changes: tuple[Difference, ...]
    illegal: Callable[[frozenset[str]], bool] = lambda _: False
    alike: dict[str, None] = field(default_factory=dict)
    """Changes that leave the wire as it is."""

    def key(self, kept):
        assert closure(kept, self.changes) == kept, "a question about a set that is not closed"
        if self.illegal(kept):
            return None
        return " ".join(sorted(kept - self.alike.keys())) or "passing"


def dnf(*causes: set[str]):
    """A world that refuses what holds one of ``causes`` whole, with a code each."""

    def answer(kept: frozenset[str]) -> Reply:
        for number, cause in enumerate(causes):
            if cause <= kept:
                return refused(f"cause{number}")
        return PASSED

    return answer
