"""The registry as pages: who takes which format, what is disputed, handing a file over, what rules rest on.

Each is a readable report. What is older than a limit, or is known of retired models alone, is pale: history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from upload_matrix import vendors
from upload_matrix.emulator.agreement import judged
from upload_matrix.emulator.profile import profile_at, profile_names
from upload_matrix.emulator.standing import Standing, of_profiles
from upload_matrix.facts.fact import Fact, Fate
from upload_matrix.facts.handing import Contest, Handing, contests, ways
from upload_matrix.facts.registry import UNKNOWN_FORMAT
from upload_matrix.report.document import (
    Code,
    Items,
    Marked,
    Pale,
    Paragraph,
    Readable,
    Section,
    Table,
    Words,
    listed,
    named,
)
from upload_matrix.report.errors_page import errors_page
from upload_matrix.report.facts_report import MARKS, check_document, fates, known_words, marked, source_words
from upload_matrix.report.vendors_page import vendors_page
from upload_matrix.report.wording import plural
from upload_matrix.wire.media import FORMAT_TYPES

MONTHS = 12
"""Months after which a fact is pale, where nothing else is said."""

_MOST_MODELS = 3
_SIGNS = "✓ accepted, ○ answered well and, by the answer, not looked at, ✗ rejected: how often that was seen."


@dataclass(frozen=True, slots=True)
class Age:
    """How old facts are on a day: older than ``months`` they are past."""

    today: date
    months: int = MONTHS

    def is_past(self, month: str | None) -> bool:
        """Whether a month is longer ago; one that is not known is."""
        if month is None:
            return True
        year, number = map(int, month.split("-"))
        return (self.today.year - year) * 12 + self.today.month - number > self.months

    def is_retired(self, fact: Fact) -> bool:
        """Whether the fact's model no longer answers on the day, as far as a profile knows."""
        profile = profile_at(fact.vendor, self.today)
        model = next((each for each in profile.models if each.id == fact.model), None) if profile else None
        return model is not None and model.shutdown is not None and model.shutdown <= self.today


@dataclass(frozen=True)
class Known:
    """Facts on a day; ``current`` are those of models that are not known to be retired."""

    facts: tuple[Fact, ...]
    age: Age
    retired: tuple[Fact, ...] = field(init=False)
    current: tuple[Fact, ...] = field(init=False)

    def __post_init__(self) -> None:
        retired = tuple(fact for fact in self.facts if self.age.is_retired(fact))
        gone = {fact.id for fact in retired}
        object.__setattr__(self, "retired", retired)
        object.__setattr__(self, "current", tuple(fact for fact in self.facts if fact.id not in gone))

    @cached_property
    def standings(self) -> Mapping[tuple[str, str], Standing]:
        """What the rules of the shipped profiles rest on."""
        return of_profiles(profile_names())


# -- the front table --


def front_page(known: Known) -> Readable:
    """Vendor, operation and format: what became of such files, and below it the ways a vendor."""
    told = [fact for fact in known.facts if fact.verdict not in (None, Fate.FAILED)]
    often = Counter(fact.sniffed for fact in told if fact.sniffed)
    formats = [*sorted(often, key=lambda name: (-often[name], name)), UNKNOWN_FORMAT]
    cells: dict[tuple[str, str], dict[str, list[Fact]]] = {}
    for fact in told:
        by_format = cells.setdefault((fact.vendor, fact.operation), {})
        by_format.setdefault(fact.sniffed or UNKNOWN_FORMAT, []).append(fact)
    rows = tuple(
        (
            f"{vendor} {operation}",
            *(_cell(by_format.get(name, ()), known.age) for name in formats),
        )
        for (vendor, operation), by_format in sorted(cells.items())
    )
    number = len({vendor for vendor, _ in cells})
    lead = (
        Paragraph(
            f"{plural(len(known.facts), 'fact')} about {plural(number, 'vendor')}, as of "
            f"{known.age.today.isoformat()}: what became of files of which format. An empty "
            "cell is not known."
        ),
        Items(
            (
                f"{_SIGNS} Answers with another cause (a wrong key, a quota, a server that was down) are not "
                "counted.",
                _legend(known.age),
                Marked(
                    f"The format is what the bytes are. `{UNKNOWN_FORMAT}`: nobody recorded "
                    "them, as of a file "
                    "behind a URL or an id."
                ),
                Marked(
                    "These are recordings that somebody kept and reports that somebody wrote, "
                    "most of successes: "
                    "they show that something happened, not how often it does. `upload-matrix "
                    "facts show ID` has "
                    "the source of each."
                ),
            )
        ),
    )
    by_vendor = (_ways_of(known, vendor) for vendor in sorted({fact.vendor for fact in told}))
    return Readable(
        "Which uploads AI APIs take",
        lead,
        (
            Section("By vendor, operation and format", (Table(("vendor, operation", *formats), rows),)),
            Section(
                "By way of handing over",
                (Paragraph("How files were carried and declared, what nothing speaks against first."),),
            ),
            *by_vendor,
        ),
    )


