"""What a server, or a gateway, makes of uploads, as a readable report; many of them beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.model import codec
from upload_matrix.model.codec import Schema
from upload_matrix.model.conformance import AMISS, Mark
from upload_matrix.model.hop import Effect, Rewriting, Speaker
from upload_matrix.model.reception import KnownUpload, MeasuredUpload, ServerReport, ServersReport
from upload_matrix.report.conformance import SIGNS, badge, gate_lines, junit
from upload_matrix.report.document import (
    PAGE,
    TERMINAL,
    Block,
    Code,
    Facts,
    Headline,
    Items,
    Marked,
    Paragraph,
    Readable,
    Section,
    Table,
    Words,
    reports_of,
)
from upload_matrix.report.registry import SERVER, Report
from upload_matrix.report.wording import plural

WAY_OUT = "Write it again with `conform server ... -o FILE.json`, or `conform gateway`."
_LONGEST_WORDS = 160
_EMULATED = {
    "server": "Answers are emulated: the server says that it is upload-matrix's emulator.",
    "gateway": "Behind the gateway stood upload-matrix's emulator, so verdicts on uploads are emulated.",
}


def load(text: str, name: str) -> ServerReport:
    """Read a report back; ``name`` is its file, for messages. Raises ConfigurationError."""
    return codec.load(
        ServerReport, text, name, build=lambda each: each, what="report of a server", way_out=WAY_OUT
    )


def load_many(text: str, name: str) -> ServersReport:
    """The same for one over many."""
    way_out = "Write it again with `conform servers ... -o FILE.json`."
    return codec.load(
        ServersReport, text, name, build=lambda each: each, what="report of servers", way_out=way_out
    )


def server_schema() -> Schema:
    """The schema of the current version."""
    return codec.json_schema(ServerReport, "server")


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
    for mark in (Mark.FAILED, Mark.UNDECIDED, Mark.NOT_OFFERED, Mark.PASSED):
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
    return Readable(f"What {report.subject} makes of uploads", tuple(_lead(report)), tuple(_sections(report)))


def _lead(report: ServerReport) -> Iterator[Block]:
    yield Headline(sentence(report))
    if report.summary:
        yield Paragraph(report.summary)
    if report.emulated:
        yield Paragraph(_EMULATED[report.kind])
    if report.versions:
        yield Facts(tuple((name, Code(version)) for name, version in report.versions.items()))
    if report.stopped:
        yield Paragraph(f"Stopped before the end: {report.stopped}.")
    yield from (Paragraph(line.strip()) for line in gate_lines(report.gated))


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
                yield Code(upload.scenario), upload.says, check.name, Marked(check.says)


def _of_call(call: str, uploads: Sequence[MeasuredUpload], level: int) -> Section:
    rows = tuple(
        (
            each.scenario.partition("/")[2],
            each.says,
            outcome(each),
            Code(each.words or None, _LONGEST_WORDS),
            known_words(each.known),
            sign(each),
        )
        for each in uploads
    )
    header = ("upload", "what is otherwise", "outcome", "words", "what is right", "")
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


def _badge(report: ServerReport) -> str:
    return badge(report.conformance(), label=report.kind)


REPORTS = (
    *reports_of(SERVER, readable),
    Report("badge", ".svg", _badge, SERVER),
    Report("junit", ".xml", lambda report: junit(report.conformance()), SERVER),
)
