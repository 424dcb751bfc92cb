"""The errors people reported, as whole bodies, for what they had sent."""

from __future__ import annotations

import json

import pytest
from emulator_wires import MIB, edit, file, report, speech, text, transcribe, upload, vary

from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile

TYPES = "'image/jpeg', 'image/png', and 'image/webp'"
OCTET = "application/octet-stream"


def error(message, kind, param, code):
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def bad_request(message, param, code):
    return error(message, "invalid_request_error", param, code)


def dall_e_2_only(model):
    return bad_request(f"Invalid value: '{model}'. Value must be 'dall-e-2'.", "model", "invalid_value")


def unsupported(part, supported=TYPES):
    message = (
        f"Invalid file '{part}': unsupported mimetype ('{OCTET}'). Supported file formats are {supported}."
    )
    return bad_request(message, part, "unsupported_file_mimetype")


ROWS = {
    "field report: webp handle without a known type": (
        "openai-2026-02",
        edit(file("image", "avatar.webp", OCTET, "webp"), model="gpt-image-1"),
        400,
        dall_e_2_only("gpt-image-1"),
    ),
    "field report: unnamed BytesIO, another model's name": (
        "openai-2026-02",
        edit(file("image", "upload", OCTET), model="gpt-image-1.5"),
        400,
        dall_e_2_only("gpt-image-1.5"),
    ),
    "field report: no usable type, in an array": (
        "openai-2026-02",
        edit(file("image[]"), file("image[]", "avatar.webp", OCTET, "webp"), model="gpt-image-1"),
        400,
        dall_e_2_only("gpt-image-1"),
    ),
    "field report: a type that is not supported": (
        "openai-2026-02",
        edit(file("image", "a.gif", "image/gif", "gif"), model="gpt-image-1"),
        400,
        dall_e_2_only("gpt-image-1"),
    ),
    "field report: a prompt over 32,000 characters": (
        "openai-2026-02",
        edit(model="gpt-image-1", prompt="x" * 32001),
        400,
        dall_e_2_only("gpt-image-1"),
    ),
    "generic type, GPT model": (
        "openai-2025",
        edit(file("image", "upload", OCTET)),
        400,
        unsupported("image"),
    ),
    "generic type, GPT model, 2026": (
        "openai-2026-11",
        edit(file("image", "a.img", OCTET), model="gpt-image-2"),
        400,
        unsupported("image"),
    ),
    "generic type, second of an array": (
        "openai-2025",
        edit(file("image[]"), file("image[]", "upload", OCTET)),
        400,
        unsupported("image[1]"),
    ),
    "generic type, first of an array": (
        "openai-2025",
        edit(file("image[]", "upload", OCTET)),
        400,
        unsupported("image[0]"),
    ),
    "generic type, dall-e-2": (
        "openai-2025",
        edit(file("image", "upload", OCTET), model="dall-e-2"),
        400,
        unsupported("image", "'image/png'"),
    ),
    "generic type, no model named": (
        "openai-2025",
        edit(file("image", "upload", OCTET), model=None),
        400,
        unsupported("image", "'image/png'"),
    ),
    "image[] to dall-e-2": (
        "openai-2025",
        edit(file("image[]"), model="dall-e-2"),
        400,
        bad_request(
            "Invalid type for 'image': expected a file, but got an array instead.", "image", "invalid_type"
        ),
    ),
    "file part without filename, read as text": (
        "openai-2026-11",
        edit(text("image[]", "<_io.BytesIO object>"), model="gpt-image-2"),
        400,
        bad_request(
            "Invalid type for 'image[0]': expected a file, but got a string instead.",
            "image[0]",
            "invalid_type",
        ),
    ),
    "not decodable": (
        "openai-2025",
        edit(file("image[]"), file("image[]", media_format=None)),
        400,
        error(
            "Invalid image file or mode for image 2, please check your image file.",
            "image_generation_user_error",
            None,
            "invalid_image_file",
        ),
    ),
    "response_format with a GPT model": (
        "openai-2025",
        edit(response_format="b64_json"),
        400,
        bad_request("Unknown parameter: 'response_format'.", "response_format", "unknown_parameter"),
    ),
    "transcription of a reader without a name": (
        "openai-2025",
        transcribe(speech("upload")),
        400,
        bad_request(
            "Unrecognized file format. Supported formats: "
            "['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']",
            None,
            None,
        ),
    ),
    "transcription over 25 MiB": (
        "openai-2025",
        transcribe(speech(size=26_306_794)),
        413,
        error(
            "Maximum content size limit (26214400) exceeded (26306794 bytes read)", "server_error", None, None
        ),
    ),
    "files.create with a bare BytesIO": (
        "openai-2025",
        upload(report("upload")),
        400,
        bad_request("Files with extensions [none] are not supported for retrieval.", None, None),
    ),
    "a size of another model": (
        "openai-2025",
        edit(size="1254x836"),
        400,
        bad_request(
            "Invalid value: '1254x836'. "
            "Supported values are: '1024x1024', '1024x1536', '1536x1024', and 'auto'.",
            "size",
            "invalid_value",
        ),
    ),
    "a size that is no multiple of 16": (
        "openai-2026-11",
        edit(model="gpt-image-2", size="1792x936"),
        400,
        bad_request(
            "Invalid size '1792x936'. Width and height must both be divisible by 16.", "size", "invalid_value"
        ),
    ),
    "a retired model": (
        "openai-2026-11",
        edit(model="dall-e-2"),
        404,
        bad_request(
            "The model `dall-e-2` has been deprecated, learn more here: "
            "https://platform.openai.com/docs/deprecations",
            None,
            "model_not_found",
        ),
    ),
    "a model that never was": (
        "openai-2026-11",
        edit(model="gpt-image-9"),
        404,
        bad_request(
            "The model `gpt-image-9` does not exist or you do not have access to it.", None, "model_not_found"
        ),
    ),
    "a missing image": (
        "openai-2025",
        edit(file("mask")),
        400,
        bad_request("Missing required parameter: 'image'.", "image", "missing_required_parameter"),
    ),
}


