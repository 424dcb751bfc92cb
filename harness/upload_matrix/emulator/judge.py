"""The judge: the first rule that holds for a wire form answers; when none does, the request succeeds."""

from __future__ import annotations

import base64
import io
import json
from functools import lru_cache
from typing import Any, Final

from PIL import Image

from upload_matrix import vendors
from upload_matrix.emulator.profile import Profile, read
from upload_matrix.emulator.reading import Reading
from upload_matrix.emulator.rule import dimensions
from upload_matrix.model.answer import Answer, Provenance, Source, Supply
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.stable import stable_filename

# The pictures in successful answers: real, valid, of the size asked for, and one flat colour.


OPAQUE = (96, 125, 139, 255)
TRANSPARENT = (96, 125, 139, 0)


@lru_cache(maxsize=64)
def picture(width: int, height: int, output_format: str, transparent: bool) -> str:
    """A flat picture as base64; ``width`` and ``height`` in pixels, ``output_format`` png, jpeg or webp.

    Equal arguments give equal text on one machine; another Pillow release may encode other bytes.
    """
    image = Image.new("RGBA", (width, height), TRANSPARENT if transparent else OPAQUE)
    if not transparent or output_format == "jpeg":
        image = image.convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, format=output_format.upper())
    return base64.b64encode(buffer.getvalue()).decode("ascii")


# Answers to requests that no rule refuses: the documented shape, the smallest content, no clock.


OUTPUT_TOKENS: Final[dict[str, int]] = {"low": 272, "medium": 1056, "high": 4160}
"""Per image and quality, as published for 1024x1024 by gpt-image-1, gpt-image-1-mini and gpt-image-1.5.

For other models, sizes and qualities no number is confirmed: these three stand in, ``high`` for what is
above it. An emulated answer's usage is therefore no basis for an estimate of cost.
"""

INPUT_TOKENS_PER_IMAGE: Final = 194
"""A stand-in: the vendor counts by an image's dimensions, which a wire form does not hold."""

CHARACTERS_PER_TOKEN: Final = 4
LARGEST_EDGE: Final = 4096

_PICTURE_FORMATS = ("png", "jpeg", "webp")


def success(profile: Profile, reading: Reading) -> dict[str, Any]:
    """The JSON body of a 200 answer for any known operation."""
    match reading.operation:
        case "models.list":
            return _models(profile)
        case "audio.transcriptions":
            return _transcription(profile, reading)
        case "files.create":
            return _file(profile, reading)
        case _:
            return _images(profile, reading)


def _models(profile: Profile) -> dict[str, Any]:
    entries = []
    for model in filter(profile.alive, profile.models):
        entry: dict[str, Any] = {
            "id": model.id,
            "object": "model",
            "created": profile.timestamp,
            "owned_by": "upload-matrix-emulator",
        }
        if model.shutdown is not None:
            entry["shutdown_date"] = model.shutdown.isoformat()
        entries.append(entry)
    return {"object": "list", "data": entries}


def _transcription(profile: Profile, reading: Reading) -> dict[str, Any]:
    heard = reading.parts("file")
    size = heard[0].size if heard else 0
    says = f"Emulated by upload-matrix, profile {profile.name}: {size} bytes received, nothing transcribed."
    return {"text": says}


def _file(profile: Profile, reading: Reading) -> dict[str, Any]:
    parts = reading.parts("file")
    name = stable_filename(parts[0].filename or "") if parts else ""
    return {
        "id": f"file-emulated-{reading.wire.digest}",
        "object": "file",
        "bytes": parts[0].size if parts else 0,
        "created_at": profile.timestamp,
        "filename": name,
        "purpose": reading.value("purpose", "user_data"),
        "status": "processed",
    }


