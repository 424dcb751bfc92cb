"""What an emulated answer rests on: the grade of its rule, and the facts that show the answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from upload_matrix.emulator.profile import is_dated, load_profile, profile_names
from upload_matrix.emulator.standing import standing
from upload_matrix.facts.fact import Fact, FactSource
from upload_matrix.model.answer import Provenance, Source
from upload_matrix.model.errors import ConfigurationError

_MOST = 3
_THREADS = ("issues/", "pull/")


@dataclass(frozen=True, slots=True)
class Ground:
    """A fact by its id, in words, with the address of where it was read; empty where it has none."""

    fact: str
    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """The strongest ``grade`` of a rule, the first facts that show its answer, and how many ``more`` do."""

    grade: str
    facts: tuple[Ground, ...]
    more: int


def grounds(source: Source, rule: str | None) -> Grounds | None:
    """What an answer rests on; None for a live one, for no rule, and for a profile of a user's own."""
    if source.provenance is not Provenance.EMULATED or source.profile is None or rule is None:
        return None
    return _grounds(source.profile, rule)


@cache
def _grounds(profile: str, rule: str) -> Grounds | None:
    # A report may be older than its profile, or name a file of somebody else's, which is not opened.
    if profile not in profile_names() and not is_dated(profile):
        return None
    try:
        found = standing(load_profile(profile), rule)
    except ConfigurationError:  # a date of a vendor that is not emulated
        return None
    if found is None:
        return None
    facts = tuple(map(_ground, found.rejected[:_MOST]))
    return Grounds(found.strongest, facts, len(found.rejected) - len(facts))


def _ground(fact: Fact) -> Ground:
    source = fact.sources[0]
    words = " ".join(filter(None, (fact.grade.value, fact.month, source.repository)))
    return Ground(fact.id, words, address_of(source))


def address_of(source: FactSource) -> str:
    """Where a source can be read: a thread, or a file as of its commit; empty where neither is known."""
    if source.path.startswith(_THREADS):
        return f"https://github.com/{source.repository}/{source.path}"
    if source.commit is None:
        return ""
    return f"https://github.com/{source.repository}/blob/{source.commit}/{source.path}"
