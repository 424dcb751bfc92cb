"""A failing call against an emulator, ready to be diagnosed: no client, no network, recordings in a folder."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from upload_matrix.answers.answering import Answering, Policy
from upload_matrix.diagnose.steps import Bench
from upload_matrix.emulator.profile import load_profile
from upload_matrix.isolate.asker import Asker, Memory
from upload_matrix.isolate.subject import Subject
from upload_matrix.judge.isolate.asking import SearchOptions
from upload_matrix.recordings import RecordMode
from upload_matrix.run.session import Settings
from upload_matrix.wire.form import Captured
from upload_matrix.wire.read import wire_form

WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 picture"
OCTETS = "application/octet-stream"
BOUNDARY = b"the-client's"
TARGET = "emulator:openai-2026-02"


@dataclass(frozen=True)
class File:
    """A file part."""

    name: str = "image"
    filename: str | None = "upload"
    type: str | None = OCTETS
    content: bytes = WEBP


def edit(*files, path="/v1/images/edits", headers=(), text=None, **fields):
    """A captured edit: text fields first; ``None`` leaves a field out. ``text`` are all of them, in order."""
    asked = dict(text) if text is not None else {"model": "gpt-image-1", "prompt": "a hat", **fields}
    parts = [
        b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (name.encode(), value.encode())
        for name, value in asked.items()
        if value is not None
    ]
    for file in files:
        lines = [f'Content-Disposition: form-data; name="{file.name}"']
        if file.filename is not None:
            lines[0] += f'; filename="{file.filename}"'
        if file.type is not None:
            lines.append(f"Content-Type: {file.type}")
        parts.append("\r\n".join(lines).encode() + b"\r\n\r\n" + file.content)
    body = (
        b"".join(b"--" + BOUNDARY + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + BOUNDARY + b"--\r\n"
    )
    lines = (
        (b"Host", b"127.0.0.1:1"),
        (b"Authorization", b"Bearer dummy"),
        (b"User-Agent", b"OpenAI/Python 3.54.0"),
        *((name.encode(), value.encode()) for name, value in headers),
        (b"Content-Type", b'multipart/form-data; boundary="' + BOUNDARY + b'"'),
        (b"Content-Length", b"%d" % len(body)),
    )
    head = b"\r\n".join([b"POST /token/1%s HTTP/1.1" % path.encode(), *(n + b": " + v for n, v in lines)])
    wire = wire_form("POST", path, lines, body, {})
    return Captured(head + b"\r\n\r\n", lines, body, wire, complete=True)


@contextmanager
def asking(folder, target=TARGET, *, mode=RecordMode.NEW_EPISODES, most=None, state=None, targets=None):
    """An asker with recordings in ``folder``."""
    policy = Policy(folder, mode, date(2026, 2, 22))
    with (
        Answering(policy, targets or {}) as keeping,
        Answering(replace(policy, recording=False), targets or {}) as leaving,
    ):
        aside = None if mode is RecordMode.NONE else leaving
        yield Asker(target, keeping, aside, Memory(state), most=most)


def bench_of(asker, request, folder, *, client="openai", container="bytesio", **more):
    """A bench for a request, without releases of the SDK."""
    subject = Subject("the call", asker.target, request, client, container)
    profile = asker.target.removeprefix("emulator:")
    return Bench(
        subject=subject,
        asker=asker,
        spec=None,
        today=load_profile(profile).date,
        options=SearchOptions(reconfirm=False),
        settings=Settings(Policy(folder, RecordMode.NONE, date(2026, 2, 22)), {}, {}, {}),
        why_no_releases="none here",
        **more,
    )
