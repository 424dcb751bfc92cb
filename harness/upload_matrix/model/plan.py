"""Asking for permission to spend: what a sender needs of the ledger, and how it is told no.

* HarnessError
  * BudgetExceededError        exit code 4: nothing more is sent
  * ConfigurationError
    * UnknownPriceError        exit code 2: a budget cannot hold where a price is unknown
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.estimate import Estimate
from upload_matrix.model.price import NOTHING, Money, Total, Usage, shown, total
from upload_matrix.wire.form import Captured


class BudgetExceededError(HarnessError):
    """The next request could go beyond a limit, so it was not sent.

    ``limit`` names it: ``budget`` or ``max_calls``. ``held`` is how many requests of the run are not settled:
    those under way, after which the request may fit into the budget after all, and those of killed
    processes, which stay as they are.
    """

    def __init__(self, limit: str, message: str, *, held: int = 0) -> None:
        self.limit = limit
        self.held = held
        super().__init__(message)


class UnknownPriceError(ConfigurationError):
    """A budget is set, and nobody knows what the request costs."""

    def __init__(self, target: str, model: str | None, budget: Money) -> None:
        super().__init__(
            f"{target}: the price of {model or 'a request that names no model'} is unknown, so a budget of "
            f"{shown(budget)} cannot hold; add it to a price table, say what an unknown call is to count as, "
            "or limit the number of calls instead of money"
        )


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """How an attempt ended; ``status`` is None when no whole answer came, ``why`` then says why."""

    status: int | None = None
    request_id: str | None = None
    seconds: float | None = None
    usage: Usage | None = None
    why: str | None = None


class Reservation(Protocol):
    """Room made for one attempt. Settle or release it once; what is never settled counts as spent."""

    def settle(self, spent: Money | None, ended: AttemptEnd) -> Money | None:
        """The attempt is over; returns what it is counted at in USD, None when that is unknown.

        ``spent`` is its cost from usage where that is known.
        """

    def release(self, why: str) -> None:
        """The attempt never left this machine (no connection came about): it counts as nothing."""


class Account(Protocol):
    """Who gives room for requests."""

    def reserve(
        self, target: str, model: str | None, wire: str, worst: Money | None, *, sample: int = 0
    ) -> Reservation:
        """Make durable room for one attempt that may cost ``worst`` USD (None: unknown).

        Call it before the request leaves. Raises BudgetExceededError or UnknownPriceError; then nothing
        may be sent.
        """


# What is known of a request after it was sent: the facts that no recording keeps.


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One request to a live target, all its attempts together.

    ``wire`` is the wire form's digest and ``sample`` counts its repetitions from 0. ``status`` and
    ``request_id`` (the answer's ``x-request-id``) are those of the last attempt, ``seconds`` is the time it
    took alone, None when there was no answer. ``why`` says in a sentence why there is no usable answer, None
    when there is.

    ``sent`` counts the attempts that may have reached the server, as the ledger does: the others never left.
    ``spent`` is what they are counted at in USD, None when a price is unknown; ``feared`` the part of it that
    no server told: the most that attempts without a usage may have cost. ``emulated``: the last attempt was
    answered by a stand-in behind the target's address, as it says itself; it is no live call, and is free.
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
    emulated: bool = False


# What would be sent to live servers, and what that may cost: the plan a user agrees to.


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
