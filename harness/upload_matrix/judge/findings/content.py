"""Findings about a file's bytes: none, twice the same, or text in their place."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.findings._sent import Family, Sent, is_text, tuple_mend
from upload_matrix.model.case import FileField
from upload_matrix.model.result import Finding
from upload_matrix.wire.difference import base_name
from upload_matrix.wire.form import Part

_CODES = {
    "text-where-file": "A file field was sent as text: a path, base64 or an object's name, not a file.",
    "empty-part": "A file part has no bytes, as when a stream was already read to its end.",
    "file-sent-more-than-once": "The same bytes were sent twice under one field.",
}

_SHOWN = 60
"""Characters of a text value that a sentence quotes."""


def _check(sent: Sent) -> Iterator[Finding]:
    for field in sent.operation.file_fields:
        yield from _text(sent, field)
    for label, part in sent.uploads:
        if part.size == 0:
            yield Finding(
                "empty-part",
                label,
                f"Part `{label}` is empty (0 bytes).",
                "Read the file once into `data` and hand over that, or call `.seek(0)` before the call: "
                f"`{tuple_mend(part)}`.",
            )
    yield from _repeated(sent)


def _text(sent: Sent, field: FileField) -> Iterator[Finding]:
    texts = [part for _, part in sent.of_field(field.name) if is_text(part)]
    if not texts:
        return
    if len(texts) == 1:
        says = f"Part `{texts[0].name}` is text, not a file: {_quoted(texts[0])}."
    else:
        # A Node Buffer becomes a text field per byte: one sentence for all of them.
        says = (
            f"Field `{field.name}` went out as {len(texts)} text parts, `{texts[0].name}` to "
            f"`{texts[-1].name}`, not as a file."
        )
    mend = f'{field.name}=("NAME.EXTENSION", data, "TYPE/SUBTYPE")'
    yield Finding("text-where-file", field.name, says, f"Hand over the file's bytes, not text: `{mend}`.")


def _quoted(part: Part) -> str:
    if part.text is None:
        return f"{part.characters} characters"
    short = part.text if len(part.text) <= _SHOWN else f"{part.text[:_SHOWN]}..."
    return f"`{short}`"


def _repeated(sent: Sent) -> Iterator[Finding]:
    first: dict[tuple[str, str], str] = {}
    for label, part in sent.uploads:
        key = base_name(part.name), part.content
        if part.size and key in first:
            yield Finding(
                "file-sent-more-than-once",
                label,
                f"Part `{label}` has the same bytes as part `{first[key]}`.",
                "Send the file once. A retry or a gateway that adds it again shows as this.",
            )
        first.setdefault(key, label)


FAMILY = Family(_CODES, _check)
