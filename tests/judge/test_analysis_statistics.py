"""Intervals and tests for a handful of calls, against values from published tables and by enumeration."""

from __future__ import annotations

import itertools

import pytest

from upload_matrix.judge.proportions import fisher, median_interval, repeats_needed, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe (1998), table I: the score interval without continuity correction.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (5, 5, 0.5655, 1.0),
    ],
)
def test_wilson_agrees_with_published_values(successes, trials, low, high):
    interval = wilson(successes, trials)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_an_interval_of_nothing_is_refused():
    with pytest.raises(ValueError, match="0 of 0"):
        wilson(0, 0)


def test_fisher_agrees_with_the_lady_tasting_tea():
    assert fisher(4, 4, 0, 4) == pytest.approx(2 / 70)
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)


def test_fisher_is_symmetric_and_never_above_one():
    for of_a, of_b in itertools.product(range(1, 7), repeat=2):
        for a, b in itertools.product(range(of_a + 1), range(of_b + 1)):
            p = fisher(a, of_a, b, of_b)
            assert 0 < p <= 1
            assert p == pytest.approx(fisher(b, of_b, a, of_a))
            assert p == pytest.approx(fisher(of_a - a, of_a, of_b - b, of_b))


def test_what_it_takes_to_tell_two_proportions_apart():
    assert repeats_needed(1.0, 0.0) == 4
    assert repeats_needed(0.5, 0.5) is None
    needed = repeats_needed(1.0, 0.8)
    assert needed is not None
    assert fisher(needed, needed, round(0.8 * needed), needed) < 0.05
    assert repeats_needed(0.5, 0.5001) is None


def test_a_median_needs_six_values_for_an_interval():
    assert median_interval([1, 2, 3, 4, 5]) is None
    interval = median_interval([6, 1, 2, 3, 4, 5])
    assert interval is not None
    assert (interval.low, interval.high) == (1, 6)


def test_the_interval_of_the_median_narrows_by_rank():
    interval = median_interval(list(range(1, 26)))
    assert interval is not None
    # Conover, Practical Nonparametric Statistics: for n = 25 the 8th and the 18th value.
    assert (interval.low, interval.high) == (8, 18)
