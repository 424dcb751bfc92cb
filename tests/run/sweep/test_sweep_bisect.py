"""The search against brute force: on histories made at random, with changes that come and go."""

from __future__ import annotations

import random

import pytest

from upload_matrix.judge.bisect import Boundary, boundaries, certainty, next_batch
from upload_matrix.model.sweep import Guard

Truth = list[dict[str, int]]
"""Per release the signatures; a variant that says nothing there is left out."""


def measured_by(truth: Truth, guard: Guard | None, asked: list | None = None, order: int = 1):
    measured: dict[int, dict[str, int]] = {}
    while batch := next_batch(len(truth), measured, guard):
        if asked is not None:
            asked.append(batch)
        measured.update((index, truth[index]) for index in batch[::order])
    return dict(sorted(measured.items()))


def everything(truth: Truth):
    return dict(enumerate(truth))


def changes(measured) -> set[tuple[int, int, str]]:
    return {
        (found.before, found.after, variant) for found in boundaries(measured) for variant in found.variants
    }


def history(dice: random.Random, *, silence: float) -> Truth:
    """Up to 120 releases of up to 5 variants; changes that last, some that come and go, some silence."""
    count = dice.randrange(1, 120)
    truth: Truth = [{} for _ in range(count)]
    for variant in "abcde"[: dice.randrange(1, 6)]:
        value = 0
        for index in range(count):
            if dice.random() < dice.choice([0.0, 0.02, 0.05]):
                value = dice.choice([0, value + 1])
            truth[index][variant] = value
        for _ in range(dice.randrange(3)):
            start, length = dice.randrange(count), dice.randrange(1, 12)
            for index in range(start, min(count, start + length)):
                truth[index][variant] = 99
    for index in range(count):
        if dice.random() < silence:
            truth[index] = {}
        elif dice.random() < silence:
            truth[index].pop(dice.choice("abcde"), None)
    return truth


def guard_of(dice: random.Random) -> Guard:
    return dice.choice([Guard(every=dice.randrange(1, 20)), Guard(samples=dice.randrange(2, 30))])


@pytest.mark.parametrize("silence", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("seed", range(150))
def test_every_change_is_found_exactly_or_hides_where_the_certainty_says(seed, silence):
    dice = random.Random(f"{seed} {silence}")
    truth, guard = history(dice, silence=silence), guard_of(dice)
    measured = measured_by(truth, guard)
    judged = certainty(len(truth), measured)
    real, found = changes(everything(truth)), changes(measured)

    assert found <= real  # Nothing is made up, and no found change could be told more narrowly.
    for before, after, variant in real - found:
        around = [index for index in measured if variant in measured[index]]
        if not around or after > around[-1] or before < around[0]:
            # Outside of what is known of the variant: only where silence hides the ends.
            assert silence > 0
            continue
        left = max(index for index in around if index <= before)
        right = min(index for index in around if index >= after)
        # It came and went: both ends are alike, and all of it lies in a run that is owned up to.
        assert measured[left][variant] == measured[right][variant]
        assert right - left - 1 <= judged.longest_blind


@pytest.mark.parametrize("seed", range(100))
def test_what_the_guard_promises_holds(seed):
    dice = random.Random(seed)
    truth, every = history(dice, silence=0.0), dice.randrange(1, 20)
    measured = measured_by(truth, Guard(every=every))
    assert certainty(len(truth), measured).longest_blind < every
    for variant in truth[0]:
        seen = {measured[index][variant] for index in measured}
        start = 0
        for index in range(1, len(truth) + 1):
            if index == len(truth) or truth[index][variant] != truth[start][variant]:
                if index - start >= every:
                    assert truth[start][variant] in seen
                start = index


@pytest.mark.parametrize("seed", range(60))
def test_one_release_that_says_nothing_does_not_widen_what_the_guard_leaves_open(seed):
    dice = random.Random(seed)
    every = dice.randrange(2, 12)
    truth: Truth = [{"a": 0} for _ in range(100)]
    for index in dice.sample(range(1, 12), 1):
        truth[index * every % 99] = {}
    measured = measured_by(truth, Guard(every=every))
    assert certainty(100, measured).longest_blind < every


def test_without_a_guard_every_release_is_measured_in_one_batch():
    assert next_batch(5, {}, None) == (0, 1, 2, 3, 4)
    assert next_batch(5, {1: {}, 3: {}}, None) == (0, 2, 4)
    assert next_batch(5, everything([{"a": 1}] * 5), None) == ()


def test_the_batches_of_one_change():
    truth: Truth = [{"a": int(index >= 21), "b": int(index >= 21)} for index in range(33)]
    asked: list[tuple[int, ...]] = []
    measured = measured_by(truth, Guard(every=16), asked)
    assert asked == [(0, 16, 32), (24,), (20,), (22,), (21,)]
    assert boundaries(measured) == (Boundary(20, 21, ("a", "b")),)
    assert list(measured) == [0, 16, 20, 21, 22, 24, 32]


def test_far_changes_are_searched_side_by_side():
    truth: Truth = [{"a": (index >= 5) + (index >= 27)} for index in range(33)]
    measured = {index: truth[index] for index in (0, 16, 32)}
    assert next_batch(33, measured, Guard(every=16)) == (8, 24)


def test_a_change_across_releases_that_say_nothing_is_a_range():
    truth: Truth = [{"a": 0}] * 10 + [{}] * 5 + [{"a": 1}] * 10
    measured = measured_by(truth, Guard(every=24))
    assert boundaries(measured) == (Boundary(9, 15, ("a",)),)
    assert set(range(9, 16)) <= measured.keys()


def test_where_releases_begin_to_be_available_is_found():
    truth: Truth = [{}] * 37 + [{"a": 0}] * 63
    measured = measured_by(truth, Guard(every=50))
    assert {36, 37} <= measured.keys()
    assert certainty(100, measured).first == 37


def test_an_interrupted_search_goes_on_where_it_was():
    truth = history(random.Random(4), silence=0.1)
    guard = Guard(every=9)
    whole = measured_by(truth, guard)
    half = dict(list(whole.items())[::2])
    while batch := next_batch(len(truth), half, guard):
        half.update({index: truth[index] for index in batch})
    assert changes(half) >= changes(whole)


def test_few_releases_are_measured():
    truth: Truth = [
        {variant: int(index >= place) for variant, place in zip("abcd", (50, 50, 210, 333), strict=True)}
        for index in range(400)
    ]
    measured = measured_by(truth, Guard(every=20))
    assert changes(measured) == changes(everything(truth))
    assert len(measured) < 40


def test_nothing_to_measure():
    assert next_batch(0, {}, Guard(every=3)) == ()
    assert boundaries({}) == ()


def test_the_result_does_not_depend_on_the_order_of_measuring():
    truth = history(random.Random(11), silence=0.2)
    guard = Guard(samples=5)
    backwards = measured_by(truth, guard, order=-1)
    assert backwards == measured_by(truth, guard)
    assert boundaries(backwards) == boundaries(measured_by(truth, guard))
