"""An isolation as JSON and as a readable report: the sentence first, then how it is known.

The JSON holds one difference, one question a line. The same requests and recordings give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from upload_matrix.judge.isolate.result import AskedQuestion, Cause, Isolation, PassingBy, Purpose, Stop, Vote
from upload_matrix.judge.isolate.words import subject
from upload_matrix.model import codec
from upload_matrix.model.codec import MalformedError, renewed
from upload_matrix.model.diagnosis import Answered
from upload_matrix.report.document import (
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
from upload_matrix.report.json_report import Count
from upload_matrix.report.registry import ISOLATION
from upload_matrix.report.wording import NOT_THE_VENDOR, plural
from upload_matrix.wire.difference import Difference, Kind
from upload_matrix.wire.form import Digest, WireForm, WireForms

FORMAT = "upload-matrix isolation"

PURPOSES = {
    Purpose.FAILING: "does it still fail?",
    Purpose.PASSING: "does it still pass?",
    Purpose.CONTROL: "control: does it still pass?",
    Purpose.SEARCH: "do these differences suffice to fail?",
    Purpose.SUFFICIENT: "do these alone suffice to fail?",
    Purpose.MINIMAL: "do they still suffice with one taken back?",
    Purpose.NECESSARY: "does it pass without the cause?",
    Purpose.NEXT_FAILURE: "of what kind is the failure that is left?",
}

SIGNS = {Vote.ACCEPTED: "✓", Vote.REJECTED: "✗", Vote.INCONCLUSIVE: "?", Vote.NOT_ASKED: "–"}

HOW = {
    PassingBy.GIVEN: "as given",
    PassingBy.RECORDED: "the nearest that a recording says is accepted",
    PassingBy.FIXED: "the failing one fixed, and accepted",
    PassingBy.SIMPLIFIED: "the failing one made as plain as can be, and accepted",
    PassingBy.SAMPLE: "a sound sample in place of the file, and accepted",
}
"""How the passing request was come by."""

FATES = {
    "decides": "decides",
    "comes_along": "cannot be made without",
    "does_not_matter": "does not matter",
    "same_wire": "leaves the wire as it is",
    "suspected": "suspected",
    "open": "not told apart",
}
"""What is known of a difference."""

_LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class IsolationStory:
    """What a report is made of: ``forms`` are the passing and the failing wire form, ``tried`` what was asked
    before the passing request was found, with the answer, ``origins`` sentences about the code that brought
    the cause about."""

    target: str
    failing: str
    passing: str
    how: PassingBy
    result: Isolation
    forms: tuple[WireForm, WireForm]
    tried: tuple[tuple[str, Answered], ...] = ()
    origins: tuple[str, ...] = ()


# -- JSON --


@dataclass(frozen=True, slots=True)
class FailingEnd:
    """The failing request."""

    name: str
    wire: Digest


@dataclass(frozen=True, slots=True)
class PassingEnd:
    """The passing request, and how it was come by."""

    name: str
    how: PassingBy
    wire: Digest


@dataclass(frozen=True, slots=True)
class RefusalEntry:
    """The failure that was isolated. ``layer`` is who refused: ``target``, or a hop before it."""

    layer: str
    status: int | None
    code: str | None
    param: str | None


@dataclass(frozen=True, slots=True)
class CauseEntry:
    """Differences (by ``where``) that decide together, and those ``along`` that cannot be left out."""

    changes: tuple[str, ...]
    along: tuple[str, ...]
    sufficient: bool
    minimal: bool | None
    necessary: bool | None
    searched: Count
    bound: Count


@dataclass(frozen=True, slots=True)
class IsolationCounts:
    """``inconclusive`` answers said nothing and did not count; the search may take ``bound`` questions."""

    calls: Count
    recorded: Count
    inconclusive: Count
    searched: Count
    bound: Count


@dataclass(frozen=True, slots=True)
class IsolatedChange:
    """A difference between the two requests, and what is known of it."""

    where: str
    kind: Kind
    part: str | None
    passing: str | None
    failing: str | None
    fate: Annotated[str, Field(json_schema_extra={"enum": list(FATES)})]

    @property
    def subject(self) -> str:
        """What differs, in words."""
        return subject(Difference(self.where, self.passing, self.failing, self.kind, self.part))


@dataclass(frozen=True, slots=True)
class TriedEntry:
    """What was asked before the passing request was found. ``status`` null: no answer, ``message`` is why."""

    says: str
    status: int | None
    code: str | None
    param: str | None
    message: str | None
    recorded: bool
    emulated: bool

    @property
    def answer(self) -> Answered:
        """What came back."""
        return Answered(self.status, self.code, self.param, self.message, self.emulated, self.recorded)


@dataclass(frozen=True, slots=True)
class QuestionEntry:
    """A request in between: ``changes`` are what of the failing request it has (none: the passing one)."""

    purpose: Purpose
    changes: tuple[str, ...]
    vote: Vote
    signature: str | None
    recorded: bool
    emulated: bool
    says: str


@renewed
@dataclass(frozen=True, slots=True, kw_only=True)
class IsolationDocument:
    """An isolation as it is written. ``target`` ends in `` through NAME`` where every question took a
    gateway, ``origins`` say how the deciding difference comes from the code. Where no cause was found, it
    lies among the ``narrowed`` changes."""

    format: Literal["upload-matrix isolation"] = "upload-matrix isolation"
    version: Literal[2] = 2
    sentence: str
    stopped: Stop
    emulated: bool
    target: str
    failing: FailingEnd
    passing: PassingEnd
    signature: RefusalEntry | None
    causes: tuple[CauseEntry, ...]
    narrowed: tuple[str, ...] = ()
    origins: tuple[str, ...]
    counts: IsolationCounts
    changes: tuple[IsolatedChange, ...]
    tried: tuple[TriedEntry, ...]
    asked: tuple[QuestionEntry, ...]
    wires: WireForms

    @property
    def on_the_wire(self) -> tuple[IsolatedChange, ...]:
        """The changes that make another request, as questions count them."""
        return tuple(change for change in self.changes if change.fate != "same_wire")

    @property
    def forms(self) -> tuple[WireForm, WireForm]:
        """The passing and the failing request."""
        return self.wires[self.passing.wire], self.wires[self.failing.wire]

    def check(self) -> None:
        """Raise ``MalformedError`` where it names a wire form that it lacks."""
        for digest in (self.passing.wire, self.failing.wire):
            if digest not in self.wires:
                raise MalformedError(f"lacks the wire form {digest!r}")


def isolation_document(story: IsolationStory) -> IsolationDocument:
    """An isolation as it is written."""
    result, (passing, failing) = story.result, story.forms
    signature = result.signature
    return IsolationDocument(
        sentence=result.sentence,
        stopped=result.stopped,
        emulated=result.emulated,
        target=story.target,
        failing=FailingEnd(story.failing, failing.digest),
        passing=PassingEnd(story.passing, story.how, passing.digest),
        signature=None
        if signature is None
        else RefusalEntry(signature.layer, signature.status, signature.code, signature.param),
        causes=tuple(map(_cause, result.causes)),
        narrowed=() if result.causes else tuple(change.where for change in result.narrowed),
        origins=story.origins,
        counts=IsolationCounts(
            result.calls, result.recorded, result.inconclusive, result.searched, result.bound
        ),
        changes=tuple(
            IsolatedChange(each.where, each.kind, each.part, each.before, each.after, _fate(each, result))
            for each in (*result.changes, *result.dropped)
            if each.kind is not None
        ),
        tried=tuple(
            TriedEntry(says, each.status, each.code, each.param, each.message, each.recorded, each.emulated)
            for says, each in story.tried
        ),
        asked=tuple(map(_question, result.asked)),
        wires={form.digest: form for form in story.forms},
    )


def _cause(cause: Cause) -> CauseEntry:
    return CauseEntry(
        changes=tuple(change.where for change in cause.changes),
        along=tuple(change.where for change in cause.along),
        sufficient=cause.sufficient,
        minimal=cause.minimal,
        necessary=cause.necessary,
        searched=cause.searched,
        bound=cause.bound,
    )


def _question(entry: AskedQuestion) -> QuestionEntry:
    question, reply = entry.question, entry.reply
    return QuestionEntry(
        purpose=question.purpose,
        changes=tuple(sorted(question.kept)),
        vote=reply.vote,
        signature=None if reply.signature is None else str(reply.signature),
        recorded=reply.recorded,
        emulated=reply.emulated,
        says=reply.says,
    )


def _fate(change: Difference, result: Isolation) -> str:
    """What is known of a difference: a key of ``FATES``."""
    if any(change in cause.changes for cause in result.causes):
        return "decides"
    if any(change in cause.along for cause in result.causes):
        return "comes_along"
    if change in result.exonerated:
        return "does_not_matter"
    if change in result.dropped:
        return "same_wire"
    return "suspected" if change in result.suspected else "open"


def load(text: str, name: str) -> IsolationDocument:
    """Read an isolation back; ``name`` is its file, for messages.

    Raises ConfigurationError naming the file and what is wrong with it.
    """
    way_out = "Write it again with `isolate -o FILE.json`."
    return codec.load(IsolationDocument, text, name, build=_whole, what="isolation", way_out=way_out)


def _whole(document: IsolationDocument) -> IsolationDocument:
    document.check()
    return document


# -- words --


def request_words(entry: QuestionEntry, changes: int) -> str:
    """The request of a question: the failing or the passing one, or what of the failing one it has."""
    if not entry.changes:
        return "the passing request"
    if len(entry.changes) == changes:
        return "the failing request"
    return f"passing with the failing {', '.join(entry.changes)}"


def reply_words(entry: QuestionEntry) -> str:
    """``✗ rejected 400 invalid_value model, recorded``."""
    vote = entry.vote.value
    said = vote.replace("_", " ") if entry.signature is None else f"{vote} {entry.signature}"
    words = f"{SIGNS[entry.vote]} {said}"
    if entry.vote in (Vote.INCONCLUSIVE, Vote.NOT_ASKED) and entry.says:
        words += f" ({entry.says})"
    return f"{words}, recorded" if entry.recorded else words


def summary_lines(document: IsolationDocument) -> Iterator[str]:
    """What it took and who spoke."""
    causes, counts = document.causes, document.counts
    took = f"{plural(counts.calls, 'call')} made, {plural(counts.recorded, 'answer')} recorded"
    if causes:
        took += f"; the search took {counts.searched} of at most {plural(counts.bound, 'question')}"
    if counts.inconclusive:
        took += f"; {plural(counts.inconclusive, 'answer')} said nothing and did not count"
    yield f"{took}."
    for number, cause in enumerate(causes, 1):
        yield f"{'Cause' if len(causes) == 1 else f'Cause {number}'}: {proof(cause.necessary)}."
    if document.emulated:
        yield f"Answers: emulated - {NOT_THE_VENDOR}."


def proof(necessary: bool | None) -> str:
    """What is shown of a cause; ``necessary`` as in ``Cause``."""
    sufficient = "sufficient (the passing request with it fails)"
    if necessary is None:
        return f"{sufficient}; whether it is necessary stayed open"
    if necessary:
        return f"{sufficient} and necessary (the failing request without it passes)"
    return f"{sufficient}; the failing request without it fails too"


# -- the readable report --


def readable(document: IsolationDocument) -> Readable:
    """The sentence first, then how it is known."""
    ends = (
        ("failing", Code(document.failing.name)),
        ("passing", (Code(document.passing.name), f" ({HOW[document.passing.how]})")),
        ("target", Code(document.target)),
    )
    lead = (Headline(Marked(document.sentence), whole=True), Facts(ends))
    word = "" if document.stopped is Stop.FOUND else document.stopped.value
    return Readable("What decides", lead, tuple(sections(document)), word=word)


def sections(document: IsolationDocument, level: int = 2) -> Iterator[Section]:
    """Everything below the head; a diagnosis has it too."""
    yield Section("Summary", tuple(_summary(document)), 0)
    differences = tuple(
        (Marked(change.subject), _value(change.passing), _value(change.failing), FATES[change.fate])
        for change in document.changes
    )
    header = ("difference", "passing", "failing", "")
    yield Section("Differences", (Table(header, differences),), level)
    questions = tuple(
        (request_words(entry, len(document.on_the_wire)), PURPOSES[entry.purpose], reply_words(entry))
        for entry in document.asked
    )
    yield Section("Questions", (Table(("request", "question", "answer"), questions),), level)


def _summary(document: IsolationDocument) -> Iterator[Block]:
    if document.tried:
        yield Paragraph("Tried to find a passing request:")
        yield Items(tuple(f"{each.says}: {each.answer}" for each in document.tried))
    yield Items(tuple(summary_lines(document)))
    if document.origins:
        yield Items(tuple(Marked(f"In the code: {says}.") for says in document.origins))


def _value(value: str | None) -> Words:
    return "none" if value is None else Code(value, _LONGEST_VALUE)


REPORTS = reports_of(ISOLATION, readable)
