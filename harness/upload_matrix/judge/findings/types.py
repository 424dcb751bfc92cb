"""Findings about an upload's media type: none, generic, misspelt, not taken, or not what the bytes are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from upload_matrix import vendors
from upload_matrix.judge.findings._sent import (
    Family,
    SentForm,
    as_it_should_be,
    meant_type,
    named,
    type_of,
    wants_word,
)
from upload_matrix.model.result import Finding, Severity
from upload_matrix.wire.content import Damage
from upload_matrix.wire.media import (
    FORMAT_TYPES,
    GENERIC_TYPES,
    UNREGISTERED_TYPES,
    bare_type,
    format_of_type,
)
from upload_matrix.wire.upload import Upload

_CODES = {
    "no-type": "A file part has no Content-Type, and servers differ in what they assume.",
    "octet-stream": "A file part's Content-Type is generic and says nothing about the bytes.",
    "type-is-none": "A file part's Content-Type is no media type at all: it has no subtype.",
    "type-contradicts-bytes": "A file part's Content-Type claims another format than the bytes have.",
    "type-not-preferred": "A file part's Content-Type means the right format in a spelling that some servers "
    "do not know: unregistered, another family's, or with parameters.",
    "type-not-taken": "The API is known not to take this Content-Type here.",
}


def _check(sent: SentForm) -> Iterator[Finding]:
    if sent.bytes_alone:
        return
    for upload in sent.uploads:
        for finding in _of(sent, upload):
            if not sent.goes_by_bytes:
                yield finding
            elif finding.code == "type-contradicts-bytes" and format_of_type(upload.declared):
                yield replace(finding, severity=Severity.WARNING)


def _of(sent: SentForm, upload: Upload) -> Iterator[Finding]:
    place, bare = upload.place, meant_type(upload)
    fix = sent.fix(upload)
    subject = type_of(upload)
    if bare is None:
        if upload.carrier == "base64" and upload.typed_at is None:
            return  # a notation that has no place for it
        says = f"{named(upload)} has no {_KINDS.get(upload.carrier, 'media type')}{_bytes(upload)}."
        yield Finding("no-type", place, says, fix, Severity.WARNING)
    elif "/" not in bare and _is_word(sent, upload):
        yield from _spelt(sent, upload, bare, fix)
    elif "/" not in (upload.declared or "") and upload.typed_at is not None and _wants_type(sent, upload):
        shown = f"`{upload.declared}`, a word" if upload.declared else "empty"
        says = f"{subject} is {shown} where a media type is wanted"
        yield Finding("type-is-none", place, f"{says}{_meant(sent.declared_well(upload))}.", fix)
    elif bare in GENERIC_TYPES:
        says = f"{subject} is the generic `{bare}`{_bytes(upload)}."
        yield Finding("octet-stream", place, says, fix, sent.of_type(upload))
    elif _is_stand_in(upload):
        if upload.condition is not None and upload.condition.kind is Damage.TEXT:
            yield from _spelt(sent, upload, bare, fix)
        return  # said of its bytes
    elif bare.count("/") != 1 or not all(bare.split("/")) or "*" in bare:
        better = as_it_should_be(upload, sent.form, sent.operation)[1]
        says = f"{subject} is `{bare}`, which is no media type"
        yield Finding("type-is-none", place, f"{says}{_meant(better)}.", fix)
    elif upload.size and upload.condition is None and _contradicts(bare, upload.format):
        shown = f"are {upload.format}" if upload.format else "have no signature of a known format"
        says = f"{subject} is `{_as_declared(upload)}`, but {_its(upload)} bytes {shown}."
        fix = fix if upload.format else _undamaged(place, bare)
        yield Finding("type-contradicts-bytes", place, says, fix)
    else:
        yield from _spelt(sent, upload, bare, fix)


def _spelt(sent: SentForm, upload: Upload, bare: str, fix: str) -> Iterator[Finding]:
    """A type that may mean the right format, in a way that not every server takes."""
    declared, place = upload.declared or "", upload.place
    better = as_it_should_be(upload, sent.form, sent.operation)[1]
    subject = type_of(upload)
    field, block = sent.field_of(upload), sent.block(upload)
    family = block.family if block is not None else "" if field is None else field.family
    types = sent.takes(upload).types
    if block is not None and block.words and declared not in block.words:
        listed = ", ".join(f"`{each}`" for each in block.words)
        says = f"{subject} is `{declared}`; the API takes {listed} here."
        yield Finding("type-not-taken", place, says, fix)
        return
    if "/" not in declared and upload.carrier != "multipart":
        return
    severity = sent.of_type(upload)
    if bare in UNREGISTERED_TYPES and better != bare and not (block and bare in block.unregistered):
        says = f"{subject}, `{bare}`, is not a registered one, and not every server that compares types "
        says += f"knows it{_meant(better)}."
        if block is not None and bare in block.seen:
            severity = Severity.WARNING
    elif family and bare.startswith(("audio/", "video/")) and not bare.startswith(f"{family}/"):
        says = f"{subject}, `{bare}`, is that of a {bare.partition('/')[0]}, where the API takes {family}; "
        says += f"`{better}` declares the same bytes as {family}."
    elif (
        ";" in declared
        and upload.format is not None
        and not vendors.takes_parameters(sent.form.path)
        and bare.partition("/")[0] in ("image", "audio", "video")
        and bare in (types or (bare,))
    ):
        says = f"{subject}, `{declared}`, has a parameter, and not every server that compares types reads "
        says += f"past it to the bare type: `{bare}`."
        severity = Severity.WARNING if severity is Severity.ERROR else severity
    elif types and bare not in types:
        listed = ", ".join(f"`{each}`" for each in types)
        says = f"{subject} is `{bare}`; the API takes {listed} here."
        if upload.format is None or not set(FORMAT_TYPES[upload.format]) & set(types):
            fix = sent.conversion(upload, types)
        yield Finding("type-not-taken", place, says, fix)
        return
    else:
        return
    yield Finding("type-not-preferred", place, says, fix, severity)


_KINDS = {"multipart": "Content-Type", "raw": "Content-Type"}


def _wants_type(sent: SentForm, upload: Upload) -> bool:
    block = sent.block(upload)
    return block is not None and not wants_word(block)


def _is_word(sent: SentForm, upload: Upload) -> bool:
    block = sent.block(upload)
    return block is not None and bool(block.words)


def _is_stand_in(upload: Upload) -> bool:
    """Whether what stands there is no file's text at all, whatever it is called."""
    return upload.carrier in ("base64", "data-url") and upload.format is None and upload.condition is not None


