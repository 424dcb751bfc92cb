"""Findings about how a field with one or several files is named on the wire."""

from __future__ import annotations

import re
from collections.abc import Iterator

from upload_matrix.judge.findings._sent import Family, SentForm
from upload_matrix.model.case import FileField
from upload_matrix.model.result import Finding, Severity

_CODES = {
    "array-field": "A file field was sent as an array (`image[]`, or `image` repeated); for information, as "
    "servers differ in what they read.",
}

_INDEXED = re.compile(r"\[\d+\]")


def _check(sent: SentForm) -> Iterator[Finding]:
    for field in sent.operation.file_fields:
        names = [part.name for _, part in sent.of_field(field.name)]
        if len(names) > 1 or any(name != field.name for name in names):
            severity = Severity.NOTE if field.repeatable else Severity.ERROR
            if any(_INDEXED.search(name) for name in names):
                severity = Severity.WARNING
            yield Finding("array-field", field.name, _says(field, names), _fix(field), severity)


def _says(field: FileField, names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    if len(distinct) > 3:
        distinct = [*distinct[:2], "...", distinct[-1]]
    written = ", ".join(name if name == "..." else f"`{name}`" for name in distinct)
    count = f"{len(names)} part{'' if len(names) == 1 else 's'}"
    return f"Field `{field.name}` was sent as {written} ({count})."


def _fix(field: FileField) -> str:
    single = f"a single value for `{field.name}` is sent as `{field.name}`, a list mostly as `{field.name}[]`"
    if not field.repeatable:
        return f"The API takes one file here; {single}."
    return f"If the server reads the other notation: {single}."


FAMILY = Family(_CODES, _check)
