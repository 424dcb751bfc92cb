"""Captured requests written down as a reader would say them, read by the tap's own parser."""

from __future__ import annotations

import json
from dataclasses import dataclass

from upload_matrix.wire.form import Captured
from upload_matrix.wire.read import wire_form

WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 picture"
PNG = b"\x89PNG\r\n\x1a\npicture"
OTHER_PNG = b"\x89PNG\r\n\x1a\nanother picture"
MP3 = b"ID3\x04 speech"
BOUNDARY = b"the-client's"
EDITS = "/v1/images/edits"


@dataclass(frozen=True)
class P:
    """A part: a text field when only ``name`` and ``content`` are given."""

    name: str
    content: bytes | str
    filename: str | None = None
    type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    disposition: str | None = None

    def lines(self) -> bytes:
        written = f'form-data; name="{self.name}"'
        if self.filename is not None:
            written += f'; filename="{self.filename}"'
        lines = [f"Content-Disposition: {self.disposition or written}"]
        if self.type is not None:
            lines.append(f"Content-Type: {self.type}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        content = self.content.encode() if isinstance(self.content, str) else self.content
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def raw(method, path, headers, body, *, chunked=False, assets=None, broken=None) -> Captured:
    framing = (b"Transfer-Encoding", b"chunked") if chunked else (b"Content-Length", b"%d" % len(body))
    lines = (
        (b"Host", b"127.0.0.1:1"),
        (b"Authorization", b"Bearer dummy"),
        *((name.encode(), value.encode()) for name, value in headers),
        framing,
    )
    head = b"\r\n".join([f"{method} /token/1{path} HTTP/1.1".encode(), *(n + b": " + v for n, v in lines)])
    wire = wire_form(method, path, lines, body, assets or {}, broken)
    return Captured(head + b"\r\n\r\n", lines, body, wire, broken is None)


def multipart(*parts, path=EDITS, chunked=False, headers=(), media="multipart/form-data", assets=None):
    body = b"".join(b"--" + BOUNDARY + b"\r\n" + part.lines() + b"\r\n" for part in parts)
    body += b"--" + BOUNDARY + b"--\r\n"
    kind = f'{media}; boundary="{BOUNDARY.decode()}"'
    return raw("POST", path, (("Content-Type", kind), *headers), body, chunked=chunked, assets=assets)


def json_request(document, path=EDITS, headers=()):
    body = json.dumps(document).encode()
    return raw("POST", path, (("Content-Type", "application/json"), *headers), body)


def edit(*files, **fields):
    """The usual edit: text fields first."""
    asked = {"model": "gpt-image-1", "prompt": "a hat", **fields}
    return multipart(*(P(name, value) for name, value in asked.items() if value is not None), *files)


def read_back(request: Captured, assets=None):
    """The wire form as the tap reads it from the raw bytes, and the head's own lines."""
    line, *lines = request.head.rstrip(b"\r\n").split(b"\r\n")
    method, path, _ = line.decode("latin-1").split(" ")
    headers = tuple((name, value) for name, _, value in (entry.partition(b": ") for entry in lines))
    assert headers == request.headers
    return wire_form(method, path, headers, request.body, assets or {})


# --- Pairs that differ in much, for planted causes ---

TRANSFER = (("Content-Transfer-Encoding", "binary"),)


def edit_pair():
    """Passing and failing: an edit with a mask, different in 18 things."""
    passing = multipart(
        P("model", "gpt-image-1"),
        P("prompt", "a hat"),
        P("n", "1"),
        P("size", "1024x1024"),
        P("quality", "low"),
        P("background", "opaque"),
        P("image", WEBP, "avatar.webp", "image/webp"),
        P("mask", PNG, "mask.png", "image/png"),
        headers=(("User-Agent", "good/1"), ("Accept", "application/json")),
    )
    failing = multipart(
        P("image[]", OTHER_PNG, "upload", "application/octet-stream", TRANSFER),
        P("mask", OTHER_PNG, "mask", "image/webp"),
        P("model", "gpt-image-1-mini"),
        P("prompt", "a hat " * 20),
        P("n", "3"),
        P("size", "300x300"),
        P("quality", "ultra"),
        P("user", "somebody"),
        chunked=True,
        headers=(("User-Agent", "bad/2"), ("Accept", "*/*"), ("X-Trace", "1")),
    )
    return passing, failing


def speech_pair():
    """A transcription whose failing side is nameless, typeless and asks for more."""
    path = "/v1/audio/transcriptions"
    passing = multipart(
        P("model", "whisper-1"), P("file", MP3, "memo.mp3", "audio/mpeg"), P("language", "ko"), path=path
    )
    failing = multipart(
        P("file", MP3, "file", None),
        P("model", "whisper-1"),
        P("language", "xx"),
        P("temperature", "2"),
        P("prompt", "words"),
        path=path,
        chunked=True,
    )
    return passing, failing


def added_pair():
    """The failing side adds a mask and a second picture, both badly sent: what is within needs the part."""
    model = (P("model", "gpt-image-1"), P("prompt", "a hat"))
    passing = multipart(*model, P("image", PNG, "a.png", "image/png"))
    failing = multipart(
        P("image", PNG, "a.png", "image/png"),
        P("image", OTHER_PNG, "blob", "application/octet-stream"),
        P("mask", PNG, "upload", "application/octet-stream"),
        *model,
        P("n", "2"),
    )
    return passing, failing


def json_pair():
    passing = json_request({"model": "a", "prompt": "x", "n": 1, "size": "1024x1024", "quality": "low"})
    failing = json_request(
        {
            "model": "b",
            "prompt": "y",
            "n": 4,
            "size": "300x300",
            "stream": True,
            "user": "z",
            "moderation": "q",
        }
    )
    return passing, failing


def wide_pair():
    """Thirty text fields that all differ."""
    picture = P("image", PNG, "a.png", "image/png")
    fields = [f"field{number:02}" for number in range(30)]
    return (
        multipart(picture, *(P(name, "good") for name in fields)),
        multipart(picture, *(P(name, "bad") for name in fields)),
    )


def report_pair():
    """The field report's: a tuple against a bare BytesIO."""
    return (
        edit(P("image", WEBP, "avatar.webp", "image/webp")),
        edit(P("image", WEBP, "upload", "application/octet-stream")),
    )


PAIRS = {
    "edit": edit_pair,
    "speech": speech_pair,
    "added": added_pair,
    "json": json_pair,
    "wide": wide_pair,
    "report": report_pair,
}
