"""What a request that no rule refuses gets: shapes the SDK parses, and pictures that open."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace

import pytest
from emulator_wires import bare, edit, file, generate, json_body, report, speech, transcribe, upload, vary
from openai.types import FileObject, ImagesResponse, Model
from openai.types.audio import Transcription, TranscriptionDiarized, TranscriptionVerbose
from PIL import Image

from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile
from upload_matrix.model.answer import Provenance, Source, Supply

P2025, P2026 = load_profile("openai-2025"), load_profile("openai-2026-11")


def opened(encoded):
    return Image.open(io.BytesIO(base64.b64decode(encoded)))


@pytest.mark.parametrize(
    ("fields", "size", "picture_format"),
    [
        ({}, (1024, 1024), "PNG"),
        ({"size": "auto", "output_format": "jpeg"}, (1024, 1024), "JPEG"),
        ({"size": "1536x1024", "output_format": "webp"}, (1536, 1024), "WEBP"),
    ],
)
def test_an_edit_answers_real_pictures_of_the_size_and_format_asked_for(fields, size, picture_format):
    body = json.loads(answer(P2025, edit(n="2", **fields)).body)
    parsed = ImagesResponse.model_validate(body, strict=True)

    pictures = [opened(item.b64_json) for item in parsed.data or ()]
    assert [(picture.size, picture.format) for picture in pictures] == [(size, picture_format)] * 2
    assert parsed.size == f"{size[0]}x{size[1]}"


def test_the_largest_picture_of_2026_opens():
    body = json.loads(answer(P2026, edit(model="gpt-image-2", size="3840x2160", output_format="webp")).body)
    assert opened(body["data"][0]["b64_json"]).size == (3840, 2160)


def test_a_transparent_background_has_an_alpha_channel():
    body = json.loads(answer(P2025, edit(background="transparent")).body)
    assert body["background"] == "transparent"
    assert opened(body["data"][0]["b64_json"]).getpixel((0, 0))[3] == 0


def test_the_whole_body_beside_the_picture():
    body = json.loads(
        answer(P2025, edit(file("image[]"), file("image[]"), prompt="twelve chars", n="3")).body
    )
    del body["data"]
    assert body == {
        "created": 1762473600,
        "background": "opaque",
        "output_format": "png",
        "quality": "medium",
        "size": "1024x1024",
        "usage": {
            "input_tokens": 391,
            "input_tokens_details": {"image_tokens": 388, "text_tokens": 3},
            "output_tokens": 3168,
            "output_tokens_details": {"image_tokens": 3168, "text_tokens": 0},
            "total_tokens": 3559,
        },
    }


@pytest.mark.parametrize(
    ("quality", "tokens"), [("low", 272), ("medium", 1056), ("high", 4160), ("auto", 1056), (None, 1056)]
)
def test_output_tokens_follow_the_quality(quality, tokens):
    body = json.loads(answer(P2025, edit(quality=quality)).body)
    assert body["usage"]["output_tokens"] == tokens


def test_generations_and_the_json_variant_of_edits_pass_without_a_file():
    images = [{"image_url": "https://example.test/a.png"}, {"file_id": "file-1"}]
    edited = answer(
        P2026, json_body("/v1/images/edits", model="gpt-image-2", prompt="hat", images=images, n=2)
    )
    generated = answer(P2026, generate(n=2))

    bodies = [json.loads(said.body) for said in (edited, generated)]
    assert [len(body["data"]) for body in bodies] == [2, 2]
    assert [body["usage"]["input_tokens_details"]["image_tokens"] for body in bodies] == [388, 0]


def test_dall_e_2_answers_urls_that_lead_nowhere_when_asked_and_pictures_otherwise():
    urls = answer(P2025, vary(response_format="url", n="2"))
    pictures = answer(P2025, vary(size="256x256"))

    digest = vary(response_format="url", n="2").digest
    assert json.loads(urls.body) == {
        "created": 1762473600,
        "data": [{"url": f"https://emulator.invalid/{digest}/{number}.png"} for number in (1, 2)],
    }
    assert opened(json.loads(pictures.body)["data"][0]["b64_json"]).size == (256, 256)


def test_a_transcription_says_that_nothing_was_transcribed():
    body = json.loads(answer(P2025, transcribe(speech(size=1234))).body)
    assert Transcription.model_validate(body, strict=True).text == (
        "Emulated by upload-matrix, profile openai-2025: 1234 bytes received, nothing transcribed."
    )


def test_an_uploaded_file_has_an_id_that_is_plainly_emulated():
    wire = upload(report(size=99))
    body = json.loads(answer(P2025, wire).body)
    FileObject.model_validate(body, strict=True)
    assert body == {
        "id": f"file-emulated-application-pdf-{wire.digest}",
        "object": "file",
        "bytes": 99,
        "created_at": 1762473600,
        "filename": "report.pdf",
        "purpose": "assistants",
        "status": "processed",
    }


def test_the_model_list_leaves_out_the_retired_and_dates_the_dying():
    body = json.loads(answer(P2026, bare("GET", "/v1/models")).body)
    entries = [Model.model_validate(entry, strict=True) for entry in body["data"]]
    assert {entry.id: entry.shutdown_date for entry in entries} == {
        "gpt-image-1-mini": "2026-12-01",
        "gpt-image-1.5": "2026-12-01",
        "chatgpt-image-latest": "2026-12-01",
        "gpt-image-2": None,
        "gpt-image-2-2026-04-21": None,
        "gpt-image-2.5-sunburst": None,
        "gpt-image-2.5-sunburst-2026-09-08": None,
        "gpt-image-2.5-flare": None,
        "gpt-image-2.5-flare-2026-09-08": None,
        "gpt-image-2.6-sunburst": None,
        "gpt-image-2.6-flare": None,
        "whisper-1": "2027-02-26",
        "gpt-4o-transcribe-diarize": None,
        "gpt-4o-transcribe": "2027-02-26",
        "gpt-4o-mini-transcribe": "2027-02-26",
        "gpt-transcribe": None,
    }
    assert "shutdown_date" not in body["data"][3]


def test_an_answer_says_who_it_is_and_bears_no_vendor_header():
    accepted = answer(P2025, edit())
    refused = answer(P2025, edit(prompt=None), target="local")

    said = (
        ("content-type", "application/json"),
        ("x-upload-matrix-provenance", "emulated"),
        ("x-upload-matrix-profile", "openai-2025"),
    )
    assert accepted.headers == said
    assert refused.headers == (*said, ("x-upload-matrix-rule", "prompt-missing"))
    assert accepted.source == Source(
        "emulator:openai-2025", Provenance.EMULATED, Supply.EMULATOR, profile="openai-2025"
    )
    assert refused.source == Source("local", Provenance.EMULATED, Supply.EMULATOR, profile="openai-2025")


def test_the_same_wire_form_gets_the_same_bytes_from_a_profile_loaded_anew():
    for wire in (edit(), edit(prompt=None), upload(report("tmpabcdefgh.pdf")), bare("GET", "/v1/models")):
        assert answer(load_profile("openai-2025"), wire) == answer(P2025, wire)


def test_names_that_change_from_run_to_run_do_not_change_the_bytes():
    first, second = (upload(report(f"tmp{letters}.pdf")) for letters in ("abcdefgh", "ijklmnop"))
    assert first.digest == second.digest
    assert answer(P2025, first) == answer(P2025, second)


def test_a_transcription_comes_in_the_form_that_is_asked_for():
    said = {
        form: answer(P2025, transcribe(speech(), response_format=form)).body.decode()
        for form in ("json", "text", "srt", "vtt", "verbose_json")
    }
    plain = Transcription.model_validate_json(said["json"]).text
    verbose = TranscriptionVerbose.model_validate_json(said["verbose_json"])
    assert (verbose.text, verbose.language, verbose.duration) == (plain, "english", 1.0)
    assert [segment.text for segment in verbose.segments or ()] == [plain]
    assert said["text"] == f"{plain}\n"
    assert said["srt"] == f"1\n00:00:00,000 --> 00:00:01,000\n{plain}\n\n\n"
    assert said["vtt"].splitlines() == ["WEBVTT", "", "00:00:00.000 --> 00:00:01.000", plain, ""]
    asked = transcribe(speech(), response_format="diarized_json", model="gpt-4o-transcribe-diarize")
    diarized = TranscriptionDiarized.model_validate_json(answer(P2025, asked).body)
    assert [(each.speaker, each.text) for each in diarized.segments] == [("A", plain)]


def test_a_transcription_streams_for_the_models_that_do():
    streamed = answer(P2025, transcribe(speech(), stream="true", model="gpt-4o-transcribe"))
    assert dict(streamed.headers)["content-type"].startswith("text/event-stream")
    events = [
        json.loads(line.removeprefix("data: ")) for line in streamed.body.decode().split("\n\n") if line
    ]
    assert [event["type"] for event in events] == ["transcript.text.delta", "transcript.text.done"]
    assert Transcription.model_validate_json(answer(P2025, transcribe(speech(), stream="true")).body).text


def test_a_translation_is_emulated():
    wire = replace(transcribe(speech()), path="/v1/audio/translations")
    assert json.loads(answer(P2025, wire).body)["text"].endswith("nothing translated.")
