"""Findings about an upload's media type: none, generic, misspelt, not taken, or not what the bytes are."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.findings._sent import Family, SentForm, as_it_should_be
from upload_matrix.model.result import Finding, Severity
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
        yield from _of(sent, upload)


def _of(sent: SentForm, upload: Upload) -> Iterator[Finding]:
    place, bare = upload.place, bare_type(upload.declared)
    fix = sent.fix(upload)
    subject = f"The Content-Type of part `{place}`"
    if bare is None:
        says = f"Part `{place}` has no Content-Type{_bytes(upload)}."
        yield Finding("no-type", place, says, fix, Severity.WARNING)
    elif bare in GENERIC_TYPES:
        says = f"{subject} is the generic `{bare}`{_bytes(upload)}."
        yield Finding("octet-stream", place, says, fix, sent.of_type(upload))
    elif bare.count("/") != 1 or not all(bare.split("/")) or "*" in bare:
        better = as_it_should_be(upload, sent.form, sent.operation)[1]
        says = f"{subject} is `{bare}`, which is no media type"
        yield Finding("type-is-none", place, f"{says}{_meant(better)}.", fix)
    elif upload.size and upload.condition is None and _contradicts(bare, upload.format):
        shown = f"are {upload.format}" if upload.format else "have no signature of a known format"
        says = f"{subject} is `{bare}`, but its bytes {shown}."
        yield Finding("type-contradicts-bytes", place, says, fix if upload.format else _undamaged(place))
    else:
        yield from _spelt(sent, upload, bare, fix)


def _spelt(sent: SentForm, upload: Upload, bare: str, fix: str) -> Iterator[Finding]:
    """A type that may mean the right format, in a way that not every server takes."""
    declared, place = upload.declared or "", upload.place
    better = as_it_should_be(upload, sent.form, sent.operation)[1]
    subject = f"The Content-Type of part `{place}`"
    field = sent.field_of(upload)
    family = "" if field is None else field.family
    types = sent.takes(upload).types
    if bare in UNREGISTERED_TYPES and better != bare:
        says = (
            f"{subject}, `{bare}`, is not a registered one, and servers that compare types do not know it; "
        )
        says += f"`{better}` is."
    elif family and bare.startswith(("audio/", "video/")) and not bare.startswith(f"{family}/"):
        says = f"{subject}, `{bare}`, is of another family than the {family} that is sent{_meant(better)}."
    elif ";" in declared and bare.partition("/")[0] in ("image", "audio", "video"):
        says = f"{subject}, `{declared}`, has a parameter, and servers that compare types take the bare type"
        says += f": `{better}`."
    elif types and bare not in types:
        listed = ", ".join(f"`{each}`" for each in types)
        says = f"{subject} is `{bare}`; the API takes {listed} here."
        if upload.format is None or not set(FORMAT_TYPES[upload.format]) & set(types):
            fix = f"Convert the file to what is taken ({listed})."
        yield Finding("type-not-taken", place, says, fix)
        return
    else:
        return
    yield Finding("type-not-preferred", place, says, fix, sent.of_type(upload))


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


def _undamaged(place: str) -> str:
    return (
        f"See what damaged the bytes of `{place}` on the way: a text mode (`open(path)` instead of "
        '`open(path, "rb")`), base64, or a gateway that decodes bytes as text.'
    )


FAMILY = Family(_CODES, _check)