def _legend(age: Age) -> Words:
    return ("Like ", Pale("this"), f": nothing was seen for {age.months} months, or of retired models alone.")


def _cell(facts: Iterable[Fact], age: Age) -> Words:
    facts = tuple(facts)
    text = marked(fates(facts))
    past = all(age.is_past(fact.month) or age.is_retired(fact) for fact in facts)
    return Pale(text) if text and past else text


def _ways_of(known: Known, vendor: str) -> Section:
    current = tuple(fact for fact in known.current if fact.vendor == vendor)
    retired = tuple(fact for fact in known.retired if fact.vendor == vendor)
    names = sorted({fact.sniffed for fact in (*current, *retired)}, key=lambda name: (name is None, name))
    rows = [
        (way.operation, name or UNKNOWN_FORMAT, *_way(way, known.age, history=history))
        for facts, history in ((current, False), (retired, True))
        for name in names
        for way in ways(facts, name)
    ]
    header = ("operation", "format", *_WAY)
    total = plural(len(current) + len(retired), "fact")
    says = (Paragraph("Nobody told how these files were carried and declared."),)
    return Section(
        f"{vendor} ({total})", (Table(header, tuple(rows)),) if rows else says, level=0, folded=True
    )


_WAY = ("carried as", "declared as", "name ends in", "seen", "known", "models that took it")


def _way(way: Handing, age: Age, *, history: bool = False) -> tuple[Words, ...]:
    counts = {Fate.ACCEPTED: way.accepted, Fate.IGNORED: way.ignored, Fate.REJECTED: way.rejected}
    cells: tuple[Words, ...] = (
        way.carrier,
        Code(way.declared),
        listed([Code(each) if each else "(none)" for each in way.endings]) or "?",
        marked(counts),
        " ".join(
            filter(None, (way.grade.value if way.grade else "", way.newest, "retired" if history else ""))
        ),
        named(way.models, _MOST_MODELS) if way.models else "?",
    )
    past = history or age.is_past(way.newest)
    return tuple(map(Pale, cells)) if past else cells


# -- what is disputed --


def disputed_page(known: Known) -> Readable:
    """The rules of the emulator that facts speak against, and what facts alone disagree about."""
    rules = [(profile, each) for (profile, _), each in known.standings.items() if each.is_disputed]
    found = contests(known.facts)
    lead = Paragraph(
        f"As of {known.age.today.isoformat()}, facts stand against {plural(len(rules), 'rule')} of the "
        f"emulator, and {plural(len(found), 'declaration')} to one and the same model got more than one "
        "answer. Both sides are here, each with its sources; which is right, nobody can say from them."
    )
    return Readable(
        "What is disputed",
        (lead,),
        (
            Section(
                "Rules of the emulator",
                (
                    Paragraph(
                        "An answer by such a rule says so wherever it is shown. Where it is "
                        "disputed whether the "
                        "upload is rejected at all, no conclusion rests on it."
                    ),
                ),
            ),
            *(_disputed_rule(profile, each, known.age) for profile, each in rules),
            Section(
                "Between facts",
                (
                    Paragraph(
                        "The same vendor, operation, model, place in the request, carrier, declared type and "
                        "format, and different answers. What differs may be what no fact tells: "
                        "the contents of "
                        "the file, the rest of the request, the release of a server."
                    ),
                ),
            ),
            *(_contest(each, known.age) for each in found),
        ),
    )


def _disputed_rule(profile: str, standing: Standing, age: Age) -> Section:
    sides = {
        "rejected as the rule does": standing.rejected,
        "accepted": standing.accepted,
        "rejected otherwise": standing.otherwise,
    }
    return Section(
        f"{standing.rule} of {profile}: {standing.says.removeprefix('disputed: ')}",
        (_sides(sides, age),),
        level=0,
        folded=True,
    )


def _contest(each: Contest, age: Age) -> Section:
    sides = {fate.value if fate is not Fate.IGNORED else "not looked at": each.side(fate) for fate in MARKS}
    words = f"{each.vendor} {each.operation}, {each.model}: {each.carrier} as {each.declared} at {each.place}"
    return Section(words, (_sides(sides, age),), level=0, folded=True)


def _sides(sides: Mapping[str, Sequence[Fact]], age: Age) -> Table:
    rows = [
        _past(
            (word, Code(fact.id), _answered(fact), known_words(fact), f"{fact.count:,}", source_words(fact)),
            fact,
            age,
        )
        for word, facts in sides.items()
        for fact in facts
    ]
    return Table(("what became of it", "fact", "answer", "known", "seen", "first source"), tuple(rows))


def _past(cells: tuple[Words, ...], fact: Fact, age: Age) -> tuple[Words, ...]:
    past = age.is_past(fact.month) or age.is_retired(fact)
    return tuple(map(Pale, cells)) if past else cells


def _answered(fact: Fact) -> Words:
    said = fact.error
    words = (said.code or said.message if said is not None else None) or ""
    return (f"{fact.status} ", Code(str(words), 120)) if words else f"{fact.status}"


# -- how to hand a file over --


