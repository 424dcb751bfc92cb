"""How an isolation ends, what it asks on the way, and what it says."""

import itertools
from dataclasses import replace

import pytest
from isolate_fakes import BUSY, PASSED, Fakes, changes, dnf, refused

from upload_matrix.judge.isolate.asking import SearchOptions
from upload_matrix.judge.isolate.result import Purpose, Question, Reply, Signature, Stop, Trial, Vote, bound
from upload_matrix.judge.isolate.search import cut, isolate, ordered, step
from upload_matrix.wire.difference import Difference, Kind

AUTO = SearchOptions(trial=Trial(repeat=True))


def where(*names, count=8):
    """A world of ``count`` changes in which these fail together."""
    space = Fakes(changes(count))
    answer = dnf(set(names))
    return space, lambda question: answer(question.kept)


def test_the_bound_is_what_the_formula_says():
    assert [bound(count, 1) for count in (1, 2, 3, 4, 5, 8, 9, 1024)] == [1, 2, 3, 3, 4, 4, 5, 11]
    assert bound(1024, 3) == 33


@pytest.mark.parametrize("size", range(2, 40))
def test_every_cut_leaves_a_search_within_the_logarithm(size):
    space = changes(size)

    def deepest(low, high):
        place = cut(low, high, space, ())
        return 0 if place is None else 1 + max(deepest(low, place), deepest(place, high))

    assert deepest(0, size) == (size - 1).bit_length()


def test_likely_changes_come_first_but_none_before_what_it_needs():
    space = (
        Difference("headers.a", None, "1", Kind.HEADER),
        Difference("mask", None, "file", Kind.PRESENCE, "mask"),
        Difference("mask.content_type", "a", "b", Kind.CONTENT_TYPE, "mask", frozenset({"mask"})),
        Difference("image.filename", "a", "b", Kind.FILENAME, "image"),
    )
    assert [c.where for c in ordered(space)] == ["mask", "mask.content_type", "image.filename", "headers.a"]


def test_the_ends_are_asked_first_and_no_request_twice():
    space, ask = where("c3", "c5")
    result = isolate(space, ask)
    purposes = [entry.question.purpose for entry in result.asked]
    assert purposes[:2] == [Purpose.FAILING, Purpose.PASSING]
    assert purposes[-1] is Purpose.NECESSARY
    keys = [entry.question.key for entry in result.asked]
    assert len(keys) == len(set(keys))


ENDS = [
    (lambda _: PASSED, Stop.FAILING_PASSES, "accepted now"),
    (lambda _: refused(), Stop.PASSING_FAILS, "rejected now"),
    (lambda _: BUSY, Stop.NO_ANSWER, "no conclusive answer"),
    (lambda _: Reply(Vote.NOT_ASKED), Stop.NO_ANSWER, "no conclusive answer"),
    (lambda _: None, Stop.BUDGET, "budget"),
]


@pytest.mark.parametrize(("ask", "stop", "words"), ENDS)
def test_ends_that_are_none(ask, stop, words):
    result = isolate(Fakes(changes(4)), ask)
    assert (result.stopped, result.causes) == (stop, ())
    assert words in result.sentence


def test_nothing_is_asked_about_requests_that_are_the_same():
    for space in (Fakes(()), Fakes(changes(3), alike={"c0": None, "c1": None, "c2": None})):
        result = isolate(space, lambda _: pytest.fail("asked"))
        assert (result.stopped, result.calls) == (Stop.SAME_WIRE, 0)


def test_changes_without_effect_on_the_wire_are_dropped():
    space, ask = where("c2")
    space.alike = {"c1": None, "c4": None}
    result = isolate(space, ask)
    assert {change.where for change in result.dropped} == {"c1", "c4"}
    assert [change.where for change in result.cause] == ["c2"]
    assert len(result.changes) == 6


def test_a_request_nobody_can_be_asked_about_is_not_asked_again():
    space, answer = where("c2")
    asked = []

    def ask(question):
        asked.append(question.key)
        return answer(question) if len(asked) <= 2 else Reply(Vote.NOT_ASKED)

    result = isolate(space, ask)
    assert result.stopped is Stop.UNRESOLVED
    assert result.calls == 2
    assert len(asked) == len(set(asked))


def test_an_inconclusive_answer_is_asked_for_again_as_often_as_patience_says():
    space, answer = where("c2")
    busy = itertools.chain([True, True], itertools.repeat(False))
    result = isolate(space, lambda question: BUSY if next(busy) else answer(question))
    assert (result.stopped, result.inconclusive) == (Stop.FOUND, 2)
    busy = itertools.repeat(True)
    result = isolate(space, lambda _: BUSY, options=SearchOptions(patience=4))
    assert (result.stopped, result.calls) == (Stop.NO_ANSWER, 5)


def test_illegal_requests_are_never_asked_about_and_what_is_left_is_said():
    def illegal(kept):
        return 0 < len(kept) < 8 and ("c2" in kept) is not ("c5" in kept)

    space, answer = where("c2")
    space.illegal = illegal

    def ask(question):
        assert not illegal(question.kept)
        return answer(question)

    result = isolate(space, ask)
    assert result.stopped is Stop.UNRESOLVED
    assert {"c2", "c5"} <= {change.where for change in result.narrowed}
    assert "narrowed to these" in result.sentence.lower()


