"""How a file of some format was handed over, to whom, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from upload_matrix.facts.fact import Fact, Fate, Grade

_STRONGEST = tuple(Grade)


@dataclass(frozen=True, slots=True)
class Handing:
    """One way to hand a file over: how often that was ``accepted``, ``ignored`` or ``rejected``, as seen.

    ``grade`` is the strongest of those who saw it accepted, ``newest`` the last month of it.
    """

    vendor: str
    operation: str
    carrier: str
    declared: str
    accepted: int
    ignored: int
    rejected: int
    grade: Grade | None
    newest: str | None

    @property
    def is_sound(self) -> bool:
        """Whether it was accepted, and nothing speaks against it."""
        return bool(self.accepted) and not self.ignored and not self.rejected


def ways(facts: Iterable[Fact], sniffed: str) -> tuple[Handing, ...]:
    """The ways that files of a format were handed over, the best of a vendor's operation first.

    What nothing speaks against comes first, then what was seen last, then what was seen most. A fact that
    does not tell how the file was declared, or what became of it, says nothing of a way.
    """
    groups: dict[tuple[str, str, str, str], list[Fact]] = {}
    for fact in facts:
        told = fact.carrier is not None and fact.declared is not None
        if fact.sniffed == sniffed and told and fact.verdict not in (None, Fate.FAILED):
            key = (fact.vendor, fact.operation, fact.carrier or "", fact.declared or "")
            groups.setdefault(key, []).append(fact)
    found = [_way(*key, group) for key, group in groups.items()]
    newest_first = sorted(found, key=lambda way: (way.newest or "", way.accepted), reverse=True)
    return tuple(sorted(newest_first, key=lambda way: (way.vendor, way.operation, not way.is_sound)))


def _way(vendor: str, operation: str, carrier: str, declared: str, group: Iterable[Fact]) -> Handing:
    group = tuple(group)
    seen = {verdict: sum(fact.count for fact in group if fact.verdict is verdict) for verdict in Fate}
    good = [fact for fact in group if fact.verdict is Fate.ACCEPTED]
    return Handing(
        vendor,
        operation,
        carrier,
        declared,
        seen[Fate.ACCEPTED],
        seen[Fate.IGNORED],
        seen[Fate.REJECTED],
        min((fact.grade for fact in good), key=_STRONGEST.index, default=None),
        max((fact.month for fact in good if fact.month is not None), default=None),
    )
