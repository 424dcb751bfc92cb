"""For every rejected form the nearest form that passes, without comparing every pair.

Each accepted form is one bit of a number. Per element and value there is one number with the bits of
the forms that have it, so the matches of a rejected form with *all* accepted ones are counted at once,
by adding these numbers up column-wise in binary (``planes`` are the digits). That is exact, and for
thousands of forms takes a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from upload_matrix.judge.elements import Dissector
from upload_matrix.judge.evidence import Answered, Evidence, gather
from upload_matrix.model.result import Run
from upload_matrix.wire.difference import Delta, diff

_TIES_COMPARED = 8
"""Equally near forms among which the one with the fewest deltas is taken."""

_Nearest = tuple[str, "tuple[Delta, ...]"]


def nearest_passing(run: Run) -> Mapping[str, tuple[str, tuple[Delta, ...]]]:
    """By a rejected form's digest: the digest of the nearest accepted form, and what separates them.

    Nearest is the form that shares most elements, among forms of the same method and path that the same
    place judged; no entry when there is none. Deltas lead from the passing form to the rejected one.
    """
    return nearest_in(gather(run))


def nearest_in(evidence: Evidence, only: Sequence[Answered] | None = None) -> dict[str, _Nearest]:
    """``nearest_passing`` over gathered evidence. A form rejected at two places: the first place counts.

    With ``only``, for these rejected forms alone: each costs as much as there are accepted ones.
    """
    asked = evidence.answered if only is None else only
    groups: dict[tuple[object, ...], tuple[list[Answered], list[Answered]]] = {}
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


def _group(form: Answered) -> tuple[object, ...]:
    return form.place, form.wire.method, form.wire.path


def _within(accepted: Sequence[Answered], rejected: Sequence[Answered]) -> list[tuple[str, _Nearest]]:
    dissector = Dissector()
    known: dict[str, dict[str | None, int]] = {}
    everyone = (1 << len(accepted)) - 1
    for number, form in enumerate(accepted):
        for where, value in dissector.comparable(form.wire).items():
            values = known.setdefault(where, {})
            values[value] = values.get(value, 0) | 1 << number
    lacking = {where: everyone & ~_any_of(values) for where, values in known.items()}
    found = []
    for form in rejected:
        own = dissector.comparable(form.wire)
        planes: list[int] = []
        for where, values in known.items():
            matches = values.get(own[where], 0) if where in own else lacking[where]
            _add(planes, matches)
        nearest = (accepted[number] for number in _numbers(_most(planes, everyone), _TIES_COMPARED))
        compared = [(passing.digest, diff(passing.wire, form.wire)) for passing in nearest]
        found.append((form.digest, min(compared, key=lambda pair: len(pair[1]))))
    return found


def _any_of(values: Mapping[str | None, int]) -> int:
    bits = 0
    for known in values.values():
        bits |= known
    return bits


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
