"""Which vendor's operation a path means, where several vendors have one there."""

import pytest

from upload_matrix import vendors
from upload_matrix.inspect.calls import operation_for
from upload_matrix.judge.findings import find
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.result import Severity
from upload_matrix.targets.spec import load_targets
from upload_matrix.wire.read import wire_form

WAV = b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + bytes(28)


@pytest.mark.parametrize(
    ("path", "led", "model", "operation", "sure"),
    [
        ("/v1/chat/completions", None, None, "chat.completions.create", False),
        ("/v1/chat/completions", None, "gpt-4o", "chat.completions.create", True),
        ("/v1/chat/completions", None, "pixtral-12b", "mistral.chat.complete", True),
        ("/v1/chat/completions", "xai", "anything", "xai.chat.completions.create", True),
        ("/openai/v1/chat/completions", "groq", None, "groq.chat.completions.create", True),
        (
            "/api/v1/chat/completions",
            "openrouter",
            "openai/gpt-4o",
            "openrouter.chat.completions.create",
            True,
        ),
        ("/v1/audio/transcriptions", None, "whisper-large-v3-turbo", "groq.audio.transcriptions", True),
        ("/v1/audio/transcriptions", None, "whisper-1", "audio.transcriptions", True),
        ("/v1/messages", "openai", None, "messages.create", True),
        ("/v1/files", "anthropic", None, "anthropic.files.upload", True),
        ("/v1/uploads/upload_1/parts", None, None, "uploads.parts.create", True),
        ("/speech/recognition/dictation/cognitiveservices/v1", None, None, "speech.recognize", True),
    ],
)
def test_the_operation_that_is_meant(path, led, model, operation, sure):
    found = vendors.meant(path, led, model)
    assert (found.operation, found.sure) == (operation, sure)


def test_a_vendor_that_has_nothing_there_is_not_guessed_at():
    assert vendors.meant("/v1/chat/completions", "anthropic", "claude-x") is None
    assert vendors.meant("/v1/nothing", None, None) is None


def test_every_vendor_has_a_target_that_bears_its_name_and_leads_to_its_own_host():
    targets = load_targets()
    for vendor in vendors.known():
        assert targets[vendor.target].base_url.startswith("http")
        assert vendor.base_url.partition("://")[2].partition("/")[0] in targets[vendor.target].base_url


FORMS = [
    ("/v1/speech-to-text", "elevenlabs", "file", {"model_id": "scribe_v1", "diarize": "true"}),
    ("/v1/files", "mistral", "file", {"purpose": "audio", "visibility": "user"}),
    ("/v1/files", "anthropic", "file", {}),
    ("/v1/audio/transcriptions", "mistral", "file", {"model": "voxtral-mini-latest", "diarize": "true"}),
    ("/openai/v1/audio/transcriptions", "groq", "file", {"model": "whisper-large-v3"}),
    ("/v1/containers/cntr_1/files", "openai", "file", {}),
    ("/v1/skills", "openai", "files", {}),
    ("/v1/uploads/upload_1/parts", "openai", "data", {}),
]


@pytest.mark.parametrize(("path", "led", "field", "texts"), FORMS)
def test_a_correct_form_of_each_has_no_finding_above_a_note(path, led, field, texts):
    parts = [f'form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in texts.items()]
    head = f'form-data; name="{field}"; filename="voice.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    body = b"".join(
        b"--b\r\nContent-Disposition: " + each + b"\r\n" for each in [*parts, head.encode() + WAV]
    )
    media_type = (b"Content-Type", b"multipart/form-data; boundary=b")
    wire = wire_form("POST", path, [media_type], body + b"--b--\r\n", {})
    operation = operation_for(wire, load_operations().values(), led)
    assert vendors.vendor_of(operation.name).name == led
    assert [
        each.says for each in find([wire], operation, None, led) if each.severity is not Severity.NOTE
    ] == []
