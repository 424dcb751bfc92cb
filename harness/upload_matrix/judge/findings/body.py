"""Findings about the body as a whole: broken, of another kind than a form, or without the file it is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from upload_matrix import vendors
from upload_matrix.judge.findings._sent import Family, SentForm, argument_of, as_it_should_be, is_text
from upload_matrix.judge.parsers import says as parsers_say
from upload_matrix.model.case import Encoding, FileField
from upload_matrix.model.codec import parsed
from upload_matrix.model.result import Finding, Severity
from upload_matrix.wire.carriers.multipart import base_name
from upload_matrix.wire.content import Damage
from upload_matrix.wire.read import COMPRESSED

_CODES = {
    "broken-body": "The body is not what its Content-Type claims, or the request broke off.",
    "form-media-type": "The body is a form, and its Content-Type says otherwise, or says it twice.",
    "bytes-wrapped": "The file is the whole body where this API is called, and it was sent in JSON or in a "
    "form.",
    "file-missing": "A required file field is not in the body at all.",
    "text-field-repeated": "A text field is in the form more than once; which counts is up to the server.",
    "unknown-field": "A text field of the form is none that the API documents; for information, as newer "
    "releases and gateways know more. A warning for what belongs into the head of the file's own part.",
}

_BY_CLIENT = (
    "Let the client write the multipart body and its Content-Type with the boundary; set neither by hand."
)
_WRITTEN = {
    Encoding.RAW: "Send the file's bytes as they are, and their own media type as the Content-Type.",
    Encoding.JSON: "Let the client write the JSON and its Content-Type (`json=body`); set neither by hand.",
}
"""What to do about a body that is no form where none is wanted."""

_FORM = "multipart/form-data"
_OF_THE_PART = frozenset({"filename", "contenttype", "mimetype"})
"""Fields about a file that clients send beside it, in lower case without underscores."""


def _check(sent: SentForm) -> Iterator[Finding]:
    form = sent.form
    related = form.media_type == "multipart/related" and vendors.takes_related(form.path)
    if form.fault is not None and not related:
        says, fix = _broken(sent, form.fault)
        severity = Severity.WARNING if form.fault.startswith(COMPRESSED) else Severity.ERROR
        yield Finding("broken-body", None, says, fix, severity)
    if sent.operation.encoding is Encoding.RAW:
        yield from _wrapped(sent)
    if form.parts is not None and form.media_type not in (None, _FORM) and not related and not sent.earlier:
        yield _media_type(str(form.media_type))
    if not _ended_early(sent):
        for field in sent.operation.file_fields:
            if field.required and not _has(sent, field):
                yield Finding("file-missing", field.name, _missing(sent, field), _fix(sent, field))
    yield from _repeated(sent)
    yield from _unknown(sent)


def _wrapped(sent: SentForm) -> Iterator[Finding]:
    """A file in a form or in JSON, where it is to be the body; what JSON may say instead is no file."""
    form, operation = sent.form, sent.operation
    document = form.document
    takes = operation.json_files
    if isinstance(document, dict) and takes and not form.uploads() and any(map(document.get, takes)):
        return
    root = form.path.removesuffix(operation.path)
    vendor = vendors.vendor_of(operation.name)
    if (form.json is None and form.parts is None) or not root.endswith(vendor.roots or ("",)):
        return  # a path of these words may be anybody's
    upload = next(iter(form.uploads()), None)
    at = "" if upload is None else f" (`{upload.place}`)"
    kind = "a form" if form.json is None else "JSON"
    says = f"The body is {kind}{at}, where `{operation.name}` takes the file's bytes as the whole body"
    says += f", or JSON with `{takes[0]}`." if takes and form.json is not None else "."
    place = None if upload is None else upload.place
    severity = Severity.ERROR if sent.vendor == vendor.name or form.json is not None else Severity.WARNING
    yield Finding("bytes-wrapped", place, says, _WRITTEN[Encoding.RAW], severity)


def _ended_early(sent: SentForm) -> bool:
    """Whether what follows may have been on its way: nothing is missing that was never seen."""
    fault = sent.form.fault
    return fault is not None and "Content-Type" not in fault and not fault.startswith("not sound JSON")


def _broken(sent: SentForm, fault: str) -> tuple[str, str]:
    cut = next(
        (
            (label, part)
            for label, part in sent.labelled
            if part.condition and part.condition.kind is Damage.BROKEN
        ),
        None,
    )
    says = f"The body cannot be read: {fault}."
    if fault.startswith(COMPRESSED):
        return says, "Send the body as it is, without Content-Encoding."
    if cut is not None:
        label, part = cut
        named = f" (`{part.filename}`)" if part.filename else ""
        says += f" It is cut short within part `{label}`{named}, after {part.size} bytes of it."
        fix = (
            "Hand over bytes, or a file that can tell its size, in place of a stream that cannot: a client "
            "that does not know the size announces less or more than it sends."
        )
        # Nobody said that more was to come: the end may never have been written.
        by_hand = " A body written by hand ends with its boundary between `--` and `--`."
        return says, f"{fix}{by_hand}" if fault.startswith("not sound") else fix
    if "boundary" in fault and sent.form.parts is None and sent.form.body_text:
        says += f" The body is `{sent.form.body_text}`."
    return says, _WRITTEN.get(sent.operation.encoding, _BY_CLIENT)


def _media_type(media_type: str) -> Finding:
    if "," in media_type:
        says = f"The Content-Type names its media type twice, joined by a comma: `{media_type}`."
        fix = f"Set it once, or leave it to the client: `{_FORM}; boundary=...`."
    else:
        says = f"The body is a form, but its Content-Type is `{media_type}`, not `{_FORM}`."
        fix = f"Send it as `{_FORM}; boundary=...`, which the client writes when it is not set by hand."
    return Finding("form-media-type", None, says, fix)


def _has(sent: SentForm, field: FileField) -> bool:
    if sent.operation.encoding is Encoding.JSON:
        return sent.form.field(field.name) is not None
    if sent.form.json is not None and sent.operation.json_files:
        document = parsed(sent.form.json)
        return isinstance(document, dict) and bool(document.get(sent.operation.json_files[0]))
    return bool(sent.of_field(field.name))


def _missing(sent: SentForm, field: FileField) -> str:
    form, operation = sent.form, sent.operation
    if form.json is not None and operation.json_files:
        key = operation.json_files[0]
        return f"The JSON body has no `{key}`, the field that the API documents there for its files."
    if form.parts is None and operation.encoding is Encoding.MULTIPART:
        kind = form.media_type or "no Content-Type"
        body = f", and its text is `{form.body_text}`" if form.body_text else ""
        return f"The required file field `{field.name}` is missing: the body is not multipart ({kind}){body}."
    others = _other_files(sent)
    files = f"its files are under {', '.join(f'`{name}`' for name in others)}" if others else "it has no file"
    return f"The required file field `{field.name}` is not in the body; {files}."


def _fix(sent: SentForm, field: FileField) -> str:
    others = _other_files(sent)
    raw = next((upload for upload in sent.form.uploads() if upload.carrier == "raw"), None)
    if raw is not None and sent.operation.encoding is Encoding.MULTIPART:
        filename, content_type = as_it_should_be(raw, sent.form, sent.operation)
        return f'{field.name}=("{filename}", data, "{content_type}")'
    if others:
        return f"Send the file under `{field.name}` instead of `{others[0]}`."
    if sent.form.json is not None and sent.operation.json_files:
        key = sent.operation.json_files[0]
        return f"Send the files under `{key}`, or as a form with `{field.name}`."
    if sent.operation.encoding is Encoding.JSON:
        return f"Give `{field.name}` a value."
    if sent.form.body_text and sent.form.body_text.startswith("[object "):
        return "Hand the form itself to the client as the body; `String(form)` and `JSON.stringify` lose it."
    return argument_of(field, sent.form.field(field.name))


def _other_files(sent: SentForm) -> tuple[str, ...]:
    return tuple(upload.name for upload in sent.form.uploads() if sent.field_of(upload) is None)


def _repeated(sent: SentForm) -> Iterator[Finding]:
    places = {upload.place for upload in sent.uploads}
    files = {field.name for field in sent.operation.file_fields}
    texts = Counter(part.name for label, part in sent.labelled if label not in places)
    for name, count in texts.items():
        if count > 1 and "[" not in name and base_name(name) not in files:
            says = f"The text field `{name}` is in the form {count} times; which counts is up to the server."
            says += f" {parsers_say('text-twice')}"
            yield Finding("text-field-repeated", name, says, f"Send `{name}` once.", Severity.WARNING)


def _unknown(sent: SentForm) -> Iterator[Finding]:
    known = sent.operation.text_fields
    if not known:
        return
    files = {field.name for field in sent.operation.file_fields}
    for name in dict.fromkeys(part.name for _, part in sent.labelled if is_text(part)):
        base = name.partition("[")[0]
        if not base or base in known or base in files:
            continue
        says = f"The text field `{name}` is none that the API documents here."
        if base.replace("_", "").lower() in _OF_THE_PART:
            says += " What it tells of the file stands in the head of the file's own part."
            yield Finding("unknown-field", name, says, f"Leave `{name}` out.", Severity.WARNING)
        else:
            near = get_close_matches(base, known, n=1, cutoff=0.8)
            fix = f"Is `{near[0]}` meant?" if near else "A newer release of the API or a gateway may know it."
            yield Finding("unknown-field", name, says, fix, Severity.NOTE)


FAMILY = Family(_CODES, _check)
