"""Findings about the body as a whole: broken, or without the file it is for."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.findings._sent import Family, Sent
from upload_matrix.model.case import Encoding, FileField
from upload_matrix.model.result import Finding

_CODES = {
    "broken-body": "The body is not what its Content-Type claims, or the request broke off.",
    "file-missing": "A required file field is not in the body at all.",
}


def _check(sent: Sent) -> Iterator[Finding]:
    if sent.form.fault is not None:
        yield Finding(
            "broken-body",
            None,
            f"The body cannot be read: {sent.form.fault}.",
            "Let the client write the multipart body and its Content-Type with the boundary; set neither by "
            "hand.",
        )
    for field in sent.operation.file_fields:
        if field.required and not _has(sent, field):
            yield Finding("file-missing", field.name, _missing(sent, field), _mend(sent, field))


def _has(sent: Sent, field: FileField) -> bool:
    if sent.operation.encoding is Encoding.JSON:
        return sent.form.field(field.name) is not None
    return bool(sent.of_field(field.name))


def _missing(sent: Sent, field: FileField) -> str:
    if sent.form.parts is None and sent.operation.encoding is Encoding.MULTIPART:
        kind = sent.form.media_type or "no Content-Type"
        return f"The required file field `{field.name}` is missing: the body is not multipart ({kind})."
    others = _other_files(sent)
    files = f"its files are under {', '.join(f'`{name}`' for name in others)}" if others else "it has no file"
    return f"The required file field `{field.name}` is not in the body; {files}."


def _mend(sent: Sent, field: FileField) -> str:
    others = _other_files(sent)
    if others:
        return f"Send the file under `{field.name}` instead of `{others[0]}`."
    if sent.operation.encoding is Encoding.JSON:
        return f"Give `{field.name}` a value."
    return f'{field.name}=("NAME.EXTENSION", data, "TYPE/SUBTYPE")'


def _other_files(sent: Sent) -> tuple[str, ...]:
    return tuple(part.name for part in sent.form.files() if sent.field_of(part) is None)


FAMILY = Family(_CODES, _check)
