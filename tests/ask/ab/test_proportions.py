"""Repeated outcomes as proportions: what votes, what does not, and what the control says of a round."""

import pytest
from ab_runs import BUSY, EMULATED, NO, OTHER, YES, edit, generate, rounds, run_of

from upload_matrix.judge.proportions import Habit, repetitions
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.report.repeats import environment, proportion, summed_up


def only(run, variant="m/tuple"):
    return next(each for each in repetitions(run) if each.variant == variant)


def test_nothing_repeated_is_nothing_to_tell():
    assert repetitions(run_of(rounds("tuple", edit(), YES))) == ()
    assert len(repetitions(run_of(rounds("tuple", edit(), YES)), single=True)) == 1


@pytest.mark.parametrize(
    ("outcomes", "habit", "words"),
    [
        ((YES,) * 5, Habit.ALWAYS, "accepted 5/5"),
        ((NO,) * 5, Habit.ALWAYS, "rejected 400 invalid_value 5/5"),
        ((YES, NO, YES, NO, YES), Habit.SOMETIMES, "flaky 3/5 (23 % to 89 %)"),
        ((NO, OTHER, NO), Habit.VARIED, "never accepted 0/3, with 2 different answers"),
        ((BUSY, BUSY), Habit.SILENT, "no statement in 2 rounds"),
    ],
)
def test_always_the_same_or_sometimes(outcomes, habit, words):
    each = only(run_of(rounds("tuple", edit(), *outcomes)))
    assert (each.habit, proportion(each)) == (habit, words)


def test_what_says_nothing_about_the_upload_does_not_vote_but_shows():
    each = only(run_of(rounds("tuple", edit(), YES, BUSY, YES, BUSY)))
    assert (each.accepted, each.of, each.rounds) == (2, 2, 4)
    assert [(tally.outcome.status, tally.number) for tally in each.silent] == [(503, 2)]
    assert proportion(each) == "accepted 2/2"


def test_words_that_differ_between_equal_answers_make_no_difference():
    said = [
        Outcome(OutcomeKind.REJECTED, 400, code="x", message=f"no, see req_{number}abc")
        for number in range(3)
    ]
    assert only(run_of(rounds("tuple", edit(), *said))).habit is Habit.ALWAYS


def test_a_rejection_does_not_vote_in_a_round_whose_control_did_not_pass_though_it_passes_in_others():
    run = run_of(
        rounds("n/a", generate(), YES, NO, YES, BUSY),
        rounds("tuple", edit(), YES, NO, NO, YES),
    )
    each = only(run)
    # Round 2 is the environment's; round 3 is the upload's own; what is accepted in trouble still counts.
    assert (each.accepted, each.of, each.environment) == (2, 3, (2,))
    assert environment(each) == (
        "environment: in round 2 the control did not pass either, so ✗ 400 invalid_value 1× does not vote"
    )
    control = only(run, "m")
    assert control.control
    assert (control.accepted, control.of) == (2, 3)
    assert summed_up(repetitions(run)) == (
        "repeated 4 times: 2 variants, 2 flaky, 1 with rounds in which the control did not pass"
    )


def test_a_control_that_never_passes_excuses_nothing():
    run = run_of(rounds("n/a", generate(), NO, NO), rounds("tuple", edit(), NO, NO))
    assert only(run).of == 2


def test_a_control_speaks_for_its_own_target_and_model_alone():
    control = rounds("n/a", generate(), NO, YES, model="m1")
    mine = rounds("tuple", edit(), NO, YES, model="m1")
    model = rounds("tuple", edit(), NO, YES, model="m2")
    elsewhere = rounds("bytes", edit(), NO, YES, model="m1", target="other")
    found = {each.variant: each.of for each in repetitions(run_of(control, mine, model, elsewhere))}
    assert found == {"m/m1": 2, "m/tuple/m1": 1, "m/tuple/m2": 2, "m/bytes/m1": 2}


def test_named_controls_replace_those_that_send_no_file():
    good = rounds("good", edit(), YES, NO)
    bad = rounds("tuple", edit("application/octet-stream"), NO, NO)
    json = rounds("n/a", generate(), YES, YES)
    found = {each.variant: each for each in repetitions(run_of(json, good, bad, controls=("m/good",)))}
    assert found["m/tuple"].environment == (2,)
    assert found["m/good"].control
    assert not found["m"].control
    assert all(not each.environment for each in repetitions(run_of(json, good, bad, controls=())))


def test_emulated_answers_are_marked():
    assert only(run_of(rounds("tuple", edit(), YES, YES, source=EMULATED))).emulated
