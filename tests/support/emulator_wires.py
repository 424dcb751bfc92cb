"""Wire forms for the emulator's tests, written down as a reader would say them."""

from __future__ import annotations

import json
from typing import Any

from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing, WireForm
from upload_matrix.wire.read import wire_form

MIB = 1024**2


def text(name: str, value: str) -> Part:
    """A text part; like the tap, it keeps short values only."""
    kept = value if len(value) <= 1000 else None
    return Part(
        name, None, None, f'form-data; name="{name}"', len(value), "0" * 64, text=kept, characters=len(value)
    )


def file(
    name: str,
    filename: str | None = "avatar.png",
    content_type: str | None = "image/png",
    media_format: str | None = "png",
    size: int = 1000,
) -> Part:
    disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    return Part(name, filename, content_type, disposition, size, "1" * 64, format=media_format)


def multipart(path: str, *parts: Part, **fields: str | None) -> WireForm:
    texts = [text(name, value) for name, value in fields.items() if value is not None]
    return WireForm(
        "POST", path, Framing.CONTENT_LENGTH, media_type="multipart/form-data", parts=(*texts, *parts)
    )


def json_body(path: str, **fields: Any) -> WireForm:
    body = json.dumps({name: value for name, value in fields.items() if value is not None}, sort_keys=True)
    return WireForm("POST", path, Framing.CONTENT_LENGTH, media_type="application/json", json=body)


def with_files(path: str, document: Any) -> WireForm:
    """A JSON body as the tap reads it, its files taken out."""
    headers = [(b"Content-Type", b"application/json")]
    return wire_form("POST", path, headers, json.dumps(document).encode(), {})


def raw_body(path: str, content: bytes, content_type: str) -> WireForm:
    return wire_form("POST", path, [(b"Content-Type", content_type.encode())], content, {})


def bare(method: str, path: str) -> WireForm:
    return WireForm(method, path, Framing.NONE)


def edit(*parts: Part, **fields: str | None) -> WireForm:
    """An images.edit that every profile accepts, but for the parts and fields given; None drops a field."""
    asked = {"model": "gpt-image-1-mini", "prompt": "add a hat", **fields}
    return multipart("/v1/images/edits", *(parts or (file("image"),)), **asked)


def generate(**fields: Any) -> WireForm:
    return json_body(
        "/v1/images/generations", **{"model": "gpt-image-1-mini", "prompt": "a cat in a hat", **fields}
    )


def vary(*parts: Part, **fields: str | None) -> WireForm:
    return multipart("/v1/images/variations", *(parts or (file("image"),)), **fields)


def transcribe(part: Part | None, **fields: str | None) -> WireForm:
    parts = () if part is None else (part,)
    return multipart("/v1/audio/transcriptions", *parts, **{"model": "whisper-1", **fields})


def speech(filename: str | None = "memo.mp3", media_format: str | None = "mp3", size: int = 1000) -> Part:
    return file("file", filename, "audio/mpeg", media_format, size)


def upload(part: Part | None, **fields: str | None) -> WireForm:
    parts = () if part is None else (part,)
    return multipart("/v1/files", *parts, **{"purpose": "assistants", **fields})


def report(
    filename: str | None = "report.pdf", size: int = 1000, content_type: str | None = "application/pdf"
) -> Part:
    return file("file", filename, content_type, "pdf", size)
