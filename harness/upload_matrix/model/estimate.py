"""What a request asks for, as far as money depends on it: read from its wire form alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from upload_matrix import vendors
from upload_matrix.model.codec import parsed
from upload_matrix.model.price import Money, Price, PriceTable, TokenCounts, Usage, cost
from upload_matrix.wire.form import WireForm

_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")
_AUTO = frozenset({None, "", "auto"})


@dataclass(frozen=True, slots=True)
class Asked:
    """``quality`` and ``size`` (pixels) are None for ``auto``, ``size`` also for one that is none.

    ``text_bytes`` and ``text_characters`` measure the prompt in UTF-8. ``readable`` is False for a body that
    is neither multipart nor JSON; the numbers are then the most there can be.
    """

    model: str | None
    operation: str | None
    quality: str | None
    size: tuple[int, int] | None
    images: int
    inputs: int
    partial_images: int
    text_bytes: int
    text_characters: int
    readable: bool = True


def operation_of(wire: WireForm) -> str | None:
    """The operation a path stands for, below any root; None for a path of none we know."""
    return vendors.operation_of(wire.path)


def model_of(wire: WireForm) -> str | None:
    """The model a request names, else the deployment in its path; None when it names neither."""
    models = _values(wire, "model")
    if models:
        return _one(models) or None
    return vendors.deployment(wire.path) or vendors.addressed(wire.path).deployment


def asked(wire: WireForm) -> Asked:
    """Read a request; what cannot be read is taken for the most it can be."""
    quality = _one(_values(wire, "quality"))
    readable = wire.parts is not None or wire.json is not None or not wire.body_size
    text_bytes, characters = _prompt(wire) if readable else (wire.body_size, wire.body_size)
    operation = operation_of(wire)
    most = vendors.vendor_of(operation)
    return Asked(
        model=model_of(wire),
        operation=operation,
        quality=None if quality in _AUTO else quality,
        size=_size(_one(_values(wire, "size"))),
        images=_count(_values(wire, "n"), 1, most.most_images) if readable else most.most_images,
        inputs=_inputs(wire, most.most_inputs) if readable else most.most_inputs,
        partial_images=_count(_values(wire, "partial_images"), 0, most.most_images),
        text_bytes=text_bytes,
        text_characters=characters,
        readable=readable,
    )


def _size(value: str | None) -> tuple[int, int] | None:
    match = _SIZE.fullmatch(value or "")
    return (int(match[1]), int(match[2])) if match else None


def _values(wire: WireForm, name: str) -> tuple[str | None, ...]:
    """Every value sent for a text field; None for one that cannot be read (it is long, or no text)."""
    if wire.json is not None:
        value = wire.field(name)
        return () if value is None else (value,)
    return tuple(part.text for part in wire.parts or () if part.name == name)


def _one(values: tuple[str | None, ...]) -> str | None:
    """The value, if there is just one: which of several a server takes is its own affair."""
    return values[0] if len(set(values)) == 1 else None


def _count(values: tuple[str | None, ...], least: int, most: int) -> int:
    return max((_number(value, least, most) for value in values), default=least)


def _number(value: str | None, least: int, most: int) -> int:
    if value is not None and value.isascii() and value.isdigit() and len(value) < 10:
        return max(int(value), least)
    return most


def _inputs(wire: WireForm, most: int) -> int:
    """Input images, masks among them: parts, or the entries of ``images`` in a JSON body.

    A part counts whether or not it is a file: whether it is read as one is the server's affair.
    """
    if wire.json is not None:
        document = parsed(wire.json)
        if not isinstance(document, dict):
            return most
        return sum(
            len(value) if isinstance(value, list) else 1
            for key, value in document.items()
            if key in ("image", "images", "mask") and value is not None
        )
    return sum(part.name.partition("[")[0] in ("image", "images", "mask") for part in wire.parts or ())


def _prompt(wire: WireForm) -> tuple[int, int]:
    """Bytes and characters of the prompt."""
    if wire.json is not None:
        text = wire.field("prompt") or ""
        return len(text.encode("utf-8", "surrogatepass")), len(text)
    parts = [part for part in wire.parts or () if part.name == "prompt"]
    # Bytes that are no UTF-8 have no characters: each byte counts as one.
    return sum(part.size for part in parts), sum(
        part.size if part.characters is None else part.characters for part in parts
    )


# What a request will cost before it is sent: what is likely, and what it cannot go beyond.


BASE_PIXELS: Final = 1024 * 1024
"""The size that token counts are published for."""

USUAL_QUALITY: Final = "medium"
"""What ``auto`` is taken for in the expected case; in the worst it is the dearest quality known."""

CHARACTERS_PER_TOKEN: Final = 4
"""Of English text, usually. Any other character (Hangul, for one) is taken for a token of its own."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """USD; None where it is unknown. ``notes`` are what the numbers assume, or why there are none."""

    expected: Money | None
    worst: Money | None
    notes: tuple[str, ...] = ()


def estimate_in(table: PriceTable, wire: WireForm, target: str = "") -> Estimate:
    """``estimate`` with the table's own line for this request."""
    request = asked(wire)
    return _estimate(request, table.price(request.model, request.operation, target))


