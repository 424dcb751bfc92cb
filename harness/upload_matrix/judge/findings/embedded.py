"""Findings about a file as text in JSON: no base64, twice encoded, in another spelling, its prefix amiss."""

from __future__ import annotations

import re
from collections.abc import Iterator

from upload_matrix import vendors
from upload_matrix.judge.findings._sent import Family, SentForm, as_it_should_be, typed_well
from upload_matrix.model.result import Finding, Severity
from upload_matrix.wire.carriers.embedded import CUT, HEXADECIMAL, NUMBERS, Embedded
from upload_matrix.wire.content import Damage
from upload_matrix.wire.json_body import ADDRESS, keys_of, value_at
from upload_matrix.wire.media import bare_type, format_of_type, type_of_extension
from upload_matrix.wire.upload import Upload

_CODES = {
    "data-url-missing": "Base64 alone, or behind what is no prefix, stands where a data URL is wanted.",
    "data-url-in-base64": "The prefix of a data URL stands where base64 alone is wanted.",
    "data-url-twice": "The prefix of a data URL stands there twice.",
    "not-base64": "What stands in a file's place is no base64: a path, a page, numbers, a stray character.",
    "base64-twice": "The file was encoded to base64 twice, or what was encoded is text that stands for it.",
    "base64-alphabet": "The base64 is of the URL-safe alphabet, which not every decoder takes.",
    "base64-line-breaks": "The base64 has white space in it, which not every decoder takes.",
    "base64-padding": "The base64 lacks its padding, which not every decoder takes, or its end.",
}

_SHOWN = 40
_ENCODE = "base64.b64encode(data).decode()"


def _check(sent: SentForm) -> Iterator[Finding]:
    for upload in sent.uploads:
        each = sent.embedded(upload)
        if each is not None:
            yield from _of(sent, upload, each)


def _of(sent: SentForm, upload: Upload, each: Embedded) -> Iterator[Finding]:
    block = sent.block(upload)
    wants = "either" if block is None else block.wants
    place = f"`{upload.place}`"
    content_type = as_it_should_be(upload, sent.form, sent.operation)[1]
    content_type = type_of_extension(sent.path_at(upload) or "") or content_type
    as_url = f'"data:{content_type};base64," + {_ENCODE}'
    well = as_url if wants == "data-url" else _ENCODE
    if block is not None and not block.addresses and not _is_sure(sent, block) and _is_address(sent, upload):
        return  # others who have this notation may well take one
    if each.prefix is not None and not _says_base64(each.prefix) and _is_base64(each):
        says = f"{place} begins with `{each.prefix[:80]}`, which lacks `;base64`, and base64 follows."
        yield Finding("data-url-missing", upload.place, says, f"Send `{as_url}`.")
        return
    if each.format is None and (each.stray is not None or _stands_for(each)):
        yield _no_file(upload, each, well)
        return
    if each.stray == NUMBERS:
        says = f"{place} is {NUMBERS} where base64 is wanted: a buffer as its language writes it into JSON."
        yield Finding("not-base64", upload.place, says, f"Send `{well}`.")
        return
    if each.prefix is not None and each.prefix.lower().count("data:") > 1:
        says = f"{place} has the prefix of a data URL twice: `{each.prefix[:80]}`."
        yield Finding("data-url-twice", upload.place, says, f"Send it once: `{as_url}`.")
    elif each.prefix is not None and wants == "base64":
        says = f"{place} begins with `{each.prefix[:80]}`, the prefix of a data URL; base64 alone is wanted."
        yield Finding("data-url-in-base64", upload.place, says, f"Send `{_ENCODE}`, without the prefix.")
    elif each.prefix is None and wants == "data-url":
        url = f"data:{content_type};base64,..."
        says = f"{place} is base64 alone, where an address or a data URL (`{url}`) is wanted."
        yield Finding("data-url-missing", upload.place, says, f"Send `{as_url}`.")
    yield from _spelt(upload, each, frozenset(() if block is None else block.spellings))


def _is_sure(sent: SentForm, block: vendors.Block) -> bool:
    return sent.meant is not None and sent.meant.sure and block in sent.meant.vendor.blocks


