"""Where things stand in the plots, in percent."""

from __future__ import annotations

import pytest
from ab_runs import BUSY, EMULATED, NO, YES, edit, generate, rounds, run_of
from html_stories import ab

from upload_matrix.judge.ab import Latency
from upload_matrix.judge.proportions import repetitions, wilson
from upload_matrix.model.plan import CallRecord
from upload_matrix.report.html import plots
from upload_matrix.report.html.plots import axis, share, strip, top_of


def only(*outcomes, **more):
    (found,) = repetitions(run_of(rounds("handle", edit(), *outcomes, **more)))
    return share(found)


def test_a_share_stands_at_its_percent_within_its_interval():
    drawn = only(YES, YES, YES, NO, NO)
    interval = wilson(3, 5)
    assert drawn.at == 60
    assert (drawn.low, drawn.high) == (round(100 * interval.low, 3), round(100 * interval.high, 3))
    assert drawn.tone == "inconclusive"
    assert drawn.label == "flaky 3/5 (23 % to 89 %); accepted in 23 % to 89 % of calls (95 %)"


def test_what_is_always_the_same_has_its_outcomes_colour_and_silence_has_no_place():
    assert (only(YES, YES).tone, only(YES, YES).at) == ("accepted", 100)
    assert (only(NO, NO).tone, only(NO, NO).at) == ("rejected", 0)
    silent = only(BUSY, BUSY)
    assert (silent.at, silent.tone, silent.interval) == (None, "unrecorded", "")
    assert silent.beside == ("no vote: ? inconclusive 503 2×",)
    assert only(YES, YES, source=EMULATED).label.endswith("(emulated)")


@pytest.mark.parametrize(
    ("values", "top"),
    [((), 1), ((0.0,), 1), ((0.25, 1.0), 1), ((1.1,), 1.2), ((20.9,), 24), ((0.037,), 0.04)],
)
def test_an_axis_ends_at_a_round_number_above_all_values(values, top):
    assert top_of(values) == pytest.approx(top)


def test_an_axis_is_divided_in_quarters_and_labelled_at_its_ends_and_middle():
    assert [(mark.at, mark.says) for mark in axis(24, "{:g}".format)] == [
        (0, "0"), (25, ""), (50, "12"), (75, ""), (100, "24"),
    ]  # fmt: skip


def test_a_strip_has_a_dot_a_call_and_an_interval_from_six_calls_on():
    few = strip(Latency((3.0, 1.0), 2), 4)
    assert (few.dots, few.median, few.low, few.high) == ((25, 75), 50, None, None)
    many = strip(Latency((1.0, 2.0, 3.0, 1.0, 2.0, 3.0), 6), 4)
    assert (many.low, many.high) == (25, 75)


def test_latency_of_a_run_is_told_request_by_request_the_slowest_first():
    run = run_of(
        rounds("handle", edit(), YES, YES), rounds("tuple", edit(), YES, YES), rounds("n/a", generate(), YES)
    )
    calls = (
        CallRecord("vendor", generate().digest, seconds=0.5, status=200),
        CallRecord("vendor", edit().digest, seconds=2.0, status=200),
        CallRecord("vendor", edit().digest, 1, seconds=9.0, status=503, why="503"),
        CallRecord("vendor", "gone", seconds=None, why="no answer"),
    )
    found = plots.latencies_of_run(run, calls, 60)
    assert [(row.name, row.beside, row.words) for row in found.rows] == [
        ("m/handle", "and 1 more send it", "median 2.00 s (too few for an interval), 1 of 2 calls"),
        ("m", "", "median 500 ms (too few for an interval), 1 call"),
    ]
    assert [mark.says for mark in found.marks] == ["0", "", "1 s", "", "2 s"]
    assert plots.latencies_of_run(run, calls[3:], 60) is None


def test_the_dearest_bar_is_the_widest_and_unknown_is_not_nothing():
    comparison, run, _ = ab()
    costs = plots.costs_of_ab(comparison, run)
    # No price table: what was used is known, and what it cost is not.
    by_letter = {row.badge: row for row in costs.rows}
    assert (by_letter["A"].width, by_letter["A"].unknown, by_letter["A"].amount) == (0, False, "$0.00")
    assert (by_letter["B"].unknown, by_letter["B"].amount) == (True, "unknown")
    emulated, without, _ = ab(emulated=True)
    assert plots.costs_of_ab(emulated, without) is None
