"""What must hold of every search: the bound, what counts as a vote, and that only what is needed is named."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from isolate_fakes import BUSY, PASSED, Fakes, changes, dnf, refused

from upload_matrix.judge.isolate.asking import SearchOptions
from upload_matrix.judge.isolate.result import Question, Stop, Vote, bound
from upload_matrix.judge.isolate.search import isolate, step
from upload_matrix.wire.difference import closure, without

# No deadline: nothing here asserts a time. No database and no chance: every run checks the same.
settings.register_profile("isolate", deadline=None, database=None, derandomize=True, max_examples=60)
REPEATABLE = settings.get_profile("isolate")
MOST = 14
SEEDS = st.integers(0, 2**32)


@st.composite
def spaces(draw):
    """Changes, some of which need one of those before."""
    count = draw(st.integers(1, MOST))
    requires = {
        number: {draw(st.integers(0, number - 1))}
        for number in range(1, count)
        if draw(st.integers(0, 3)) == 0
    }
    return changes(count, requires)


@st.composite
def planted(draw):
    space = draw(spaces())
    chosen = draw(st.sets(st.sampled_from([change.where for change in space]), min_size=1, max_size=5))
    return space, closure(chosen, space)


def everything(space):
    return frozenset(change.where for change in space)


def closed_cause(result, space):
    return closure({change.where for change in result.cause}, space)


@REPEATABLE
@given(planted())
def test_finds_the_cause_and_never_exceeds_the_bound(case):
    space, cause = case
    answer = dnf(cause)
    result = isolate(Fakes(space), lambda question: answer(question.kept))
    assert result.stopped is Stop.FOUND
    assert closed_cause(result, space) == cause
    assert (result.sufficient, result.necessary, len(result.causes)) == (True, True, 1)
    size = len(result.cause)
    assert result.searched <= bound(len(space), size) == result.bound
    # Both ends, the search, one question for each change that may be taken back, and what is left without them.
    assert result.calls <= 2 + result.bound + size + 1


@REPEATABLE
@given(spaces(), SEEDS)
def test_never_names_a_change_that_is_not_needed_however_the_server_behaves(space, seed):
    full = everything(space)

    def answer(kept):
        if kept in (frozenset(), full):
            return refused("a") if kept else PASSED
        # Any function of the set: more changes may well make a failure go away, or turn it into another.
        told = random.Random(f"{seed} {sorted(kept)}").choice(["a", "b", None, None])
        return refused(told) if told else PASSED

    result = isolate(
        Fakes(space), lambda question: answer(question.kept), options=SearchOptions(most_causes=20)
    )
    assert result.causes
    for cause in result.causes:
        kept = closure({change.where for change in cause.changes}, space)
        assert answer(kept).signature == cause.signature, "not sufficient"
        for change in cause.changes:
            fewer = kept & without({change.where}, space)
            assert answer(fewer).signature != cause.signature, f"{change.where} is not needed"
    if result.necessary:
        named = {change.where for cause in result.causes for change in cause.changes}
        assert answer(without(named, space)).vote is Vote.ACCEPTED


@REPEATABLE
@given(planted(), st.lists(st.booleans(), max_size=40))
def test_an_inconclusive_answer_never_votes(case, busy):
    space, cause = case
    answer = dnf(cause)
    waiting = list(busy)
    fruitless: list[Question] = []
    decided: dict[str, list[Vote]] = {}

    def ask(question: Question):
        reply = BUSY if waiting and waiting.pop() else answer(question.kept)
        if reply.votes:
            decided.setdefault(question.key, []).append(reply.vote)
        else:
            fruitless.append(question)
        return reply

    result = isolate(Fakes(space), ask)
    # One conclusive answer decides; an inconclusive one neither decides nor is asked about again after that.
    assert all(len(votes) == 1 for votes in decided.values())
    if result.causes:
        assert closed_cause(result, space) == cause
        # The best cut may have got no answer at all; then the search goes on beside it.
        open_questions = {question.key for question in fruitless} - decided.keys()
        assert open_questions or result.searched <= result.bound
    else:
        assert result.stopped in (Stop.UNRESOLVED, Stop.NO_ANSWER)
        left = closure({change.where for change in result.narrowed}, space)
        assert result.stopped is Stop.NO_ANSWER or cause <= left
    assert result.inconclusive == len(fruitless)
    assert result.calls == len(fruitless) + len(decided)


@REPEATABLE
@given(planted(), st.integers(0, 12))
def test_stops_at_the_budget_with_the_cause_among_what_is_left(case, budget):
    space, cause = case
    answer = dnf(cause)
    result = isolate(
        Fakes(space), lambda question: answer(question.kept), options=SearchOptions(max_calls=budget)
    )
    assert result.calls <= budget
    if result.stopped is Stop.BUDGET and not result.causes:
        assert cause <= closure({change.where for change in result.narrowed}, space)
    else:
        assert closed_cause(result, space) == cause


@REPEATABLE
@given(planted(), SEEDS)
def test_recorded_answers_are_used_and_cost_nothing(case, seed):
    space, cause = case
    answer = dnf(cause)

    def known(kept):
        return answer(kept) if random.Random(f"{seed} {sorted(kept)}").random() < 0.5 else None

    def ask(question):
        assert known(question.kept) is None, "asked although there is a recording"
        return answer(question.kept)

    result = isolate(Fakes(space), ask, known, SearchOptions(reconfirm=False))
    assert closed_cause(result, space) == cause
    assert result.calls + len([entry for entry in result.asked if known(entry.question.kept)]) == len(
        result.asked
    )
    assert result.searched <= result.bound


@REPEATABLE
@given(planted(), SEEDS)
def test_step_by_step_asks_the_same_as_at_once(case, seed):
    space, cause = case
    answer = dnf(cause)
    whole = isolate(Fakes(space), lambda question: answer(question.kept))
    replies = []
    while isinstance(found := step(Fakes(space), replies), Question):
        replies.append(answer(found.kept))
    assert found == whole


@REPEATABLE
@given(spaces(), SEEDS)
def test_independent_causes_are_all_found(space, seed):
    names = [change.where for change in space]
    shuffled = random.Random(seed).sample(names, len(names))
    cut = len(shuffled) // 3
    causes = [closure(part, space) for part in (shuffled[:cut][:2], shuffled[cut : 2 * cut][:2]) if part]
    apart = [cause for cause in causes if not any(cause & other for other in causes if other is not cause)]
    if len(apart) < 2 or without(causes[0], space) & causes[1] != causes[1]:
        return
    answer = dnf(*causes)
    result = isolate(Fakes(space), lambda question: answer(question.kept))
    found = {closure({change.where for change in cause.changes}, space) for cause in result.causes}
    assert found == set(causes)
    assert result.necessary
    assert result.searched <= result.bound
