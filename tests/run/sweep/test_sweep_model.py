from __future__ import annotations

from dataclasses import replace

import pytest
from sweep_builders import ACCEPTED, ASKED, BROKEN, EMULATED, NEW, OLD, RECORDED, REJECTED, UNRECORDED, story

from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.sweep import Cell, Guard, SweepCounts, WireAnswer, outcome_words


@pytest.mark.parametrize(
    ("guard", "count", "points"),
    [
        (Guard(every=4), 0, ()),
        (Guard(every=4), 1, (0,)),
        (Guard(every=4), 9, (0, 4, 8)),
        (Guard(every=4), 11, (0, 4, 8, 10)),
        (Guard(every=1), 3, (0, 1, 2)),
        (Guard(samples=3), 0, ()),
        (Guard(samples=3), 1, (0,)),
        (Guard(samples=2), 7, (0, 6)),
        (Guard(samples=4), 11, (0, 3, 6, 10)),
        (Guard(samples=9), 3, (0, 1, 2)),
    ],
)
def test_a_guard_measures_both_ends_and_leaves_no_gap_wider_than_it_says(guard, count, points):
    assert guard.points(count) == points


def test_a_guard_by_distance_keeps_its_releases_when_new_ones_appear():
    assert set(Guard(every=5).points(41)) <= set(Guard(every=5).points(43))


@pytest.mark.parametrize(
    "given",
    [{}, {"every": 3, "samples": 3}, {"every": 0}, {"samples": 1}],
    ids=["none", "both", "zero", "one"],
)
def test_a_guard_that_means_nothing_is_refused(given):
    with pytest.raises(ValueError, match="`every`"):
        Guard(**given)


def refused(detail: str) -> Outcome:
    return Outcome(OutcomeKind.NOT_SENT, detail=detail)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no object at 0x7f12ab34cd56", "no object at 0x7f12ab34cd99"),
        ("failed, request ID req_0a1b2c", "failed, request ID req_ffff01"),
        ("id 123e4567-e89b-12d3-a456-426614174000", "id 99999999-e89b-12d3-a456-426614174000"),
        ("http://127.0.0.1:4711 said no", "http://127.0.0.1:4712 said no"),
        ("no file /tmp/tmpab12cd_9", "no file /tmp/tmp00000000"),
        ("late at 2026-11-22T10:00:00Z", "late at 2026-11-23T11:30:01.5+09:00"),
    ],
)
def test_what_differs_between_two_equal_calls_is_no_difference(one, other):
    assert refused(one) != refused(other)
    assert outcome_words(refused(one)) == outcome_words(refused(other))


def test_what_a_client_says_otherwise_is_a_difference():
    assert outcome_words(refused("TypeError: no 'image'")) != outcome_words(refused("TypeError: no 'mask'"))
    assert outcome_words(REJECTED) != outcome_words(replace(REJECTED, param="image"))


def test_the_words_of_an_unresolved_outcome_do_not_count():
    assert outcome_words(UNRECORDED) == outcome_words(replace(UNRECORDED, detail="another nearest one"))


def test_a_cell_of_our_own_failure_has_no_signature():
    kinds = {kind for kind in OutcomeKind if Cell("v", "1", (), Outcome(kind)).signature is None}
    assert kinds == {OutcomeKind.HARNESS_ERROR, OutcomeKind.UNAVAILABLE}


def test_every_attempt_counts_in_a_signature():
    once = Cell("v", "1", (OLD.digest,), ACCEPTED)
    assert once.signature == Cell("v", "2", (OLD.digest,), ACCEPTED).signature
    assert once.signature != Cell("v", "1", (OLD.digest, OLD.digest), ACCEPTED).signature
    assert once.signature != Cell("v", "1", (NEW.digest,), ACCEPTED).signature


def test_statements_leave_out_what_says_nothing():
    sweep = story()
    cells = {**sweep.results["1.0"].cells, "m/bytes": Cell("m/bytes", "1.0", (), BROKEN)}
    broken = replace(sweep, results={**sweep.results, "1.0": replace(sweep.results["1.0"], cells=cells)})
    assert list(broken.statements) == [0, 1, 2, 3, 4, 5]
    assert list(broken.statements[0]) == ["m/handle", "m/async"]
    assert broken.statements[2] == {}


def test_answers_are_counted_by_the_way_they_came():
    emulated_recording = Source("emulator", Provenance.EMULATED, Supply.RECORDED, profile="p")
    sources = [EMULATED, RECORDED, RECORDED, ASKED, None, emulated_recording]
    answers = tuple(WireAnswer(f"{number:016x}", "openai", source) for number, source in enumerate(sources))
    assert replace(story(), answers=answers).counts == SweepCounts(
        releases=6,
        measured=5,
        unavailable=1,
        cells=15,
        wire_forms=2,
        needed=6,
        recorded=3,
        emulated=1,
        asked=1,
        unanswered=1,
    )
