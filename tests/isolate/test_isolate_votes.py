"""What an answer says, and when answers suffice."""

import random

import pytest

from upload_matrix.judge.isolate.result import Trial, Vote, reply_of
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply

LIVE = Source("openai", Provenance.LIVE, Supply.FORWARDED)
GATEWAY = Source("gw", Provenance.GATEWAY, Supply.GATEWAY)
RECORDED = Source("emulator:x", Provenance.EMULATED, Supply.RECORDED)


def error(status, param="image[0]", source=LIVE):
    body = b'{"error": {"message": "No.", "type": "t", "param": "%s", "code": "c"}}' % param.encode()
    return Answer(status, (), body, source)


def test_accepted_and_rejected_vote():
    assert reply_of(Answer(200, (), b"{}", LIVE)).vote is Vote.ACCEPTED
    reply = reply_of(error(400))
    assert (reply.vote, str(reply.signature), reply.says) == (Vote.REJECTED, "400 c image", "No.")
    assert reply_of(error(400, "image")).signature == reply.signature, "an index makes no other failure"
    assert reply_of(error(422)).signature != reply.signature
    assert reply_of(error(400, source=GATEWAY)).signature != reply.signature
    assert not reply.recorded
    assert reply_of(error(400, source=RECORDED)).recorded
    assert reply_of(error(400, source=RECORDED)).emulated


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 503, 102])
def test_these_never_vote(status):
    reply = reply_of(error(status))
    assert (reply.vote, reply.votes, reply.signature) == (Vote.INCONCLUSIVE, False, None)


@pytest.mark.parametrize(
    ("why", "vote"),
    [
        (Silence.UNREACHABLE, Vote.INCONCLUSIVE),
        (Silence.RESET, Vote.INCONCLUSIVE),
        (Silence.UNRECORDED, Vote.NOT_ASKED),
        (Silence.BLOCKED, Vote.NOT_ASKED),
    ],
)
def test_no_answer_never_votes(why, vote):
    assert reply_of(NoAnswer(why, "nothing")).vote is vote


def test_without_repetition_the_first_answer_decides():
    assert Trial().decide([]) is None
    assert Trial().decide([True, False, False]) is True
    assert Trial().alarm([False, True])


def test_with_repetition_four_agreeing_answers_do_at_the_default_chances():
    trial = Trial(repeat=True)
    assert trial.decide([True] * 3) is None
    assert trial.decide([True] * 4) is True
    assert trial.decide([False] * 4) is False
    assert trial.decide([True, False] * 20) is None
    assert trial.decide([True, False, True, True, True, True]) is True


@pytest.mark.parametrize("noise", [0.05, 0.10])
@pytest.mark.parametrize("truth", [True, False])
def test_the_error_rate_is_what_was_asked_for(noise, truth):
    trial = Trial(repeat=True, alpha=0.01, beta=0.01)
    chance = random.Random(7)
    wrong = 0
    for _ in range(2000):
        votes = []
        while (decided := trial.decide(votes)) is None:
            votes.append(truth if chance.random() >= noise else not truth)
        wrong += decided is not truth
    assert wrong <= 2000 * 0.01


def test_the_alarm_forgets_what_lies_long_ago():
    trial = Trial(repeat=True)
    assert not trial.alarm([True, False, False] * 30)
    assert trial.alarm([False] * 50 + [True] * 4)


@pytest.mark.parametrize("given", [{"p0": 0.9, "p1": 0.1}, {"alpha": 0.0}, {"beta": 0.6}, {"p0": 0.0}])
def test_chances_that_make_no_test_are_refused(given):
    with pytest.raises(ValueError, match="must lie between"):
        Trial(repeat=True, **given)