def _as_declared(upload: Upload) -> str:
    """The type as it was sent: a word where it was one."""
    declared = upload.declared or ""
    return declared if "/" not in declared else bare_type(declared) or declared


def _its(upload: Upload) -> str:
    return "the" if upload.carrier == "raw" and upload.typed_at else "its"


def _meant(better: str) -> str:
    return "" if better == "TYPE/SUBTYPE" else f"; `{better}` is meant"


def _contradicts(bare: str, media_format: str | None) -> bool:
    claimed = format_of_type(bare)
    if media_format not in FORMAT_TYPES:
        # Every known format has a signature, but audio without one is common (MPEG and AAC frames).
        return claimed is not None and claimed not in ("mp3", "aac")
    if bare in FORMAT_TYPES[media_format]:
        return False
    families = {known.partition("/")[0] for known in FORMAT_TYPES[media_format]}
    if media_format in ("m4a", "mp4", "webm", "ogg") and claimed in (media_format, "mp4", "webm", "ogg"):
        return claimed != media_format and {claimed, media_format} != {"m4a", "mp4"}
    return claimed is not None or bare.partition("/")[0] not in families


def _bytes(upload: Upload) -> str:
    return f", while its bytes are {upload.format}" if upload.format else ""


def _undamaged(place: str, bare: str) -> str:
    headless = "Write the header of the format where these are samples without one (PCM). "
    return (
        f"{headless if bare.startswith('audio/') else ''}See what damaged the bytes of `{place}` on the way: "
        'a text mode (`open(path)` instead of `open(path, "rb")`), base64, or a gateway that decodes bytes '
        "as text."
    )


_EXAMPLES = {
    "no-type": "a part without Content-Type -> Content-Type: image/png",
    "octet-stream": "Content-Type: application/octet-stream -> Content-Type: image/png",
    "type-is-none": "Content-Type: png -> Content-Type: image/png",
    "type-contradicts-bytes": "Content-Type: image/jpeg of a PNG -> Content-Type: image/png",
}

FAMILY = Family(_CODES, _check, _EXAMPLES)
