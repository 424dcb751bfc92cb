"""Findings about a file's bytes: none, damaged, cut short, twice the same, or text in their place."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.findings._sent import Family, SentForm, argument_of, bytes_of, is_text, named
from upload_matrix.model.case import FileField
from upload_matrix.model.result import Finding, Severity
from upload_matrix.wire.carriers.embedded import CUT
from upload_matrix.wire.carriers.multipart import Part, base_name
from upload_matrix.wire.content import Damage, Remark
from upload_matrix.wire.media import bare_type, extension, format_of_extension, format_of_type
from upload_matrix.wire.upload import Upload

_CODES = {
    "text-where-file": "A file field was sent as text: a path, base64 or an object's name, not a file.",
    "empty-part": "A file part has no bytes, as when a stream was already read to its end.",
    "damaged-bytes": "The bytes are not those of a file of this kind: text that stands for them, another "
    "thing in their place, or what a conversion left of them.",
    "truncated-file": "The file's own structure says that its end is missing.",
    "file-sent-more-than-once": "The same bytes were sent twice under one field.",
}

_SHOWN = 60
"""Characters of a text value that a sentence quotes."""


def _check(sent: SentForm) -> Iterator[Finding]:
    for field in sent.operation.file_fields:
        yield from _text(sent, field)
    for upload in sent.uploads:
        if upload.size == 0:
            fix = "Read the file once into `data` and hand over that, or call `.seek(0)` before the call"
            fix += f": `{sent.fix(upload)}`." if upload.carrier == "multipart" else "."
            yield Finding("empty-part", upload.place, f"{named(upload)} is empty (0 bytes).", fix)
        elif _is_no_text_of_it(sent, upload):
            continue  # said of its text, in ``embedded``
        elif upload.condition is not None and _matters(upload, upload.condition):
            yield _damaged(upload, upload.condition)
    yield from _repeated(sent)


def _is_no_text_of_it(sent: SentForm, upload: Upload) -> bool:
    """Whether an upload in JSON is no sound text of a file, so that its bytes are a decoder's own."""
    each = sent.embedded(upload)
    return each is not None and (each.format is None or (each.stray is not None and each.stray != CUT))


_FIXES = {
    Damage.ENCODED: "Decode the text first, and hand over the bytes (`base64.b64decode(text)` for base64).",
    Damage.PLACEHOLDER: 'Open what it leads to, and hand over the bytes: `open(path, "rb")`.',
    Damage.PAGE: "See what the download was answered, status and all, before it is kept as a file.",
    Damage.TEXT: "Hand over the file's own bytes.",
    Damage.GARBLED: 'Never pass a file through text: `open(path, "rb")`, not `open(path)`; no strings.',
    Damage.CUT: "Hand over the whole file; see where it was read or downloaded in part, or not yet written.",
    Damage.LINES: "Write UTF-8 without a byte-order mark, and one whole JSON object a line.",
}
_JSON_LINES = frozenset({".jsonl", ".ndjson"})
_TABLES = frozenset({".csv", ".tsv"})
_ANY_TEXT = frozenset(
    {".txt", ".md", ".json", ".html", ".htm", ".xml", ".js", ".py", ".css", ".svg", ".yaml"}
)


def _matters(upload: Upload, condition: Remark) -> bool:
    """Whether what the bytes are contradicts what the upload claims to be: text may well be a text file."""
    if condition.kind in (Damage.CUT, Damage.GARBLED, Damage.LINES):
        return True
    if condition.kind is Damage.BROKEN:
        return False  # that is the request's fault, and said of its body
    if upload.carrier == "raw" and condition.kind in (Damage.ENCODED, Damage.PLACEHOLDER):
        return not (bare_type(upload.declared) or "").startswith("text/")
    ending = extension(upload.filename or "")
    if ending in _TABLES:
        # A column of numbers or of ids is a table like any other.
        return condition.kind is Damage.PAGE or condition.says.startswith("a data URL")
    if ending in _JSON_LINES:
        return condition.kind in (Damage.ENCODED, Damage.PAGE, Damage.PLACEHOLDER)
    if ending in _ANY_TEXT or (bare_type(upload.declared) or "").startswith("text/"):
        return False
    return (format_of_extension(upload.filename or "") or format_of_type(upload.declared)) is not None


def _damaged(upload: Upload, condition: Remark) -> Finding:
    claimed = format_of_extension(upload.filename or "") or format_of_type(upload.declared)
    instead = "" if claimed is None or condition.kind is Damage.CUT else f", not {claimed}"
    says = f"{bytes_of(upload)} are {condition.says}{instead}."
    code = "truncated-file" if condition.kind is Damage.CUT else "damaged-bytes"
    return Finding(code, upload.place, says, _FIXES[condition.kind])


def _text(sent: SentForm, field: FileField) -> Iterator[Finding]:
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
    fix = argument_of(field, texts[0].text if len(texts) == 1 else None)
    yield Finding("text-where-file", field.name, says, f"Hand over the file's bytes, not text: `{fix}`.")


def _quoted(part: Part) -> str:
    if part.text is None:
        return f"{part.characters} characters"
    short = part.text if len(part.text) <= _SHOWN else f"{part.text[:_SHOWN]}..."
    return f"`{short}`"


def _repeated(sent: SentForm) -> Iterator[Finding]:
    first: dict[tuple[str, str], str] = {}
    for upload in sent.uploads:
        if upload.carrier != "multipart":
            continue  # a conversation may show a picture twice
        label, key = upload.place, (base_name(upload.name), upload.asset or upload.sha256)
        if upload.size and key in first:
            yield Finding(
                "file-sent-more-than-once",
                label,
                f"Part `{label}` has the same bytes as part `{first[key]}`.",
                "Send the file once. A retry or a gateway that adds it again shows as this.",
                Severity.WARNING,
            )
        first.setdefault(key, label)


FAMILY = Family(_CODES, _check)
