"""Findings about a file part's Content-Type: none, generic, or not what the bytes are."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.findings._sent import Family, Sent, tuple_mend
from upload_matrix.model.result import Finding
from upload_matrix.wire.form import Part
from upload_matrix.wire.media import FORMAT_TYPES, GENERIC_TYPES, bare_type, format_of_type

_CODES = {
    "no-type": "A file part has no Content-Type, and servers differ in what they assume.",
    "octet-stream": "A file part's Content-Type is generic and says nothing about the bytes.",
    "type-contradicts-bytes": "A file part's Content-Type claims another format than the bytes have.",
}


def _check(sent: Sent) -> Iterator[Finding]:
    for label, part in sent.uploads:
        bare = bare_type(part.content_type)
        mend = tuple_mend(part)
        if bare is None:
            yield Finding("no-type", label, f"Part `{label}` has no Content-Type{_bytes(part)}.", mend)
        elif bare in GENERIC_TYPES:
            says = f"The Content-Type of part `{label}` is the generic `{bare}`{_bytes(part)}."
            yield Finding("octet-stream", label, says, mend)
        elif part.size and _contradicts(bare, part.format):
            shown = f"are {part.format}" if part.format else "have no signature of a known format"
            says = f"The Content-Type of part `{label}` is `{bare}`, but its bytes {shown}."
            yield Finding("type-contradicts-bytes", label, says, mend if part.format else _undamaged(label))


def _contradicts(bare: str, media_format: str | None) -> bool:
    claimed = format_of_type(bare)
    if media_format not in FORMAT_TYPES:
        # Every known image format has a signature; audio without one is common (MPEG frames).
        return claimed is not None and bare.startswith("image/")
    if claimed is not None:
        return claimed != media_format
    families = {known.partition("/")[0] for known in FORMAT_TYPES[media_format]}
    return bare.partition("/")[0] not in families


def _bytes(part: Part) -> str:
    return f", while its bytes are {part.format}" if part.format else ""


def _undamaged(label: str) -> str:
    return (
        f"See what damaged the bytes of `{label}` on the way: a text mode (`open(path)` instead of "
        '`open(path, "rb")`), base64, or a gateway that decodes bytes as text.'
    )


FAMILY = Family(_CODES, _check)
