from __future__ import annotations

from dataclasses import replace

import pytest
from sweep_builders import ACCEPTED, BROKEN, NEW, OLD, REJECTED, UNRECORDED, environment, story, sweep
from sweep_builders import form as form_of

from upload_matrix.judge.compare import FailOn, Judgement
from upload_matrix.judge.gate import GateVerdict, Undecided, gate
from upload_matrix.judge.history import CellChange, ChangePoint
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.sweep import Guard, Strategy
from upload_matrix.report.gate_report import word
from upload_matrix.wire.difference import Difference

CALM = {"m/handle": (NEW, ACCEPTED), "m/async": (NEW, ACCEPTED), "m/bytes": (NEW, ACCEPTED)}


def test_an_unchanged_new_release_passes():
    found = gate(story(), sweep({"3.0": CALM}))
    assert (found.departures, found.undecided, found.unchanged, found.exit_code) == ((), (), 3, 0)


def test_where_nothing_could_be_compared_nothing_is_known_to_be_unchanged():
    found = gate(sweep({"1.0": {}}), sweep({"2.0": {}}))
    assert (found.verdict, found.exit_code) == (GateVerdict.UNDECIDED, 3)


def test_a_new_wire_form_fails_with_the_diff_to_the_newest_known_release():
    renamed = form_of("b.webp")
    found = gate(story(), sweep({"3.0": {**CALM, "m/bytes": (renamed, ACCEPTED)}}))
    assert found.departures == (
        ChangePoint(
            "2.0",
            "3.0",
            (),
            (CellChange(("m/bytes",), (Difference("image.filename", "a.webp", "b.webp"),), None),),
            judgement=Judgement.OTHER,
        ),
    )
    assert (found.unchanged, found.verdict, found.exit_code) == (2, GateVerdict.CHANGED, 0)
    assert replace(found, fail_on=FailOn.CHANGE).exit_code == 1


def test_a_new_wire_form_that_nobody_answered_is_undecided():
    new = sweep({"3.0": {**CALM, "m/bytes": (form_of("b.webp"), UNRECORDED)}})
    found = gate(story(), new)
    assert (found.changed(Judgement.UNDECIDED), found.exit_code) == (("m/bytes",), 3)
    assert gate(story(), new, fail_on=FailOn.CHANGE).exit_code == 1


def test_an_improvement_is_told_from_a_regression_and_one_option_says_what_is_red():
    old = {"m/handle": (OLD, REJECTED), "m/async": (OLD, REJECTED), "m/bytes": (OLD, REJECTED)}
    better = gate(sweep({"1": old}), sweep({"2": {**old, "m/handle": (NEW, ACCEPTED)}}))
    assert (better.verdict, better.exit_code) == (GateVerdict.IMPROVED, 0)
    assert word(better) == "✓ 2: 1 variant improved against the baseline"
    assert replace(better, fail_on=FailOn.CHANGE).exit_code == 1
    mixed = gate(
        sweep({"1": {**old, "m/bytes": (NEW, ACCEPTED)}}),
        sweep(
            {
                "2": {
                    "m/handle": (NEW, ACCEPTED),
                    "m/async": (form_of("b.webp"), REJECTED),
                    "m/bytes": (OLD, REJECTED),
                }
            }
        ),
    )
    assert [change.judgement for change in mixed.departures] == [
        Judgement.REGRESSION,
        Judgement.OTHER,
        Judgement.IMPROVEMENT,
    ]
    assert (mixed.verdict, mixed.exit_code) == (GateVerdict.REGRESSION, 1)
    assert word(mixed) == "✗ 2: 1 variant regressed, 1 changed otherwise, 1 improved against the baseline"


def test_releases_that_halving_left_out_are_not_said_to_be_judged():
    new = sweep(
        {"3.0": CALM, "3.2": CALM},
        names=("3.0", "3.1", "3.2"),
        strategy=Strategy.BISECT,
        guard=Guard(every=2),
    )
    found = gate(story(), new)
    assert (found.unlooked, found.exit_code) == (1, 0)
    assert word(found).startswith("✓ 3.0, 3.2 (2 of 3 releases judged): nothing new is sent")
    many = gate(story(), sweep({f"3.{minor}": CALM for minor in range(9)}))
    assert word(many).startswith("✓ 3.0 to 3.8 (9 releases): ")


def test_an_answer_that_is_read_differently_fails():
    unparsed = Outcome(OutcomeKind.UNPARSED, 200, detail="ValidationError: usage")
    found = gate(story(), sweep({"3.0": {**CALM, "m/async": (NEW, unparsed)}}))
    assert [each.differences for each in found.departures] == [
        (CellChange(("m/async",), (), (ACCEPTED, unparsed)),)
    ]
    assert found.exit_code == 1


