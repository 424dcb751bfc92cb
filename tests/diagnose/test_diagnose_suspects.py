"""What the evidence on each suspect says; nothing is asked here."""

import pytest

from upload_matrix.judge.suspects import account, alive, control, hop, releases, rest
from upload_matrix.judge.suspects.releases import SentByRelease
from upload_matrix.model.diagnosis import Answered, Stand

REFUSED = Answered(400, "invalid_value", "model", "Invalid value.")
PASSED = Answered(200)
BUSY = Answered(503, message="busy")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answered(401, "invalid_api_key", None, "no"), "key is not accepted"),
        (Answered(403, None, None, "Your organization must be verified to use the model"), "verified"),
        (Answered(403, None, None, "no"), "may not do this"),
        (Answered(429, "insufficient_quota", None, "You exceeded"), "no money left"),
    ],
)
def test_an_account_at_fault_is_known_by_status_and_code(answer, words):
    found = account.judge(answer, None)
    assert found.stand is Stand.CAUSE
    assert words in found.says


@pytest.mark.parametrize(
    ("answer", "passes", "stand"),
    [
        (REFUSED, PASSED, Stand.RULED_OUT),
        (REFUSED, None, Stand.RULED_OUT),
        (Answered(429, "rate_limit_exceeded"), None, Stand.OPEN),
        (BUSY, None, Stand.OPEN),
        (Answered(None, message="no connection"), None, Stand.OPEN),
    ],
)
def test_any_other_answer_rules_the_account_out_or_tells_nothing(answer, passes, stand):
    assert account.judge(answer, passes).stand is stand


def test_the_account_is_known_from_the_control_too():
    assert account.judge(REFUSED, Answered(401)).stand is Stand.CAUSE


def test_a_model_is_gone_when_the_server_says_so_itself():
    gone = alive.judge("dall-e-2", listed=3, retired="the model dall-e-2 was shut down on 2026-05-12; x")
    assert gone.stand is Stand.CAUSE
    not_found = Answered(404, "model_not_found", "model", "The model does not exist")
    assert alive.judge("x", listed=None, silent="unreachable", answer=not_found).stand is Stand.CAUSE


def test_a_model_that_is_only_not_listed_is_open():
    assert alive.judge("new", listed=3, unlisted="not among the 3").stand is Stand.OPEN
    assert alive.judge("new", listed=None, silent="it is silent").stand is Stand.OPEN
    assert alive.judge("old", listed=3).stand is Stand.RULED_OUT
    assert alive.judge(None, listed=3).stand is Stand.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("answer", "stand"),
    [
        (PASSED, Stand.RULED_OUT),
        (Answered(400, "invalid_value"), Stand.CAUSE),
        (Answered(400, "invalid_value", "prompt"), Stand.OPEN),
        (Answered(404, "model_not_found"), Stand.OPEN),
        (BUSY, Stand.OPEN),
        (Answered(429), Stand.OPEN),
        (Answered(None, message="not sent"), Stand.OPEN),
        (None, Stand.NOT_APPLICABLE),
    ],
)
def test_the_control(answer, stand):
    # Two rejections that name no code are one only where they say the same.
    unnamed = Answered(400, None, None, "duplicate parameter")
    assert control.judge("images.edit", "m", unnamed, unnamed).stand is Stand.CAUSE
    assert control.judge("images.edit", "m", unnamed, Answered(400, message="no form")).stand is Stand.OPEN

    assert control.judge("images.edit", "m", REFUSED, answer).stand is stand


@pytest.mark.parametrize(
    ("answer", "stand"),
    [
        (PASSED, Stand.CAUSE),
        (Answered(400, "invalid_value"), Stand.RULED_OUT),
        (Answered(400, "other"), Stand.OPEN),
        (BUSY, Stand.OPEN),
        (None, Stand.OPEN),
    ],
)
def test_plain_rest(answer, stand):
    assert rest.judge(REFUSED, answer).stand is stand


def test_releases_that_send_the_same_are_ruled_out():
    found = releases.judge(
        "a",
        [SentByRelease("1.0", "a"), SentByRelease("2.0", "a"), SentByRelease("3.0", None, why="unavailable")],
    )
    assert found.stand is Stand.RULED_OUT
    assert found.says.startswith("1.0, 2.0 put the same")
    assert found.tried[-1] == "3.0: unavailable"


@pytest.mark.parametrize(
    ("accepted", "stand"), [(True, Stand.CAUSE), (False, Stand.RULED_OUT), (None, Stand.OPEN)]
)
def test_a_release_that_sends_something_else_counts_by_what_comes_of_it(accepted, stand):
    assert (
        releases.judge("a", [SentByRelease("1.0", "a"), SentByRelease("2.0", "b", accepted)]).stand is stand
    )


def test_no_release_is_open():
    assert releases.judge("a", (), why_not="none here").says == "not tried: none here"
    assert releases.judge("a", [SentByRelease("1.0", None)]).stand is Stand.OPEN


@pytest.mark.parametrize(
    ("host", "headers", "stand"),
    [
        (None, [], Stand.NOT_APPLICABLE),
        ("api.openai.com", ["content-type"], Stand.RULED_OUT),
        ("mine.openai.azure.com", [], Stand.RULED_OUT),
        ("api.openai.com.example.net", [], Stand.OPEN),
        ("evilapi.openai.com", [], Stand.OPEN),
        ("api.openai.com", ["Via"], Stand.OPEN),
        ("gateway.example.net", ["x-litellm-version"], Stand.OPEN),
    ],
)
def test_what_lies_between(host, headers, stand):
    assert hop.judge(host, headers, emulated=False).stand is stand