def _is_address(sent: SentForm, upload: Upload) -> bool:
    return ADDRESS.match(str(value_at(sent.form.document, keys_of(upload.place)))) is not None


def _stands_for(each: Embedded) -> bool:
    """Whether the decoded bytes are themselves text that stands for a file."""
    kinds = (Damage.ENCODED, Damage.PLACEHOLDER, Damage.PAGE)
    if each.condition is not None and each.condition.kind is Damage.TEXT:
        return format_of_type(each.declared) is not None
    return each.condition is not None and each.condition.kind in kinds and not _is_text(each)


def _says_base64(prefix: str) -> bool:
    return re.search(r";\s*base64\s*,$", prefix, re.IGNORECASE) is not None


def _is_base64(each: Embedded) -> bool:
    """Whether what a prefix without ``;base64`` was taken literally for is the base64 of a file."""
    return each.condition is not None and each.condition.says.startswith("base64 text")


def _is_text(each: Embedded) -> bool:
    typed = bare_type(each.declared) or ""
    return typed.startswith("text/") or typed.endswith(("json", "xml"))


def _no_file(upload: Upload, each: Embedded, well: str) -> Finding:
    condition = "text" if each.condition is None else each.condition.says
    place = f"`{upload.place}`"
    fix = f"Send `{well}`, of the file's own bytes."
    if each.stray is None:
        twice = each.condition is not None and each.condition.kind is Damage.ENCODED
        code = "base64-twice" if twice else "not-base64"
        claimed = format_of_type(each.declared) if code == "not-base64" else None
        instead = "" if claimed is None else f", not {claimed}"
        return Finding(code, upload.place, f"What {place} decodes to is {condition}{instead}.", fix)
    if "prefix of a data URL" in condition:
        return Finding("data-url-missing", upload.place, f"{place} is {condition}.", fix)
    if each.stray == HEXADECIMAL:
        says = f"{place} is {HEXADECIMAL} where base64 is wanted."
    elif not each.sha256:
        what = (
            "is no base64: it" if each.prefix is None else f"has behind its prefix `{each.prefix[:80]}` what"
        )
        says = f"{place} {what} is {condition}."
    else:
        says = f"{place} is no base64: `{each.stray}` stands in it."
    return Finding("not-base64", upload.place, says, fix)


def _spelt(upload: Upload, each: Embedded, taken: frozenset[str]) -> Iterator[Finding]:
    place, words = f"`{upload.place}`", (each.spelling or "").split()
    fix = f"Send `{typed_well(upload, upload.declared or '') if upload.carrier == 'data-url' else _ENCODE}`."
    plain = "base64.b64encode, Buffer.toString('base64') and most others write it without."
    if each.stray is not None:
        says = f"{place} is no sound base64: `{each.stray}` stands in it."
        if each.stray == CUT:
            says = f"{place} is base64 whose end is missing: it ends in {CUT}."
        elif each.stray == " ":
            says = f"{place} is no sound base64: spaces stand in it, as where `+` was decoded as in a URL."
        yield Finding("not-base64", upload.place, says, fix)
        return
    if "base64url" in words and "base64url" not in taken:
        alphabet = "the URL-safe alphabet (`-` and `_` for `+` and `/`)"
        says = f"{place} is base64 of {alphabet}, which strict decoders refuse."
        yield Finding("base64-alphabet", upload.place, says, fix, Severity.WARNING)
    if "lines" in words or (each.spelling is None and (each.prefix is None or _says_base64(each.prefix))):
        width = f" every {words[words.index('of') + 1]} characters" if "lines" in words else ""
        what = "line breaks" if "lines" in words else "white space, a mixed alphabet or an end that is amiss"
        says = f"{place} is base64 with {what}{width}, which strict decoders refuse; {plain}"
        yield Finding("base64-line-breaks", upload.place, says, fix, Severity.WARNING)
    if "unpadded" in words and "unpadded" not in taken:
        says = f"{place} is base64 without its padding (`=` at the end), which strict decoders refuse."
        yield Finding("base64-padding", upload.place, says, fix, Severity.WARNING)


FAMILY = Family(_CODES, _check)
