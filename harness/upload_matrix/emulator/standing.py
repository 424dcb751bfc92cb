"""What the rules of a profile rest on: the facts that each answers as it was seen, and those against it.

A rule's own ``when`` says which facts speak of it; there is no list of them to keep. Facts of every date
count, each under the models of its day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from upload_matrix import vendors
from upload_matrix.emulator.agreement import NOT_EMULATED, Agreement, judged
from upload_matrix.emulator.profile import Profile, load_profile
from upload_matrix.facts.fact import Fact, Fate, Grade
from upload_matrix.facts.read import of_vendor, vendors_with_facts
from upload_matrix.model.answer import Dispute

ASSUMED = "assumed"
"""The grade of a rule that no fact and no document supports."""

CITED = "cited"
"""The grade of a rule whose source is a thread that no fact was made of: it was about another request."""

OUR_OWN = "our own"
"""The grade of a rule about the emulator itself, which says nothing of the vendor."""

_NOUNS = {
    Grade.MEASURED: "measurement",
    Grade.RECORDED: "recording",
    Grade.DOCUMENTED: "document",
    Grade.REPORTED: "report",
    Grade.CONTRIBUTED: "contribution",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts for a rule and against it: uploads ``rejected`` as it does, ``accepted`` all the same, and
    rejected ``otherwise``. ``documented`` names the document that states it, ``cited``: its source names a
    thread or a report that is no fact here."""

    rule: str
    rejected: tuple[Fact, ...] = ()
    accepted: tuple[Fact, ...] = ()
    otherwise: tuple[Fact, ...] = ()
    documented: str | None = None
    cited: bool = False
    own: bool = False

    @property
    def grade(self) -> str:
        """``recorded 3, reported 2``, ``documented``, ``cited``, ``assumed``, ``our own``."""
        if self.own:
            return OUR_OWN
        by_grade = tally(self.rejected)
        words = [f"{grade.value} {by_grade[grade]:,}" for grade in Grade if by_grade[grade]]
        if self.documented:
            words.append(Grade.DOCUMENTED.value)
        return ", ".join(words) or (CITED if self.cited else ASSUMED)

    @property
    def strongest(self) -> str:
        """The first word of the grade: what is the best that it rests on."""
        return self.grade if self.own else self.grade.partition(" ")[0].rstrip(",")

    @property
    def is_disputed(self) -> bool:
        """Whether facts speak against it: accepted what it rejects, or rejected it otherwise as often."""
        return self.whether_rejected or bool(
            self.otherwise and weight(self.otherwise) >= weight(self.rejected)
        )

    @property
    def whether_rejected(self) -> bool:
        """Whether it is disputed that such an upload is rejected at all."""
        return bool(self.accepted)

    @property
    def says(self) -> str:
        """``disputed: 6 recordings accept this, 2 reports reject it``; empty for what is not disputed."""
        if not self.is_disputed:
            return ""
        if not self.accepted:
            for_it = seen(self.rejected)
            verb = "has" if weight(self.rejected) == 1 else "have"
            stands = f"{for_it} {verb} this answer" if for_it else "nobody has seen this answer"
            return f"disputed: {stands}, {seen(self.otherwise)} another rejection"
        accept = "accepts" if weight(self.accepted) == 1 else "accept"
        against = (*self.rejected, *self.otherwise)
        reject = "rejects" if weight(against) == 1 else "reject"
        stands = f"{seen(against)} {reject} it" if against else "nobody has seen it rejected"
        return f"disputed: {seen(self.accepted)} {accept} this, {stands}"


def tally(facts: Iterable[Fact]) -> Counter[Grade]:
    """How often uploads were seen, by grade."""
    counts: Counter[Grade] = Counter()
    for fact in facts:
        counts[fact.grade] += fact.count
    return counts


def weight(facts: Iterable[Fact]) -> int:
    """How often uploads were seen."""
    return sum(fact.count for fact in facts)


def seen(facts: Iterable[Fact]) -> str:
    """``6 recordings and 2 reports``; empty for none."""
    counts = tally(facts)
    words = [
        f"{counts[grade]:,} {noun}{'s' if counts[grade] != 1 else ''}"
        for grade, noun in _NOUNS.items()
        if counts[grade]
    ]
    return " and ".join(words)


def _is_about(profile: Profile, vendor: str) -> bool:
    serving = vendors.serving(vendor)
    return serving is not None and serving.name == profile.vendor


@dataclass(slots=True)
class _Sides:
    rejected: list[Fact] = field(default_factory=list)
    accepted: list[Fact] = field(default_factory=list)
    otherwise: list[Fact] = field(default_factory=list)


def standings(profile: Profile, more: Iterable[Fact] = ()) -> Mapping[str, Standing]:
    """What each rule of a shipped profile rests on, by its id: the shipped facts, and ``more`` of them."""
    about = {name for name in vendors_with_facts() if _is_about(profile, name)}
    known = (fact for name in sorted(about) for fact in of_vendor(name))
    own = (fact for fact in more if _is_about(profile, fact.vendor))
    facts = {fact.id: fact for fact in (*known, *own)}
    sides = {rule.id: _Sides() for rule in profile.rules}
    for each in judged(facts.values(), profile):
        if each.rule is None:
            continue
        side = sides[each.rule]
        # A silent one shows the rule's very answer, to a request that is not known whole.
        if each.agreement is not Agreement.CONTRADICT:
            side.rejected.append(each.fact)
        elif each.fact.verdict is Fate.REJECTED:
            side.otherwise.append(each.fact)
        else:
            side.accepted.append(each.fact)
    return {
        rule.id: Standing(
            rule.id,
            tuple(sides[rule.id].rejected),
            tuple(sides[rule.id].accepted),
            tuple(sides[rule.id].otherwise),
            documented=rule.documented,
            cited=rule.is_cited,
            own=rule.answer.status == NOT_EMULATED,
        )
        for rule in profile.rules
    }


def of_profiles(names: Iterable[str | None], more: Iterable[Fact] = ()) -> dict[tuple[str, str], Standing]:
    """The same of several shipped profiles, by profile and rule."""
    more = tuple(more)
    loaded = (load_profile(name) for name in sorted({name for name in names if name is not None}))
    return {(each.name, rule): found for each in loaded for rule, found in standings(each, more).items()}


@cache
def _shipped(name: str) -> Mapping[str, Standing]:
    return standings(load_profile(name))


def standing(profile: Profile, rule: str | None) -> Standing | None:
    """What a rule of a shipped profile rests on; None for a profile of a user's own, and for no rule.

    A profile of one's own is about another server: what was seen of the vendor's says nothing about it.
    """
    return _shipped(profile.name).get(rule) if profile.vendor and rule is not None else None


def dispute(profile: Profile, rule: str | None) -> Dispute | None:
    """What is to be said beside an answer by a rule; None where nothing speaks against it."""
    found = standing(profile, rule)
    return Dispute(found.says, found.whether_rejected) if found is not None and found.is_disputed else None
