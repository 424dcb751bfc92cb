"""The words that every readable report shares: outcomes and verdicts, who answered, text from elsewhere.

A stand-in never passes for the vendor; what steers a terminal or hides in a line is written out.
"""

from __future__ import annotations

import ast
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upload_matrix.assets.recipes import PATH_TEXT
from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.outcome import UNRESOLVED, Outcome, OutcomeKind
from upload_matrix.model.result import RED, CaseResult, Run, VerdictKind
from upload_matrix.wire.carriers.embedded import Embedded
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.media import family_of_type, preferred_type
from upload_matrix.wire.upload import Upload

if TYPE_CHECKING:
    from upload_matrix.report.grounds import Grounds

SIGNS = {
    OutcomeKind.ACCEPTED: "✓",
    OutcomeKind.REJECTED: "✗",
    OutcomeKind.NOT_SENT: "✗",
    OutcomeKind.UNPARSED: "✗",
    OutcomeKind.ALTERED: "✗",
    OutcomeKind.IGNORED: "✗",
    OutcomeKind.INCONCLUSIVE: "?",
    OutcomeKind.UNRECORDED: "?",
    OutcomeKind.UNAVAILABLE: "–",
    OutcomeKind.HARNESS_ERROR: "!",
}

MARKS = {
    VerdictKind.AS_EXPECTED: "",
    VerdictKind.UNRESOLVED: "",
    VerdictKind.KNOWN_FAILURE: "known",
    VerdictKind.UNEXPECTED: "unexpected",
    VerdictKind.UNEXPECTED_PASS: "passes now",
    VerdictKind.EXPIRED: "known, expired",
}
"""What stands beside an outcome that is not as expected."""

MEANINGS = {
    "✓": "As it should be: accepted, as expected, passed, ruled out.",
    "✗": "Not so: rejected, not sent, not as expected, failed; of a suspect: the cause.",
    "?": "Nothing can be said: inconclusive, unrecorded, unresolved, undecided, open.",
    "–": "Not there: unavailable, not offered, not asked, not needed, not applicable.",
    "!": "Before an outcome, our own failure (harness_error); before a finding, that it counts.",
    "i": "Before a finding: for information, it does not count.",
    "≠": "The two sides of an A/B are told apart.",
    "=": "The two sides of an A/B show no difference, or send the same.",
    "○": "Of a fact: answered well and, by the answer, the file was not looked at.",
}
"""What the signs mean that stand before words."""

FAILED = frozenset(
    {
        OutcomeKind.REJECTED,
        OutcomeKind.NOT_SENT,
        OutcomeKind.UNPARSED,
        OutcomeKind.ALTERED,
        OutcomeKind.IGNORED,
    }
)
"""Outcomes in which an upload did not work, whether or not that was expected."""

WAYS_OUT = {kind: kind.then for kind in OutcomeKind if kind in UNRESOLVED}
"""What to do about an outcome that says nothing about the upload."""


UNSENT = "A limit was reached first: record again with a higher `--budget` or `--max-calls`."
"""The way out for a case that a limit kept from being sent."""

LOST = (
    "The target accepted the upload, and the gateway did not hand that on: it is paid for, and running the "
    "case again changes nothing. See to the gateway."
)
"""The way out for a case whose answer a gateway lost."""


def way_out(result: CaseResult) -> str | None:
    """What to do about a case that says nothing about the upload; None for any other."""
    if result.outcome.unsent:
        return UNSENT
    if result.outcome.kind is OutcomeKind.INCONCLUSIVE and result.hop is not None and result.hop.lost:
        return LOST
    return WAYS_OUT.get(result.outcome.kind)


def short(outcome: Outcome) -> str:
    """``✓ accepted``, ``✗ 400 invalid_value``, ``? unrecorded``: the sign and as few words as will do."""
    kind = outcome.kind
    if kind is OutcomeKind.REJECTED and outcome.status is not None and outcome.cause:
        words = f"{outcome.status} {outcome.cause}"
    elif kind is OutcomeKind.ACCEPTED or outcome.status is None:
        words = kind.value.replace("_", " ")
    else:
        words = f"{kind.value.replace('_', ' ')} {outcome.status}"
    return f"{SIGNS[kind]} {words}"


def heading(outcome: Outcome) -> str:
    """``rejected 400 invalid_value``: the outcome in words, without the server's message."""
    words = [outcome.kind.value.replace("_", " ")]
    if outcome.status is not None and outcome.kind is not OutcomeKind.ACCEPTED:
        words.append(str(outcome.status))
    if outcome.cause:
        words.append(outcome.cause)
    return " ".join(words)


