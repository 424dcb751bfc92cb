"""Findings about how a part names its field, and which headers it has beside its own two."""

from __future__ import annotations

import re
from collections.abc import Iterator

from upload_matrix.judge.findings._sent import Family, SentForm, most_taken, named_plainly
from upload_matrix.judge.parsers import says as parsers_say
from upload_matrix.model.case import FileField
from upload_matrix.model.result import Finding, Severity

_CODES = {
    "array-field": "A file field was sent as an array (`image[]`, or `image` repeated); for information, as "
    "servers differ in what they read. An error where the API is known to reject it.",
    "part-header": "A part has a header beside its Content-Disposition and Content-Type, which RFC 7578 "
    "forbids: most servers ignore it, some reject the form.",
    "part-encoding": "A part says that its bytes are encoded as in mail, which RFC 7578 gave up.",
}

_INDEXED = re.compile(r"\[\d+\]")
_ENCODING = "content-transfer-encoding"
_AS_THEY_ARE = frozenset({"7bit", "8bit", "binary"})


def _check(sent: SentForm) -> Iterator[Finding]:
    for field in sent.operation.file_fields:
        names = [part.name for _, part in sent.of_field(field.name)]
        if len(names) > 1 or any(name != field.name for name in names):
            yield _array(sent, field, names)
    yield from _headers(sent)


def _array(sent: SentForm, field: FileField, names: list[str]) -> Finding:
    most = most_taken(field, sent.form)
    single = f"a single value for `{field.name}` is sent as `{field.name}`, a list mostly as `{field.name}[]`"
    says, severity = _says(field, names), Severity.ERROR
    if most == 1:
        fix = f"The API takes one file here; {single}."
    elif most is not None and len(names) > most:
        fix = f"The API takes {most} files here at most."
    elif named_plainly(field, names):
        says = f"{says.removesuffix('.')}; the API rejects that name twice."
        fix = f"Send each of several files as `{field.listed_as}`."
    else:
        severity = Severity.WARNING if any(map(_INDEXED.search, names)) else Severity.NOTE
        fix = f"If the server reads the other notation: {single}."
        if severity is Severity.WARNING and all(part.is_upload for _, part in sent.of_field(field.name)):
            says += f" {parsers_say('name-index')}"
    return Finding("array-field", field.name, says, fix, severity)


def _says(field: FileField, names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    if len(distinct) > 3:
        distinct = [*distinct[:2], "...", distinct[-1]]
    written = ", ".join(name if name == "..." else f"`{name}`" for name in distinct)
    count = f"{len(names)} part{'' if len(names) == 1 else 's'}"
    return f"Field `{field.name}` was sent as {written} ({count})."


def _headers(sent: SentForm) -> Iterator[Finding]:
    named: dict[str, list[str]] = {}
    for label, part in sent.labelled:
        for name, value in part.headers:
            if name.lower() != _ENCODING:
                named.setdefault(name, []).append(f"`{label}`")
            elif value.strip().lower() not in _AS_THEY_ARE:
                says = f"Part `{label}` says `{name}: {value}`. {parsers_say('transfer-base64')}"
                fix = "Send the bytes as they are, without this header."
                yield Finding("part-encoding", label, says, fix)
    for name, places in named.items():
        few = ", ".join([*places[:3], *(["..."] if len(places) > 3 else [])])
        have = f"Part {few} has" if len(places) == 1 else f"Parts {few} have"
        says = (
            f"{have} a header `{name}`; RFC 7578 (4.8) allows none beside Content-Disposition and "
            "Content-Type. Most servers ignore it, some reject the form."
        )
        fix = f"Send the parts without `{name}`."
        yield Finding("part-header", None, says, fix, Severity.WARNING)


FAMILY = Family(_CODES, _check)