def estimate(wire: WireForm, price: Price | None) -> Estimate:
    """The likely and the worst cost of one attempt at this request.

    Worst case: the dearest quality where none is given, the largest size where none is given, each byte
    of the prompt a token, each input image as large as it can be, cached tokens none. Output tokens are
    scaled by area from those of 1024x1024; in the worst case a smaller image counts in full, because
    tokens do not fall as fast as the area does. The worst case is a bound as far as the table's numbers are;
    where those are assumed for a model, its margin is on it, and a note says so.
    """
    return _estimate(asked(wire), price)


def _estimate(request: Asked, price: Price | None) -> Estimate:
    if price is None or not price.known:
        return Estimate(None, None, (_why_unknown(request, price),))
    if price.per_call is not None:
        return Estimate(price.per_call, price.per_call)
    if price.tokens is None:
        return Estimate(None, None, (f"{request.model}: rates are known, but no counts of tokens",))
    notes = _notes(request, price.tokens)
    return Estimate(
        cost(_expected(request, price.tokens), price), cost(_worst(request, price.tokens), price), notes
    )


def _why_unknown(request: Asked, price: Price | None) -> str:
    if request.model is None:
        return "the request names no model"
    if price is not None and price.note:
        return f"{request.model}: {price.note}"
    return f"no price table knows {request.model} for {request.operation or 'this path'}"


def _notes(request: Asked, tokens: TokenCounts) -> tuple[str, ...]:
    notes = []
    if not tokens.published:
        notes.append(
            f"token counts of {request.model} are assumed; the worst case is {tokens.margin} times theirs"
        )
    if request.quality is None:
        notes.append(f"quality auto: expected {USUAL_QUALITY}, at worst {_dearest(tokens)}")
    elif request.quality not in tokens.image_out:
        notes.append(f"nobody knows how many tokens quality {request.quality} takes")
    if request.size is None:
        notes.append("size auto: expected 1024x1024, at worst {}x{}".format(*tokens.largest))
    if not request.readable:
        notes.append("the body could not be read: taken for the most it can ask for")
    return tuple(notes)


def _dearest(tokens: TokenCounts) -> str:
    return max(tokens.image_out, key=lambda quality: tokens.image_out[quality])


def _expected(request: Asked, tokens: TokenCounts) -> Usage | None:
    per_image = tokens.image_out.get(request.quality or USUAL_QUALITY)
    if per_image is None:
        return None
    area = _area(request.size or (1024, 1024))
    return Usage(
        text_in=_likely_text(request) + tokens.text_overhead * bool(request.inputs),
        image_in=tokens.image_in.expected * request.inputs,
        text_out=tokens.text_out.expected,
        image_out=_up(per_image * area) * request.images + tokens.partial_image * request.partial_images,
    )


def _worst(request: Asked, tokens: TokenCounts) -> Usage | None:
    per_image = tokens.image_out.get(request.quality or _dearest(tokens))
    if per_image is None:
        return None
    area = max(Decimal(1), _area(request.size or tokens.largest))
    made = _up(per_image * area * tokens.margin) + tokens.partial_image * request.partial_images
    return Usage(
        text_in=request.text_bytes + tokens.text_overhead * (request.inputs + 1),
        image_in=_up(tokens.image_in.worst * tokens.margin) * request.inputs,
        text_out=_up(tokens.text_out.worst * tokens.margin),
        image_out=made * request.images,
    )


def _likely_text(request: Asked) -> int:
    # A Hangul syllable is three bytes, so two bytes beyond one a character stand for one such character.
    wide = min(-(-(request.text_bytes - request.text_characters) // 2), request.text_characters)
    return wide - (-(request.text_characters - wide) // CHARACTERS_PER_TOKEN)


def _area(size: tuple[int, int]) -> Decimal:
    return Decimal(size[0] * size[1]) / BASE_PIXELS


def _up(tokens: Decimal) -> int:
    return int(tokens.to_integral_value(rounding=ROUND_CEILING))
