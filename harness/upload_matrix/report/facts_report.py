"""Facts, what profiles say of them, and what rules rest on: in words for a terminal, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from upload_matrix.emulator.agreement import Agreement, Judged
from upload_matrix.emulator.standing import Standing
from upload_matrix.facts.fact import Fact, Fate
from upload_matrix.facts.handing import Handing
from upload_matrix.model import codec
from upload_matrix.report.document import (
    WIDTH,
    Code,
    Facts,
    Items,
    Link,
    Paragraph,
    Readable,
    Section,
    Table,
    Words,
    terminal,
)
from upload_matrix.report.grounds import address_of
from upload_matrix.report.json_report import Count
from upload_matrix.report.wording import plural

_UNKNOWN = "?"

MARKS = {Fate.ACCEPTED: "✓", Fate.IGNORED: "○", Fate.REJECTED: "✗"}


def fates(facts: Iterable[Fact]) -> Mapping[Fate, int]:
    """How often uploads came to what, as far as that is known."""
    counts: Counter[Fate] = Counter()
    for fact in facts:
        if fact.verdict is not None:
            counts[fact.verdict] += fact.count
    return counts


def marked(counts: Mapping[Fate, int]) -> str:
    """``✓ 90 ✗ 14``: answers with another cause are left out."""
    return " ".join(f"{mark} {counts[fate]:,}" for fate, mark in MARKS.items() if counts.get(fate))


def known_words(fact: Fact) -> str:
    """``recorded 2026-03``."""
    return f"{fact.grade.value} {fact.month or ''}".strip()


def source_words(fact: Fact) -> Words:
    """The first place where it was read: a thread by its number, a file by its repository."""
    source = fact.sources[0]
    address = address_of(source)
    is_thread = not address or source.commit is None
    words = f"{source.repository} {source.path}" if is_thread else source.repository
    return Link(words, address) if address else words


WIDEST = 1_000
"""A line a fact, however long: it is for a pager, or for grep."""


def list_text(facts: Sequence[Fact], width: int = WIDEST) -> str:
    """A line a fact, and how many there are; on a narrow terminal a table for each operation of a vendor."""
    if width == WIDEST:
        return terminal(list_report(facts), width)
    of_each: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        of_each.setdefault((fact.vendor, fact.operation), []).append(fact)
    sections = [Section(" ".join(name), (_table(some, _NARROW),)) for name, some in of_each.items()]
    return terminal(Readable("", (), (*sections, Section("", (_total(facts),), level=0))), width).lstrip("\n")


def list_report(facts: Sequence[Fact]) -> Readable:
    """A row a fact, and how many there are."""
    return Readable("Facts", (*((_table(facts),) if facts else ()), _total(facts)))


def _answer(fact: Fact) -> str:
    if fact.status is None or fact.verdict is None:
        return _UNKNOWN
    code = fact.error.code if fact.error is not None else None
    return f"{fact.status} {fact.verdict.value}" + (f" ({code})" if code else "")


_COLUMNS: Mapping[str, Callable[[Fact], Words]] = {
    "id": lambda fact: Code(fact.id),
    "vendor": lambda fact: fact.vendor,
    "operation": lambda fact: fact.operation,
    "model": lambda fact: Code(fact.model or _UNKNOWN),
    "carrier": lambda fact: fact.carrier or _UNKNOWN,
    "declared": lambda fact: Code(fact.declared or _UNKNOWN),
    "bytes are": lambda fact: fact.sniffed or _UNKNOWN,
    "answer": _answer,
    "known": lambda fact: f"{fact.grade.value} {fact.month or ''}".strip(),
    "seen": lambda fact: f"{fact.count:,}",
}
_NARROW = [name for name in _COLUMNS if name not in ("vendor", "operation")]


def _table(facts: Sequence[Fact], names: Iterable[str] = tuple(_COLUMNS)) -> Table:
    return Table(tuple(names), tuple(tuple(_COLUMNS[name](fact) for name in names) for fact in facts))


def _total(facts: Sequence[Fact]) -> Paragraph:
    return Paragraph(
        f"{plural(len(facts), 'fact')}, seen {plural(sum(fact.count for fact in facts), 'time')}"
    )


def fact_text(fact: Fact, judgement: Judged, width: int = WIDTH) -> str:
    """All that is known of a fact, and what its profile says of it."""
    said = fact.error
    pairs: list[tuple[str, Words]] = [
        ("vendor", fact.vendor),
        ("operation", f"{fact.operation} ({fact.method} {fact.path or _UNKNOWN})"),
        ("model", Code(fact.model or _UNKNOWN)),
        ("carried as", fact.carrier or _UNKNOWN),
        ("place", Code(fact.place or _UNKNOWN)),
        ("filename", Code(fact.filename or _UNKNOWN)),
        ("declared type", Code(fact.declared or _UNKNOWN)),
        ("bytes are", fact.sniffed or _UNKNOWN),
        ("size", _UNKNOWN if fact.bytes is None else plural(fact.bytes, "byte")),
        ("files in the request", f"{fact.files:,}"),
        *((f"field {name}", Code(value)) for name, value in sorted(fact.fields.items())),
        ("answer", _answer(fact)),
        *([("message", Code(said.message))] if said is not None and said.message else []),
        *([("type", Code(said.type))] if said is not None and said.type else []),
        *([("param", Code(said.param))] if said is not None and said.param else []),
        *([("delivered", _delivered(fact))] if fact.delivered is not None else []),
        ("known", f"{fact.grade.value}, seen {plural(fact.count, 'time')}"),
        ("when", _when(fact)),
        ("emulator", f"{judgement.agreement.value}: {judgement.says}"),
        *([("profile", Code(judgement.profile))] if judgement.profile else []),
    ]
    sources = tuple(
        " ".join(
            filter(
                None,
                (
                    source.repository,
                    source.path,
                    source.entry and f"#{source.entry}",
                    source.commit and f"at {source.commit[:10]}",
                    source.licence and f"({source.licence})",
                ),
            )
        )
        for source in fact.sources
    )
    sections = (Section("Sources", (Items(sources),)),)
    return terminal(Readable(fact.id, (Paragraph(f"fact {fact.id}"), Facts(tuple(pairs))), sections), width)


def _delivered(fact: Fact) -> str:
    by = f", by {fact.delivered_by}" if fact.delivered_by else ""
    return f"{'yes' if fact.delivered else 'no'}{by}"


def _when(fact: Fact) -> str:
    if fact.recorded is None:
        return f"not after {fact.committed} (committed)" if fact.committed else "not known"
    return f"{fact.recorded_from} to {fact.recorded}" if fact.recorded_from else fact.recorded


# -- the check --


@dataclass(frozen=True, slots=True)
class CheckRow:
    """The facts of a vendor's operation by what its profiles say, and how often those were ``seen``."""

    vendor: str
    operation: str
    agree: Count
    contradict: Count
    silent: Count
    seen: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A fact that its profile answers otherwise; ``disputed``: what is known on both sides, None where the
    evidence does not contradict itself, so that the profile is wrong."""

    id: str
    vendor: str
    operation: str
    profile: str
    rule: str | None
    says: str
    disputed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDocument:
    """What the profiles say of facts: counts of facts, by operation, and each contradiction.

    ``disputed`` of the contradictions have evidence on both sides. ``why_silent`` counts reasons.
    """

    format: Literal["upload-matrix facts check"] = "upload-matrix facts check"
    version: Literal[1] = 1
    agree: Count
    contradict: Count
    silent: Count
    disputed: Count
    rows: tuple[CheckRow, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    why_silent: Mapping[str, int]

    @property
    def undeclared(self) -> tuple[Contradiction, ...]:
        """Those that nothing speaks for: the profile is wrong."""
        return tuple(each for each in self.contradictions if each.disputed is None)


def check_document(
    judgements: Iterable[Judged], standings: Mapping[tuple[str, str], Standing]
) -> CheckDocument:
    """The counts of judgements; ``standings`` by profile and rule."""
    judgements = tuple(judgements)
    by_operation: dict[tuple[str, str], list[Judged]] = {}
    for each in judgements:
        by_operation.setdefault((each.fact.vendor, each.fact.operation), []).append(each)
    contradictions = tuple(
        _contradiction(each, standings) for each in judgements if each.agreement is Agreement.CONTRADICT
    )
    counts = Counter(each.agreement for each in judgements)
    silent = [each.says for each in judgements if each.agreement is Agreement.SILENT]
    return CheckDocument(
        agree=counts[Agreement.AGREE],
        contradict=counts[Agreement.CONTRADICT],
        silent=counts[Agreement.SILENT],
        disputed=sum(each.disputed is not None for each in contradictions),
        rows=tuple(_row(*key, group) for key, group in sorted(by_operation.items())),
        contradictions=contradictions,
        why_silent=dict(sorted(Counter(silent).items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _row(vendor: str, operation: str, group: Sequence[Judged]) -> CheckRow:
    facts = Counter(each.agreement for each in group)
    seen: Counter[str] = Counter()
    for each in group:
        seen[each.agreement.value] += each.fact.count
    return CheckRow(
        vendor,
        operation,
        facts[Agreement.AGREE],
        facts[Agreement.CONTRADICT],
        facts[Agreement.SILENT],
        {kind.value: seen[kind.value] for kind in Agreement},
    )


def _contradiction(each: Judged, standings: Mapping[tuple[str, str], Standing]) -> Contradiction:
    profile, rule = each.profile or "", each.rule
    standing = None if rule is None else standings.get((profile, rule))
    # Facts on one side alone are no dispute: then the rule is wrong.
    both = standing is not None and standing.is_disputed and bool(standing.rejected)
    disputed = standing.says if standing is not None and both else None
    fact = each.fact
    return Contradiction(fact.id, fact.vendor, fact.operation, profile, rule, each.says, disputed)


def check_text(document: CheckDocument, width: int = WIDTH) -> str:
    """The counts, a line an operation that a profile speaks of, and each contradiction."""
    spoken = [row for row in document.rows if row.agree or row.contradict]
    quiet = [row for row in document.rows if not (row.agree or row.contradict)]
    blocks: list[Paragraph | Table] = []
    if spoken:
        header = ("vendor", "operation", "agree (seen)", "contradict (seen)", "silent (seen)")
        rows = tuple(
            (
                row.vendor,
                row.operation,
                *(
                    f"{number:,} ({row.seen[kind.value]:,})"
                    for number, kind in zip((row.agree, row.contradict, row.silent), Agreement, strict=True)
                ),
            )
            for row in spoken
        )
        blocks.append(Table(header, rows))
    if quiet:
        number = sum(row.silent for row in quiet)
        vendors = len({row.vendor for row in quiet})
        blocks.append(
            Paragraph(
                f"silent about all of {plural(len(quiet), 'operation')} of {plural(vendors, 'vendor')} "
                f"({plural(number, 'fact')})"
            )
        )
    sections = []
    if document.contradictions:
        entries = tuple(
            (
                Code(each.id),
                f" {each.vendor} {each.operation}, {each.profile}: {each.says}; ",
                each.disputed or _WRONG,
            )
            for each in document.contradictions
        )
        sections.append(Section("Contradictions", (Items(entries),)))
    if document.why_silent:
        lines = tuple(
            f"{number:,}: {why}" for why, number in list(document.why_silent.items())[:_MOST_REASONS]
        )
        rest = len(document.why_silent) - _MOST_REASONS
        more = (f"and {plural(rest, 'further reason')}",) if rest > 0 else ()
        sections.append(Section("Why silent", (Items((*lines, *more)),)))
    text = terminal(Readable("Facts", tuple(blocks), tuple(sections)), width)
    return f"{text}\n{check_line(document)}\n"


_WRONG = "no fact speaks for the profile"
_MOST_REASONS = 8


def check_line(document: CheckDocument) -> str:
    """One line that says how it went."""
    spoken = document.agree + document.contradict
    if not spoken:
        return "? no profile speaks of any of these facts"
    mark = "✗" if document.undeclared else "✓"
    wrong = len(document.undeclared)
    return (
        f"{mark} {document.agree:,} of {plural(spoken, 'fact')} that a profile speaks of agree, "
        f"{document.disputed:,} disputed, {wrong:,} that nothing but the profile contradicts; "
        f"silent about {document.silent:,}"
    )


def check_json(document: CheckDocument) -> str:
    """The same as JSON."""
    return "".join(codec.chunks(document))


# -- how to hand a file over --


def ways_text(name: str, sniffed: str, found: Sequence[Handing], vendors: int, width: int = WIDEST) -> str:
    """A line a way, the best of each operation first, and of how many vendors nothing is known."""
    header = (
        "vendor",
        "operation",
        "carried as",
        "declared as",
        "accepted",
        "not looked at",
        "rejected",
        "known",
    )
    rows: tuple[tuple[Words, ...], ...] = tuple(
        (
            way.vendor,
            way.operation,
            way.carrier,
            Code(way.declared),
            *(f"{number:,}" for number in (way.accepted, way.ignored, way.rejected)),
            f"{way.grade.value} {way.newest or ''}".strip() if way.grade is not None else "",
        )
        for way in found
    )
    table = (Table(header, rows),) if rows else ()
    silent = vendors - len({way.vendor for way in found})
    says = f"{name} is {sniffed} by its bytes: {plural(len(found), 'way')} seen; nothing is known of it for "
    return terminal(Readable(name, (*table, Paragraph(says + plural(silent, "vendor")))), width)


# -- what rules rest on --


def rules_text(profile: str, standings: Iterable[Standing], width: int = WIDEST) -> Iterator[str]:
    """A line a rule with its grade, then the rules by grade."""
    standings = tuple(standings)
    grades = Counter(each.strongest for each in standings)
    rows = tuple((Code(each.rule), each.grade, each.says) for each in standings)
    counted = ", ".join(f"{grade} {number:,}" for grade, number in sorted(grades.items()))
    disputed = sum(each.is_disputed for each in standings)
    rules = plural(len(standings), "rule")
    total = f"{profile}: {rules}, by the strongest grade: {counted}; disputed {disputed:,}"
    yield terminal(Readable(profile, (Table(("rule", "rests on", ""), rows), Paragraph(total))), width)


def rules_as_data(profile: str, standings: Iterable[Standing]) -> list[dict[str, object]]:
    """The same as plain data, with the ids of the facts."""
    return [
        {
            "profile": profile,
            "rule": each.rule,
            "grade": each.grade,
            "disputed": each.says or None,
            "rejected": [fact.id for fact in each.rejected],
            "accepted": [fact.id for fact in each.accepted],
            "otherwise": [fact.id for fact in each.otherwise],
        }
        for each in standings
    ]
