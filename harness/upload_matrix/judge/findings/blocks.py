"""Findings about the block that a file stands in: another API's, of another shape, where none is taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from upload_matrix import vendors
from upload_matrix.judge.findings._content import (
    ADDRESS,
    ForeignBlock,
    Stands,
    file_way,
    foreign,
    kind_of,
    marks,
    misshapen,
    mistyped,
    own,
    shown,
    standing,
    template_for,
)
from upload_matrix.judge.findings._sent import Family, SentForm
from upload_matrix.model.result import Finding, Severity
from upload_matrix.wire.json_body import place_name

_CODES = {
    "block-of-another-api": "A block that carries a file is written as another API takes it, so this one "
    "rejects it or leaves it out. A warning where only the path tells whose API it is.",
    "block-shape": "A text stands in a block where the API takes an object, or an object where it takes a "
    "text. For information where another vendor takes it at the same path.",
    "block-type": "A block has the fields of one type and is called by another, which the API does not have.",
    "role-takes-no-file": "A file stands in a message of a role whose messages are text alone. For "
    "information where only the path tells whose API it is.",
}


def _check(sent: SentForm) -> Iterator[Finding]:
    meant = sent.meant
    content = None if meant is None else meant.vendor.content.get(meant.operation)
    if meant is None or content is None or sent.form.json is None:
        return
    for each in standing(sent.form.document):
        if own(each.block, content):
            yield from _of_role(sent, meant, each)
            continue
        found = misshapen(each.block, content)
        if found is not None:
            yield _shaped(sent, meant, each, *found)
            continue
        upload = sent.upload_within(each.keys)
        called = mistyped(each.block, content, upload)
        if called is not None:
            yield _called(sent, meant, each, called)
            continue
        written = foreign(each.block, meant.operation)
        if written is not None:
            yield from _foreign(sent, meant, each, written)


def _foreign(sent: SentForm, meant: vendors.Meant, each: Stands, written: ForeignBlock) -> Iterator[Finding]:
    content = meant.vendor.content[meant.operation]
    upload = sent.upload_within(each.keys)
    kind = kind_of(written, upload)
    if kind is None or kind.removesuffix(ADDRESS) not in content:
        return  # what is known of this API does not tell
    leaf = place_name((*each.keys, *written.way))
    says = f"`{leaf}` is in a block of {_whose(written.whose)}, which {_whose(meant.operation)} does not take"
    well = template_for(content, kind)
    if well is None:
        fix = "Leave it out: no block of this API is known that carries such a file."
        says += "."
    else:
        fix = f"Send `{shown(well, marks(sent, upload))}`."
        says += f"; there the file stands in `{place_name((*each.keys, *file_way(well)))}`."
    yield Finding(
        "block-of-another-api",
        leaf if upload is None else upload.place,
        says,
        fix,
        _severity(sent, meant, each),
    )


def _called(sent: SentForm, meant: vendors.Meant, each: Stands, called: str) -> Finding:
    at, upload = place_name((*each.keys, "type")), sent.upload_within(each.keys)
    now = f"is `{each.block['type']}`" if "type" in each.block else "is missing"
    says = f"`{at}` {now}; {_whose(meant.operation)} calls a block with these fields `{called}`."
    place = at if upload is None else upload.place
    severity = _severity(sent, meant, each)
    if "type" not in each.block and not meant.sure:
        severity = Severity.NOTE  # some servers do without
    return Finding("block-type", place, says, f'Send `"type": "{called}"`.', severity)


def _whose(operation: str) -> str:
    vendor = next((each for each in vendors.known() if operation in each.routes), None)
    return operation if vendor is None else f"{vendor.name}'s `{operation}`"


def _severity(sent: SentForm, meant: vendors.Meant, each: Stands) -> Severity:
    if meant.sure:
        return Severity.ERROR
    if sent.form.field("model") is None:
        return Severity.WARNING  # nothing points to anybody but whose path it is
    shared = (vendors.vendor_of(other).content.get(other) for other in meant.others)
    elsewhere = any(content is not None and own(each.block, content) for content in shared)
    return Severity.NOTE if elsewhere else Severity.WARNING


def _shaped(sent: SentForm, meant: vendors.Meant, each: Stands, name: str, wanted: Any) -> Finding:
    at = (*each.keys, name)
    upload = sent.upload_within(at)
    is_text = isinstance(each.block[name], str)
    says = f"`{place_name(at)}` is {'a text' if is_text else 'an object'}, where {_whose(meant.operation)}"
    says += f" takes {'an object' if is_text else 'a text'}."
    place = place_name(at) if upload is None else upload.place
    fix = f'Send `"{name}": {shown(wanted, marks(sent, upload))}`.'
    return Finding("block-shape", place, says, fix, _severity(sent, meant, each))


def _of_role(sent: SentForm, meant: vendors.Meant, each: Stands) -> Iterator[Finding]:
    roles = meant.vendor.roles.get(meant.operation, ())
    if not roles or each.role is None or each.role in roles:
        return
    upload = sent.upload_within(each.keys)
    place = place_name(each.keys) if upload is None else upload.place
    listed = ", ".join(f"`{role}`" for role in roles)
    says = f"`{place_name(each.keys)}` is a file in a message of the role `{each.role}`; "
    says += f"{_whose(meant.operation)} takes files in messages of {listed} alone."
    fix = f"Send it in a message of {listed} that follows."
    yield Finding("role-takes-no-file", place, says, fix, Severity.ERROR if meant.sure else Severity.NOTE)


FAMILY = Family(_CODES, _check)
