"""What a difference between a sent and a forwarded form is: corrupted, dropped, masked or rewritten.

The definitions, in the order in which they are tried:

* corrupted: the bytes of a part or of the body differ, the body can no longer be read, or a text field has
  the marks of a wrong charset. Whether that helped the upload does not matter.
* masked: a finding of the sent form (``analysis.findings``) is not true of the forwarded one, no other
  took its place, and this difference is the element that the finding is about.
* dropped: what was sent has nothing in its place.
* rewritten: anything else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from upload_matrix.judge.findings import find
from upload_matrix.model.hop import Effect
from upload_matrix.model.operation import Operation
from upload_matrix.wire.difference import Delta, base_name
from upload_matrix.wire.form import WireForm

Code = tuple[str, str]
"""A finding's code and the field it is about; the field is empty for the whole body."""

_CONTENT = frozenset({"content", "format"})
_NAME = frozenset({"filename", "disposition"})
_TYPE = frozenset({"content_type"})
_WHOLE = frozenset({""})

ABOUT: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "no-filename",
            "default-filename",
            "unstable-filename",
            "local-path-in-filename",
            "extension-missing",
            "extension-contradicts-bytes",
            "ambiguous-filename",
        ),
        _NAME,
    ),
    **dict.fromkeys(("no-type", "octet-stream", "type-contradicts-bytes"), _TYPE),
    **dict.fromkeys(("empty-part", "text-where-file"), _CONTENT),
    "chunked-framing": frozenset({"framing"}),
    "broken-body": frozenset({"fault"}),
    "file-missing": _WHOLE,
    "file-sent-more-than-once": _WHOLE,
}
"""The elements a finding is about. Codes that are not here are for information, not faults to repair."""


def faults(form: WireForm, operation: Operation) -> frozenset[Code]:
    """What is wrong with an upload by itself."""
    found = find([form], operation)
    return frozenset(
        (finding.code, base_name(finding.part or "").partition("#")[0])
        for finding in found
        if finding.code in ABOUT
    )


def repaired(sent: Collection[Code], forwarded: Collection[Code]) -> frozenset[Code]:
    """Faults that are gone, unless another fault of the same element stands in their place."""
    return frozenset(
        (code, field)
        for code, field in sent
        if (code, field) not in forwarded
        and not any(
            field == other and ABOUT[code] & ABOUT[new]
            for new, other in forwarded
            if (new, other) not in sent
        )
    )


def effect(delta: Delta, mended: Collection[Code]) -> Effect:
    """The name for one difference; ``mended`` are the faults that are ``repaired``."""
    part, element = _place(delta.where)
    if _corrupts(delta, element):
        return Effect.CORRUPTED
    field = base_name(part).partition("#")[0]
    if any(field in (about, "") and element in ABOUT[code] for code, about in mended):
        return Effect.MASKED
    return Effect.DROPPED if delta.after is None else Effect.REWRITTEN


def _place(where: str) -> tuple[str, str]:
    """The part and its element; a whole part has none, an element of the request has no part."""
    if where.startswith("fields."):
        return where.removeprefix("fields."), ""
    part, dot, element = where.rpartition(".")
    if dot:
        return part, element
    return ("", where) if where in _OF_REQUEST else (where, "")


_OF_REQUEST = frozenset(
    {"method", "path", "query", "media_type", "framing", "json", "body", "fault", "order"}
)


def _corrupts(delta: Delta, element: str) -> bool:
    if delta.where.startswith("fields."):
        return _garbled(delta.before, delta.after)
    if element == "fault":
        return delta.after is not None
    # A body of another kind is told part by part; a digest here is that of a body nobody could read.
    return element in _CONTENT or (element == "body" and None not in (delta.before, delta.after))


def _garbled(before: str | None, after: str | None) -> bool:
    """Whether a text went through a wrong charset: mojibake, or marks in place of what could not be read."""
    if not before or not after or before == after or before.isascii():
        return False
    if "\ufffd" in after and "\ufffd" not in before:
        return True
    if (
        after == before.encode("ascii", "replace").decode()
        or after == before.encode("ascii", "ignore").decode()
    ):
        return True
    utf8 = before.encode("utf-8", "surrogatepass")
    return any(after == utf8.decode(charset, "replace") for charset in ("latin-1", "cp1252"))
