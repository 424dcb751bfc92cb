"""Single differences: which one thing decides between acceptance and rejection, and which does not.

Forms are bucketed by what is left when one element is blanked, so the work grows with the number of
forms and not with its square; pairs are counted, and only the first few are kept as examples.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from upload_matrix.judge.evidence import AnsweredForm, Evidence, TargetPlace, gather
from upload_matrix.model.result import Run
from upload_matrix.wire.carriers.reference import names_a_file
from upload_matrix.wire.difference import Difference, diff
from upload_matrix.wire.elements import Dissector, Variant

PAIRS_KEPT = 20
"""Pairs that a ``Deciding`` keeps as examples; all are counted."""

Values = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Deciding:
    """One element that, everything else equal, decides at ``place``.

    ``accepted`` and ``rejected`` are its values in the pairs, None for "has none". ``count`` counts the
    pairs; ``pairs`` are the first of them as (accepted, rejected) digests and ``examples`` the case ids of
    the first pair, likewise. ``elsewhere`` are rejected values that other, accepted requests carry; then
    ``condition`` is an element with its value that tells those from the pairs, when there is one.
    """

    where: str
    place: TargetPlace
    accepted: Values
    rejected: Values
    count: int
    pairs: tuple[tuple[str, str], ...]
    examples: tuple[str, str]
    elsewhere: Values = ()
    condition: tuple[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class Indifferent:
    """One element that made no difference at ``place`` in any of ``count`` pairs.

    ``among_accepted`` is False when only rejected requests (with the same answer) show it, which is
    weaker: another cause may have hidden its effect.
    """

    where: str
    place: TargetPlace
    values: Values
    count: int
    among_accepted: bool


@dataclass(slots=True)
class _Tally:
    """What all buckets of one element at one place add up to."""

    decisive: list[tuple[list[int], list[int], Mapping[int, str | None]]] = field(default_factory=list)
    same_accepted: int = 0
    same_rejected: int = 0
    values: dict[str | None, None] = field(default_factory=dict)


def find_differences(evidence: Evidence) -> tuple[tuple[Deciding, ...], tuple[Indifferent, ...]]:
    """All deciding and all indifferent elements, the ones with most pairs first."""
    answered = evidence.answered
    tallies: dict[tuple[TargetPlace, str], _Tally] = {}
    for place, where, members in _buckets(answered):
        seen = {number: value for number, value in members.items() if not names_a_file(where, value)}
        if len(set(seen.values())) > 1:
            _count(tallies.setdefault((place, where), _Tally()), seen, answered)
    decisive = {key: tally for key, tally in tallies.items() if tally.decisive}
    dissector = Dissector(hash)
    values = [dissector.dissect(form.wire).values() for form in answered] if decisive else []
    preferred = frozenset(where for _, where in decisive)
    deciding = [_deciding(key, tally, answered, values, preferred) for key, tally in decisive.items()]
    indifferent = [
        Indifferent(
            where,
            place,
            _ordered(tally.values),
            tally.same_accepted or tally.same_rejected,
            among_accepted=tally.same_accepted > 0,
        )
        for (place, where), tally in tallies.items()
        if not tally.decisive and tally.same_accepted + tally.same_rejected
    ]
    return (
        tuple(sorted(deciding, key=lambda found: (-found.count, found.where))),
        tuple(sorted(indifferent, key=lambda found: (not found.among_accepted, -found.count, found.where))),
    )


def _buckets(
    answered: Sequence[AnsweredForm],
) -> Iterator[tuple[TargetPlace, str, dict[int, str | None]]]:
    """Groups of forms (by number, with their value) that differ in nothing but the element ``where``."""
    # Most elements have no other form beside them, which their hashes tell: only what is left is taken apart
    # once more, exactly, and kept.
    keys = _hashed(answered)
    seen: set[int] = set()
    shared: set[int] = set()
    for own in keys:
        shared.update(seen.intersection(own))
        seen.update(own)
    dissector = Dissector()
    buckets: dict[tuple[TargetPlace, str, Hashable], dict[int, str | None]] = {}
    whole: dict[tuple[TargetPlace, Hashable], int] = {}
    omitted: list[tuple[int, Variant]] = []
    for number, (form, own) in enumerate(zip(answered, keys, strict=True)):
        if shared.isdisjoint(own):
            continue
        anatomy = dissector.dissect(form.wire)
        whole[form.place, anatomy.whole] = number
        for variant, key in zip(anatomy.variants, own[1:], strict=False):
            if key in shared:
                buckets.setdefault((form.place, variant.where, variant.rest), {})[number] = variant.value
        left_out = own[1 + len(anatomy.variants) :]
        omitted += (
            (number, each) for each, key in zip(anatomy.omissions, left_out, strict=True) if key in shared
        )
    for (place, where, _), members in buckets.items():
        yield place, where, members
    for number, omission in omitted:
        without = whole.get((answered[number].place, omission.rest))
        if without is not None:
            yield answered[number].place, omission.where, {number: omission.value, without: None}


def _hashed(answered: Sequence[AnsweredForm]) -> list[array[int]]:
    """Per form the hashes of it as a whole, of what is around each element, and of what is left without each.

    Equal ones in two forms are where the forms may differ in one element alone.
    """
    dissector = Dissector(hash)
    places: dict[TargetPlace, int] = {}
    found = []
    for form in answered:
        place = places.setdefault(form.place, len(places))
        anatomy = dissector.dissect(form.wire)
        around = (hash((place, variant.where, variant.rest)) for variant in anatomy.variants)
        without = (hash((place, omission.rest)) for omission in anatomy.omissions)
        found.append(array("q", (hash((place, anatomy.whole)), *around, *without)))
    return found


def _count(tally: _Tally, members: Mapping[int, str | None], answered: Sequence[AnsweredForm]) -> None:
    accepted = [number for number in members if answered[number].accepted]
    by_answer: dict[tuple[object, ...], list[int]] = {}
    for number in members:
        if not answered[number].accepted:
            by_answer.setdefault(answered[number].answer, []).append(number)
    rejected = [number for numbers in by_answer.values() for number in numbers]
    if accepted and rejected:
        tally.decisive.append((accepted, rejected, members))
    if len(accepted) > 1:
        tally.same_accepted += _pairs_within(len(accepted))
        tally.values.update((members[number], None) for number in accepted)
    for numbers in by_answer.values():
        if len(numbers) > 1:
            tally.same_rejected += _pairs_within(len(numbers))
            tally.values.update((members[number], None) for number in numbers)


def _pairs_within(count: int) -> int:
    return count * (count - 1) // 2


def _deciding(
    key: tuple[TargetPlace, str],
    tally: _Tally,
    answered: Sequence[AnsweredForm],
    values: Sequence[Mapping[str, str | None]],
    preferred: frozenset[str],
) -> Deciding:
    place, where = key
    accepted = _ordered(members[number] for passed, _, members in tally.decisive for number in passed)
    rejected = _ordered(members[number] for _, failed, members in tally.decisive for number in failed)
    involved = dict.fromkeys(number for passed, failed, _ in tally.decisive for number in (*passed, *failed))
    # A part or field that a form of the pairs lacks altogether counts as "has none" in others, too.
    optional = any(where not in values[number] for number in involved)
    paths = {(answered[number].wire.method, answered[number].wire.path) for number in involved}
    exceptions = [
        number
        for number, form in enumerate(answered)
        if form.accepted
        and form.place == place
        and (form.wire.method, form.wire.path) in paths
        and (optional or where in values[number])
        and values[number].get(where) in rejected
    ]
    pairs = (pair for passed, failed, _ in tally.decisive for pair in product(passed, failed))
    kept = tuple(islice(pairs, PAIRS_KEPT))
    return Deciding(
        where=where,
        place=place,
        accepted=accepted,
        rejected=rejected,
        count=sum(len(passed) * len(failed) for passed, failed, _ in tally.decisive),
        pairs=tuple((answered[passed].digest, answered[failed].digest) for passed, failed in kept),
        examples=(answered[kept[0][0]].example, answered[kept[0][1]].example),
        elsewhere=_ordered(values[number].get(where) for number in exceptions),
        condition=_condition(
            where,
            [values[number] for number in involved],
            [values[number] for number in exceptions],
            preferred,
        ),
    )


def _condition(
    where: str,
    involved: Sequence[Mapping[str, str | None]],
    exceptions: Sequence[Mapping[str, str | None]],
    preferred: frozenset[str],
) -> tuple[str, str | None] | None:
    """An element that is the same in all forms of the pairs and another in every exception.

    Elements that decide somewhere themselves come first, ones that repeat another element last.
    """
    if not exceptions:
        return None
    separating = []
    for element in dict.fromkeys((*involved[0], *exceptions[0])):
        value = involved[0].get(element)
        if (
            element != where
            and all(values.get(element) == value for values in involved)
            and all(values.get(element) != value for values in exceptions)
        ):
            separating.append((element, value))
    separating.sort(key=lambda pair: (pair[0] not in preferred, _repeats(*pair)))
    return separating[0] if separating else None


def _repeats(element: str, value: str | None) -> bool:
    """Whether it follows from another element: a disposition, the order, or what an absent part lacks."""
    return element == "order" or element.endswith(".disposition") or (value is None and "." in element)


def _ordered(values: Iterable[str | None]) -> Values:
    """Distinct values, sorted, "has none" last."""
    return tuple(sorted(set(values), key=lambda value: (value is None, value or "")))


# For every rejected form the nearest form that passes, without comparing every pair.
#
# Each accepted form is one bit of a number. Per element and value there is one number with the bits of the
# forms that have it, so the matches of a rejected form with *all* accepted ones are counted at once, by
# adding these numbers up column-wise in binary (``planes`` are the digits). That is exact, and for
# thousands of forms takes a fraction of a second.


_TIES_COMPARED = 8
"""Equally near forms among which the one with the fewest deltas is taken."""

_Nearest = tuple[str, "tuple[Difference, ...]"]


def nearest_passing(run: Run) -> Mapping[str, tuple[str, tuple[Difference, ...]]]:
    """By a rejected form's digest: the digest of the nearest accepted form, and what separates them.

    Nearest is the form that shares most elements, among forms of the same method and path that the same
    place judged; no entry when there is none. Deltas lead from the passing form to the rejected one.
    """
    return nearest_in(gather(run))


def nearest_in(evidence: Evidence, only: Sequence[AnsweredForm] | None = None) -> dict[str, _Nearest]:
    """``nearest_passing`` over gathered evidence. A form rejected at two places: the first place counts.

    With ``only``, for these rejected forms alone: each costs as much as there are accepted ones.
    """
    asked = evidence.answered if only is None else only
    groups: dict[tuple[object, ...], tuple[list[AnsweredForm], list[AnsweredForm]]] = {}
    for form in evidence.answered:
        accepted, _ = groups.setdefault(_group(form), ([], []))
        if form.accepted:
            accepted.append(form)
    for form in asked:
        if not form.accepted:
            groups[_group(form)][1].append(form)
    found: dict[str, _Nearest] = {}
    for accepted, rejected in groups.values():
        if accepted and rejected:
            for digest, nearest in _within(accepted, rejected):
                found.setdefault(digest, nearest)
    return {form.digest: found[form.digest] for form in asked if form.digest in found}


def _group(form: AnsweredForm) -> tuple[object, ...]:
    return form.place, form.wire.method, form.wire.path


def _within(accepted: Sequence[AnsweredForm], rejected: Sequence[AnsweredForm]) -> list[tuple[str, _Nearest]]:
    dissector = Dissector(hash)
    owns = [dissector.comparable(form.wire) for form in rejected]
    # Thousands of names and contents that no rejected form has would each be a long number for nothing.
    wanted: dict[str, set[str | None]] = {}
    for own in owns:
        for where, value in own.items():
            wanted.setdefault(where, set()).add(value)
    there: dict[str, list[int]] = {}
    places: dict[str, dict[str | None, list[int]]] = {}
    for number, form in enumerate(accepted):
        for where, value in dissector.comparable(form.wire).items():
            there.setdefault(where, []).append(number)
            if value in wanted.get(where, ()):
                places.setdefault(where, {}).setdefault(value, []).append(number)
    everyone = (1 << len(accepted)) - 1
    known = {
        where: {value: _bits(numbers, len(accepted)) for value, numbers in places.get(where, {}).items()}
        for where in there
    }
    lacking = {where: everyone & ~_bits(numbers, len(accepted)) for where, numbers in there.items()}
    found = []
    for form, own in zip(rejected, owns, strict=True):
        planes: list[int] = []
        for where, values in known.items():
            matches = values.get(own[where], 0) if where in own else lacking[where]
            _add(planes, matches)
        nearest = (accepted[number] for number in _numbers(_most(planes, everyone), _TIES_COMPARED))
        compared = [(passing.digest, diff(passing.wire, form.wire)) for passing in nearest]
        found.append((form.digest, min(compared, key=lambda pair: len(pair[1]))))
    return found


def _bits(numbers: Iterable[int], size: int) -> int:
    """The number that has these bits of ``size``."""
    bits = bytearray(size // 8 + 1)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")


def _add(planes: list[int], bits: int) -> None:
    """Add one to the column of every set bit; ``planes[k]`` holds the k-th binary digit of each column."""
    for k, plane in enumerate(planes):
        if not bits:
            return
        planes[k], bits = plane ^ bits, plane & bits
    if bits:
        planes.append(bits)


def _most(planes: Sequence[int], everyone: int) -> int:
    """The columns with the highest count, as bits."""
    best = everyone
    for plane in reversed(planes):
        best = best & plane or best
    return best


def _numbers(bits: int, limit: int) -> list[int]:
    """The places of the lowest ``limit`` set bits."""
    numbers: list[int] = []
    while bits and len(numbers) < limit:
        lowest = bits & -bits
        numbers.append(lowest.bit_length() - 1)
        bits ^= lowest
    return numbers
