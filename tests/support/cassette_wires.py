"""Requests, answers and a library for the cassettes' tests, as a reader would say them."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.recordings import CassetteLibrary, RecordMode, Redactor, Writing
from upload_matrix.recordings.redactor import DEFAULT
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing, WireForm

EMULATOR = "emulator:openai-2026-02"
ROOT_URL = "http://openai-2026-02.emulator.invalid/v1"
TODAY = date(2026, 11, 22)
REFUSAL = b'{"error":{"message":"Value must be \'dall-e-2\'.","param":"model"}}'


def text(name: str, value: str) -> Part:
    data = value.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(data).hexdigest()
    return Part(
        name, None, None, f'form-data; name="{name}"', len(data), digest, text=value, characters=len(value)
    )


def file(name: str, filename: str, content_type: str | None, *, asset: str | None = "avatar.webp") -> Part:
    return Part(
        name,
        filename,
        content_type,
        f'form-data; name="{name}"; filename="{filename}"',
        150,
        "ab" * 32,
        "webp",
        asset=asset,
    )


def edit(*parts: Part, path: str = "/v1/images/edits", query: str = "") -> WireForm:
    """A multipart edit: by default the model and a picture handed over as bytes."""
    sent = parts or (text("model", "gpt-image-1"), file("image", "upload", "application/octet-stream"))
    return WireForm("POST", path, Framing.CONTENT_LENGTH, "multipart/form-data", query, tuple(sent))


def named(filename: str) -> WireForm:
    """An edit whose picture has a name."""
    return edit(text("model", "gpt-image-1"), file("image", filename, "image/webp"))


def emulated(body: bytes = REFUSAL, status: int = 400, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    source = Source(EMULATOR, Provenance.EMULATED, Supply.EMULATOR, "openai-2026-02")
    return Answer(status, (("content-type", "application/json"), *headers), body, source, "untyped-image")


def live(body: bytes = REFUSAL, status: int = 400, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    source = Source("openai", Provenance.LIVE, Supply.FORWARDED)
    return Answer(status, (("content-type", "application/json"), *headers), body, source)


SILENT = NoAnswer(Silence.UNREACHABLE, "nobody there")


def never() -> Answer:
    raise AssertionError("the target was asked")


class Asked:
    """Something to ask, giving the replies in turn and the last one for ever; counts."""

    def __init__(self, *replies: Answer | NoAnswer) -> None:
        self.replies = replies
        self.times = 0

    def __call__(self) -> Answer | NoAnswer:
        self.times += 1
        return self.replies[min(self.times, len(self.replies)) - 1]


def library(
    root: Path,
    mode: RecordMode = RecordMode.NEW_EPISODES,
    target: str = EMULATOR,
    *,
    base_url: str = ROOT_URL,
    fresh: bool | None = None,
    secrets: tuple[str, ...] = (),
    redactor: Redactor = DEFAULT,
) -> CassetteLibrary:
    return CassetteLibrary(
        root,
        target,
        base_url=base_url,
        mode=mode,
        fresh=fresh,
        writing=Writing(TODAY, secrets, redactor),
    )


def live_library(root: Path, mode: RecordMode = RecordMode.NEW_EPISODES, **options) -> CassetteLibrary:
    return library(root, mode, "openai", base_url="https://api.openai.com/v1", **options)


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())
