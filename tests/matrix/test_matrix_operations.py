"""Operations as files: those that ship, those a user adds, and what is said about faulty ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from matrix_files import written

from upload_matrix.matrix.load import load_operations
from upload_matrix.model.case import Encoding, FileField, Operation
from upload_matrix.model.errors import ConfigurationError, MatrixError

UPLOAD = """
    name: uploads.send
    summary: Send a file.
    method: POST
    path: /uploads
    encoding: multipart
    file_fields:
      document: {required: true, repeatable: true}
      cover: {required: false}
    text_fields: [model, title]
    control: uploads.send
"""


def test_the_operations_that_ship() -> None:
    operations = load_operations()
    assert {
        name: (
            each.method,
            each.path,
            each.encoding.value,
            [field.name for field in each.file_fields],
            each.control,
        )
        for name, each in operations.items()
    } == {
        "anthropic.files.upload": ("POST", "/files", "multipart", ["file"], None),
        "containers.files.create": ("POST", "/containers/{container_id}/files", "multipart", ["file"], None),
        "google.files.upload": ("POST", "/upload/v1beta/files", "json", [], None),
        "groq.audio.transcriptions": ("POST", "/audio/transcriptions", "multipart", ["file"], None),
        "groq.audio.translations": ("POST", "/audio/translations", "multipart", ["file"], None),
        "groq.chat.completions.create": ("POST", "/chat/completions", "json", [], None),
        "mistral.audio.transcriptions": ("POST", "/audio/transcriptions", "multipart", ["file"], None),
        "mistral.files.upload": ("POST", "/files", "multipart", ["file"], None),
        "openrouter.chat.completions.create": ("POST", "/chat/completions", "json", [], None),
        "skills.create": ("POST", "/skills", "multipart", ["files"], None),
        "speech.recognize": ("POST", "/speech/recognition/{mode}/cognitiveservices/v1", "raw", [], None),
        "speech_to_text.convert": ("POST", "/speech-to-text", "multipart", ["file"], None),
        "uploads.complete": ("POST", "/uploads/{upload_id}/complete", "json", [], None),
        "uploads.create": ("POST", "/uploads", "json", [], None),
        "uploads.parts.create": ("POST", "/uploads/{upload_id}/parts", "multipart", ["data"], None),
        "vector_stores.files.create": ("POST", "/vector_stores/{vector_store_id}/files", "json", [], None),
        "xai.chat.completions.create": ("POST", "/chat/completions", "json", [], None),
        "xai.responses.create": ("POST", "/responses", "json", [], None),
        "audio.transcriptions": ("POST", "/audio/transcriptions", "multipart", ["file"], None),
        "audio.translations": ("POST", "/audio/translations", "multipart", ["file"], None),
        "chat.completions.create": ("POST", "/chat/completions", "json", [], None),
        "cohere.chat": ("POST", "/chat", "json", [], None),
        "converse": ("POST", "/model/{model}/converse", "json", [], None),
        "listen": ("POST", "/listen", "raw", [], None),
        "messages.create": ("POST", "/messages", "json", [], None),
        "mistral.chat.complete": ("POST", "/chat/completions", "json", [], None),
        "models.generate_content": ("POST", "/models/{model}:generateContent", "json", [], None),
        "models.stream_generate_content": ("POST", "/models/{model}:streamGenerateContent", "json", [], None),
        "ollama.chat": ("POST", "/chat", "json", [], None),
        "ollama.generate": ("POST", "/generate", "json", [], None),
        "ocr.process": ("POST", "/ocr", "json", [], None),
        "responses.create": ("POST", "/responses", "json", [], None),
        "upload": ("POST", "/upload", "raw", [], None),
        "files.create": ("POST", "/files", "multipart", ["file"], None),
        "images.edit": ("POST", "/images/edits", "multipart", ["image", "mask"], "images.generate"),
        "images.generate": ("POST", "/images/generations", "json", [], None),
        "images.variations": ("POST", "/images/variations", "multipart", ["image"], "images.generate"),
    }
    edit = operations["images.edit"]
    assert [(each.name, each.required, each.repeatable) for each in edit.file_fields] == [
        ("image", True, True),
        ("mask", False, False),
    ]
    image = edit.file_fields[0]
    assert image.taken({"model": "dall-e-2"}.get).types == ("image/png",)
    assert image.taken({"model": "gpt-image-1"}.get).types == ("image/png", "image/jpeg", "image/webp")
    assert edit.text_fields[:5] == ("model", "prompt", "n", "size", "quality")
    assert operations["files.create"].text_fields == ("purpose", "expires_after")


def test_an_operation_is_one_file(tmp_path: Path) -> None:
    written(tmp_path, UPLOAD, "send.yaml")
    assert load_operations([tmp_path])["uploads.send"] == Operation(
        name="uploads.send",
        method="POST",
        path="/uploads",
        encoding=Encoding.MULTIPART,
        file_fields=(
            FileField("document", required=True, repeatable=True),
            FileField("cover", required=False, repeatable=False),
        ),
        text_fields=("model", "title"),
        control="uploads.send",
        summary="Send a file.",
    )


def test_a_later_folder_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    text = UPLOAD.replace("uploads.send", "images.edit")
    written(tmp_path, text.replace("control: images.edit", "control: images.generate"))
    operations = load_operations([tmp_path])
    assert (len(operations), operations["images.edit"].path) == (len(load_operations()), "/uploads")


FAULTS = {
    "name: Images": "2:7: `name`: `Images` does not fit the pattern ^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*$",
    "method: GET": "2:9: `method`: `GET` is not one of `POST`, `PUT`, `PATCH`; known: `POST`, `PUT`, `PATCH`",
    "path: images": "2:7: `path`: `images` does not fit the pattern ^/[^\\s?#]*$",
    "encoding: multipartt": (
        "2:11: `encoding`: `multipartt` is not one of `multipart`, `json`, `raw`; did you mean `multipart`?"
    ),
    "encoding: json": "8:1: `encoding: json` has no file fields; use `multipart`",
    "file_fields: {f: {requird: true}}": "2:19: unknown key `requird`; did you mean `required`?",
    "file_fields: {f: {required: 'yes'}}": "2:29: `file_fields.f.required`: must be true or false, not `yes`",
    "file_fields: {f g: {}}": "2:15: `f g` is not a field name",
    "text_fields: [a, a]": "2:18: `a` stands here twice",
    "text_fields: [a, 'b c']": "2:18: `b c` is not a field name",
    "text_fields: [document]": "2:15: `document` is a file field too; keep one of the two",
    "text_fields: [guess]": (
        "2:15: `guess` has a meaning of its own in a matrix, so no text field may have it"
    ),
    "text_fields: [client]": (
        "2:15: `client` has a meaning of its own in a matrix, so no text field may have it"
    ),
    "text_fields: model": "2:14: `text_fields`: must be a list, not `model`",
    "control: images.genrate": (
        "2:10: `control`: `images.genrate` is not an operation; did you mean `images.generate`?"
    ),
}


@pytest.mark.parametrize("line", FAULTS)
def test_a_fault_is_named_with_its_place_and_the_way_out(tmp_path: Path, line: str) -> None:
    given = {
        "name": "uploads.send",
        "method": "POST",
        "path": "/uploads",
        "encoding": "multipart",
        "text_fields": "[]",
        "file_fields": "{document: {}}",
    }
    key = line.partition(":")[0]
    rest = [f"{name}: {value}" for name, value in given.items() if name != key]
    if key == "encoding" and line.endswith("json"):
        rest = [*rest[:3], "", *rest[3:]]
    path = written(tmp_path, "\n".join(["# a file", line, *rest]))
    with pytest.raises(MatrixError) as caught:
        load_operations([tmp_path])
    (problem,) = caught.value.problems
    assert str(problem) == f"{path}:{FAULTS[line]}"


def test_a_name_is_given_once_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, UPLOAD, "a.yaml")
    written(tmp_path, UPLOAD, "b.yaml")
    with pytest.raises(MatrixError) as caught:
        load_operations([tmp_path])
    assert str(caught.value) == "b.yaml:1:7: the name `uploads.send` is already taken by a.yaml"


def test_a_folder_without_operations_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="looking for an operation"):
        load_operations([tmp_path])
