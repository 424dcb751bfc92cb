"""What a request asks for, as far as money depends on it: read from its wire form alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from upload_matrix import vendors
from upload_matrix.model.codec import parsed
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
    return (_one(models) or None) if models else vendors.deployment(wire.path)


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
