"""When to try again, and how long to wait before: pure functions of headers, chance and time."""

from datetime import UTC, datetime, timedelta

import pytest

from upload_matrix.model.answer import Answer, Provenance, Source, Supply
from upload_matrix.targets.sending import Patience, Room, backoff, duration, may_pass, room, told_to_wait

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SOURCE = Source("t", Provenance.LIVE, Supply.FORWARDED)


def answer(status=429, **headers):
    return Answer(
        status, tuple((name.replace("_", "-"), value) for name, value in headers.items()), b"", SOURCE
    )


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 1.0), (2, 2.0), (3, 4.0), (6, 32.0), (7, 60.0), (2000, 60.0)]
)
def test_backoff_doubles_up_to_its_limit_and_chance_has_all_of_it(attempt, longest):
    patience = Patience(first=1.0, longest=60.0)
    assert [backoff(patience, attempt, chance) for chance in (0.0, 0.5, 1.0)] == [0, longest / 2, longest]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry_After": "7"}, 7),
        ({"retry_after": "1.5"}, 1.5),
        ({"retry_after_ms": "250", "retry_after": "1"}, 0.25),
        ({"retry_after_ms": "soon", "retry_after": "1"}, 1),
        ({"retry_after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30),
        ({"retry_after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry_after": "-5"}, None),
        ({"retry_after": "nan"}, None),
        ({"retry_after": "inf"}, None),
        ({"retry_after": "when it suits"}, None),
        ({"x_ratelimit_reset_requests": "6m0s"}, 360),
        # Only what is used up is waited for, and the longest of that.
        ({"x_ratelimit_remaining_requests": "3", "x_ratelimit_reset_requests": "6m0s"}, None),
        (
            {
                "x_ratelimit_remaining_requests": "0",
                "x_ratelimit_reset_requests": "20ms",
                "x_ratelimit_remaining_tokens": "0",
                "x_ratelimit_reset_tokens": "2.5s",
            },
            2.5,
        ),
        ({"retry_after": "1", "x_ratelimit_reset_requests": "6m0s"}, 1),
    ],
)
def test_what_a_server_says_of_when_to_come_back(headers, seconds):
    assert told_to_wait(answer(**headers), NOW) == seconds


def test_limits_say_nothing_about_trouble_of_another_kind():
    assert told_to_wait(answer(503, x_ratelimit_reset_requests="6m0s"), NOW) is None
    assert told_to_wait(answer(503, retry_after="3"), NOW) == 3


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360),
        ("1h2m3.5s", 3723.5),
        ("20ms", 0.02),
        ("1d", 86400),
        ("12", 12),
        (str((NOW + timedelta(seconds=90)).timestamp()), 90),
        ("1s later", None),
        ("", None),
        ("-1s", None),
    ],
)
def test_durations(text, seconds):
    assert duration(text, NOW) == pytest.approx(seconds)


def test_room_that_is_left_after_a_success():
    headers = {"x_ratelimit_remaining_requests": "4", "x_ratelimit_reset_requests": "1s"}
    assert room(answer(200, **headers), NOW) == Room(4, 0.0)
    headers["x_ratelimit_remaining_requests"] = "0"
    assert room(answer(200, **headers), NOW) == Room(0, 1.0)
    assert room(answer(200), NOW) == Room()


@pytest.mark.parametrize(
    ("status", "code", "again"),
    [
        (429, "rate_limit_exceeded", True),
        (429, None, True),
        (429, "insufficient_quota", False),
        (408, None, True),
        (500, "server_error", True),
        (503, None, True),
        (501, None, False),
        (400, None, False),
        (401, None, False),
        (404, None, False),
        (200, None, False),
    ],
)
def test_which_answers_another_try_may_change(status, code, again):
    assert may_pass(answer(status), code) is again
    assert may_pass(answer(status, x_should_retry="false"), code) is False
