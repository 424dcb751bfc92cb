from __future__ import annotations

import pytest

from upload_matrix.analysis.certainty import Certainty, certainty


def said(*indices: int) -> dict[int, dict[str, int]]:
    return {index: {"a": 0} for index in indices}


def test_all_measured():
    judged = certainty(3, said(0, 1, 2))
    assert judged == Certainty(3, 3, (), (), 0, 2, 0, 0, ())
    assert judged.complete


def test_what_was_not_looked_at():
    judged = certainty(12, said(0, 5, 6, 11))
    assert judged.unlooked == ((1, 4), (7, 10))
    assert judged.longest_unlooked == 4
    assert judged.longest_blind == 4
    assert not judged.complete
    # A change of 1 release: 8 of 12 places. Of 2: 3 + 3 of 11. Of 4: 1 + 1 of 9.
    assert judged.chances == ((1, 8 / 12), (2, 6 / 11), (4, 2 / 9))


@pytest.mark.parametrize("duration", [1, 2, 4, 8])
def test_a_chance_is_the_share_of_places_counted_one_by_one(duration):
    seen = {0, 3, 4, 15, 16, 20}
    places = range(21 - duration + 1)
    hidden = sum(not seen & set(range(place, place + duration)) for place in places)
    assert dict(certainty(21, said(*seen)).chances)[duration] == hidden / len(places)


def test_silence_in_the_middle_blinds_and_at_the_ends_limits():
    judged = certainty(8, {0: {}, 3: {}, 4: {}, 7: {}, **said(1, 2, 5, 6)})
    assert judged.silent == ((0, 0), (3, 4), (7, 7))
    assert (judged.first, judged.last) == (1, 6)
    assert judged.unlooked == ()
    assert judged.longest_blind == 2


def test_the_variant_least_looked_at_decides():
    measured = {index: {"a": 0, "b": 0} for index in range(6)}
    for index in (2, 3, 4):
        del measured[index]["b"]
    judged = certainty(6, measured)
    assert judged.unlooked == ()
    assert judged.longest_blind == 3
    assert judged.chances == ((1, 3 / 6), (2, 2 / 5))


def test_nothing_known():
    judged = certainty(2, {0: {}, 1: {}})
    assert judged == Certainty(2, 2, (), ((0, 1),), None, None, 0, 0, ())