def test_a_return_to_what_an_older_release_sent_is_a_change():
    assert gate(story(), sweep({"3.0": {**CALM, "m/handle": (OLD, REJECTED)}})).exit_code == 1


def test_a_release_of_the_baseline_is_held_against_itself():
    old = {"m/handle": (OLD, REJECTED), "m/async": (OLD, REJECTED), "m/bytes": (OLD, REJECTED)}
    assert gate(story(), sweep({"1.0": old})).exit_code == 0
    (departure,) = gate(story(), sweep({"1.0": CALM})).departures
    assert (departure.before, departure.after) == ("1.0", "1.0")


def test_a_variant_that_the_newest_release_says_nothing_about_has_an_older_reference():
    baseline = sweep({"1": {"v": (OLD, REJECTED)}, "2": {"v": (NEW, BROKEN)}, "3": "no wheel"})
    assert gate(baseline, sweep({"4": {"v": (OLD, REJECTED)}})).exit_code == 0
    (departure,) = gate(baseline, sweep({"4": {"v": (NEW, REJECTED)}})).departures
    assert departure.before == "1"


@pytest.mark.parametrize(
    ("new", "undecided"),
    [
        ("no wheel", Undecided("3.0", (), "it is unavailable: no wheel")),
        (
            {**CALM, "m/bytes": (NEW, BROKEN)},
            Undecided("3.0", ("m/bytes",), "harness error (the probe died: killed)"),
        ),
        (
            {**CALM, "m/bytes": (NEW, UNRECORDED)},
            Undecided(
                "3.0",
                ("m/bytes",),
                "it sends what it sent, but nobody can say how that is read: "
                "unrecorded (no recording holds this wire form)",
            ),
        ),
        (
            {**CALM, "m/more": (NEW, ACCEPTED)},
            Undecided("3.0", ("m/more",), "the baseline does not have it; update the baseline"),
        ),
        (
            {"m/handle": (NEW, ACCEPTED), "m/async": (NEW, ACCEPTED)},
            Undecided("3.0", ("m/bytes",), "the baseline has it, the new sweep does not"),
        ),
    ],
    ids=["unavailable", "harness-error", "unrecorded", "new-variant", "lost-variant"],
)
def test_what_cannot_be_said_is_neither_a_pass_nor_a_failure(new, undecided):
    found = gate(story(), sweep({"3.0": new}))
    assert (found.departures, found.undecided, found.exit_code) == ((), (undecided,), 3)


def test_a_change_weighs_more_than_what_is_undecided():
    new = sweep({"3.0": {**CALM, "m/bytes": (NEW, BROKEN)}, "3.1": {**CALM, "m/bytes": (OLD, REJECTED)}})
    assert gate(story(), new).exit_code == 1
    assert gate(story(), new, ["3.0"]).exit_code == 3


def test_a_baseline_without_answers_still_judges_what_is_sent():
    baseline = sweep({"1": {"v": (NEW, UNRECORDED)}})
    same = gate(baseline, sweep({"2": {"v": (NEW, UNRECORDED)}}))
    assert (same.departures, same.exit_code) == ((), 3)
    assert word(same) == "? 2: nothing could be compared with the baseline"
    other = sweep({"2": {"v": (OLD, UNRECORDED)}})
    assert (gate(baseline, other).exit_code, gate(baseline, other, fail_on=FailOn.CHANGE).exit_code) == (3, 1)
    answered = gate(baseline, sweep({"2": {"v": (NEW, ACCEPTED)}}))
    assert answered.exit_code == 3
    assert answered.undecided[0].why == (
        "it sends what it sent, but the baseline never saw how that is read (unrecorded); update the baseline"
    )


def test_another_machine_shows_beside_the_change():
    there = environment("3.0", guesses={".webp": "image/webp"})
    new = sweep({"3.0": {**CALM, "m/bytes": (OLD, REJECTED)}}, environments={"3.0": there})
    (departure,) = gate(story(), new).departures
    assert departure.beside == (Difference("guess for .webp", None, "image/webp"),)


def test_what_cannot_be_judged_at_all_is_the_users_error():
    with pytest.raises(ConfigurationError, match=r"release '9.9' was not measured. Measured: 3.0."):
        gate(story(), sweep({"3.0": CALM}), ["9.9"])
    with pytest.raises(ConfigurationError, match="no release to judge"):
        gate(story(), sweep({}, names=("3.0",)))
    with pytest.raises(ConfigurationError, match="a sweep of openai, the new one of litellm"):
        gate(story(), replace(story(), distribution="litellm"))
