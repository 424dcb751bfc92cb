"""What is known of each vendor, as a page: operations, how a file is carried, limits, profiles, and what that
rests on. All of it is read from the vendors' folders and the facts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.emulator.profile import Profile, profiles_of
from upload_matrix.emulator.standing import standings, tally, weight
from upload_matrix.facts.fact import Fact, Fate, Grade
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.case import Encoding, FileField, Operation, Takes
from upload_matrix.report.document import (
    Block,
    Code,
    Facts,
    Items,
    Lines,
    Link,
    Marked,
    Paragraph,
    Readable,
    Section,
    Table,
    Words,
    listed,
)
from upload_matrix.report.facts_report import fates, marked
from upload_matrix.vendors import Block as VendorBlock
from upload_matrix.vendors import Limit, Vendor

_LEAD = (
    Paragraph(
        "The vendors and operations that upload-matrix knows, how each takes a file, how large it may be, "
        "and how sure that is."
    ),
    Items(
        (
            "Operations, notations and limits are documented: the vendor's own pages say so, named with "
            "their month. A limit that was read elsewhere names where; where sources differ, it is disputed.",
            "Seen are facts: uploads and their answers (✓ accepted, ○ not looked at, ✗ rejected), by the way "
            "in which the file was carried. Recorded is what stands in somebody's public recording, reported "
            "what somebody wrote, as a rule in an issue. An error with another cause (a key, a quota) does "
            "not count.",
            Marked(
                "A profile is a set of the emulator's rules as of a date, not the vendor's server; "
                "`upload-matrix facts rules PROFILE` says what each rule rests on."
            ),
        )
    ),
)


def vendors_page(facts: Iterable[Fact]) -> Readable:
    """Every vendor with a folder of data, then those of whom there are facts alone."""
    told = [fact for fact in facts if fact.verdict not in (None, Fate.FAILED)]
    known = sorted(vendors.known(), key=lambda vendor: vendor.name)
    seen = {each.name: [fact for fact in told if fact.vendor in (each.name, *each.also)] for each in known}
    operations = load_operations()
    own = {each.name: [operations[name] for name in each.routes if name in operations] for each in known}
    others = sorted(
        {fact.vendor for fact in told} - {name for each in known for name in (each.name, *each.also)}
    )
    alone = tuple((name, _seen(fact for fact in told if fact.vendor == name)) for name in others)
    overview = tuple(
        (
            ", ".join((each.name, *each.also)),
            f"{len(own[each.name]):,}",
            _grades(seen[each.name]),
            str(len(each.limits) or ""),
            listed(Code(profile.name) for profile in profiles_of(each.name)),
        )
        for each in known
    )
    return Readable(
        "What is known of each vendor",
        _LEAD,
        (
            Section(
                "All vendors",
                (Table(("vendor", "operations", "seen", "limits", "emulated by"), overview),),
            ),
            *(Section(each.name, tuple(_about(each, own[each.name], seen[each.name]))) for each in known),
            Section("Vendors of whom there are facts alone", (Table(("vendor", "seen"), alone),)),
        ),
    )


def _about(vendor: Vendor, operations: Sequence[Operation], facts: Sequence[Fact]) -> Iterator[Block]:
    variables, profiles = vendor.variables, profiles_of(vendor.name)
    in_code = () if variables.in_code is None else (", which the SDK reads only by ", Code(variables.in_code))
    yield Facts(
        (
            ("base URL", (Code(vendor.base_url), ", or what ", Code(variables.base_url), " has", in_code)),
            ("key", listed(map(Code, variables.keys))),
            ("read in", vendor.source),
        )
    )
    rows = [_operation(each, vendor, facts, profiles) for each in operations]
    named = {name for each in operations for name in (each.name, *vendor.routes[each.name].known_as)}
    for name in sorted({fact.operation for fact in facts} - named):
        seen = _seen(fact for fact in facts if fact.operation == name)
        rows.append((Code(name), "", "", seen, "facts alone", ""))
    header = ("operation", "request", "a file goes as", "seen", "documented in", "emulated by")
    yield Table(header, tuple(rows))
    fields = tuple(
        _taken(each, field, takes)
        for each in operations
        for field in each.file_fields
        for takes in field.takes
    )
    if fields:
        yield Paragraph("What a form's file fields take:")
        yield Table(("operation", "field", "where", "names that end in", "types", "most files"), fields)
    if vendor.blocks:
        yield Paragraph("Where a file stands in JSON, and as what:")
        yield Table(
            ("place", "of a block of type", "written as", "types or words"), tuple(map(_block, vendor.blocks))
        )
    written = tuple(
        (Code(name), kind.replace("-", " at an "), _written(blocks))
        for name, kinds in vendor.content.items()
        for kind, blocks in kinds.items()
    )
    if written:
        yield Paragraph("Such blocks, the usual one first:")
        yield Table(("operation", "of", "block"), written)
    if vendor.limits:
        yield Paragraph("Limits:")
        yield Table(("of", "at most", "operations", "source"), tuple(map(_limit, vendor.limits)))
    if profiles:
        yield Paragraph("Profiles of the emulator, and what is the best that their rules rest on:")
        yield Table(("profile", "as of", "rules", "what it says"), tuple(map(_profile, profiles)))


def _operation(
    operation: Operation, vendor: Vendor, facts: Sequence[Fact], profiles: Sequence[Profile]
) -> tuple[Words, ...]:
    route = vendor.routes[operation.name]
    emulated = [each.name for each in profiles if route.emulated and operation.name not in each.leaves_out]
    return (
        Code(operation.name),
        Code(f"{operation.method} {operation.path}"),
        _carried(operation),
        _seen(fact for fact in facts if fact.operation in (operation.name, *route.known_as)),
        operation.source,
        listed(map(Code, emulated)),
    )


def _carried(operation: Operation) -> Words:
    """How its requests have a file, the call before it that gives an id included."""
    if operation.upload is None and operation.encoding is Encoding.MULTIPART:
        return "no file"
    ways: list[Words] = []
    if operation.encoding is not Encoding.JSON:
        ways.append("the whole body" if operation.encoding is Encoding.RAW else "part of a form")
    if operation.bodies or operation.json_files:
        ways.append("JSON")
    ids = {call.operation.name for call in operation.before.values()}
    ways += [("id that ", Code(name), " gave") for name in sorted(ids)]
    return listed(ways, " or ") or "no file itself"


def _seen(facts: Iterable[Fact]) -> Words:
    """A line a carrier: what became of such uploads, and how that is known."""
    by_carrier: dict[str, list[Fact]] = {}
    for fact in facts:
        by_carrier.setdefault(fact.carrier or "carrier not known", []).append(fact)
    lines = (
        f"{carrier}: {marked(fates(known))} ({_grades(known)})"
        for carrier, known in sorted(by_carrier.items(), key=lambda each: -weight(each[1]))
    )
    return Lines(tuple(lines)) if by_carrier else ""


def _grades(facts: Iterable[Fact]) -> str:
    counts = tally(facts)
    return ", ".join(f"{grade.value} {counts[grade]:,}" for grade in Grade if counts[grade])


def _taken(operation: Operation, field: FileField, takes: Takes) -> tuple[Words, ...]:
    where = ", ".join(f"{name} {' or '.join(patterns)}" for name, patterns in takes.when.items())
    others = any(each.when for each in field.takes)
    return (
        Code(operation.name),
        Code(field.name),
        where or ("otherwise" if others else ""),
        (listed(map(Code, takes.extensions)), ", or no ending" if takes.bare else ""),
        listed(map(Code, takes.types)),
        str(takes.most or ""),
    )


_WRITTEN = {"base64": "base64", "data-url": "data URL", "either": "base64 or data URL"}


def _block(block: VendorBlock) -> tuple[Words, ...]:
    address = " or address" if block.wants == "data-url" and block.addresses else ""
    within = (" within ", listed(map(Code, block.within))) if block.within else ""
    kinds = (*block.types, *block.unregistered, *block.words)
    return (
        Code(block.data),
        (listed(map(Code, block.of)), within),
        _WRITTEN[block.wants] + address,
        (listed(map(Code, kinds)), (" in ", Code(block.type)) if block.type else ""),
    )


def _limit(limit: Limit) -> tuple[Words, ...]:
    what = " ".join((*limit.formats, limit.of or "file"))
    disputed = f"; disputed: {limit.disputed}" if limit.disputed else ""
    return (
        f"request with {what}" if limit.measure == "request" else what,
        f"{limit.amount}{_binary(limit)}{limit.among}",
        listed(map(Code, limit.operations)) or "all",
        (Link(urlsplit(limit.source).hostname or "", limit.source), f", {limit.date}{disputed}"),
    )


def _binary(limit: Limit) -> str:
    """The number that people know it by, where it is one: `` (32 MiB)``."""
    is_size = limit.measure in ("bytes", "characters", "request") and limit.most % 2**20 == 0
    return f" ({limit.most // 2**20:,} MiB)" if is_size else ""


def _profile(profile: Profile) -> tuple[Words, ...]:
    rests = Counter(each.strongest for each in standings(profile).values())
    return (
        Code(profile.name),
        profile.date.isoformat(),
        ", ".join(f"{grade} {number:,}" for grade, number in rests.most_common()),
        profile.summary,
    )


def _written(blocks: Sequence[Any]) -> Words:
    lines = tuple(Code(json.dumps(block, ensure_ascii=False)) for block in blocks)
    return Lines(lines) if lines else "none: there is no such block"