def test_another_failure_on_the_way_is_not_taken_for_the_one_meant():
    # c6 alone gives another error; the one meant needs c3, wherever c6 is.
    def answer(question):
        if "c3" in question.kept:
            return refused("meant")
        return refused("other") if "c6" in question.kept else PASSED

    result = isolate(Fakes(changes(8)), answer)
    assert [[change.where for change in cause.changes] for cause in result.causes] == [["c3"], ["c6"]]
    assert [cause.signature.code for cause in result.causes] == ["meant", "other"]
    assert [cause.necessary for cause in result.causes] == [False, True]
    assert "independently" in result.sentence


def test_a_given_signature_must_be_the_one_that_is_seen():
    space, ask = where("c2")
    assert (
        isolate(space, ask, options=SearchOptions(signature=Signature(403, None, None))).stopped
        is Stop.UNSTABLE
    )
    wanted = Signature(400, "cause0", None)
    assert isolate(space, ask, options=SearchOptions(signature=wanted)).stopped is Stop.FOUND


def test_more_causes_than_looked_for():
    space = Fakes(changes(9))
    answer = dnf(*({f"c{number}"} for number in range(9)))
    result = isolate(space, lambda question: answer(question.kept), options=SearchOptions(most_causes=3))
    assert (result.stopped, len(result.causes)) == (Stop.MANY_CAUSES, 3)
    assert result.necessary is False
    assert result.exonerated == ()


def test_the_budget_stops_with_what_is_left():
    space, ask = where("c3", count=16)
    result = isolate(space, ask, options=SearchOptions(max_calls=4))
    assert (result.stopped, result.calls) == (Stop.BUDGET, 4)
    assert 0 < len(result.suspected) < len(result.changes)
    assert "c3" in {change.where for change in result.suspected}
    assert result.sentence.startswith(f"Narrowed to these {len(result.narrowed)} of 16 differences")


def test_with_noise_the_passing_request_is_asked_in_between_and_a_change_of_weather_stops_it():
    space, answer = where("c3", count=32)
    asked = itertools.count()

    def ask(question):
        return refused("weather") if next(asked) > 14 else answer(question)

    result = isolate(space, ask, options=AUTO)
    assert result.stopped is Stop.ENVIRONMENT
    assert any(entry.question.purpose is Purpose.CONTROL for entry in result.asked)
    assert "something else changed" in result.sentence


def test_a_false_alarm_of_the_control_does_not_stop_the_search():
    space, answer = where("c3", count=32)
    controls = itertools.count()

    def ask(question):
        bad_luck = question.purpose is Purpose.CONTROL and next(controls) < 4
        return refused("noise") if bad_luck else answer(question)

    result = isolate(space, ask, options=AUTO)
    assert (result.stopped, [change.where for change in result.cause]) == (Stop.FOUND, ["c3"])


def test_samples_are_numbered_so_that_each_recording_is_used_once():
    space, answer = where("c3")
    result = isolate(space, answer, lambda kept: answer(Question(kept, "", Purpose.SEARCH)), AUTO)
    samples = {}
    for entry in result.asked:
        samples.setdefault(entry.question.key, []).append(entry.question.sample)
    assert all(numbers == list(range(len(numbers))) for numbers in samples.values())


def test_recorded_ends_are_asked_about_again_unless_told_otherwise():
    space, answer = where("c3")

    def known(kept):
        return replace(answer(Question(kept, "", Purpose.SEARCH)), recorded=True)

    def ends(options):
        asked = isolate(space, answer, known, options).asked
        purposes = (Purpose.FAILING, Purpose.PASSING)
        return [
            (entry.question.purpose, entry.reply.recorded)
            for entry in asked
            if entry.question.purpose in purposes
        ]

    assert ends(SearchOptions()) == [(Purpose.FAILING, False), (Purpose.PASSING, False)]
    assert ends(SearchOptions(reconfirm=False)) == [(Purpose.FAILING, True), (Purpose.PASSING, True)]


@pytest.mark.parametrize(
    ("now", "stop"),
    [(PASSED, Stop.FAILING_PASSES), (refused(), Stop.PASSING_FAILS)],
    ids=["accepts", "refuses"],
)
def test_what_a_server_says_of_an_end_now_counts_not_what_was_recorded(now, stop):
    space, answer = where("c3")
    result = isolate(
        space,
        lambda _: now,
        lambda kept: replace(answer(Question(kept, "", Purpose.SEARCH)), recorded=True),
    )
    assert (result.stopped, result.causes) == (stop, ())


@pytest.mark.parametrize("emulated", [Purpose.PASSING, Purpose.SEARCH, None])
def test_one_answer_of_a_stand_in_makes_it_an_emulated_isolation(emulated):
    space, answer = where("c3")
    result = isolate(space, lambda question: replace(answer(question), emulated=question.purpose is emulated))
    assert result.emulated is (emulated is not None)
    assert result.sentence.endswith("(emulated).") is result.emulated


def test_step_takes_up_an_isolation_where_it_was():
    space, ask = where("c3")
    first = step(space, [])
    assert isinstance(first, Question)
    assert first.purpose is Purpose.FAILING
    second = step(space, [ask(first)])
    assert isinstance(second, Question)
    assert second.kept == frozenset()
    assert step(space, [ask(first), None]).stopped is Stop.BUDGET
