"""The judge: the first rule that holds for a wire form answers; when none does, the request succeeds."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from PIL import Image

from upload_matrix import vendors
from upload_matrix.emulator.profile import Profile, read
from upload_matrix.emulator.reading import Reading
from upload_matrix.emulator.rule import PLACEHOLDER, dimensions, filled
from upload_matrix.emulator.standing import dispute
from upload_matrix.model.answer import Answer, Provenance, Source, Supply
from upload_matrix.vendors import ApiRoute, EmulatedImages
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.stable import stable_filename

# The pictures in successful answers: real, valid, of the size asked for, and one flat colour.


JSON: Final = "application/json"
PLAIN: Final = "text/plain; charset=utf-8"
EVENTS: Final = "text/event-stream; charset=utf-8"

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


CHARACTERS_PER_TOKEN: Final = 4
LARGEST_EDGE: Final = 4096

_PICTURE_FORMATS = ("png", "jpeg", "webp")


def success(profile: Profile, reading: Reading, route: ApiRoute) -> tuple[str, Any]:
    """The Content-Type and the content of a 200 answer, as the operation's file says."""
    if route.emulated == "models":
        return JSON, _models(profile)
    if route.emulated == "images":
        return JSON, _images(profile, reading)
    values = _values(profile, reading)
    plain = _filled(route.emulated, values)
    if not isinstance(plain, dict):
        return JSON, plain
    values = {**plain, **values}
    if route.emulated_events and reading.streams:
        return EVENTS, "".join(
            f"data: {_compact(_filled(each, values))}\n\n" for each in route.emulated_events
        )
    form = route.emulated_forms.get(reading.value("response_format"))
    filled_form = plain if form is None else _filled(form, values)
    return (PLAIN if isinstance(filled_form, str) else JSON), filled_form


def _compact(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"))


def _values(profile: Profile, reading: Reading) -> dict[str, str | int]:
    first = next((part for parts in reading.parts_by_name.values() for part in parts if part.is_file), None)
    return {
        **{name: text.value or "" for name, text in reading.fields.items()},
        "profile": profile.name,
        "timestamp": profile.timestamp,
        "digest": reading.wire.digest,
        "filename": stable_filename(first.filename or "") if first else "",
        "size": first.size if first else 0,
    }


def _filled(shape: Any, values: Mapping[str, str | int]) -> Any:
    """``shape`` with its placeholders filled in; a text that is one alone becomes what it stands for."""
    if isinstance(shape, dict):
        return {key: _filled(value, values) for key, value in shape.items()}
    if isinstance(shape, list):
        return [_filled(value, values) for value in shape]
    if not isinstance(shape, str):
        return shape
    alone = PLACEHOLDER.fullmatch(shape)
    return values.get(alone[1], "") if alone else filled(shape, values)


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


def _images(profile: Profile, reading: Reading) -> dict[str, Any]:
    count, size = _count(reading), _size(reading)
    output_format = _one_of(reading.value("output_format", "png"), _PICTURE_FORMATS)
    transparent = reading.value("background") == "transparent"
    stand_in = vendors.vendor_of(reading.operation).emulated_images
    bare = any(fnmatchcase(reading.model or "", pattern) for pattern in stand_in.bare)
    if bare and reading.value("response_format") == "url":
        base = f"https://emulator.invalid/{reading.wire.digest}"
        data = [{"url": f"{base}/{number}.png"} for number in range(1, count + 1)]
    else:
        data = [{"b64_json": picture(*size, output_format, transparent)}] * count
    body: dict[str, Any] = {"created": profile.timestamp, "data": data}
    if not bare:
        quality = reading.value("quality", "auto")
        quality = "medium" if quality == "auto" else quality
        body |= {
            "background": "transparent" if transparent else "opaque",
            "output_format": output_format,
            "quality": quality,
            "size": f"{size[0]}x{size[1]}",
            "usage": _usage(reading, stand_in, count, quality),
        }
    return body


def _usage(reading: Reading, stand_in: EmulatedImages, count: int, quality: str) -> dict[str, Any]:
    tokens = stand_in.output_tokens
    output = tokens.get(quality, max(tokens.values(), default=0)) * count
    prompt = reading.fields["prompt"].length if "prompt" in reading.fields else 0
    text = -(-prompt // CHARACTERS_PER_TOKEN)
    image = stand_in.input_tokens * (len(reading.parts("image")) + reading.items)
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
    status, (content_type, body), rule = _decide(profile, reading)
    headers = [] if body is None else [("content-type", content_type)]
    headers += [
        ("x-upload-matrix-provenance", Provenance.EMULATED.value),
        ("x-upload-matrix-profile", profile.name),
    ]
    if rule is not None:
        headers.append(("x-upload-matrix-rule", rule))
    return Answer(
        status=status,
        headers=tuple(headers),
        body=b"" if body is None else (body if isinstance(body, str) else _compact(body)).encode(),
        source=Source(
            target=target or f"emulator:{profile.name}",
            provenance=Provenance.EMULATED,
            supply=Supply.EMULATOR,
            profile=profile.name,
            disputed=dispute(profile, rule),
        ),
        rule=rule,
    )


def _decide(profile: Profile, reading: Reading) -> tuple[int, tuple[str, Any], str | None]:
    """Status, Content-Type with the content (None: empty), and the id of the rule (None: success)."""
    for rule in profile.in_force:
        error = rule.error(reading)
        if error is not None:
            return rule.answer.status, (JSON, {"error": error} if error else None), rule.id
    if not reading.method_fits:
        # Only in a user's profile without such a rule. 501 is "no statement", never a rejection.
        says = f"Profile {profile.name} has no rule for {reading.wire.method} {reading.wire.path}."
        return 501, _own(says), None
    route = vendors.vendor_of(reading.operation).routes.get(reading.operation or "")
    if route is None or route.emulated is None:
        says = f"The emulator does not know what {reading.operation} answers: its file has no `emulated`."
        return 501, _own(says), None
    return 200, success(profile, reading, route), None


def _own(says: str) -> tuple[str, Any]:
    return JSON, {"error": {"message": says, "type": "emulator", "param": None, "code": None}}
