"""The judge: the first rule that holds for a wire form answers; when none does, the request succeeds."""

from __future__ import annotations

import base64
import io
import json
import re
from collections import Counter
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from PIL import Image

from upload_matrix import vendors
from upload_matrix.emulator.agreement import NOT_EMULATED
from upload_matrix.emulator.conditions import dimensions
from upload_matrix.emulator.profile import Profile, profiles_of, read
from upload_matrix.emulator.reading import Reading
from upload_matrix.emulator.rule import IGNORED, Rule
from upload_matrix.emulator.standing import dispute
from upload_matrix.emulator.vocabulary import PLACEHOLDER, filled
from upload_matrix.model.answer import PLAYS, Answer, Provenance, Source, Supply
from upload_matrix.vendors import ApiRoute, EmulatedImages
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.media import bare_type
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


def success(profile: Profile, reading: Reading, route: ApiRoute, *, ignored: bool = False) -> tuple[str, Any]:
    """The Content-Type and the content of a 200 answer, as the operation's file says.

    ``ignored``: of a model that was given none of the files.
    """
    if route.emulated == "models":
        return JSON, _models(profile)
    if route.emulated == "images":
        return JSON, _images(profile, reading)
    values = _values(profile, reading, ignored=ignored)
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


def _values(profile: Profile, reading: Reading, *, ignored: bool) -> dict[str, str | int]:
    files = () if ignored else reading.wire.uploads()
    families = Counter(each.family for each in files)
    stand_ins = vendors.vendor_of(reading.operation).emulated_tokens
    seen = f"{len(files)} file{'' if len(files) == 1 else 's'} received and not looked at"
    return {
        **{name: text.value or "" for name, text in reading.fields.items()},
        "model": reading.model or "",
        "profile": profile.name,
        "timestamp": profile.timestamp,
        "digest": reading.wire.digest,
        "filename": stable_filename(files[0].filename or "") if files else "",
        "size": files[0].size if files else 0,
        "declared": re.sub(r"[^a-z0-9]+", "-", bare_type(files[0].declared) or "untyped") if files else "",
        "seen": "no file received" if ignored else seen,
        **{f"{family}_tokens": count * families[family] for family, count in stand_ins.items()},
    }


def _filled(shape: Any, values: Mapping[str, str | int | None]) -> Any:
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
    rule_id = None if rule is None else rule.id
    headers = [] if body is None else [("content-type", content_type)]
    headers += [
        ("x-upload-matrix-provenance", Provenance.EMULATED.value),
        ("x-upload-matrix-profile", profile.name),
    ]
    if rule is not None:
        headers.append(("x-upload-matrix-rule", rule.id))
        if rule.answer.body == IGNORED:
            headers.append((PLAYS, IGNORED))
    return Answer(
        status=status,
        headers=tuple(headers),
        body=b"" if body is None else (body if isinstance(body, str) else _compact(body)).encode(),
        source=Source(
            target=target or f"emulator:{profile.name}",
            provenance=Provenance.EMULATED,
            supply=Supply.EMULATOR,
            profile=profile.name,
            disputed=dispute(profile, rule_id),
        ),
        rule=rule_id,
    )


def _decide(profile: Profile, reading: Reading) -> tuple[int, tuple[str, Any], Rule | None]:
    """Status, Content-Type with the content (None: empty), and the rule (None: success)."""
    serves = vendors.serving(profile.vendor) if profile.vendor else None
    strange = serves is not None and reading.operation is not None and reading.operation not in serves.routes
    if strange or reading.operation in profile.leaves_out:
        return 501, _own(_not_emulated(profile, reading.operation or "")), None
    decided = next(
        ((rule, error) for rule in profile.in_force if (error := rule.error(reading)) is not None), None
    )
    if decided is not None and decided[0].answer.body != IGNORED:
        rule, error = decided
        return rule.answer.status, (JSON, _in_form(profile, reading, rule, error) if error else None), rule
    if not reading.method_fits:
        # Only in a profile without such a rule. 501 is "no statement", never a rejection.
        says = f"Profile {profile.name} has no rule for {reading.wire.method} {reading.wire.path}."
        return 501, _own(says), None
    route = vendors.vendor_of(reading.operation).routes.get(reading.operation or "")
    if route is None or route.emulated is None:
        says = f"The emulator does not know what {reading.operation} answers: its file has no `emulated`."
        return 501, _own(says), None
    ignored = None if decided is None else decided[0]
    return 200, success(profile, reading, route, ignored=ignored is not None), ignored


def _not_emulated(profile: Profile, operation: str) -> str:
    """That a profile makes no statement about an operation, and which of the shipped ones do."""
    vendor = vendors.vendor_of(operation)
    is_known = vendor.routes[operation].emulated is not None
    others = [each.name for each in profiles_of(vendor.name) if is_known and operation not in each.leaves_out]
    ask = f"; name one that does: {' or '.join(others)}" if others else ""
    return f"{operation} is not emulated by profile {profile.name}{ask}."


def _in_form(profile: Profile, reading: Reading, rule: Rule, error: Mapping[str, str | None]) -> Any:
    """An error as the profile's vendor writes it; the emulator's own is always of one form."""
    vendor = vendors.serving(profile.vendor) or vendors.vendor_of(reading.operation)
    if vendor.error_form is None or rule.answer.status == NOT_EMULATED:
        return {"error": error}
    return _filled(vendor.error_form, {**error, "status": rule.answer.status, "digest": reading.wire.digest})


def _own(says: str) -> tuple[str, Any]:
    return JSON, {"error": {"message": says, "type": "emulator", "param": None, "code": None}}
