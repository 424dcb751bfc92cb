"""What a rule may ask of a file in JSON or of a body that is one, and how other vendors' answers are written."""

from __future__ import annotations

import json

import pytest
from emulator_json_table import JPEG, PDF, PNG, b64, gemini, messages, picture, sound, url
from emulator_wires import raw_body, with_files

from upload_matrix.emulator.conditions import UploadTest
from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile, read
from upload_matrix.judge.outcome import decide
from upload_matrix.model.answer import Exchange
from upload_matrix.model.outcome import ClientReport, OutcomeKind
from upload_matrix.wire.form import Captured

ANTHROPIC, GEMINI, OPENAI = map(load_profile, ("anthropic-2026", "gemini-2026", "openai-2026-11"))
RIGHT = messages("image", "image/png", b64(PNG))


def finds(wire, **test):
    return UploadTest.model_validate(test).finds(read(ANTHROPIC, wire))


@pytest.mark.parametrize(
    ("test", "wire"),
    [
        ({"at": "messages[].content[].source.data"}, RIGHT),
        ({"at": ["nowhere", "*.source.data"]}, RIGHT),
        ({"within": "image"}, RIGHT),
        ({"type": "given"}, RIGHT),
        ({"type": "generic"}, messages("image", "application/octet-stream", b64(PNG))),
        ({"type_one_of": ["image/png"]}, RIGHT),
        ({"format_none_of": ["jpeg"]}, RIGHT),
        ({"mismatch": True}, messages("image", "image/jpeg", b64(PNG))),
        ({"prefix": "given"}, messages("image", "image/png", url(PNG, "image/png"))),
        ({"prefix": "missing"}, RIGHT),
        ({"base64": "broken"}, messages("image", "image/png", b64(PNG)[:-3] + "*")),
        ({"damaged": True}, messages("image", "image/png", b64(PNG[:-20]))),
        ({"empty": True}, messages("image", "image/png", "")),
        ({"filename": "missing"}, RIGHT),
        ({"size_over": "100 B"}, RIGHT),
        ({"text_over": "100 B"}, RIGHT),
    ],
)
def test_each_word_about_an_upload_holds_and_its_contrary_does_not(test, wire):
    contrary = {
        "at": "messages[].content[].source.url", "within": "document", "type": "missing",
        "type_one_of": ["image/gif"], "format_none_of": ["png"], "size_over": "4 MiB", "text_over": "4 MiB",
        "filename": "given",
    }  # fmt: skip
    assert finds(wire, **test) is not None
    (word,) = test
    if word in contrary:
        assert finds(wire, **{word: contrary[word]}) is None
    else:
        other = (
            gemini("image/png", b64(PNG)) if test != {"prefix": "missing"} else picture(url(PNG, "image/png"))
        )
        assert finds(other, **test) is None


