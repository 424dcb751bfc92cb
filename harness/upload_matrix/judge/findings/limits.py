"""Findings about sizes: a file, a picture or a request that is larger than a vendor is known to take."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.findings._content import kind_of_format
from upload_matrix.judge.findings._sent import Family, SentForm, named
from upload_matrix.model.result import Finding, Severity
from upload_matrix.vendors import Limit
from upload_matrix.wire.upload import Upload

_CODES = {
    "file-too-large": "A file, or its text in JSON, is larger than the vendor is known to take. A warning "
    "where sources differ.",
    "picture-too-large": "A picture has more pixels than the vendor is known to take. A warning where "
    "sources differ.",
    "request-too-large": "The whole request is larger than the vendor is known to take. A warning where "
    "sources differ.",
}

_FIXES = {
    "bytes": "Make it smaller before it is sent.",
    "characters": "Make the file smaller before it is encoded: base64 is a third longer than the bytes.",
    "side": "Scale the picture down before it is sent.",
    "area": "Scale the picture down before it is sent.",
    "request": "Send fewer or smaller files, or upload them first and refer to them by id.",
}


def _check(sent: SentForm) -> Iterator[Finding]:
    meant = sent.meant
    if meant is None or not meant.sure:
        return
    limits = [
        each for each in meant.vendor.limits if not each.operations or meant.operation in each.operations
    ]
    for limit in limits:
        files = [upload for upload in sent.uploads if _is_of(limit, upload)]
        if len(files) <= limit.more_than:
            continue
        if limit.measure == "request":
            if (files or not limit.of) and (total := _of_request(sent)) > limit.most:
                yield _finding("request-too-large", None, f"The request has at least {total:,} bytes", limit)
            continue
        for upload in files:
            measured = _measured(sent, upload, limit)
            if measured is not None and not _is_passed(sent, upload, limit, limits):
                yield _finding(*measured, limit)


def _is_of(limit: Limit, upload: Upload) -> bool:
    if limit.formats and upload.format not in limit.formats:
        return False
    return not limit.of or kind_of_format(upload.format) == limit.of


def _is_passed(sent: SentForm, upload: Upload, limit: Limit, limits: list[Limit]) -> bool:
    """Whether another limit of the same measure, which nobody disputes, is broken as well."""
    return bool(limit.disputed) and any(
        not each.disputed
        and each.measure == limit.measure
        and _is_of(each, upload)
        and _measured(sent, upload, each) is not None
        for each in limits
    )


def _of_request(sent: SentForm) -> int:
    """The bytes that a request has at least: its files and its document, without heads and boundaries."""
    texts = sum(each.characters for each in sent.form.embedded)
    return texts + sum(each.size for each in sent.uploads if each.carrier in ("multipart", "raw"))


def _measured(sent: SentForm, upload: Upload, limit: Limit) -> tuple[str, str, str] | None:
    """Code, place and the beginning of a sentence for a file that is beyond a limit; None for any other."""
    each = sent.embedded(upload)
    if limit.measure == "bytes" and upload.size > limit.most:
        return "file-too-large", upload.place, f"{named(upload)} has {upload.size:,} bytes"
    if each is None:
        return None
    characters = each.characters - len(each.prefix or "")
    if limit.measure == "characters" and characters > limit.most:
        return "file-too-large", upload.place, f"{named(upload)} has {characters:,} characters of base64"
    if each.pixels is None:
        return None
    width, height = each.pixels
    measured = {"side": max(each.pixels), "area": width * height}.get(limit.measure, 0)
    if measured <= limit.most:
        return None
    return "picture-too-large", upload.place, f"{named(upload)} is a picture of {width} x {height} pixels"


def _finding(code: str, place: str | None, begins: str, limit: Limit) -> Finding:
    says = f"{begins}; at most {limit.amount} are taken{limit.among} ({limit.source}, {limit.date})"
    says += f"; it is disputed: {limit.disputed}." if limit.disputed else "."
    severity = Severity.WARNING if limit.disputed else Severity.ERROR
    return Finding(code, place, says, _FIXES[limit.measure], severity)


FAMILY = Family(_CODES, _check)
