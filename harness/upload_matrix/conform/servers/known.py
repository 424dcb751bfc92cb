"""What is known of a scenario: what the vendor does with it, or a standard asks for; nothing is guessed.

The vendor's rejection is a rule of the emulator that rests on something and that nothing speaks against; its
acceptance is a fact that says so of the same declaration, and none that says otherwise. Where neither is
known the standard counts that the scenario names, and where there is none, nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath

from upload_matrix.conform.servers.scenarios import Scenario, request, scenarios
from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import Profile, load_profile
from upload_matrix.emulator.standing import ASSUMED, CITED, OUR_OWN, standing
from upload_matrix.facts.fact import Fact, FactSource, Fate, Grade
from upload_matrix.facts.read import of_vendor
from upload_matrix.judge.observed import observed
from upload_matrix.model.answer import Answer, Provenance, Source, Supply
from upload_matrix.model.reception import KnownUpload
from upload_matrix.vendors import usual

PROFILE = "openai-2026-11"
"""The newest rules that are known of the vendor's servers."""

_WEAK = frozenset({ASSUMED, CITED, OUR_OWN})
"""Grades of rules about which nobody has seen this very answer."""

_NOBODY = FactSource("", "")


def known(scenario: Scenario) -> KnownUpload | None:
    """What is known, whichever model is asked; None: nothing, and no answer to it is wrong."""
    return _known().get(scenario.id)


@cache
def _known() -> Mapping[str, KnownUpload]:
    found = ((each.id, _of_vendor(each) or _by_standard(each)) for each in scenarios())
    return {name: right for name, right in found if right is not None}


def _by_standard(scenario: Scenario) -> KnownUpload | None:
    right = scenario.right
    if right is None:
        return None
    documented = right.by.startswith("OpenAI's")
    return KnownUpload(right.taken == "taken", documented, Grade.DOCUMENTED.value, right.by)


def _of_vendor(scenario: Scenario) -> KnownUpload | None:
    if scenario.file is not None and scenario.file.disposition is not None:
        return None  # neither facts nor rules tell how a name was written
    profile = load_profile(PROFILE)
    wire = request(scenario).wire
    said = answer(profile, wire)
    alike = tuple(_alike(scenario, profile)) if scenario.told else ()
    accepted = [fact for fact in alike if fact.verdict is Fate.ACCEPTED]
    rejected = [fact for fact in alike if fact.verdict is Fate.REJECTED]
    rests_on = standing(profile, said.rule)
    if rests_on is not None and 400 <= said.status < 500:
        sound = rests_on.strongest not in _WEAK and not rests_on.whether_rejected and not accepted
        rule = f"rule {said.rule} of {PROFILE}"
        return KnownUpload(False, True, rests_on.grade, rule) if sound else None
    if said.status != 200 or said.rule is not None or not accepted or rejected:
        return None
    grade = min((fact.grade for fact in accepted), key=tuple(Grade).index)
    first = next(fact for fact in accepted if fact.grade is grade)
    seen = sum(fact.count for fact in accepted if fact.grade is grade)
    return KnownUpload(True, True, f"{grade.value} {seen:,}", f"fact {first.id}")


def _alike(scenario: Scenario, profile: Profile) -> Iterator[Fact]:
    """Facts of the same declaration of such a file, to a model of the same kind."""
    stands_in = Answer(200, (), b"", Source(PROFILE, Provenance.EMULATED, Supply.EMULATOR))
    found = observed(request(scenario).wire, stands_in, usual().name, _NOBODY, Grade.MEASURED)
    if len(found) != 1:
        return
    ours = found[0]
    for fact in of_vendor(usual().name):
        same = all(getattr(fact, name) == getattr(ours, name) for name in _SAME)
        counts = fact.withdrawn is None and fact.about_file and fact.files == 1
        if same and counts and _is_kind(fact.model, ours.model, profile) and _is_named_alike(fact, ours):
            yield fact


_SAME = ("operation", "carrier", "place", "array", "declared", "sniffed")


def _is_named_alike(fact: Fact, ours: Fact) -> bool:
    """Whether the names have one ending; a name that nobody wrote down may be any that was rejected."""
    if fact.filename is None:
        return fact.verdict is Fate.REJECTED
    return _ending(fact.filename) == _ending(ours.filename or "")


def _ending(filename: str) -> str:
    """What a server can tell by a name: an empty one, one without an extension, or that."""
    return PurePosixPath(filename).suffix.lower() or "." if filename else ""


def _is_kind(one: str | None, other: str | None, profile: Profile) -> bool:
    """Whether two models are in one family of the profile; unknown is no kind."""
    if one is None or other is None:
        return False
    return one == other or bool(profile.families_of(one) & profile.families_of(other))
