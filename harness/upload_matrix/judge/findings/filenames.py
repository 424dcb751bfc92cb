"""Findings about a file part's filename: whether there is one, who chose it, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from upload_matrix.judge.findings._sent import (
    EMPTY_NAMES,
    Family,
    SentForm,
    as_it_should_be,
    is_default,
    is_encoded_word,
    is_unstable,
)
from upload_matrix.judge.parsers import says as parsers_say
from upload_matrix.model.result import Finding, Severity
from upload_matrix.wire.fixes import decoded_filename
from upload_matrix.wire.media import FORMAT_EXTENSIONS, extension, fits_extension, format_of_extension
from upload_matrix.wire.stable import LOCAL_PATH, local_name
from upload_matrix.wire.upload import Upload

_CODES = {
    "no-filename": "A file's part has no filename, so most servers read it as text.",
    "default-filename": "The filename is one the client made up; it tells a server nothing of the format.",
    "unstable-filename": "The filename is a descriptor's number or a temporary name and changes every run.",
    "local-path-in-filename": "The filename is a whole path and tells the server the sender's folders.",
    "extension-missing": "A file's own name has no extension (a made-up name is a default-filename).",
    "extension-contradicts-bytes": "The filename's extension claims another format than the bytes have.",
    "extension-not-taken": "The API is known to go by the filename, and not to take this extension here.",
    "path-in-filename": "The filename has folders in it; servers cut them off, keep them or refuse them.",
    "encoded-filename": "The filename is encoded in a way that forms do not know, so servers read the code.",
    "control-character-in-filename": "A line break or another control character stands in the filename.",
    "ambiguous-filename": "The filename is written in a way that servers' parsers read differently.",
}

_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_RAW = re.compile(r'filename="((?:\\"|[^"])*)"', re.S | re.I)


def _check(sent: SentForm) -> Iterator[Finding]:
    if sent.bytes_alone:
        return
    for upload in sent.uploads:
        if upload.carrier != "multipart":
            yield from _beside(sent, upload)
            continue  # nothing else there is read by its name
        place, fix = upload.place, sent.fix(upload)
        if upload.filename is None and "filename*=" in (upload.written or ""):
            says = (
                f"Part `{place}` names its file as `filename*` alone, which RFC 7578 forbids in "
                f"multipart/form-data: `{upload.written}`. {parsers_say('filename-star-alone')}"
            )
            yield Finding("ambiguous-filename", place, says, fix)
        elif upload.filename is None:
            says = f"Part `{place}` has no filename, so most servers read it as text."
            yield Finding("no-filename", place, says, fix)
        elif upload.filename == "":
            says = f'The filename of part `{place}` is empty (`filename=""`). {parsers_say("filename-empty")}'
            yield Finding("no-filename", place, says, fix)
        else:
            yield from _chosen(sent, upload, upload.filename, fix)
            yield from _written(sent, upload, upload.filename, fix)


def _beside(sent: SentForm, upload: Upload) -> Iterator[Finding]:
    """The name that goes with a file in JSON, where its notation has a place for one."""
    each, block = sent.embedded(upload), sent.block(upload)
    if each is None or each.named_at is None or block is None:
        return
    place, at, name = upload.place, f"`{each.named_at}`", upload.filename
    field = each.named_at.rpartition(".")[2]
    fix = f'"{field}": "{as_it_should_be(upload, sent.form, sent.operation)[0]}"'
    if not name:
        gone = "is missing" if name is None else "is empty"
        yield Finding("no-filename", place, f"{at} {gone}: the API wants a name with `{place}`.", fix)
    elif _contradicts(upload, name):
        says = f"{at} ends in `{extension(name)}`, but the bytes in `{place}` are {upload.format}."
        yield Finding("extension-contradicts-bytes", place, says, fix, Severity.WARNING)


def _contradicts(upload: Upload, filename: str) -> bool:
    known = upload.format in FORMAT_EXTENSIONS and format_of_extension(filename) is not None
    return known and not fits_extension(str(upload.format), filename)


def _chosen(sent: SentForm, upload: Upload, filename: str, fix: str) -> Iterator[Finding]:
    place = upload.place
    bare = "" if extension(filename) else ", without an extension"
    subject = f"The filename of part `{place}`"
    wanted = sent.takes(upload).extensions
    if is_unstable(filename):
        says = f"{subject} comes from a descriptor or a temporary file{bare}."
        yield Finding("unstable-filename", place, says, fix, Severity.ERROR if bare else Severity.WARNING)
    elif filename in EMPTY_NAMES:
        of_python = ", as a SpooledTemporaryFile in memory has none" if filename == "None" else ""
        says = f"{subject} is `{filename}`, which is written where there is no name{of_python}."
        yield Finding("default-filename", place, says, fix)
    elif is_default(upload):
        says = f"{subject} is `{filename}`, which the client made up{bare}{_wanted(wanted)}."
        yield Finding("default-filename", place, says, fix)
    elif is_encoded_word(filename):
        meant = f"`{decoded_filename(filename)}` is meant"
        says = f"{subject} is an encoded-word of mail (RFC 2047), which forms do not know; {meant}. "
        says += parsers_say("filename-rfc2047")
        yield Finding("encoded-filename", place, says, fix)
        return
    elif bare:
        severity = Severity.WARNING if sent.takes(upload).bare else Severity.ERROR
        yield Finding(
            "extension-missing", place, f"{subject}, `{filename}`, has no extension.", fix, severity
        )
    own = local_name(filename)
    if own is not None:
        named = f" where `{own}` would do" if own else ""
        says = (
            f"{subject} is the file's whole path on the sender's machine{named}: the "
            "server learns its folders, user name included, and another machine sends another name."
        )
        yield Finding("local-path-in-filename", place, says, fix)
    ending = extension(filename)
    if _contradicts(upload, filename):
        says = f"{subject} ends in `{ending}`, but its bytes are {upload.format}."
        yield Finding("extension-contradicts-bytes", place, says, fix)
    elif wanted and ending and ending not in wanted:
        says = f"{subject} ends in `{ending}`, which the API does not take here{_wanted(wanted)}"
        better = _better(sent, upload)
        fits = bool(better) and sent.takes_format(upload)
        says += better if fits else ""
        yield Finding(
            "extension-not-taken", place, f"{says}.", fix if fits else sent.conversion(upload, wanted)
        )


def _better(sent: SentForm, upload: Upload) -> str:
    """The extension that the file should have, where that is another one."""
    better = extension(as_it_should_be(upload, sent.form, sent.operation)[0])
    return "" if better in ("", ".extension", extension(upload.filename or "")) else f"; `{better}` fits"


def _wanted(extensions: tuple[str, ...]) -> str:
    few = [f"`{each}`" for each in extensions[:9]]
    return f": it takes {', '.join(few)}{' and others' if len(extensions) > len(few) else ''}" if few else ""


def _written(sent: SentForm, upload: Upload, filename: str, fix: str) -> Iterator[Finding]:
    place, raw = upload.place, upload.written or ""
    subject = f"The filename of part `{place}`"
    quoted = _RAW.search(raw)
    raw_name = filename if quoted is None else quoted[1]
    if _CONTROL.search(raw_name):
        what = "a line break" if re.search(r"[\r\n]", raw_name) else "a control character"
        says = f"{subject} has {what} in it, raw: {raw_name!r}."
        if what == "a line break":
            says += f" {parsers_say('filename-newline')}"
        yield Finding("control-character-in-filename", place, says, fix)
        return
    if re.search(r"[/\\](?!\")", raw_name) and local_name(filename) is None and LOCAL_PATH not in raw_name:
        own = re.split(r"[/\\]", raw_name)[-1]
        says = f"{subject} is a path; servers cut its folders off, keep them or refuse it"
        # Some APIs want a relative path, as one that takes whole folders.
        relative = Severity.WARNING if sent.operation.text_fields else Severity.NOTE
        says += f", and `{own}` would do." if relative is Severity.WARNING or "\\" in raw_name else "."
        yield Finding("path-in-filename", place, says, fix, Severity.ERROR if "\\" in raw_name else relative)
        return
    ways: list[str] = []
    measured, severity = "", Severity.NOTE
    if "filename*=" in raw.replace(" ", "").lower():
        ways.append("as `filename*`, which RFC 7578 forbids in multipart/form-data")
        both = re.search(r"filename *=", raw, re.I) is not None
        measured = "filename-and-star" if both else "filename-star-alone"
        severity = Severity.WARNING
    if not raw.isascii():
        ways.append("with raw bytes beyond ASCII")
        measured = measured or "filename-utf8"
    if _PERCENT.search(raw.partition("filename")[2]):
        ways.append("percent-encoded")
        severity = Severity.ERROR
    if '"' in filename or "\\" in filename or '\\"' in raw:
        ways.append("with a quote or a backslash in it")
        severity = Severity.ERROR
        if '\\"' in raw:
            measured = measured or "filename-backslash-quote"
    if not filename.isascii() and not ways:
        ways.append("with characters beyond ASCII")
    if ways:
        says = f"{subject} is sent {', '.join(ways)}; parsers disagree on that: `{raw}`."
        says += f" {parsers_say(measured)}" if measured else ""
        yield Finding("ambiguous-filename", place, says, fix, severity)


_EXAMPLES = {
    "no-filename": 'form-data; name="image" -> form-data; name="image"; filename="photo.png"',
    "default-filename": 'filename="upload" -> filename="photo.png"',
    "unstable-filename": 'filename="tmpa1b2c3d4" -> filename="photo.png"',
    "local-path-in-filename": 'filename="/home/me/photo.png" -> filename="photo.png"',
    "extension-missing": 'filename="photo" -> filename="photo.png"',
    "extension-contradicts-bytes": 'filename="photo.jpg" of a PNG -> filename="photo.png"',
    "path-in-filename": 'filename="trip/photo.png" -> filename="photo.png"',
}

FAMILY = Family(_CODES, _check, _EXAMPLES)