def handing_page(known: Known, formats: Sequence[str]) -> Readable:
    """For each format: the safest way a vendor's operation, the others, what is listed and was not seen."""
    return Readable(
        "How do I hand this file over?",
        (
            Paragraph(
                f"What was seen of files of a format, as of {known.age.today.isoformat()}: for "
                "each vendor and "
                "operation the one way that was taken, that least speaks against and that was seen last."
            ),
            Items(
                (
                    _SIGNS,
                    _legend(known.age),
                    Marked("Of a file of yours, `upload-matrix facts for FILE` says the same."),
                )
            ),
        ),
        tuple(section for name in formats for section in _for_format(known, name)),
    )


def _for_format(known: Known, name: str) -> Iterator[Section]:
    best: list[tuple[Words, ...]] = []
    others: list[tuple[Words, ...]] = []
    found = ways(known.current, name)
    before = None
    for way in found:
        first = (way.vendor, way.operation) != before
        before = (way.vendor, way.operation)
        row = (way.vendor, way.operation, *_way(way, known.age))
        (best if first and way.accepted else others).append(row)
    history = [(w.vendor, w.operation, *_way(w, known.age, history=True)) for w in ways(known.retired, name)]
    silent = sorted(
        {fact.vendor for fact in known.facts} - {f.vendor for f in known.facts if f.sniffed == name}
    )
    header = ("vendor", "operation", *_WAY)
    blocks: list[Paragraph | Table | Items] = []
    if best:
        blocks.append(Table(header, tuple(best)))
    else:
        blocks.append(Paragraph("No way is known that a model of today took."))
    listed_by = _listed(name)
    if listed_by:
        blocks += [
            Paragraph("The vendors' own lists have it, at these places in JSON:"),
            Items(listed_by),
        ]
    if silent:
        blocks.append(Paragraph(f"Nothing was seen of {name} at: {', '.join(silent)}."))
    yield Section(name, tuple(blocks))
    if others or history:
        yield Section(
            f"Further ways for {name}, rejections, and history",
            (Table(header, (*others, *history)),),
            level=0,
            folded=True,
        )


def _listed(name: str) -> tuple[Words, ...]:
    """The notations of vendors whose list of types or words has this format."""
    types = FORMAT_TYPES.get(name, ())
    found = []
    for vendor in vendors.known():
        for block in vendor.blocks:
            declared = [each for each in (*block.types, *block.unregistered) if each in types]
            declared += [each for each in block.words if each == name]
            if declared:
                found.append((f"{vendor.name}: ", Code(block.data), " as ", listed(map(Code, declared))))
    return tuple(dict.fromkeys(found))


# -- what rules rest on --


def rules_page(known: Known) -> Readable:
    """Rules by grade, and how far the profiles agree with the facts."""
    rows = tuple(_grades(name, known) for name in profile_names())
    judgements = judged(known.facts)
    check = check_document(judgements, known.standings)
    spoken = [row for row in check.rows if row.agree or row.contradict]
    agreement = tuple(
        (row.vendor, row.operation, *(f"{number:,}" for number in (row.agree, row.contradict, row.silent)))
        for row in spoken
    )
    total = check.agree + check.contradict
    share = f" ({100 * check.agree / total:.1f} %)" if total else ""
    against = tuple(
        (Code(each.id), f" {each.profile}: {each.says}; {each.disputed}") for each in check.contradictions
    )
    return Readable(
        "What the emulator's rules rest on",
        (
            Paragraph(
                "A rule is measured, recorded or reported where facts show its very answer, "
                "documented where the "
                "vendor says so, cited where its source is a thread about another request, and else assumed."
            ),
        ),
        (
            Section("By grade", (Table(("profile", *_GRADES, "disputed", "rules"), rows),)),
            Section(
                "Agreement with the facts",
                (
                    Paragraph(
                        f"{check.agree:,} of {plural(total, 'fact')} that a profile speaks of agree{share}, "
                        f"{check.disputed:,} are disputed, {len(check.undeclared):,} speak against a "
                        "profile alone."
                    ),
                    Table(("vendor", "operation", "agree", "contradict", "silent"), agreement),
                    *([Items(against)] if against else []),
                ),
            ),
        ),
    )


_GRADES = ("measured", "recorded", "documented", "reported", "contributed", "cited", "assumed", "our own")


def _grades(name: str, known: Known) -> tuple[Words, ...]:
    standings = [each for (profile, _), each in known.standings.items() if profile == name]
    counts = Counter(each.strongest for each in standings)
    disputed = sum(each.is_disputed for each in standings)
    numbers = (*(counts[grade] for grade in _GRADES), disputed, len(standings))
    return (Code(name), *(f"{number:,}" if number else "" for number in numbers))


PAGES: Mapping[str, Callable[[Known], Readable]] = {
    "registry": front_page,
    "disputed": disputed_page,
    "rules": rules_page,
    "vendors": lambda known: vendors_page(known.facts),
    "errors": lambda known: errors_page(known.facts),
}
"""The pages that need no format; ``handing_page`` is for some."""
