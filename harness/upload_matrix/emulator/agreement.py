"""Facts put to the emulator: whether a profile says what was seen.

A fact becomes a request again, judged by the rules as any other. What it does not tell of its request
(its prompt, often its model) counts for nothing: a rule that looks at it neither confirms nor contradicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from upload_matrix import vendors
from upload_matrix.emulator.profile import Profile, last_of, profile_at, read
from upload_matrix.emulator.reading import Reading
from upload_matrix.emulator.rule import IGNORED, Rule, RuleAnswer
from upload_matrix.emulator.vocabulary import PLACEHOLDER
from upload_matrix.facts.fact import ABSENT, EMPTY, GENERIC, Fact, Fate, Grade
from upload_matrix.model.words import ExplainedWord
from upload_matrix.vendors import Vendor
from upload_matrix.wire.carriers.embedded import BASE64, DATA_URL, Embedded
from upload_matrix.wire.carriers.multipart import Part, base_name
from upload_matrix.wire.carriers.raw import RawFile
from upload_matrix.wire.form import Framing, WireForm, canonical_text
from upload_matrix.wire.json_body import STAND_IN, Keys, keys_of
from upload_matrix.wire.media import FORMAT_TYPES

FORM_TEXT = "form-text"
"""The carrier of a file that stands in a form as if it were text: a part without a filename."""

GENERIC_TYPE = "application/octet-stream"

_WRITTEN = {None: None, ABSENT: None, EMPTY: "", GENERIC: GENERIC_TYPE}
_IN_JSON = (DATA_URL, BASE64)

NOT_EMULATED = 501
"""The status of the emulator's own answer to what it makes no statement about."""

_SOME_SIZE = 1_000
_GIST = 24


class Agreement(ExplainedWord):
    """What a profile says of a fact."""

    AGREE = "agree", "The profile answers such an upload as was observed."
    CONTRADICT = (
        "contradict",
        "The profile answers such an upload otherwise than was observed.",
        "`facts page disputed` shows both sides.",
    )
    SILENT = "silent", "The profile says nothing about such an upload."


@dataclass(frozen=True, slots=True)
class Judged:
    """A fact, what its profile says of it (``says``: in words), and by which rule (None: none rejects it)."""

    fact: Fact
    agreement: Agreement
    says: str
    profile: str | None = None
    rule: str | None = None


def judged(facts: Iterable[Fact], profile: Profile | None = None) -> tuple[Judged, ...]:
    """Every fact under the profile that is the nearest to its date, or under this one on the fact's day."""
    return tuple(_judged(fact, profile) for fact in facts)


def _judged(fact: Fact, given: Profile | None) -> Judged:
    vendor = vendors.serving(fact.vendor)
    operation = None if vendor is None else vendor.operation_called(fact.operation)
    # Facts from elsewhere have names of their own for some operations.
    found = _judged_as(fact if operation is None else replace(fact, operation=operation), given)
    return replace(found, fact=fact)


def _judged_as(fact: Fact, given: Profile | None) -> Judged:
    profile = given or profile_at(fact.vendor, _day(fact, last=True), fact.operation)
    vendor = vendors.serving(fact.vendor)
    if profile is None or vendor is None:
        return Judged(fact, Agreement.SILENT, f"{fact.vendor} is not emulated")
    if fact.operation in profile.leaves_out:
        return Judged(fact, Agreement.SILENT, f"{profile.name} leaves out {fact.operation}", profile.name)
    why = _cannot_be_put(fact, vendor)
    if why:
        rule = next((rule for rule in profile.in_force if _answers_so(rule, fact)), None)
        return Judged(fact, Agreement.SILENT, why, profile.name, None if rule is None else rule.id)
    # Which models are alive is a question of the day. Within a month, an upload that was accepted came
    # before a model's end, and one that was rejected after it.
    on = _day(fact, last=fact.verdict is Fate.REJECTED) or profile.date
    today = replace(profile, date=on)
    model = _model(fact, today)
    if isinstance(model, _Unknown):
        return Judged(fact, Agreement.SILENT, model.why, profile.name)
    return _put(fact, today, read(today, _wire(fact, vendor, model)), _told(fact, model))


@dataclass(frozen=True, slots=True)
class _Unknown:
    why: str


def _cannot_be_put(fact: Fact, vendor: Vendor) -> str | None:
    """Why a fact is no request that the rules can be asked about; None: it is one."""
    if fact.operation not in vendor.routes or vendor.routes[fact.operation].emulated is None:
        return f"{fact.operation} is not emulated"
    if fact.carrier not in ("multipart", FORM_TEXT, *_IN_JSON, "raw"):
        return f"a file handed over as {fact.carrier} is not emulated here"
    if fact.place is None:
        return "what was sent was not recorded"
    if fact.verdict is None:
        return "what became of it is not told"
    if fact.verdict is Fate.FAILED:
        return f"the answer ({fact.status}) has another cause than the file"
    if fact.verdict is Fate.REJECTED and fact.files > 1 and fact.about_file is not True:
        return "one of several files: which one was meant cannot be told"
    return None


