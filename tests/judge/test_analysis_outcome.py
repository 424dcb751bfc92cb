from __future__ import annotations

import json
from dataclasses import replace

import pytest
from analysis_builders import answered, captured, edit, unanswered, upload

from upload_matrix.judge.outcome import decide
from upload_matrix.model.answer import Answer, Exchange, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind, Raised
from upload_matrix.wire.difference import diff

RETURNED = ClientReport(returned="ImagesResponse")
RAISED = ClientReport(raised=(Raised("openai.BadRequestError", "Error code: 400"),))
ERROR = json.dumps(
    {
        "error": {
            "type": "invalid_request_error",
            "code": "invalid_value",
            "param": "model",
            "message": "Invalid value: 'gpt-image-1'.",
        }
    }
).encode()


def test_2xx_and_returned_is_accepted():
    assert decide(RETURNED, [answered(200, b"{}")]) == Outcome(OutcomeKind.ACCEPTED, status=200)


def test_2xx_and_raised_is_unparsed():
    report = ClientReport(
        raised=(Raised("pydantic.ValidationError", "1 error"), Raised("KeyError", "'data'"))
    )
    assert decide(report, [answered(200, b"<html>")]) == Outcome(
        OutcomeKind.UNPARSED,
        status=200,
        detail="pydantic.ValidationError: 1 error (caused by KeyError: 'data')",
    )


@pytest.mark.parametrize("name", ["openai.APITimeoutError", "TimeoutError", "httpx.ReadTimeout"])
def test_2xx_after_the_client_gave_up_is_inconclusive(name):
    report = ClientReport(raised=(Raised(name, "Request timed out."),))
    assert decide(report, [answered(200, b"{}")]) == Outcome(
        OutcomeKind.INCONCLUSIVE,
        status=200,
        detail=f"the client gave up waiting: {name}: Request timed out.",
    )


def test_4xx_is_rejected_with_the_servers_fields():
    assert decide(RAISED, [answered(400, ERROR)]) == Outcome(
        OutcomeKind.REJECTED,
        status=400,
        type="invalid_request_error",
        code="invalid_value",
        param="model",
        message="Invalid value: 'gpt-image-1'.",
    )


def test_404_with_an_empty_body_is_rejected_without_a_message():
    assert decide(RAISED, [answered(404)]) == Outcome(OutcomeKind.REJECTED, status=404)


def test_4xx_that_the_client_swallowed_is_rejected_all_the_same():
    assert decide(RETURNED, [answered(404)]) == Outcome(
        OutcomeKind.REJECTED, status=404, detail="the client returned ImagesResponse all the same"
    )


def test_redirect_is_rejected_and_its_signed_query_is_left_out():
    exchange = answered(307, headers=(("Location", "https://example.test/v2?sig=secret"),))
    assert decide(RAISED, [exchange]) == Outcome(
        OutcomeKind.REJECTED, status=307, detail="the server redirects to https://example.test/v2"
    )


def test_304_is_rejected():
    assert decide(RETURNED, [answered(304)]).kind is OutcomeKind.REJECTED


@pytest.mark.parametrize("status", [100, 103, 408, 425, 429, 500, 503, 599])
def test_statuses_that_say_nothing_about_the_upload(status):
    assert decide(RAISED, [answered(status, ERROR)]) == Outcome(
        OutcomeKind.INCONCLUSIVE,
        status=status,
        type="invalid_request_error",
        code="invalid_value",
        param="model",
        message="Invalid value: 'gpt-image-1'.",
    )


def test_the_last_answer_decides():
    assert decide(RETURNED, [answered(500), answered(200, b"{}", attempt=2)]).kind is OutcomeKind.ACCEPTED
    assert decide(RAISED, [answered(500), answered(400, attempt=2)]).kind is OutcomeKind.REJECTED


@pytest.mark.parametrize("why", [Silence.UNRECORDED, Silence.BLOCKED])
def test_unrecorded_whatever_the_client_says(why):
    exchanges = [unanswered(why, "no recording holds 1f2e"), answered(200, b"{}", attempt=2)]
    expected = Outcome(OutcomeKind.UNRECORDED, detail="no recording holds 1f2e")
    assert decide(RETURNED, exchanges) == expected
    assert decide(None, exchanges, died="Killed") == expected


def test_unreachable_target_is_inconclusive_however_the_client_took_it():
    exchanges = [unanswered(Silence.UNREACHABLE, "api.example.test does not answer")]
    expected = Outcome(OutcomeKind.INCONCLUSIVE, detail="api.example.test does not answer")
    assert decide(RAISED, exchanges) == expected
    assert decide(None, exchanges, died="Killed") == expected
    assert decide(None, exchanges, hung=True) == expected


def test_unreachable_once_and_answered_on_the_retry_is_judged_by_the_answer():
    exchanges = [unanswered(Silence.UNREACHABLE, "reset"), answered(200, b"{}", attempt=2)]
    assert decide(RETURNED, exchanges) == Outcome(OutcomeKind.ACCEPTED, status=200)


