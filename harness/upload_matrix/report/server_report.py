"""What a server, or a gateway, makes of uploads, as a readable report; many of them beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from upload_matrix.model import codec
from upload_matrix.model.conformance import AMISS, CheckMark, Tier, TierScore
from upload_matrix.model.hop import Effect, Rewriting, Speaker
from upload_matrix.model.reception import (
    KnownUpload,
    MeasuredUpload,
    Reception,
    ServerReport,
    ServersReport,
)
from upload_matrix.report.conformance import SIGNS, badge, gate_lines, junit
from upload_matrix.report.conformance import numbers as scores_of
from upload_matrix.report.document import (
    PAGE,
    TERMINAL,
    Block,
    Code,
    Facts,
    Headline,
    Items,
    Lines,
    Marked,
    Paragraph,
    Readable,
    Section,
    Strong,
    Table,
    Words,
    reports_of,
)
from upload_matrix.report.registry import SERVER, SERVERS, Report
from upload_matrix.report.wording import plural

WAY_OUT = "Write it again with `conform server ... -o FILE.json`, or `conform gateway`."
_LONGEST_WORDS = 160
EMULATED = {
    "server": "Answers are emulated: the server says that it is upload-matrix's emulator.",
    "gateway": "Behind it stood upload-matrix's emulator, so verdicts on uploads are emulated.",
}


def load(text: str, name: str) -> ServerReport:
    """Read a report back; ``name`` is its file, for messages. Raises ConfigurationError."""
    return codec.load(ServerReport, text, name, what="report of a server", way_out=WAY_OUT)


def load_many(text: str, name: str) -> ServersReport:
    """The same for one over many."""
    way_out = "Write it again with `conform servers ... -o FILE.json`."
    return codec.load(ServersReport, text, name, what="report of servers", way_out=way_out)


# -- words --


def sentence(report: ServerReport) -> str:
    """How it went: ``essential 28 of 30, robust 9 of 11``, or that nothing is known."""
    if not report.measured:
        return f"no call of the {report.kind} is taken as its document has it, so nothing is said"
    scores = report.conformance().scores()
    words = ", ".join(f"{each.tier} {each.passed} of {each.of}" for each in scores if each.of)
    open_ = sum(each.known is None for each in report.uploads)
    return f"{words}; of {plural(open_, 'upload')} it is not known what is right" if open_ else words


def upload_line(upload: MeasuredUpload) -> str:
    """One upload in a line: ``✗ images.edit/octet-stream: taken (200): OpenAI rejects this ...``."""
    amiss = [check for check in upload.checks if check.mark in AMISS]
    what = "; ".join(dict.fromkeys(check.says or check.name for check in amiss)) or upload.words
    return f"{sign(upload)} {upload.scenario}: {outcome(upload)}{f': {what}' if what else ''}"


def sign(upload: MeasuredUpload) -> str:
    """One character for its checks; nothing where none could be made."""
    marks = {check.mark for check in upload.checks}
    for mark in (CheckMark.FAILED, CheckMark.UNDECIDED, CheckMark.NOT_OFFERED, CheckMark.PASSED):
        if mark in marks:
            return SIGNS[mark]
    return "·"


def outcome(upload: MeasuredUpload) -> str:
    """``rejected (400)``; through a gateway also what was made of it: ``taken (200), masked``."""
    words = upload.reception.value + (f" ({upload.status})" if upload.status is not None else "")
    crossing = upload.crossing
    if crossing is None:
        return words
    parts = [words, *(effect.value for effect in effects(upload))]
    if not crossing.forwarded:
        parts.append("not forwarded")
    elif crossing.speaker is Speaker.GATEWAY:
        parts.append("the answer is the gateway's own")
    return ", ".join(parts)


def effects(upload: MeasuredUpload) -> tuple[Effect, ...]:
    """What a gateway did to it, the gravest first; how a body is framed is its own affair."""
    found = {each.effect for each in _rewritings(upload)}
    return tuple(effect for effect in Effect if effect in found)


def _rewritings(upload: MeasuredUpload) -> tuple[Rewriting, ...]:
    forwarded = upload.crossing.forwarded if upload.crossing is not None else ()
    return tuple(
        dict.fromkeys(each for one in forwarded for each in one.rewritings if each.where != "framing")
    )


def known_words(known: KnownUpload | None) -> str:
    """What is right, and how that is known."""
    if known is None:
        return "not known"
    whose = "OpenAI" if known.vendor else "standard"
    return f"{'taken' if known.taken else 'rejected'} ({whose}, {known.grade})"


# -- readable --


def readable(report: ServerReport) -> Readable:
    """The report of one: what is amiss first, then every upload."""
    lead = (*_lead(report), *(Paragraph(line.strip()) for line in gate_lines(report.gated)))
    return Readable(f"What {report.subject} makes of uploads", lead, tuple(_sections(report)))


def _lead(report: ServerReport) -> Iterator[Block]:
    yield Headline(sentence(report))
    if report.summary:
        yield Paragraph(report.summary)
    if report.emulated:
        yield Paragraph(EMULATED[report.kind])
    if report.versions:
        yield Facts(tuple((name, Code(version)) for name, version in report.versions.items()))
    unknown = [each for each in report.uploads if each.is_control and each.reception is Reception.NOT_KNOWN]
    if unknown:
        pairs = tuple((each.call, (f"{outcome(each)}: ", Code(each.words))) for each in unknown)
        yield Paragraph(
            "Of these calls nothing is known, as they are not taken as their documents have them:"
        )
        yield Facts(pairs)
    if report.stopped:
        yield Paragraph(f"Stopped before the end: {report.stopped}.")


def _sections(report: ServerReport, level: int = 2) -> Iterator[Section]:
    yield Section("Uploads", (Items(tuple(map(upload_line, report.uploads))),), only=TERMINAL)
    amiss = tuple(_amiss(report))
    if amiss:
        header = ("upload", "what is otherwise", "check", "what was seen")
        yield Section("Not as it should be", (Table(header, amiss),), level, only=PAGE)
    if report.kind == "gateway":
        yield from _changes(report, level)
    for call in dict.fromkeys(each.call for each in report.uploads):
        yield _of_call(call, [each for each in report.uploads if each.call == call], level)


def _amiss(report: ServerReport) -> Iterator[tuple[Words, ...]]:
    for upload in report.uploads:
        for check in upload.checks:
            if check.mark in AMISS:
                yield Code(upload.scenario), Marked(upload.says), check.name, Marked(check.says)


def _of_call(call: str, uploads: Sequence[MeasuredUpload], level: int) -> Section:
    rows = tuple(
        (
            each.scenario.partition("/")[2],
            Marked(each.says),
            outcome(each),
            Code(each.words or None, _LONGEST_WORDS),
            known_words(each.known),
            sign(each),
        )
        for each in uploads
    )
    header = ("upload", "what is otherwise", "outcome", "words", "what is right", "mark")
    return Section(
        ("Every upload of ", Code(call)), (Table(header, rows),), level, only=PAGE, name=f"Uploads of {call}"
    )


def _changes(report: ServerReport, level: int) -> Iterator[Section]:
    """Each way in which a gateway changes uploads, and which ones."""
    found: dict[Rewriting, list[str]] = {}
    for upload in report.uploads:
        for each in _rewritings(upload):
            found.setdefault(each, []).append(upload.scenario)
    order = list(Effect)
    rows = sorted(found.items(), key=lambda item: (order.index(item[0].effect), -len(item[1]), item[0].where))
    table = Table(
        ("what", "where", "sent", "forwarded", "in"),
        tuple(
            (
                each.effect.value,
                Code(each.where),
                Code(each.before, _LONGEST_WORDS),
                Code(each.after, _LONGEST_WORDS),
                _uploads(names),
            )
            for each, names in rows
        ),
    )
    none = Paragraph("Everything that is forwarded is forwarded as it was sent.")
    yield Section("What is forwarded otherwise", (table if rows else none,), level, only=PAGE)


def _uploads(names: Sequence[str]) -> Words:
    return Code(names[0]) if len(names) == 1 else (Code(names[0]), f" and {len(names) - 1:,} more")


def numbers(report: ServerReport) -> tuple[tuple[str, str], ...]:
    """The score of each tier, for the head of a page."""
    return scores_of(report.conformance()) if report.measured else ()


# -- many of them --


_TITLES = {
    "server": "What OpenAI-compatible servers make of uploads",
    "gateway": "What gateways make of uploads",
}

_EXPLAINED = {
    "server": (
        "Each server was sent the same calls, as their documents have them, then with one thing "
        "otherwise each. Essential checks are those of correct uploads, which have to be taken; robust ones "
        "are those of callers' mistakes, which OpenAI rejects: a server that takes them hides them until "
        "production."
    ),
    "gateway": (
        "Each gateway was sent the same calls, as their documents have them, then with one thing otherwise "
        "each; a tap behind it saw what it forwards, and the emulator answered. Essential checks: a correct "
        "upload is forwarded, nothing of it is corrupted or left out, and the client gets the "
        "target's verdict. Robust ones: no mistake is repaired on the way, and the target is asked once. How "
        "a body is framed is each hop's own affair, and is left out."
    ),
}


def many_readable(report: ServersReport) -> Readable:
    """The report over many: a line each, then who does what with each upload, then what is amiss."""
    lead: tuple[Block, ...] = (Paragraph(_EXPLAINED[report.kind]), *_unavailable(report))
    return Readable(_TITLES[report.kind], lead, tuple(_sections_of_many(report)))


def many_sentence(report: ServersReport) -> str:
    """What the comparison comes to."""
    measured = [each for each in report.subjects.values() if each.measured]
    of = plural(len(measured), report.kind)
    if report.kind == "gateway":
        true = sum(_in_short(each) == _AS_SENT for each in measured)
        return f"{true:,} of {of} {'forwards' if true == 1 else 'forward'} every upload as it is sent"
    hiding = sum(any(map(_hides, each.uploads)) for each in measured)
    return f"{hiding:,} of {of} {'takes' if hiding == 1 else 'take'} callers' mistakes"


_AS_SENT = "forwards everything as it is sent"


def many_numbers(report: ServersReport) -> tuple[tuple[str, str], ...]:
    """How many were measured, with how many uploads."""
    uploads = max((len(each.uploads) for each in report.subjects.values()), default=0)
    return (str(len(report.subjects)), f"{report.kind}s"), (str(uploads), "uploads each")


def in_short(report: ServersReport) -> Readable:
    """A line each, for a terminal."""
    return Readable(_TITLES[report.kind], (_lines(report), *_unavailable(report)))


def _lines(report: ServersReport) -> Table:
    header = (report.kind, "in short", *(str(tier) for tier in Tier), "version", "calls")
    return Table(header, tuple(map(_line, report.subjects.values())))


def _unavailable(report: ServersReport) -> Iterator[Table]:
    if report.unavailable:
        rows = tuple((Code(name), why) for name, why in report.unavailable.items())
        yield Table(("not on this machine", "what is missing"), rows)


def _sections_of_many(report: ServersReport) -> Iterator[Section]:
    yield Section("All of them", (_lines(report),))
    ids = dict.fromkeys(each.scenario for one in report.subjects.values() for each in one.uploads)
    for call in dict.fromkeys(name.partition("/")[0] for name in ids):
        yield _compared(report, call, [name for name in ids if name.startswith(f"{call}/")])
    for each in report.subjects.values():
        amiss = tuple(_amiss(each))
        header = ("upload", "what is otherwise", "check", "what was seen")
        lead = tuple(_lead(each))
        yield Section(each.subject, (*lead, Table(header, amiss)) if amiss else lead)
        if each.kind == "gateway":
            yield from _changes(each, 3)


def _line(report: ServerReport) -> tuple[Words, ...]:
    scores = {each.tier: each for each in report.conformance().scores()}
    words = ["not known" if not report.measured else _score(scores[tier]) for tier in Tier]
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    taken = [each.call for each in report.uploads if each.is_control and each.concludes]
    every = sum(each.is_control for each in report.uploads)
    calls = f"all {every}" if len(taken) == every else ", ".join(taken) or "none"
    return (report.subject, _in_short(report), *words, versions, calls)


def _score(score: TierScore) -> str:
    return f"{score.passed} of {score.of}" if score.of else "none"


def _in_short(report: ServerReport) -> str:
    if not report.measured:
        return "nothing is known"
    if report.kind == "gateway":
        counts = [
            (effect.value, sum(effect in effects(each) for each in report.uploads)) for effect in Effect
        ]
        found = [f"{word} {count}" for word, count in counts if count]
        own = sum(
            each.crossing is not None
            and not each.crossing.forwarded
            and each.reception is not Reception.NOT_KNOWN
            for each in report.uploads
        )
        found += [f"answered {own} itself"] if own else []
        lost = sum(each.crossing.lost for each in report.uploads if each.crossing is not None)
        found += [f"lost {plural(lost, 'good answer')}"] if lost else []
        return ", ".join(found) or _AS_SENT
    taken = sum(_hides(each) for each in report.uploads)
    mistakes = sum(
        each.known is not None and not each.known.taken and each.reception in _DECIDED
        for each in report.uploads
    )
    lost = sum(
        each.known is not None and each.known.taken and each.reception in (_DECIDED - {Reception.TAKEN})
        for each in report.uploads
    )
    return f"takes {taken} of {plural(mistakes, 'mistake')}" + (
        f", and not {plural(lost, 'correct upload')}" if lost else ""
    )


_DECIDED = frozenset(
    {Reception.TAKEN, Reception.IGNORED, Reception.REJECTED, Reception.BROKE_DOWN, Reception.NO_ANSWER}
)


def _hides(upload: MeasuredUpload) -> bool:
    """Whether a mistake is answered with success."""
    mistaken = upload.known is not None and not upload.known.taken
    return mistaken and upload.reception in (Reception.TAKEN, Reception.IGNORED)


def _compared(report: ServersReport, call: str, names: Sequence[str]) -> Section:
    rows = []
    for name in names:
        by_outcome: dict[str, list[str]] = {}
        first: MeasuredUpload | None = None
        for key, one in report.subjects.items():
            for each in one.uploads:
                if each.scenario == name and each.reception not in _UNASKED:
                    first = first or each
                    by_outcome.setdefault(_briefly(each), []).append(key)
        if first is None:
            continue
        cells = tuple((Strong(word), f": {who}") for word, who in _who_does_what(by_outcome))
        rows.append((name.partition("/")[2], Marked(first.says), Lines(cells), known_words(first.known)))
    table = Table(("upload", "what is otherwise", "who does what", "what is right"), tuple(rows))
    nobody = Paragraph("None of them takes this call as its document has it.")
    return Section(Code(call), (table if rows else nobody,), name=call)


def _who_does_what(by_outcome: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Each outcome with who has it, the rarest first; what most do is counted."""
    for place, (word, keys) in enumerate(
        sorted(by_outcome.items(), key=lambda item: (len(item[1]), item[0]))
    ):
        most = place == len(by_outcome) - 1 and len(keys) > _NAMED
        if most:
            yield word, f"{'the other' if place else 'all'} {len(keys)}"
        else:
            yield word, ", ".join(keys)


_NAMED = 3
"""Of those that do what most do, so many are named; more are counted."""

_UNASKED = frozenset({Reception.NOT_KNOWN, Reception.NOT_OFFERED})


def _briefly(upload: MeasuredUpload) -> str:
    """``rejected``; through a gateway what was made of it, ``masked, rewritten``."""
    crossing = upload.crossing
    if crossing is None:
        return upload.reception.value
    if not crossing.forwarded:
        return f"{upload.reception.value} by itself"
    words = [effect.value for effect in effects(upload)] or ["unchanged"]
    return ", ".join([*words, *(["own answer"] if crossing.speaker is Speaker.GATEWAY else [])])


def _badge(report: ServerReport) -> str:
    return badge(report.conformance(), label=report.kind)


REPORTS = (
    *reports_of(SERVER, readable),
    Report("badge", ".svg", _badge, SERVER),
    Report("junit", ".xml", lambda report: junit(report.conformance()), SERVER),
    *reports_of(SERVERS, many_readable),
)
