"""The little statistics that repeated calls need: intervals, a test of two proportions, medians. Pure.

Counts are small (tens of calls, because calls cost money), so nothing here leans on large numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, exp, lgamma, sqrt

CONFIDENCE = 0.95
_Z = 1.959963984540054
"""The standard normal's quantile for an interval of 95 %."""

SIGNIFICANT = 0.05

MOST_REPEATS = 300
"""Repetitions up to which ``repeats_needed`` looks: more would be an experiment, not a diagnosis."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, both included, at 95 % confidence."""

    low: float
    high: float


def wilson(successes: int, trials: int) -> Interval:
    """Wilson's score interval of a proportion, which stays sound at 0 of n and n of n.

    Source: Wilson (1927); recommended for small n by Brown, Cai and DasGupta (2001). Raises ValueError
    for no trials: then nothing is known.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} of {trials} is no proportion")
    share = successes / trials
    weight = 1 + _Z**2 / trials
    centre = (share + _Z**2 / (2 * trials)) / weight
    spread = _Z * sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2)) / weight
    low = 0.0 if successes == 0 else max(0.0, centre - spread)
    high = 1.0 if successes == trials else min(1.0, centre + spread)
    return Interval(low, high)


def fisher(a: int, of_a: int, b: int, of_b: int) -> float:
    """The probability that two equal proportions differ at least as much as ``a/of_a`` and ``b/of_b``.

    Fisher's exact test, two-sided: exact for any number of calls, however few.
    """
    successes = a + b
    ways = _log_ways(of_a + of_b, successes)

    def chance(number: int) -> float:
        return exp(_log_ways(of_a, number) + _log_ways(of_b, successes - number) - ways)

    seen = chance(a)
    possible = range(max(0, successes - of_b), min(of_a, successes) + 1)
    # Equal chances differ by rounding; the tables as likely as the one seen belong to the tail.
    return min(1.0, sum(each for each in map(chance, possible) if each <= seen * (1 + 1e-7)))


def _log_ways(of: int, chosen: int) -> float:
    return lgamma(of + 1) - lgamma(chosen + 1) - lgamma(of - chosen + 1)


def repeats_needed(first: float, second: float) -> int | None:
    """How often both variants would have to be sent for proportions like these to count as different.

    The smallest number for which Fisher's test would say so if they came out at just these shares; None
    when they are equal, or no number up to ``MOST_REPEATS`` will do.
    """
    if first == second:
        return None
    for number in range(2, MOST_REPEATS + 1):
        if fisher(round(first * number), number, round(second * number), number) < SIGNIFICANT:
            return number
    return None


def median(values: Sequence[float]) -> float:
    """The middle of the values, or the mean of the two middle ones. Raises ValueError for none."""
    if not values:
        raise ValueError("no values have no median")
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def median_interval(values: Sequence[float]) -> Interval | None:
    """Where the true median lies: between two of the values, by their ranks alone.

    Holds whatever the distribution (latencies have long tails). None when there are too few values for
    95 %: that takes six.
    """
    ordered = sorted(values)
    number = len(ordered)
    outside = 0.0
    rank = 0
    # The chance that fewer than ``rank`` values lie below the median is a binomial's tail with p = 1/2.
    while rank < number and 2 * (outside + comb(number, rank) / 2**number) <= 1 - CONFIDENCE:
        outside += comb(number, rank) / 2**number
        rank += 1
    return None if rank == 0 else Interval(ordered[rank - 1], ordered[number - rank])