def answer_fields(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """What the server said, field by field and verbatim; a field it left out is not listed."""
    fields = {
        "status": None if outcome.status is None else str(outcome.status),
        "type": outcome.type,
        "code": outcome.code,
        "param": outcome.param,
        "message": outcome.message,
    }
    return tuple((name, value) for name, value in fields.items() if value is not None)


def explain_hint(word: str) -> str:
    """The one line that says how to have a printed word explained."""
    return f"`upload-matrix explain {word.replace('_', '-').replace(' ', '-')}` says what that word means"


def plural(number: int, noun: str) -> str:
    """``1 case``, ``12,000 cases``, ``2 entries``."""
    if number == 1:
        return f"{number:,} {noun}"
    ends_in_y = noun.endswith("y") and noun[-2:-1] not in "aeiou"
    return f"{number:,} {noun[:-1]}ies" if ends_in_y else f"{number:,} {noun}s"


def result_line(counts: Counts) -> str:
    """One line that says how a run went: ``✗ 2 of 14 cases are not as expected (1 unresolved)``."""
    if not counts.cases:
        return "? no case ran"
    as_expected = counts.by_verdict.get(VerdictKind.AS_EXPECTED, 0)
    if as_expected == counts.cases:
        return f"✓ {'the case is' if counts.cases == 1 else f'all {counts.cases:,} cases are'} as expected"
    others = ", ".join(
        f"{number:,} {verdict}"
        for verdict, number in counts.by_verdict.items()
        if verdict != VerdictKind.AS_EXPECTED.value
    )
    of = f"of {plural(counts.cases, 'case')}"
    if counts.red:
        verb = "is" if counts.red == 1 else "are"
        said = f"✗ {counts.red:,} {of} {verb} not as expected"
        # That all of them are unexpected is what was just said.
        return (
            said
            if counts.by_verdict.get(VerdictKind.UNEXPECTED) == counts.cases - as_expected
            else f"{said} ({others})"
        )
    sign = "?" if VerdictKind.UNRESOLVED in counts.by_verdict else "✓"
    verb = "is" if 1 in (as_expected, counts.cases) else "are"
    return f"{sign} {as_expected:,} {of} {verb} as expected ({others})"


def telling_names(variants: Sequence[str]) -> Mapping[str, str]:
    """A short name for each variant: the words of its id in which those of its length differ.

    ``history/images.edit/openai/handle/webp/builtin`` is ``handle / webp`` where operation, client and
    mime table are the same for all; a variant that has no other of its length keeps all but the matrix.
    """
    words = {variant: variant.split("/") for variant in variants}
    alike: dict[int, list[list[str]]] = {}
    for each in words.values():
        alike.setdefault(len(each), []).append(each)
    telling = {
        length: [at for at, column in enumerate(zip(*those, strict=True)) if len(set(column)) > 1]
        for length, those in alike.items()
    }
    return {
        variant: " / ".join([each[at] for at in telling[len(each)]] or each[1:] or each)
        for variant, each in words.items()
    }


def beyond_the_outcome(result: CaseResult) -> str:
    """What a verdict says beside "expected this, got that": a known failure's reason; may be empty."""
    plain = f"expected {result.verdict.expected}, got {result.outcome}"
    return (result.verdict.because or "").removeprefix(plain).removeprefix("; ")


def is_python(fix: str) -> bool:
    """Whether a fix is code to copy (``image=("a.webp", data, "image/webp")``), not advice in words."""
    try:
        ast.parse(fix)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


# -- who answered --


NOT_THE_VENDOR = "not the vendor's words"
NOT_THE_TARGET = "the target did not say this"


def of_source(source: Source, rule: str | None = None) -> str:
    """``emulated (profile openai-2026-02, rule file-type, which is reported) - not the vendor's words``.

    Of one answer, with its ``rule``, also the grade of that, and what disputes it.
    """
    if source.provenance is Provenance.EMULATED:
        facts = [f"profile {source.profile}"] if source.profile else []
        facts += [f"rule {rule}"] if rule else []
        facts += [f"which is {found.grade}"] if (found := _grounds(source, rule)) else []
        disputed = f"; {source.disputed.says}" if rule and source.disputed else ""
        return f"emulated{_listed(facts)} - {NOT_THE_VENDOR}{disputed}"
    if source.provenance is Provenance.GATEWAY:
        return f"the gateway {source.target} itself - {NOT_THE_TARGET}"
    if source.supply is Supply.FORWARDED:
        return f"live ({source.target}, asked in this run)"
    recorded = f"recorded {source.recorded_on}" if source.recorded_on else "recorded"
    return f"live ({source.target}, {recorded})"


def _grounds(source: Source, rule: str | None) -> Grounds | None:
    # Only where an answer is shown: it reads profiles and facts.
    from upload_matrix.report.grounds import grounds

    return grounds(source, rule)


def of_results(results: Iterable[CaseResult]) -> str:
    """``Answers: emulated (profile openai-2026-02) - not the vendor's words``, for all of a run's answers."""
    sources = [
        attempt.source for result in results for attempt in result.attempts if attempt.source is not None
    ]
    own = sum(source.provenance is Provenance.GATEWAY for source in sources)
    told = _of_targets([source for source in sources if source.provenance is not Provenance.GATEWAY])
    if not own:
        return told
    return f"{told}; {own:,} by the gateway itself, which are not the target's"


def _of_targets(sources: list[Source]) -> str:
    emulated = [source for source in sources if source.provenance is Provenance.EMULATED]
    live = [source for source in sources if source.provenance is Provenance.LIVE]
    if not sources:
        return "Answers: none"
    if not emulated:
        return f"Answers: live{_listed(_live_facts(live))}"
    profiles = sorted({source.profile for source in emulated if source.profile})
    named = _listed([f"profile{'s' * (len(profiles) > 1)} {', '.join(profiles)}"] if profiles else [])
    if not live:
        return f"Answers: emulated{named} - {NOT_THE_VENDOR}"
    return (
        f"Answers: {len(live):,} live{_listed(_live_facts(live))}, {len(emulated):,} emulated{named}"
        f" - the emulated ones are {NOT_THE_VENDOR}"
    )


def _live_facts(sources: list[Source]) -> list[str]:
    facts = sorted({source.target for source in sources})
    days = sorted({source.recorded_on for source in sources if source.recorded_on})
    if days:
        facts.append(f"recorded {days[0]}" + (f" to {days[-1]}" if len(days) > 1 else ""))
    if any(source.supply is Supply.FORWARDED for source in sources):
        facts.append("asked in this run")
    return facts


def _listed(facts: list[str]) -> str:
    return f" ({', '.join(facts)})" if facts else ""


def display_width(text: str) -> int:
    """How many terminal columns ``text`` takes: wide (Korean, Chinese, emoji) 2, combining marks 0."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns (at least 1), its middle given up for ``…`` when it is longer."""
    if display_width(text) <= width:
        return text
    room = width - 1
    head = _fitting(text, room - room // 2)
    tail = _fitting(text[::-1], room // 2)[::-1]
    return f"{head}…{tail}"


def _fitting(text: str, width: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += _columns(character)
        if used > width:
            return text[:index]
    return text


# -- counts --


@dataclass(frozen=True, slots=True)
class Counts:
    """``calls`` are the attempts forwarded to a live server in this run. Maps leave zeros out."""

    cases: int
    by_outcome: Mapping[OutcomeKind, int]
    by_verdict: Mapping[VerdictKind, int]
    wire_forms: int
    by_supply: Mapping[Supply, int]
    by_provenance: Mapping[Provenance, int]
    calls: int

    @property
    def red(self) -> int:
        """Cases whose verdict ends a run with exit code 1."""
        return sum(self.by_verdict.get(kind, 0) for kind in RED)


def count(run: Run) -> Counts:
    """Count a run; one pass over its results."""
    outcomes: Counter[OutcomeKind] = Counter()
    verdicts: Counter[VerdictKind] = Counter()
    supplies: Counter[Supply] = Counter()
    provenances: Counter[Provenance] = Counter()
    calls = 0
    for result in run.results:
        outcomes[result.outcome.kind] += 1
        verdicts[result.verdict.kind] += 1
        for attempt in result.attempts:
            if attempt.source is None:
                continue
            supplies[attempt.source.supply] += 1
            provenances[attempt.source.provenance] += 1
        # Behind a gateway one attempt of the client may be several calls, or none.
        asked = result.attempts if result.hop is None else result.hop.forwarded
        calls += sum(
            each.source is not None
            and each.source.supply is Supply.FORWARDED
            and each.source.provenance is Provenance.LIVE
            for each in asked
        )
    return Counts(
        cases=len(run.results),
        by_outcome={kind: outcomes[kind] for kind in OutcomeKind if outcomes[kind]},
        by_verdict={kind: verdicts[kind] for kind in VerdictKind if verdicts[kind]},
        wire_forms=len(run.wires),
        by_supply={kind: supplies[kind] for kind in Supply if supplies[kind]},
        by_provenance={kind: provenances[kind] for kind in Provenance if provenances[kind]},
        calls=calls,
    )


# -- the request, part by part, as rows of plain words --


_OF_PARTS = ("part", "filename", "Content-Type", "content", "format")
_OF_UPLOADS = ("upload", "filename", "type", "content", "format")
NONE = "(none)"
_SHA_SHOWN = 12


def head(wire: WireForm) -> tuple[str, str, str, str, str]:
    """The names of the columns of ``rows``."""
    return _OF_UPLOADS if wire.parts is None else _OF_PARTS


def rows(wire: WireForm) -> tuple[tuple[str, str, str, str, str], ...]:
    """A row per part, or per file of a body without parts, in the order sent; made visible by the caller."""
    if wire.parts is None:
        spelt = {each.place: each for each in wire.embedded}
        return tuple(_upload_row(each, spelt.get(each.place)) for each in wire.uploads())
    return tuple(
        (
            part.name,
            NONE if part.filename is None else part.filename,
            NONE if part.content_type is None else part.content_type,
            content(part),
            part.format or "",
        )
        for part in wire.parts
    )


def _upload_row(upload: Upload, written: Embedded | None) -> tuple[str, str, str, str, str]:
    told = f"shipped file {upload.asset}" if upload.asset else _sized(upload.size, upload.sha256)
    if written is not None:
        carrier = "data URL" if written.prefix is not None else "text"
        told += f", {carrier}: {written.spelling or 'no sound base64'}"
    return (
        upload.place,
        NONE if upload.filename is None else upload.filename,
        NONE if upload.declared is None else upload.declared,
        told,
        upload.format or "",
    )


def upload_words(wire: WireForm) -> tuple[tuple[str, str], ...]:
    """Each file of a body without parts: its place, and the rest of its row in words for a narrow screen."""
    if wire.parts is not None:
        return ()
    return tuple(
        (
            place,
            ", ".join(
                filter(
                    None,
                    (
                        f"declared {declared}" if declared != NONE else "no type declared",
                        f"bytes: {media_format}" if media_format else "",
                        told,
                        f"filename {filename}" if filename != NONE else "",
                    ),
                )
            ),
        )
        for place, filename, declared, told, media_format in rows(wire)
    )


def _sized(size: int, sha256: str) -> str:
    digest = f", sha256 {sha256[:_SHA_SHOWN]}" if sha256 else ""
    return f"{plural(size, 'byte')}{digest}"


def content(part: Part) -> str:
    """What a part holds: ``shipped picture NAME``, its text in quotes, or its size and digest."""
    if part.size == 0:
        return "empty, 0 bytes"
    if part.asset == PATH_TEXT:
        return "the file's path, as a text"
    if part.asset:
        picture = part.format is not None and family_of_type(preferred_type(part.format)) == "image"
        return f"shipped {'picture' if picture else 'file'} {part.asset}"
    if part.text is not None:
        return f"“{part.text}”"
    if part.characters is not None and not part.is_file:
        return f"text, {plural(part.characters, 'character')}"
    return _sized(part.size, part.sha256)


def request_line(wire: WireForm) -> str:
    """``POST /v1/images/edits, multipart/form-data, content-length``."""
    query = f"?{wire.query}" if wire.query else ""
    words = [f"{wire.method} {wire.path}{query}", wire.media_type or "no body type", wire.framing.value]
    return ", ".join(words)


def other_body(wire: WireForm) -> str | None:
    """The body of a request that is not multipart, in a line; None when it has parts."""
    if wire.parts is not None:
        return None
    if wire.json is not None:
        return wire.json
    if not wire.body_size:
        return "no body"
    return _sized(wire.body_size, wire.body_sha256 or "")


def raw_headers(part: Part) -> tuple[str, ...]:
    """A part's header lines as they were written, Content-Disposition first."""
    lines = [f"Content-Disposition: {part.disposition}"]
    if part.content_type is not None:
        lines.append(f"Content-Type: {part.content_type}")
    return (*lines, *(f"{name}: {value}" for name, value in part.headers))