def _day(fact: Fact, *, last: bool) -> date | None:
    if fact.month is None:
        return None
    first = date.fromisoformat(f"{fact.month}-01")
    return last_of(first) if last else first


# -- a fact as a request --


def _model(fact: Fact, profile: Profile) -> str | _Unknown | None:
    if fact.model is None or fact.model == ABSENT:
        return None
    if not any(fact.operation in model.operations for model in profile.models):
        return fact.model.replace("*", "")  # the profile has no list of models for it
    if "*" not in fact.model:
        state = profile.model_state(fact.model, fact.operation)
        return fact.model if state != "unknown" else _Unknown(f"{profile.name} knows no model {fact.model}")
    fitting = (
        model.id
        for model in profile.models
        if fnmatchcase(model.id, fact.model) and profile.alive(model) and fact.operation in model.operations
    )
    return next(fitting, _Unknown(f"no model {fact.model} lives in {profile.name}"))


def _wire(fact: Fact, vendor: Vendor, model: str | None) -> WireForm:
    path = fact.path or ""
    if vendors.addressed(path).operation != fact.operation:
        path = (vendor.roots[0] if vendor.roots else "") + vendor.routes[fact.operation].path
    fields = {**({} if model is None else {"model": model}), **fact.fields}
    if fact.carrier == "raw":
        return WireForm(
            fact.method,
            path,
            Framing.CONTENT_LENGTH,
            media_type=_WRITTEN.get(fact.declared, fact.declared),
            body_size=_SOME_SIZE if fact.bytes is None else fact.bytes,
            body_sha256="",
            raw=RawFile(format=_format(fact)),
        )
    if fact.carrier in _IN_JSON:
        keys = keys_of(fact.place or "")
        document = {**fields, **_standing(keys, STAND_IN)}
        return WireForm(
            fact.method,
            path.replace("{model}", model or "model"),
            Framing.CONTENT_LENGTH,
            media_type="application/json",
            json=canonical_text(document),
            embedded=(_embedded(fact),),
        )
    return WireForm(
        fact.method,
        path,
        Framing.CONTENT_LENGTH,
        media_type="multipart/form-data",
        parts=(*(_text(name, value) for name, value in fields.items()), _file(fact)),
    )


def _text(name: str, value: str) -> Part:
    return Part(
        name, None, None, f'form-data; name="{name}"', len(value), "", text=value, characters=len(value)
    )


def _standing(keys: Keys, value: Any) -> Any:
    """A document in which that value stands alone at that place."""
    for key in reversed(keys):
        value = {key: value} if isinstance(key, str) else [*[None] * key, value]
    return value


