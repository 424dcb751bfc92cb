"""Rejections by the words of their message, as a page: what was sent, what was taken instead, who saw it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from upload_matrix import vendors
from upload_matrix.emulator.agreement import judged
from upload_matrix.emulator.profile import profiles_of
from upload_matrix.emulator.standing import CITED, standings
from upload_matrix.facts.fact import ABSENT, EMPTY, GENERIC, Fact, Fate
from upload_matrix.facts.handing import Handing, ways
from upload_matrix.matrix.load import load_operations
from upload_matrix.report.document import (
    Code,
    Items,
    Marked,
    Paragraph,
    Readable,
    Section,
    Words,
    listed,
)
from upload_matrix.report.document import Facts as Pairs
from upload_matrix.report.facts_report import known_words, source_words
from upload_matrix.report.wording import plural
from upload_matrix.wire.media import FORMAT_TYPES

_COUNTED = re.compile(r"(?<=\[)\d+(?=\])|(?<=\.)\d+(?=\.)|(?<=column )\d+|\d+(?= bytes)")
_DECLARED: Mapping[str, Words] = {
    ABSENT: "no type",
    EMPTY: "an empty type",
    GENERIC: Code("application/octet-stream"),
}
_MOST_WAYS = 3
_LEAD = (
    Paragraph(
        "What servers said when they rejected an upload: search for a few words of a message. N stands for a "
        "number."
    ),
    Items(
        (
            Marked(
                "A message may blame what is not at fault. `upload-matrix diagnose -- python app.py` finds "
                "what decides in your own call, `upload-matrix inspect -- python app.py` shows what it sends."
            ),
            "Seen is a rejection that somebody recorded or reported. Taken instead is what was seen to be "
            "accepted of files of that format at the same operation, with nothing against it; documented is "
            "what the vendor lists. Neither need be the cause of yours.",
            Marked(
                "A rule is the emulator's, which answers in these words: `upload-matrix explain RULE` says "
                "what it rests on, `upload-matrix facts show ID` all that is known of a fact."
            ),
        )
    ),
)


def errors_page(facts: Iterable[Fact]) -> Readable:
    """Every message of a rejection that a fact has, and those that rules of the emulator cite, by vendor."""
    known = tuple(facts)
    rules = {each.fact.id: each.rule for each in judged(known)}
    seen: dict[str, dict[tuple[str, str], list[Fact]]] = {}
    for fact in known:
        if fact.verdict is Fate.REJECTED and fact.error is not None and fact.error.message:
            serving = vendors.serving(fact.vendor)
            messages = seen.setdefault(fact.vendor if serving is None else serving.name, {})
            messages.setdefault((_COUNTED.sub("N", fact.error.message), fact.operation), []).append(fact)
    sections: list[Section] = []
    for vendor, messages in sorted(seen.items()):
        sections.append(
            Section(vendor, (Paragraph(f"{plural(len(messages), 'message')} that somebody saw."),))
        )
        sections += [
            Section(Code(message), (Pairs(tuple(_about(operation, group, known, rules))),), level=3)
            for (message, operation), group in sorted(messages.items())
        ]
        cited = tuple(_cited(vendor))
        if cited:
            title = f"Further messages of {vendor}, which the emulator's rules cite"
            sections.append(Section(title, (Items(cited),), level=3))
    return Readable("By error message", _LEAD, tuple(sections))


def _about(
    operation: str, group: Sequence[Fact], known: Sequence[Fact], rules: Mapping[str, str | None]
) -> Iterator[tuple[str, Words]]:
    yield "operation", Code(operation)
    yield "sent", listed(dict.fromkeys(map(_sent, group)), "; or ")
    # How a file was declared is what may be otherwise; what it was is given.
    formats = dict.fromkeys(fact.sniffed for fact in group if fact.sniffed and fact.sniffed in FORMAT_TYPES)
    vendor = group[0].vendor
    taken = [
        _way(each, name)
        for name in formats
        for each in ways([fact for fact in known if fact.vendor == vendor], name)
        if each.operation == operation and each.is_sound
    ]
    if taken:
        yield "taken instead", listed(taken[:_MOST_WAYS], "; or ")
    documented = _documented(vendor, operation, group[0])
    if documented:
        yield "documented", documented
    yield "seen", listed(dict.fromkeys(map(_seen, group)))
    found = sorted({rule for fact in group if (rule := rules[fact.id]) is not None})
    if found:
        yield "rule", listed(map(Code, found))


def _sent(fact: Fact) -> Words:
    words: list[Words] = [fact.carrier or "a file"]
    if fact.declared is not None:
        words += [" with ", _DECLARED.get(fact.declared) or Code(fact.declared)]
    if fact.sniffed is not None:
        words.append(f", and the bytes are {fact.sniffed}" if fact.sniffed != "empty" else ", and no bytes")
    if fact.filename is not None and "<" not in fact.filename:
        words += [", named ", Code(fact.filename)]
    if fact.model not in (None, ABSENT):
        words += [", to ", Code(fact.model)]
    return tuple(words)


def _way(way: Handing, name: str) -> Words:
    declared = _DECLARED.get(way.declared) or Code(way.declared)
    grade = f", {way.grade.value} {way.newest or ''}".rstrip() if way.grade else ""
    return (f"{name} as {way.carrier} with ", declared, f" ({plural(way.accepted, 'time')}{grade})")


def _documented(vendor: str, operation: str, fact: Fact) -> Words:
    """What the vendor lists for the field that the file stood in; empty where it lists nothing."""
    serving = vendors.serving(vendor)
    known = None if serving is None else load_operations().get(serving.operation_called(operation) or "")
    field = None if known is None else known.file_field((fact.place or "").partition("[")[0])
    about = None if fact.error is None else fact.error.param
    if known is None or field is None or about in {*known.text_fields} - {"model"}:
        return ""
    told = {"model": fact.model, **fact.fields}
    takes = field.taken(told.get)
    lists = (("types ", takes.types), ("names that end in ", takes.extensions))
    return listed((name, listed(map(Code, values))) for name, values in lists if values)


def _seen(fact: Fact) -> Words:
    return (f"{known_words(fact)}, ", source_words(fact), " (fact ", Code(fact.id), ")")


def _cited(vendor: str) -> Iterator[Words]:
    """Messages whose source is a thread that no fact was made of, each once."""
    told: set[str] = set()
    for profile in reversed(profiles_of(vendor)):
        rests = standings(profile)
        for rule in profile.in_force:
            message = rule.answer.message
            if message and message not in told and rests[rule.id].strongest == CITED:
                told.add(message)
                yield (Code(message), " (rule ", Code(rule.id), f"; {rule.source})")