@pytest.mark.parametrize(("profile", "wire", "status", "body"), ROWS.values(), ids=ROWS.keys())
def test_the_reported_error_is_answered_whole(profile, wire, status, body):
    said = answer(load_profile(profile), wire)
    assert (said.status, json.loads(said.body)) == (status, body)


PASSING = {
    "PNG tuple": file("image", "avatar.png", "image/png"),
    "WebP tuple": file("image", "avatar.webp", "image/webp", "webp"),
    "explicit type, bare name (REST)": file("image", "image", "image/webp", "webp"),
    "an array": file("image[]", "avatar.jpg", "image/jpeg", "jpeg"),
}


@pytest.mark.parametrize("part", PASSING.values(), ids=PASSING.keys())
@pytest.mark.parametrize("profile", ["openai-2025", "openai-2026-02", "openai-2026-11"])
def test_what_passed_in_the_field_report_passes(profile, part):
    assert answer(load_profile(profile), edit(part)).status == 200


@pytest.mark.parametrize("profile", ["openai-2025", "openai-2026-02", "openai-2026-11"])
def test_a_mask_needs_no_type(profile):
    assert answer(load_profile(profile), edit(file("image"), file("mask", "upload", None))).status == 200


def test_variations_are_closed_with_an_empty_body():
    said = answer(load_profile("openai-2026-11"), vary(file("image", size=9 * MIB)))
    assert (said.status, said.body, said.header("content-type")) == (404, b"", None)


@pytest.mark.parametrize("model", ["gpt-image-1-mini", "gpt-image-1.5", "chatgpt-image-latest"])
def test_models_that_end_in_december_still_live_in_november(model):
    assert answer(load_profile("openai-2026-11"), edit(model=model)).status == 200


@pytest.mark.parametrize("profile", ["openai-2025", "openai-2026-02"])
@pytest.mark.parametrize("model", ["gpt-image-1", "dall-e-2"])
@pytest.mark.parametrize("content_type", [None, ""])
def test_a_picture_without_a_type_is_taken_as_it_was_in_recorded_exchanges(profile, model, content_type):
    wire = edit(file("image", "room.png", content_type), model=model)
    assert answer(load_profile(profile), wire).status == 200


@pytest.mark.parametrize("profile", ["openai-2025", "openai-2026-02", "openai-2026-11"])
def test_a_batch_whose_name_has_no_extension_is_taken_as_recorded(profile):
    wire = upload(file("file", "test-batch-file", None, None, 233), purpose="batch")
    assert answer(load_profile(profile), wire).status == 200
