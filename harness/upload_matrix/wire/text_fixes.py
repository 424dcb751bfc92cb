"""A request with a file as text in JSON, or as its whole body, repaired: what an expert would try first.

Each fix changes one thing: the declared type, the prefix, the spelling of base64, or what was encoded.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from upload_matrix import vendors
from upload_matrix.model.codec import parsed
from upload_matrix.wire.carriers.embedded import NUMBERS, PREFIX, Embedded, decoded
from upload_matrix.wire.content import Damage
from upload_matrix.wire.form import Captured, WireForm, canonical_text
from upload_matrix.wire.json_body import Keys, bytes_of_numbers, keys_of, put, value_at
from upload_matrix.wire.media import (
    FORMAT_TYPES,
    bare_type,
    family_of_type,
    preferred_type,
    sniff,
    word_of_format,
)


@dataclass(frozen=True, slots=True)
class TextFix:
    """What it does in words, and the change it makes to a document (in place; gives it back)."""

    says: str
    apply: Callable[[Any], Any]


def text_fixes(failing: Captured) -> tuple[TextFix, ...]:
    """The fixes of a JSON body's files, in the order of their places; () for any other body."""
    wire = failing.wire
    if wire.json is None:
        return ()
    found: list[TextFix] = []
    for each in wire.embedded:
        if each.is_upload:
            block = vendors.block_at(wire.path, wire.document, keys_of(each.place))
            moved = _as_document(each, block, wire, failing.body)
            found += _of(each, block) if moved is None else (moved,)
    return tuple(found)


def applied(failing: Captured, fixes: tuple[TextFix, ...]) -> bytes:
    """The body with these fixes made."""
    document = copy.deepcopy(parsed(failing.body))
    for fix in fixes:
        document = fix.apply(document)
    return canonical_text(document).encode("utf-8", "surrogatepass")


def is_pictures(name: str) -> bool:
    """Whether a type, or a word for a format, that is taken somewhere is a picture's."""
    return family_of_type(name) == "image" if "/" in name else name in ("png", "jpeg", "gif", "webp")


def document_block(path: str, filename: str | None, content: str) -> str | None:
    """The JSON of the block in which the API at a path takes a PDF, whose base64 is ``content``; None where
    none is known."""
    name = vendors.operation_of(path)
    blocks = {} if name is None else vendors.vendor_of(name).content.get(name, {})
    if "document" not in blocks:
        return None
    written = json.dumps(blocks["document"][0])
    of_pdf = {
        "{data_url}": f"data:application/pdf;base64,{content}",
        "{base64}": content,
        "{media_type}": "application/pdf",
        "{word}": "pdf",
        "{stem}": "document",
        "{filename}": json.dumps(filename or "document.pdf", ensure_ascii=False)[1:-1],
    }
    for placeholder, value in of_pdf.items():
        written = written.replace(placeholder, value)
    return written


def _as_document(each: Embedded, block: vendors.Block | None, wire: WireForm, body: bytes) -> TextFix | None:
    """A PDF where only pictures are taken, in the API's block for documents."""
    taken = () if block is None else block.words or block.types
    keys = keys_of(each.place)
    at = max((place for place, key in enumerate(keys) if isinstance(key, int)), default=None)
    if each.format != "pdf" or not taken or not all(map(is_pictures, taken)) or at is None:
        return None
    text = value_at(parsed(body), keys)
    if not isinstance(text, str):
        return None
    content = _plainly(text)
    written = document_block(wire.path, each.filename, content[_prefix_length(content) :])
    if written is None:
        return None
    return TextFix(
        f"{each.place}: in the block for documents",
        lambda document: put(document, keys[: at + 1], parsed(written)),
    )


def _of(each: Embedded, block: vendors.Block | None) -> Iterator[TextFix]:
    keys = keys_of(each.place)
    known = each.format
    if known is None:
        if each.condition is not None and each.condition.kind is Damage.ENCODED and each.stray is None:
            yield TextFix(f"{each.place}: encoded once, not twice", _at(keys, _plainly))
        return
    family = "" if block is None else block.family
    content_type = _type(each, known, family, () if block is None else block.types)
    wants_prefix = each.carrier == "data-url" if block is None else block.wants == "data-url"
    if block is not None and block.wants == "either":
        wants_prefix = each.prefix is not None
    prefix = f"data:{content_type};base64," if wants_prefix else ""
    if each.stray == NUMBERS:
        yield TextFix(
            f"{each.place}: base64, not numbers", _at(keys, lambda value: prefix + _of_numbers(value))
        )
        return
    if (each.prefix or "") != prefix:
        said = _said_of_prefix(each.prefix or "", prefix, content_type)
        yield TextFix(f"{each.place}: {said}", _at(keys, lambda text: prefix + text[_prefix_length(text) :]))
    if each.spelling != "base64":
        yield TextFix(f"{each.place}: base64 of the usual alphabet, padded, in one line", _at(keys, _plainly))
    if each.typed_at is not None:
        told = word_of_format(known) if each.declared and "/" not in each.declared else content_type
        if told != each.declared:
            yield TextFix(f"{each.typed_at}: {told}", _at(keys_of(each.typed_at), lambda _: told))


def _said_of_prefix(given: str, wanted: str, content_type: str) -> str:
    if not wanted:
        return "without the prefix of a data URL"
    if not given:
        return f"behind `{wanted}`"
    return f"`{wanted}` once" if given.lower().count("data:") > 1 else f"declared as {content_type}"


def _type(each: Embedded, known: str, family: str, taken: tuple[str, ...]) -> str:
    fitting = FORMAT_TYPES[known]
    declared = bare_type(each.declared)
    if declared in fitting and (not taken or declared in taken):
        return str(declared)
    return next((one for one in fitting if one in taken), preferred_type(known, family))


def _at(keys: Keys, change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda document: put(document, keys, change(value_at(document, keys)))


def _prefix_length(text: str) -> int:
    found = PREFIX.match(text)
    return 0 if found is None else len(found[0])


def _plainly(text: str) -> str:
    """The same bytes in the spelling that everybody reads; those behind it where it was encoded twice."""
    length = _prefix_length(text)
    try:
        data = decoded(text[length:])
        if sniff(data[:64]) is None:
            data = decoded(data.decode("ascii"))
    except (ValueError, UnicodeDecodeError):
        return text
    return text[:length] + base64.b64encode(data).decode()


def _of_numbers(value: Any) -> str:
    return base64.b64encode(bytes_of_numbers(value) or b"").decode()