def _embedded(fact: Fact) -> Embedded:
    declared = _WRITTEN.get(fact.declared, fact.declared)
    size = _SOME_SIZE if fact.bytes is None else fact.bytes
    prefix = f"data:{declared or ''};base64," if fact.carrier == DATA_URL else None
    return Embedded(
        place=fact.place or "",
        carrier=fact.carrier or "",
        characters=-(-size // 3) * 4 + len(prefix or ""),
        size=size,
        sha256="",
        prefix=prefix,
        declared=declared,
        filename=fact.filename,
        spelling="base64",
        format=_format(fact),
    )


def _format(fact: Fact) -> str | None:
    return fact.sniffed if fact.sniffed in FORMAT_TYPES else None


def _file(fact: Fact) -> Part:
    name = fact.place or ""
    if fact.array and base_name(name) == name:
        name = f"{name}[]"
    if fact.carrier == FORM_TEXT:
        return _text(name, "")
    filename = fact.filename if fact.filename is not None else "<name>"
    return Part(
        name,
        filename,
        _WRITTEN.get(fact.declared, fact.declared),
        f'form-data; name="{name}"; filename="{filename}"',
        _SOME_SIZE if fact.bytes is None else fact.bytes,
        "",
        format=_format(fact),
    )


def _told(fact: Fact, model: str | None) -> frozenset[str]:
    """What the fact tells of its request, in the words of ``When.asks``."""
    in_form = fact.carrier in ("multipart", FORM_TEXT)
    name = base_name(fact.place or "") if in_form else "upload"
    told = {*fact.fields, f"{name} kind"}
    told |= {"model"} if model is not None or fact.model == ABSENT else set()
    told |= {f"{name} count"} if fact.files == 1 else set()
    known = {
        "type": fact.declared,
        "format": fact.sniffed,
        "filename": fact.filename,
        "size": fact.bytes,
    }
    # That base64 was sound is not told of one that was rejected: it may have been why.
    told |= {"upload text"} if fact.verdict is not Fate.REJECTED else set()
    return frozenset(told | {f"{name} {what}" for what, value in known.items() if value is not None})


# -- what the rules say of it --


def _put(fact: Fact, profile: Profile, reading: Reading, told: frozenset[str]) -> Judged:
    open_rules: list[Rule] = []
    decided, error = None, None
    for rule in profile.in_force:
        if rule.when.asks() - told:
            open_rules.append(rule)
            continue
        error = rule.error(reading)
        if error is not None:
            decided = rule
            break

    def says(agreement: Agreement, words: str, rule: Rule | None = decided) -> Judged:
        return Judged(fact, agreement, words, profile.name, None if rule is None else rule.id)

    if decided is not None and decided.answer.body == IGNORED:
        agreement = Agreement.AGREE if fact.verdict is Fate.IGNORED else Agreement.CONTRADICT
        return says(agreement, f"ignored ({_shown(decided)})")
    if decided is not None and decided.answer.status == NOT_EMULATED:
        return Judged(fact, Agreement.SILENT, "not emulated", profile.name)
    route = vendors.vendor_of(reading.operation).routes.get(reading.operation or "")
    if decided is None and (route is None or route.emulated is None):
        return says(Agreement.SILENT, f"what {reading.operation} answers is not emulated")
    if fact.verdict is not Fate.REJECTED:
        if decided is None:
            return says(Agreement.AGREE, "accepted")
        return says(Agreement.CONTRADICT, f"accepted, and the profile rejects it ({_shown(decided)})")
    if decided is not None and _alike(decided.answer.model_copy(update=error or {}), fact):
        return says(Agreement.AGREE, f"rejected alike ({_shown(decided)})")
    open_rule = next((rule for rule in open_rules if _answers_so(rule, fact)), None)
    if open_rule is not None:
        lacking = ", ".join(sorted(open_rule.when.asks() - told))
        return says(
            Agreement.SILENT,
            f"{open_rule.id} answers so, by what the fact does not tell: {lacking}",
            open_rule,
        )
    if decided is not None:
        return says(Agreement.CONTRADICT, f"rejected otherwise than by the profile ({_shown(decided)})")
    name = base_name(fact.place or "") if reading.wire.parts is not None else "upload"
    # What a server makes of a name, no rule need know.
    asked = frozenset({f"{name} filename"}).union(
        *(rule.when.asks() for rule in open_rules if reading.operation in rule.when.operation)
    )
    words = ("model", *(f"{name} {what}" for what in ("type", "format", "filename")))
    unknown = [each for each in words if each in asked - told]
    if unknown and fact.carrier != FORM_TEXT:
        return says(Agreement.SILENT, f"the fact does not tell: {', '.join(unknown)}")
    return says(Agreement.CONTRADICT, "rejected, and the profile accepts it")


def _shown(rule: Rule) -> str:
    answer = rule.answer
    code = f" {answer.code}" if answer.code else ""
    return f"{rule.id}: {answer.status}{code}"


def _answers_so(rule: Rule, fact: Fact) -> bool:
    """Whether a rule of the fact's operation answers what was seen."""
    return fact.error is not None and fact.operation in rule.when.operation and _alike(rule.answer, fact)


def _alike(answer: RuleAnswer, fact: Fact) -> bool:
    """Whether an answer is the one that was seen; a report may leave fields out, a recording does not.

    Words are compared by how they begin, without values, because recordings and reports shorten them.
    """
    if answer.status != fact.status:
        return False
    said = fact.error
    if said is None:
        return True
    whole = fact.grade in (Grade.MEASURED, Grade.RECORDED)
    pairs = ((answer.type, said.type), (answer.param, said.param), (answer.code, said.code))
    for ours, theirs in pairs:
        if ours is not None and PLACEHOLDER.search(ours):
            continue
        if ours != theirs and (whole or theirs is not None):
            return False
    if said.code is not None or not said.message:
        return True
    ours, theirs = _gist(answer.message or ""), _gist(said.message)
    return bool(ours) and ours[:_GIST] == theirs[: min(_GIST, len(ours))]


def _gist(message: str) -> str:
    words = re.sub(r"'[^']*'|(?:\{\w+\}|\w+)(?:\[\d+\]|\.\w+)+|\{\w+\}", " ", message)
    return re.sub(r"[\W\d_]+", " ", words).strip().casefold()