def _images(profile: Profile, reading: Reading) -> dict[str, Any]:
    count, size = _count(reading), _size(reading)
    output_format = _one_of(reading.value("output_format", "png"), _PICTURE_FORMATS)
    transparent = reading.value("background") == "transparent"
    gpt = not (reading.model or "").startswith("dall-e-")
    if not gpt and reading.value("response_format") == "url":
        base = f"https://emulator.invalid/{reading.wire.digest}"
        data = [{"url": f"{base}/{number}.png"} for number in range(1, count + 1)]
    else:
        data = [{"b64_json": picture(*size, output_format, transparent)}] * count
    body: dict[str, Any] = {"created": profile.timestamp, "data": data}
    if gpt:
        quality = reading.value("quality", "auto")
        quality = "medium" if quality == "auto" else quality
        body |= {
            "background": "transparent" if transparent else "opaque",
            "output_format": output_format,
            "quality": quality,
            "size": f"{size[0]}x{size[1]}",
            "usage": _usage(reading, OUTPUT_TOKENS.get(quality, OUTPUT_TOKENS["high"]) * count),
        }
    return body


def _usage(reading: Reading, output: int) -> dict[str, Any]:
    prompt = reading.fields["prompt"].length if "prompt" in reading.fields else 0
    text = -(-prompt // CHARACTERS_PER_TOKEN)
    image = INPUT_TOKENS_PER_IMAGE * (len(reading.parts("image")) + reading.items)
    return {
        "input_tokens": text + image,
        "input_tokens_details": {"image_tokens": image, "text_tokens": text},
        "output_tokens": output,
        "output_tokens_details": {"image_tokens": output, "text_tokens": 0},
        "total_tokens": text + image + output,
    }


def _count(reading: Reading) -> int:
    # A user's profile may have no rule about n or size, so what is built is bounded here as well.
    value = reading.value("n", "1")
    most = vendors.vendor_of(reading.operation).most_images
    return min(int(value), most) if value.isascii() and value.isdigit() and int(value) else 1


def _size(reading: Reading) -> tuple[int, int]:
    size = dimensions(reading.value("size", "auto"))
    return size if size is not None and max(size) <= LARGEST_EDGE else (1024, 1024)


def _one_of(value: str, known: tuple[str, ...]) -> str:
    return value if value in known else known[0]


def answer(profile: Profile, wire: WireForm, *, target: str | None = None) -> Answer:
    """What ``profile`` says to ``wire``, as ``target`` (by default ``emulator:NAME``).

    The same wire form always gets the same bytes: there is no clock, no randomness and no state. The
    answer says that it is emulated in its source and in its headers, and never carries a vendor's
    header. Its headers leave Content-Length to whoever sends it.
    """
    reading = read(profile, wire)
    status, body, rule = _decide(profile, reading)
    headers = [] if body is None else [("content-type", "application/json")]
    headers += [
        ("x-upload-matrix-provenance", Provenance.EMULATED.value),
        ("x-upload-matrix-profile", profile.name),
    ]
    if rule is not None:
        headers.append(("x-upload-matrix-rule", rule))
    return Answer(
        status=status,
        headers=tuple(headers),
        body=b"" if body is None else json.dumps(body, separators=(",", ":")).encode("ascii"),
        source=Source(
            target=target or f"emulator:{profile.name}",
            provenance=Provenance.EMULATED,
            supply=Supply.EMULATOR,
            profile=profile.name,
        ),
        rule=rule,
    )


def _decide(profile: Profile, reading: Reading) -> tuple[int, dict[str, Any] | None, str | None]:
    """Status, JSON body (None: empty) and the id of the rule that decided (None: success)."""
    for rule in profile.rules:
        error = rule.error(reading)
        if error is not None:
            return rule.answer.status, {"error": error} if error else None, rule.id
    if not reading.method_fits:
        # Only in a user's profile without such a rule. 501 is "no statement", never a rejection.
        says = f"Profile {profile.name} has no rule for {reading.wire.method} {reading.wire.path}."
        return 501, {"error": {"message": says, "type": "emulator", "param": None, "code": None}}, None
    return 200, success(profile, reading), None