def test_a_place_is_named_as_each_vendor_names_it():
    tool = {
        "type": "tool_result",
        "tool_use_id": "toolu_1",
        "content": [
            {"type": "text", "text": "a picture"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": b64(JPEG)}},
        ],
    }
    wire = with_files("/v1/messages", {"model": "m", "messages": [{"role": "user", "content": [tool]}]})
    assert json.loads(answer(ANTHROPIC, wire).body)["error"] == {
        "type": "invalid_request_error",
        "message": "messages.0.content.0.tool_result.content.1.image.source.base64: The image was specified "
        "using the image/png media type, but the image appears to be a image/jpeg image",
    }
    said = json.loads(answer(GEMINI, gemini("image/png", url(PNG, "image/png"))).body)["error"]
    assert said == {
        "code": 400,
        "message": "Invalid value at 'contents[0].parts[1].inline_data.data' (TYPE_BYTES), Base64 decoding "
        'failed for "data:image/png;base64,..."',
        "status": "INVALID_ARGUMENT",
    }
    said = json.loads(answer(OPENAI, sound("m4a")).body)["error"]
    assert said["param"] == "messages[0].content[1].input_audio.format"


def test_the_first_of_several_that_fits_is_meant():
    blocks = [
        {"type": "image", "source": {"type": "base64", "media_type": kind, "data": b64(PNG)}}
        for kind in ("image/png", "image/jpeg", "image/webp")
    ]
    wire = with_files("/v1/messages", {"model": "m", "messages": [{"role": "user", "content": blocks}]})
    assert "messages.0.content.1.image" in json.loads(answer(ANTHROPIC, wire).body)["error"]["message"]


def test_a_picture_wrongly_declared_was_taken_before_it_was_rejected():
    wire = messages("image", "image/png", b64(JPEG))
    assert answer(load_profile("anthropic@2025-06"), wire).status == 200
    assert answer(load_profile("anthropic@2025-09"), wire).status == 400


def test_a_profile_is_silent_about_other_vendors_operations():
    for profile in (OPENAI, GEMINI):
        said = answer(profile, RIGHT)
        error = json.loads(said.body)["error"]
        assert (said.status, error["type"]) == (501, "emulator")
        assert error["message"].endswith("; name one that does: anthropic-2026.")
    assert answer(ANTHROPIC, raw_body("/v1/listen", PDF, "application/pdf")).status == 501
    nobodys = answer(ANTHROPIC, with_files("/v1/vector_stores/vs_1/files", {"file_id": "file-abc"}))
    assert nobodys.status == 501
    assert b"openai-" not in nobodys.body


def test_the_field_reports_profile_makes_no_statement_about_files_in_json(tmp_path):
    (tmp_path / "ours.yaml").write_text(
        "name: ours\ndate: 2026-11-01\nsummary: Ours.\nextends: openai-2026-02\nrules: []\n"
    )
    for name in ("openai-2026-02", str(tmp_path / "ours.yaml")):
        said = answer(load_profile(name), picture(b64(PNG)))
        error = json.loads(said.body)["error"]
        assert (said.status, said.rule, error["type"]) == (501, None, "emulator")
        assert error["message"].startswith("chat.completions.create is not emulated by profile o")
        assert error["message"].endswith("; name one that does: openai-2025 or openai-2026-11.")


# -- did it arrive? --

BLIND = """name: blind
date: 2026-11-01
summary: A model that is given no file.
rules:
  - id: blind
    source: made up for this test
    when: {upload: {type: given}}
    answer: {status: 200, body: ignored}
"""


def outcome(profile, wire, canary=None):
    request = Captured(b"", (), b"", wire, complete=True)
    exchange = Exchange(1, request, answer(profile, wire))
    return decide(ClientReport(returned="an answer"), [exchange], canary=canary)


def test_what_counts_files_counts_them_and_none_where_ignoring_is_played(tmp_path):
    (tmp_path / "blind.yaml").write_text(BLIND)
    blind = load_profile(str(tmp_path / "blind.yaml"))
    wire = gemini("image/png", b64(PNG))
    assert outcome(GEMINI, wire).kind is OutcomeKind.ACCEPTED
    ignored = outcome(blind, wire)
    assert ignored.kind is OutcomeKind.IGNORED
    assert ignored.detail.startswith("the answer counts 0 image tokens")
    assert "no file received" in answer(blind, wire).body.decode()
    heard = outcome(blind, sound("wav"))
    assert (heard.kind, heard.detail) == (
        OutcomeKind.IGNORED,
        "the answer counts 0 audio tokens (`usage.prompt_tokens_details.audio_tokens`)",
    )
    assert outcome(OPENAI, sound("wav")).kind is OutcomeKind.ACCEPTED


def test_a_word_in_the_file_proves_nothing_of_who_looks_at_no_file(tmp_path):
    (tmp_path / "blind.yaml").write_text(BLIND)
    assert outcome(ANTHROPIC, RIGHT, canary="heron").kind is OutcomeKind.ACCEPTED
    blind = load_profile(str(tmp_path / "blind.yaml"))
    assert outcome(blind, RIGHT, canary="heron").kind is OutcomeKind.IGNORED
