"""Per profile and rule: a request that the rule answers, and a near neighbour that is accepted."""

from __future__ import annotations

from dataclasses import replace

from emulator_json_table import ANTHROPIC, DEEPGRAM, GOOGLE, MISTRAL, OPENAI
from emulator_wires import (
    MIB,
    bare,
    edit,
    file,
    generate,
    json_body,
    multipart,
    report,
    speech,
    text,
    transcribe,
    upload,
    vary,
)

from upload_matrix.wire.form import WireForm

Pairs = dict[str, tuple[WireForm, WireForm]]

IMAGES = [{"image_url": "https://example.test/a.png"}]
UNTYPED = file("image", "upload", "application/octet-stream")
LONG = "x" * 32001

COMMON: Pairs = {
    "wrong-root": (bare("GET", "/v1/v1/models"), bare("GET", "/v1/models")),
    "path-not-emulated": (json_body("/v1/batches", model="gpt-4o"), bare("GET", "/openai/models")),
    "method-not-emulated": (bare("GET", "/v1/files"), upload(report())),
    "wrong-method": (bare("GET", "/v1/images/edits"), edit()),
    "broken-body": (replace(edit(), fault="not sound multipart: no closing boundary"), edit()),
    "body-not-json": (
        multipart("/v1/images/generations", prompt="a cat", model="gpt-image-1-mini"),
        generate(),
    ),
    "body-not-multipart": (json_body("/v1/files", purpose="assistants", file="x"), upload(report())),
    "body-not-multipart-nor-json": (bare("POST", "/v1/images/edits"), edit()),
    "streaming-not-emulated": (edit(stream="true"), edit(stream="false")),
    "language-unknown": (
        transcribe(speech(), language="this should cause an error"),
        transcribe(speech(), language="ko"),
    ),
    "transcript-form-unknown": (
        transcribe(speech(), response_format="diarized_json"),
        transcribe(speech(), response_format="srt"),
    ),
    "transcript-form-of-another-model": (
        transcribe(speech(), response_format="verbose_json", model="gpt-4o-transcribe"),
        transcribe(speech(), response_format="text", model="gpt-4o-mini-transcribe"),
    ),
    "transcript-form-of-another-model-diarize": (
        transcribe(speech(), response_format="srt", model="gpt-4o-transcribe-diarize"),
        transcribe(speech(), response_format="diarized_json", model="gpt-4o-transcribe-diarize"),
    ),
    "audio-extension-transcribe": (
        transcribe(speech("note.oga"), model="gpt-4o-mini-transcribe"),
        transcribe(speech("note.oga"), model="whisper-1"),
    ),
    "audio-named-as-another-format": (
        transcribe(speech("voice.wav", media_format="m4a"), model="gpt-4o-transcribe"),
        transcribe(speech("voice.wav", media_format="mp3"), model="whisper-1"),
    ),
    "parameter-unknown": (edit(drop_params="True"), edit(user="u-1", input_fidelity="high")),
    "azure-file-without-type": (
        replace(upload(report(content_type="")), path="/openai/files"),
        upload(report(content_type="")),
    ),
    "file-empty": (upload(report(size=0)), upload(report(size=1))),
    "batch-not-jsonl": (
        upload(report("batch.txt"), purpose="batch"),
        replace(upload(report("batch.jsonl"), purpose="batch"), path="/openai/files"),
    ),
    "model-missing": (transcribe(speech(), model=None), transcribe(speech())),
    "model-unknown": (edit(model="gpt-image-9"), edit()),
    "model-not-for-operation": (edit(model="whisper-1"), transcribe(speech(), model="whisper-1")),
    "image-missing": (edit(file("picture")), edit(file("image"))),
    "images-missing": (
        json_body("/v1/images/edits", model="gpt-image-1-mini", prompt="a hat"),
        json_body("/v1/images/edits", model="gpt-image-1-mini", prompt="a hat", images=IMAGES),
    ),
    "prompt-missing": (edit(prompt=None), edit(prompt="x")),
    "file-missing": (transcribe(None), transcribe(speech())),
    "purpose-missing": (upload(report(), purpose=None), upload(report())),
    "response-format-unknown": (edit(response_format="b64_json"), edit()),
    "image-array-as-text": (edit(text("image[]", "<bytes>")), edit(file("image[]"))),
    "image-as-text": (edit(text("image", "<bytes>")), edit(file("image"))),
    "mask-as-text": (edit(file("image"), text("mask", "<bytes>")), edit(file("image"), file("mask"))),
    "file-as-text": (upload(text("file", "<bytes>")), upload(report())),
    "too-many-images": (edit(*[file("image[]")] * 17), edit(*[file("image[]")] * 16)),
    "mask-too-large": (
        edit(file("image"), file("mask", size=4 * MIB + 1)),
        edit(file("image"), file("mask", size=4 * MIB)),
    ),
    "image-not-decodable-gpt": (
        edit(file("image", media_format=None, size=0)),
        edit(file("image", media_format="webp")),
    ),
    "mask-not-png": (
        edit(file("image"), file("mask", media_format="jpeg")),
        edit(file("image"), file("mask", "mask", None)),
    ),
    "n-out-of-range": (edit(n="11"), edit(n="10")),
    "size-unknown-gpt": (edit(size="1254x836"), edit(size="1536x1024")),
    "quality-unknown-gpt": (edit(quality="standard"), edit(quality="auto")),
    "background-unknown-gpt": (edit(background="black"), edit(background="auto")),
    "output-format-unknown-gpt": (edit(output_format="jpg"), edit(output_format="jpeg")),
    "transparent-needs-alpha": (
        edit(background="transparent", output_format="jpeg"),
        edit(background="transparent", output_format="webp"),
    ),
    "audio-too-large": (transcribe(speech(size=25 * MIB + 1)), transcribe(speech(size=25 * MIB))),
    "audio-extension": (transcribe(speech("upload")), transcribe(speech("upload.mp3"))),
    "audio-not-audio": (transcribe(speech(media_format="png")), transcribe(speech(media_format=None))),
    "audio-empty": (transcribe(speech(media_format=None, size=0)), transcribe(speech(size=1))),
    "purpose-unknown": (upload(report(), purpose="storage"), upload(report(), purpose="evals")),
    "file-without-extension": (upload(report("upload")), upload(report("upload"), purpose="user_data")),
    "file-too-large": (upload(report(size=512 * MIB + 1)), upload(report(size=512 * MIB))),
}