def test_dead_probe_is_our_error_with_its_last_words():
    assert decide(None, [], died="Segmentation fault\n") == Outcome(
        OutcomeKind.HARNESS_ERROR, detail="the probe died: Segmentation fault"
    )
    assert decide(None, [], died="") == Outcome(
        OutcomeKind.HARNESS_ERROR, detail="the probe died: it left no words"
    )


def test_hung_while_waiting_for_the_answer_is_inconclusive():
    assert decide(None, [], hung=True, waiting=True) == Outcome(
        OutcomeKind.INCONCLUSIVE, detail="the answer did not come in time"
    )


def test_hung_without_waiting_is_our_error():
    assert decide(None, [], hung=True) == Outcome(
        OutcomeKind.HARNESS_ERROR,
        detail="the client did not come back in time; no complete request reached the tap",
    )
    assert decide(None, [answered(200)], hung=True) == Outcome(
        OutcomeKind.HARNESS_ERROR, detail="the client did not come back in time; its answer was 200"
    )


def test_no_report_is_our_error():
    assert decide(None, [answered(200)]) == Outcome(
        OutcomeKind.HARNESS_ERROR, detail="the probe gave no report of what the client did"
    )


def test_success_without_a_request_is_our_error():
    assert decide(RETURNED, []) == Outcome(
        OutcomeKind.HARNESS_ERROR, detail="the client reported success but no request reached the tap"
    )


def test_success_with_half_a_request_is_our_error():
    exchange = unanswered(Silence.UNREACHABLE, "broke off", complete=False)
    assert decide(RETURNED, [exchange]) == Outcome(
        OutcomeKind.HARNESS_ERROR,
        detail="the client reported success but no complete request reached the tap",
    )


def test_raised_before_sending_is_refused_in_the_clients_words():
    report = ClientReport(raised=(Raised("TypeError", "expected bytes, got <Foo object at 0x7f3a99b0>"),))
    assert decide(report, []) == Outcome(
        OutcomeKind.NOT_SENT, detail="TypeError: expected bytes, got <Foo object at 0x...>"
    )


def test_raised_while_sending_is_refused_even_when_the_chain_speaks_of_a_connection():
    report = ClientReport(
        raised=(
            Raised("openai.APIConnectionError", "Connection error."),
            Raised("ConnectionError", ""),
            Raised("OSError", "read failed"),
        )
    )
    exchange = unanswered(Silence.UNREACHABLE, "broke off", complete=False)
    assert decide(report, [exchange]) == Outcome(
        OutcomeKind.NOT_SENT,
        detail="openai.APIConnectionError: Connection error. (caused by OSError: read failed)",
    )


@pytest.mark.parametrize(
    "cause",
    [
        Raised("ConnectionRefusedError", "[Errno 111]"),
        Raised("requests.exceptions.ConnectionError", ""),
        Raised("httpx.ConnectError", "All connection attempts failed"),
        Raised("FetchError", "connect ECONNREFUSED 127.0.0.1:1"),
        Raised("OSError", "[Errno -3] Temporary failure in name resolution"),
    ],
)
def test_a_client_that_cannot_reach_the_tap_is_our_error(cause):
    report = ClientReport(raised=(Raised("openai.APIConnectionError", "Connection error."), cause))
    outcome = decide(report, [])
    assert outcome.kind is OutcomeKind.HARNESS_ERROR
    assert outcome.detail is not None
    assert outcome.detail.startswith("the client could not reach the tap: openai.APIConnectionError: ")


def test_the_sdks_connection_error_alone_does_not_blame_the_tap():
    report = ClientReport(
        raised=(Raised("openai.APIConnectionError", "Connection error."), Raised("UnicodeError", "bad name"))
    )
    assert decide(report, []).kind is OutcomeKind.NOT_SENT


def test_incomplete_requests_are_not_judged_by_their_answer():
    source = Source("openai", Provenance.LIVE, Supply.FORWARDED)
    answer = Exchange(1, captured(complete=False), Answer(400, (), b"", source))
    silent = Exchange(1, captured(complete=False), NoAnswer(Silence.UNRECORDED, "not looked up"))
    report = ClientReport(raised=(Raised("ValueError", "stream ended"),))
    for exchange in (answer, silent):
        assert decide(report, [exchange]) == Outcome(OutcomeKind.NOT_SENT, detail="ValueError: stream ended")


@pytest.mark.parametrize("number", [2, 3])
def test_a_success_with_a_later_attempt_that_carried_another_upload_is_altered(number):
    attempts = [answered(500), answered(500, attempt=2), answered(200, b"{}", attempt=3)]
    first, other = attempts[0], attempts[number - 1]
    attempts[number - 1] = replace(other, request=replace(other.request, wire=edit(upload(size=0))))
    assert decide(RETURNED, attempts) == Outcome(
        OutcomeKind.ALTERED,
        status=200,
        detail=f"attempt {number} differs from attempt 1: "
        + "; ".join(map(str, diff(first.request.wire, attempts[number - 1].request.wire))),
    )


def test_a_success_after_equal_attempts_is_accepted():
    outcome = decide(RETURNED, [answered(500), answered(200, b"{}", attempt=2)])
    assert outcome == Outcome(OutcomeKind.ACCEPTED, status=200)
