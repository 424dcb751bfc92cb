"""Accepted is not delivered: what an answer tells of a file, and that nothing is guessed."""

import base64
import json

import pytest

from upload_matrix.judge.delivered import Delivery, delivered
from upload_matrix.judge.outcome import decide
from upload_matrix.model.answer import Answer, Exchange, Provenance, Source, Supply
from upload_matrix.model.outcome import ClientReport, OutcomeKind
from upload_matrix.wire.form import Captured
from upload_matrix.wire.read import wire_form

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40) + b"IEND\xaeB`\x82").decode()
HEADERS = ((b"content-type", b"application/json"), (b"content-length", b"1"))
GEMINI = {"contents": [{"parts": [{"inline_data": {"mime_type": "image/png", "data": PNG}}]}]}


def sent(document, path):
    return wire_form("POST", path, HEADERS, json.dumps(document).encode(), {})


PICTURE = sent(GEMINI, "/v1beta/models/g:generateContent")


def counted(*modalities):
    details = [{"modality": each, "tokenCount": 7} for each in modalities]
    return json.dumps({"usageMetadata": {"promptTokensDetails": details}}).encode()


@pytest.mark.parametrize(
    ("body", "delivery"),
    [
        (counted("TEXT", "IMAGE"), Delivery.DELIVERED),
        (counted("TEXT"), Delivery.IGNORED),
        (counted(), Delivery.UNKNOWN),
        (b'{"usageMetadata": {}}', Delivery.UNKNOWN),
        (b'{"usageMetadata": {"promptTokensDetails": [7]}}', Delivery.IGNORED),
        (b"no JSON", Delivery.UNKNOWN),
        (b"", Delivery.UNKNOWN),
    ],
)
def test_the_vendors_own_count_tells(body, delivery):
    assert delivered(PICTURE, body).delivery is delivery


def test_a_form_with_a_picture_of_no_tokens_was_ignored():
    body = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    body += base64.b64decode(PNG) + b"\r\n--b--\r\n"
    form = wire_form(
        "POST", "/v1/images/edits", ((b"content-type", b"multipart/form-data; boundary=b"),), body, {}
    )
    told = delivered(form, b'{"usage": {"input_tokens_details": {"image_tokens": 0, "text_tokens": 9}}}')
    assert (told.delivery, "image_tokens" in told.says) == (Delivery.IGNORED, True)
    assert delivered(form, b'{"usage": {"input_tokens": 9}}').delivery is Delivery.UNKNOWN


def test_nothing_is_known_of_an_operation_whose_answer_does_not_count():
    chat = sent(
        {
            "messages": [
                {"content": [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]}
            ]
        },
        "/v1/chat/completions",
    )
    answer = b'{"choices": [{"message": {"content": "I see no image."}}], "usage": {"prompt_tokens": 9}}'
    assert delivered(chat, answer).delivery is Delivery.UNKNOWN


@pytest.mark.parametrize(
    ("body", "delivery"),
    [
        (b'{"choices": [{"message": {"content": "It reads Tangerine 42."}}]}', Delivery.DELIVERED),
        (b'{"choices": [{"message": {"content": "I cannot see a picture."}}]}', Delivery.IGNORED),
        (b"data: tangerine 42", Delivery.DELIVERED),
    ],
)
def test_a_word_of_the_file_has_to_come_back(body, delivery):
    assert delivered(PICTURE, body, "TANGERINE 42").delivery is delivery


def test_an_accepted_file_that_was_ignored_is_an_outcome_of_its_own():
    source = Source("t", Provenance.LIVE, Supply.FORWARDED)

    def outcome(body, canary=None):
        answer = Answer(200, (("content-type", "application/json"),), body, source)
        request = Captured(b"", HEADERS, b"", PICTURE, complete=True)
        return decide(ClientReport(returned="it"), [Exchange(1, request, answer)], canary=canary)

    assert outcome(counted("TEXT", "IMAGE")).kind is OutcomeKind.ACCEPTED
    ignored = outcome(counted("TEXT"))
    assert (ignored.kind, ignored.status) == (OutcomeKind.IGNORED, 200)
    assert "IMAGE" in ignored.detail
    assert outcome(b'{"text": "nothing there"}', "zebra").kind is OutcomeKind.IGNORED
    assert outcome(b'{"text": "a zebra"}', "zebra").kind is OutcomeKind.ACCEPTED
