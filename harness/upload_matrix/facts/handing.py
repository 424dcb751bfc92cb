"""How a file of some format was handed over, to whom, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from upload_matrix.facts.fact import ABSENT, Fact, Fate, Grade

_STRONGEST = tuple(Grade)


@dataclass(frozen=True, slots=True)
class Handing:
    """One way to hand a file over: how often that was ``accepted``, ``ignored`` or ``rejected``, as seen.

    ``grade`` is the strongest of those who saw it accepted, ``newest`` the last month of it. ``models`` are
    those that took it, ``endings`` those of the names that were taken (``.png``; empty: a name without one),
    both as far as they are known; ``facts`` are the ids of all that was seen.
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
    models: tuple[str, ...]
    endings: tuple[str, ...]
    facts: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether it was accepted, and nothing speaks against it."""
        return bool(self.accepted) and not self.ignored and not self.rejected


def ways(facts: Iterable[Fact], sniffed: str | None) -> tuple[Handing, ...]:
    """The ways that files of a format were handed over, the best of a vendor's operation first.

    ``sniffed`` None: of files whose bytes nobody recorded, as those behind a URL or an id.

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
        tuple(sorted({fact.model for fact in good if fact.model not in (None, ABSENT)})),
        tuple(sorted({PurePosixPath(fact.filename).suffix.lower() for fact in good if fact.filename})),
        tuple(fact.id for fact in group),
    )


@dataclass(frozen=True, slots=True)
class Contest:
    """One declaration to one model that was answered in two ways; a cause may be in what no fact tells."""

    vendor: str
    operation: str
    model: str
    carrier: str
    place: str
    declared: str
    sniffed: str | None
    facts: tuple[Fact, ...] = ()

    def side(self, fate: Fate) -> tuple[Fact, ...]:
        """The facts of which this became."""
        return tuple(fact for fact in self.facts if fact.verdict is fate)


def contests(facts: Iterable[Fact]) -> tuple[Contest, ...]:
    """The declarations of which facts say different things, by vendor and operation.

    What does not tell model, place and declared type may have been another one, and counts for nothing; so
    does a rejection that need not be about this file.
    """
    groups: dict[Contest, list[Fact]] = {}
    for fact in facts:
        known = None not in (fact.model, fact.carrier, fact.place, fact.declared)
        certain = fact.verdict is not Fate.REJECTED or fact.about_file is True
        if known and certain and fact.verdict not in (None, Fate.FAILED):
            words = (fact.model or "", fact.carrier or "", fact.place or "", fact.declared or "")
            key = Contest(fact.vendor, fact.operation, *words, fact.sniffed)
            groups.setdefault(key, []).append(fact)
    found = (replace(key, facts=tuple(group)) for key, group in groups.items())
    two = (each for each in found if len({fact.verdict for fact in each.facts}) > 1)
    return tuple(
        sorted(two, key=lambda each: (each.vendor, each.operation, each.model, each.place, each.declared))
    )
