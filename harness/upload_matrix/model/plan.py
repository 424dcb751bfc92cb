"""What would be sent to live servers, and what that may cost: the plan a user agrees to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from upload_matrix.model.estimate import Estimate
from upload_matrix.model.money import Total, total
from upload_matrix.wire.form import Captured


@dataclass(frozen=True, slots=True)
class Wanted:
    """A distinct request: ``wire`` is the digest of its stored form, ``cases`` the ids that send it.

    ``samples`` are the repetitions of it that are to be sent, counted from 0; ``recorded`` says how many
    there are already, and ``stale`` which of them are too old and are asked for anew. ``control`` marks a
    request that is known to pass, sent again in every round.
    """

    target: str
    wire: str
    request: Captured
    cases: tuple[str, ...]
    samples: tuple[int, ...]
    recorded: int
    model: str | None
    quality: str | None
    estimate: Estimate
    stale: frozenset[int] = frozenset()
    free: bool = False
    control: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """One request to send: a wanted one, and which repetition of it."""

    wanted: Wanted
    sample: int


@dataclass(frozen=True, slots=True)
class Sum:
    """What several requests may cost: likely, and at most."""

    calls: int
    expected: Total
    worst: Total


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything cases need answered, in matrix order; ``silent`` are the cases that sent nothing."""

    wanted: tuple[Wanted, ...]
    silent: Mapping[str, str]
    """By case id, what became of it instead: its outcome in words."""

    def sending(self) -> tuple[Planned, ...]:
        """The requests to send, round by round: every request once before any goes a second time.

        In each round the controls go first, so that a server in trouble shows before others are judged.
        """
        rounds: defaultdict[int, list[Planned]] = defaultdict(list)
        for wanted in sorted(self.wanted, key=lambda item: not item.control):
            for sample in wanted.samples:
                rounds[sample].append(Planned(wanted, sample))
        return tuple(planned for number in sorted(rounds) for planned in rounds[number])

    @property
    def recorded(self) -> int:
        """Answers that are there already."""
        return sum(wanted.recorded for wanted in self.wanted)

    def total(self) -> Sum:
        """What all paid requests of the plan may cost; one to the emulator costs nothing and is left out."""
        return _sum(self.wanted)

    def by_price(self) -> Iterator[tuple[str, str | None, str | None, Sum]]:
        """Target, model and quality with their sum, sorted; paid requests only."""
        groups: defaultdict[tuple[str, str, str], list[Wanted]] = defaultdict(list)
        for wanted in self.wanted:
            if not wanted.free and wanted.samples:
                groups[wanted.target, wanted.model or "", wanted.quality or ""].append(wanted)
        for (target, model, quality), items in sorted(groups.items()):
            yield target, model or None, quality or None, _sum(items)


def _sum(items: Iterable[Wanted]) -> Sum:
    paid = [wanted for wanted in items if not wanted.free for _ in wanted.samples]
    return Sum(
        len(paid),
        total(wanted.estimate.expected for wanted in paid),
        total(wanted.estimate.worst for wanted in paid),
    )
