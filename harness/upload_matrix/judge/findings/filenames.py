"""Findings about a file part's filename: whether there is one, who chose it, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from upload_matrix.judge.findings._sent import (
    Family,
    Sent,
    is_default,
    is_unstable,
    tuple_mend,
)
from upload_matrix.model.result import Finding
from upload_matrix.wire.form import Part
from upload_matrix.wire.media import FORMAT_EXTENSIONS, extension, format_of_extension
from upload_matrix.wire.stable import local_name

_CODES = {
    "no-filename": "A file's part has no filename, so most servers read it as text.",
    "default-filename": "The filename is one the client made up; it tells a server nothing of the format.",
    "unstable-filename": "The filename is a descriptor's number or a temporary name and changes every run.",
    "local-path-in-filename": "The filename is a whole path and tells the server the sender's folders.",
    "extension-missing": "A file's own name has no extension (a made-up name is a default-filename).",
    "extension-contradicts-bytes": "The filename's extension claims another format than the bytes have.",
    "ambiguous-filename": "The filename is written in a way that servers' parsers read differently.",
}

_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")


def _check(sent: Sent) -> Iterator[Finding]:
    for label, part in sent.uploads:
        if part.filename is None:
            says = f"Part `{label}` has no filename, so a server reads it as text."
            yield Finding("no-filename", label, says, tuple_mend(part))
        else:
            yield from _chosen(label, part, part.filename)
            yield from _written(label, part, part.filename)


def _chosen(label: str, part: Part, filename: str) -> Iterator[Finding]:
    mend = tuple_mend(part)
    bare = "" if extension(filename) else ", without an extension"
    if is_unstable(filename):
        says = f"The filename of part `{label}` comes from a descriptor or a temporary file{bare}."
        yield Finding("unstable-filename", label, says, mend)
    elif is_default(part):
        says = f"The filename of part `{label}` is `{filename}`, which the client made up{bare}."
        yield Finding("default-filename", label, says, mend)
    elif bare:
        says = f"The filename of part `{label}`, `{filename}`, has no extension."
        yield Finding("extension-missing", label, says, mend)
    own = local_name(filename)
    if own is not None:
        named = f" where `{own}` would do" if own else ""
        says = (
            f"The filename of part `{label}` is the file's whole path on the sender's machine{named}: the "
            "server learns its folders, user name included, and another machine sends another name."
        )
        yield Finding("local-path-in-filename", label, says, mend)
    claimed = format_of_extension(filename)
    if part.format in FORMAT_EXTENSIONS and claimed not in (None, part.format):
        ending = extension(filename)
        says = f"The filename of part `{label}` ends in `{ending}`, but its bytes are {part.format}."
        yield Finding("extension-contradicts-bytes", label, says, mend)


def _written(label: str, part: Part, filename: str) -> Iterator[Finding]:
    raw = part.disposition
    ways = []
    if "filename*=" in raw.replace(" ", "").lower():
        ways.append("as `filename*`, which RFC 7578 forbids in multipart/form-data")
    if not raw.isascii():
        ways.append("with raw bytes beyond ASCII")
    if _PERCENT.search(raw.partition("filename")[2]):
        ways.append("percent-encoded")
    if '"' in filename or "\\" in filename or '\\"' in raw:
        ways.append("with a quote or a backslash in it")
    if not filename.isascii() and not ways:
        ways.append("with characters beyond ASCII")
    if ways:
        says = f"The filename of part `{label}` is sent {', '.join(ways)}; parsers disagree on that: `{raw}`."
        yield Finding("ambiguous-filename", label, says, tuple_mend(part))


FAMILY = Family(_CODES, _check)
