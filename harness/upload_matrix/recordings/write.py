"""A recording as the bytes of its file, and getting them onto the disk whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

from upload_matrix.model.answer import Answer, Provenance
from upload_matrix.recordings.read import FORMAT_VERSION
from upload_matrix.recordings.reduce import Reduced
from upload_matrix.recordings.wiretext import render
from upload_matrix.recordings.yamltext import document
from upload_matrix.wire.form import WireForm


def cassette(
    form: WireForm,
    answer: Answer,
    reduced: Iterable[Reduced],
    *,
    uri: str,
    today: date,
    sample: int = 0,
    unkept: str | None = None,
) -> bytes:
    """The file for one answer, in vcrpy's format; equal arguments give equal bytes on every machine.

    vcrpy reads ``request`` and ``response`` and passes over ``recorded``, which is ours. ``form`` and
    ``answer`` must hold no secrets any more. The first ``sample``, 0, is not numbered. ``unkept`` says why
    the answer has neither headers nor body.
    """
    source = answer.source
    recorded: dict[str, Any] = {
        "target": source.target,
        "provenance": source.provenance.value,
        "profile": source.profile,
        "rule": answer.rule,
        "on": today.isoformat() if source.provenance is Provenance.LIVE else None,
        "wire": form.digest,
        "sample": sample or None,
        "unkept": unkept,
        "reduced": [_without_none(asdict(entry)) for entry in reduced] or None,
    }
    interaction: dict[str, Any] = {
        "request": {
            "method": form.method,
            "uri": uri,
            "body": render(form),
            "headers": {"content-type": [form.media_type]} if form.media_type else {},
        },
        "response": {
            "status": {"code": answer.status, "message": _phrase(answer.status)},
            "headers": _grouped(answer.headers),
            "body": {"string": _text_or_bytes(answer.body)},
        },
        "recorded": _without_none(recorded),
    }
    return document({"version": FORMAT_VERSION, "interactions": [interaction]})


def write_durably(path: Path, data: bytes) -> None:
    """Write ``data`` so that a crash, or another process doing the same, leaves an old or a new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - the name under which its atomicity is documented
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _keep_name(path.parent)


def _keep_name(folder: Path) -> None:
    """Get a folder's new entry onto the disk too; Windows has no way and no need to."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _grouped(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    return grouped


def _text_or_bytes(body: bytes) -> str | bytes:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