DALL_E_2: Pairs = {
    "image-array-to-dall-e-2": (
        edit(file("image[]"), model="dall-e-2"),
        edit(file("image"), model="dall-e-2"),
    ),
    "image-type-dall-e-2": (vary(file("image", "a.jpg", "image/jpeg")), vary(file("image"))),
    "too-many-images-dall-e-2": (vary(file("image"), file("image")), vary(file("image"))),
    "image-too-large-dall-e-2": (vary(file("image", size=4 * MIB + 1)), vary(file("image", size=4 * MIB))),
    "image-not-decodable-dall-e-2": (vary(file("image", media_format="jpeg")), vary()),
    "prompt-too-long-dall-e-2": (
        edit(model="dall-e-2", prompt="x" * 1001),
        edit(model="dall-e-2", prompt="x" * 1000),
    ),
    "size-unknown-dall-e-2": (
        edit(model="dall-e-2", size="1536x1024"),
        edit(model="dall-e-2", size="256x256"),
    ),
}

BY_25_MIB: Pairs = {
    "image-too-large-gpt": (edit(file("image", size=25 * MIB + 1)), edit(file("image", size=25 * MIB))),
}

TYPED: Pairs = {"image-type-gpt": (edit(UNTYPED), edit(file("image", "upload", "image/png")))}

TABLE: dict[str, Pairs] = {
    "anthropic-2026": ANTHROPIC,
    "gemini-2026": GOOGLE,
    "mistral-2026": MISTRAL,
    "deepgram-2026": DEEPGRAM,
    "openai-2025": {
        **COMMON,
        **OPENAI,
        **DALL_E_2,
        **BY_25_MIB,
        **TYPED,
        "prompt-too-long-gpt": (edit(prompt=LONG), edit(prompt=LONG[1:])),
    },
    "openai-2026-02": {
        **COMMON,
        **DALL_E_2,
        **BY_25_MIB,
        "image-type-falls-through": (edit(UNTYPED), edit(file("image", "avatar.webp", "image/webp", "webp"))),
        "prompt-too-long-falls-through": (edit(prompt=LONG), edit(prompt=LONG[1:])),
        "prompt-too-long-generate": (generate(prompt=LONG), generate(prompt=LONG[1:])),
    },
    "openai-2026-11": {
        **COMMON,
        **OPENAI,
        **TYPED,
        "prompt-too-long-gpt": (edit(prompt=LONG), edit(prompt=LONG[1:])),
        "variations-closed": (vary(), edit()),
        "model-missing": (edit(model=None), edit()),
        "model-retired": (edit(model="gpt-image-1"), edit(model="gpt-image-1.5")),
        "image-too-large-gpt": (edit(file("image", size=50 * MIB + 1)), edit(file("image", size=50 * MIB))),
        "size-not-a-multiple-of-16": (
            edit(model="gpt-image-2", size="1792x936"),
            edit(model="gpt-image-2", size="1792x944"),
        ),
        "size-too-long-and-thin": (
            edit(model="gpt-image-2.6-flare", size="3088x1024"),
            edit(model="gpt-image-2.6-flare", size="3072x1024"),
        ),
        "size-edge-too-long": (
            edit(model="gpt-image-2", size="3856x2144"),
            edit(model="gpt-image-2", size="3840x2160"),
        ),
        "size-pixels": (
            edit(model="gpt-image-2", size="3840x2176"),
            edit(model="gpt-image-2", size="2880x2880"),
        ),
        "size-not-a-size": (edit(model="gpt-image-2", size="large"), edit(model="gpt-image-2", size="auto")),
        "quality-unknown-gpt": (
            edit(model="gpt-image-2", quality="max"),
            edit(model="gpt-image-2", quality="high"),
        ),
        "quality-unknown-gpt-2.5": (
            edit(model="gpt-image-2.5-flare", quality="standard"),
            edit(model="gpt-image-2.5-flare", quality="max"),
        ),
    },
}

ROWS = [(profile, rule, *pair) for profile, pairs in TABLE.items() for rule, pair in pairs.items()]
