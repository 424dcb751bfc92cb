"""What a gateway did to a call, read from what was sent, what was forwarded and what was answered. Pure.

``compare`` gives the rewritings of one forwarded form, each with its effect; ``speaker`` says whose verdict
came back, ``hop_sentences`` puts a run's hops in words.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from upload_matrix.judge.findings import find
from upload_matrix.judge.phrases import counted, phrase, value_shown
from upload_matrix.model.answer import api_error
from upload_matrix.model.case import Operation
from upload_matrix.model.codec import parsed
from upload_matrix.model.hop import Effect, Rewriting, Speaker
from upload_matrix.model.result import Run, Severity
from upload_matrix.wire.carriers.embedded import Embedded
from upload_matrix.wire.carriers.multipart import Part, base_name, labels
from upload_matrix.wire.difference import Difference, diff
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.json_body import keys_of, place_name
from upload_matrix.wire.leaves import changes
from upload_matrix.wire.upload import Upload

# What a difference between a sent and a forwarded form is: corrupted, dropped, masked or rewritten.
#
# The definitions, in the order in which they are tried:
#
# * corrupted: the bytes of a part or of the body differ, the body can no longer be read, or a text field
#   has the marks of a wrong charset. Whether that helped the upload does not matter.
# * masked: a finding of the sent form is not true of the forwarded one, no other took its place, and this
#   difference is the element that the finding is about.
# * dropped: what was sent has nothing in its place.
# * rewritten: anything else.


Code = tuple[str, str]
"""A finding's code and the field it is about; the field is empty for the whole body."""

_CONTENT = frozenset({"content", "format"})
_NAME = frozenset({"filename", "disposition"})
_TYPE = frozenset({"content_type"})
_WHOLE = frozenset({""})

ABOUT: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "no-filename",
            "default-filename",
            "unstable-filename",
            "local-path-in-filename",
            "extension-missing",
            "extension-contradicts-bytes",
            "extension-not-taken",
            "path-in-filename",
            "encoded-filename",
            "control-character-in-filename",
            "ambiguous-filename",
        ),
        _NAME,
    ),
    **dict.fromkeys(
        (
            "no-type",
            "octet-stream",
            "type-contradicts-bytes",
            "type-is-none",
            "type-not-preferred",
            "type-not-taken",
        ),
        _TYPE,
    ),
    **dict.fromkeys(
        ("data-url-missing", "data-url-in-base64", "data-url-twice"), frozenset({"prefix", "encoding"})
    ),
    **dict.fromkeys(("base64-alphabet", "base64-line-breaks", "base64-padding"), frozenset({"spelling"})),
    **dict.fromkeys(("not-base64", "base64-twice"), _CONTENT | {"spelling"}),
    **dict.fromkeys(("empty-part", "text-where-file", "damaged-bytes", "truncated-file"), _CONTENT),
    "form-media-type": frozenset({"media_type"}),
    **dict.fromkeys(
        ("block-of-another-api", "block-shape", "block-type", "role-takes-no-file", "bytes-wrapped"), _WHOLE
    ),
    **dict.fromkeys(("file-too-large", "picture-too-large"), _CONTENT),
    "request-too-large": _WHOLE,
    "text-field-repeated": _WHOLE,
    "unknown-field": _WHOLE,
    "part-header": frozenset({"headers"}),
    "part-encoding": _CONTENT | {"headers"},
    "chunked-framing": frozenset({"framing"}),
    "broken-body": frozenset({"fault"}),
    "file-missing": _WHOLE,
    "file-sent-more-than-once": _WHOLE,
}
"""The elements a finding is about. Codes that are not here are for information, not faults to repair."""


def faults(form: WireForm, operation: Operation) -> frozenset[Code]:
    """What is wrong with an upload by itself."""
    found = find([form], operation)
    return frozenset(
        (finding.code, _field(finding.part or ""))
        for finding in found
        if finding.code in ABOUT and finding.severity is not Severity.NOTE
    )


def repaired(sent: Collection[Code], forwarded: Collection[Code]) -> frozenset[Code]:
    """Faults that are gone, unless another fault of the same element stands in their place."""
    return frozenset(
        (code, field)
        for code, field in sent
        if (code, field) not in forwarded
        and not any(
            field == other and ABOUT[code] & ABOUT[new]
            for new, other in forwarded
            if (new, other) not in sent
        )
    )


def effect(delta: Difference, fixed: Collection[Code]) -> Effect:
    """The name for one difference; ``fixed`` are the faults that are ``repaired``."""
    part, element = _place(delta.where)
    if _corrupts(delta, element):
        return Effect.CORRUPTED
    field = _field(part)
    if any(field in (about, "") and element in ABOUT[code] for code, about in fixed):
        return Effect.MASKED
    return Effect.DROPPED if delta.after is None else Effect.REWRITTEN


def _place(where: str) -> tuple[str, str]:
    """The part and its element; a whole part has none, an element of the request has no part."""
    if where.startswith("fields."):
        return where.removeprefix("fields."), ""
    part, dot, element = where.rpartition(".")
    if dot:
        return part, element
    return ("", where) if where in _OF_REQUEST else (where, "")


_OF_REQUEST = frozenset(
    {"method", "path", "query", "media_type", "framing", "json", "body", "fault", "order"}
)


def _corrupts(delta: Difference, element: str) -> bool:
    if delta.where.startswith("fields."):
        return _garbled(delta.before, delta.after)
    if element == "fault":
        return delta.after is not None
    # A body of another kind is told part by part; a digest here is that of a body nobody could read.
    return element in _CONTENT or (element == "body" and None not in (delta.before, delta.after))


def _garbled(before: str | None, after: str | None) -> bool:
    """Whether a text went through a wrong charset: mojibake, or marks in place of what could not be read."""
    if not before or not after or before == after or before.isascii():
        return False
    if "\ufffd" in after and "\ufffd" not in before:
        return True
    if (
        after == before.encode("ascii", "replace").decode()
        or after == before.encode("ascii", "ignore").decode()
    ):
        return True
    utf8 = before.encode("utf-8", "surrogatepass")
    return any(after == utf8.decode(charset, "replace") for charset in ("latin-1", "cp1252"))


# Uploads that a gateway carries in another way, or in JSON to another place: what became of each.


ENCODING = "encoding"
"""The element of an upload that says how its bytes are carried."""

_CARRIED = {"multipart": "bytes", "raw": "bytes, as the body"}
_IN_JSON = "base64 in JSON"

_SHOWN = 120
"""Characters of a JSON value that a difference quotes."""


def carried_differences(sent: WireForm, forwarded: WireForm) -> Iterator[Difference]:
    """Differences upload by upload, under the places they were sent in, then those of fields.

    An upload is the same as one with its bytes, else as one in its place, else as the next that has no
    counterpart.
    """
    around = replace(sent, parts=None, json=None, embedded=(), raw=None)
    yield from diff(around, replace(forwarded, parts=None, json=None, embedded=(), raw=None))
    partners = upload_pairs(sent, forwarded)
    fields = _fields(forwarded)
    for upload in sent.uploads():
        other = partners.get(upload.place)
        key = None if sent.parts is None else next((k for k in _keys(upload.name) if k in fields), None)
        if other is not None:
            yield from _of_upload(upload, other, sent, forwarded)
        elif key is not None:
            yield Difference(f"{upload.place}.content", _content_of(upload), "something else in JSON")
        else:
            yield Difference(upload.place, _summary(upload), None)
    paired = {other.place for other in partners.values()}
    for other in forwarded.uploads():
        if other.place not in paired:
            yield Difference(other.place, None, _summary(other))
    if sent.json is not None and forwarded.json is not None:
        yield from _beside(sent, forwarded)
    else:
        yield from _fields_told(sent, forwarded)


def upload_pairs(sent: WireForm, forwarded: WireForm) -> dict[str, Upload]:
    """The forwarded upload of each sent one, by the place that was sent; what has none is not in it."""
    found: dict[str, Upload] = {}
    left = list(forwarded.uploads())
    for way in (_content_of, lambda upload: upload.place, lambda _: ""):
        for upload in sent.uploads():
            if upload.place not in found:
                other = next((each for each in left if way(each) == way(upload)), None)
                if other is not None:
                    found[upload.place] = other
                    left.remove(other)
    return found


def _of_upload(one: Upload, other: Upload, sent: WireForm, forwarded: WireForm) -> Iterator[Difference]:
    label = one.place
    ways = [_CARRIED.get(each.carrier, _IN_JSON) for each in (one, other)]
    yield from _element(f"{label}.{ENCODING}", *ways)
    if _IN_JSON == ways[0] == ways[1]:
        yield from _element(f"{label}.place", one.place, other.place)
        was, is_ = (_embedded(form, each) for form, each in ((sent, one), (forwarded, other)))
        if was is not None and is_ is not None:
            yield from _element(f"{label}.spelling", was.spelling, is_.spelling)
            if was.declared == is_.declared:
                yield from _element(f"{label}.prefix", was.prefix, is_.prefix)
    yield from _element(f"{label}.content", _content_of(one), _content_of(other))
    yield from _element(f"{label}.content_type", one.declared, other.declared)
    yield from _element(f"{label}.filename", one.filename, other.filename)


def _element(where: str, before: str | None, after: str | None) -> Iterator[Difference]:
    if before != after:
        yield Difference(where, before, after)


def _embedded(form: WireForm, upload: Upload) -> Embedded | None:
    return next((each for each in form.embedded if each.place == upload.place), None)


def _content_of(upload: Upload) -> str:
    return f"asset:{upload.asset}" if upload.asset else f"sha256:{upload.sha256}"


def _summary(upload: Upload) -> str:
    return f"file {upload.filename!r} ({_content_of(upload)})"


def _beside(sent: WireForm, forwarded: WireForm) -> Iterator[Difference]:
    """What differs in two documents beside their files and what is said of those."""
    places = {each.place for form in (sent, forwarded) for each in form.uploads()}
    for change in changes(sent, forwarded):
        below = place_name(change.keys)
        holds = any(place == below or place.startswith((f"{below}.", f"{below}[")) for place in places)
        if change.upload is None and not holds:
            yield Difference(change.where, change.before, change.after)


def _fields(form: WireForm) -> Mapping[str, Any]:
    return form.document if isinstance(form.document, dict) else {}


def _fields_told(sent: WireForm, forwarded: WireForm) -> Iterator[Difference]:
    """The text fields of a form beside those of a JSON body, either way round."""
    was, is_ = _texts_of(sent), _texts_of(forwarded)
    used: set[str] = set()
    for name, before in was.items():
        key = next((key for key in _keys(name) if key in is_ and key not in used), None)
        used |= set() if key is None else {key}
        after = None if key is None else is_[key]
        if after != before:
            yield Difference(f"fields.{name}", before, after)
    taken = {key for upload in sent.uploads() for key in _keys(upload.name)}
    for key in sorted(is_.keys() - used - taken):
        yield Difference(f"fields.{key}", None, is_[key])


def _texts_of(form: WireForm) -> dict[str, str]:
    """Text fields by name; of a JSON body those that hold no file."""
    if form.parts is None:
        holding = {keys_of(each.place)[0] for each in form.embedded if each.is_upload}
        return {key: _text(value) for key, value in _fields(form).items() if key not in holding}
    named = zip(labels(form.parts), form.parts, strict=True)
    return {label: part.text for label, part in named if not part.is_upload and part.text is not None}


def _keys(name: str) -> tuple[str, ...]:
    """Where a JSON body may have a part: the edits API calls ``image`` ``images`` there."""
    base = base_name(name)
    return name, base, f"{base}s", f"{base}_url"


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


# Which forwarded part is which sent one: gateways rename, reorder, drop and add.


_WAYS: tuple[Callable[[Part], Hashable], ...] = (
    lambda part: (part.name, part.content),
    lambda part: part.name,
    lambda part: (base_name(part.name), part.content),
    lambda part: base_name(part.name),
    # A part under another name altogether is known by its bytes, if it has any.
    lambda part: part.content if part.size else object(),
)
"""What two parts may have in common, the surest first."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """``sent`` and ``forwarded`` under one set of labels, each label once, so that they can be compared.

    ``renamed`` maps the label of a part to its name as it was sent and as it was forwarded.
    """

    sent: tuple[Part, ...]
    forwarded: tuple[Part, ...]
    renamed: Mapping[str, tuple[str, str]]


def pair(sent: tuple[Part, ...], forwarded: tuple[Part, ...]) -> Pairing:
    """Pair the parts of two bodies. What has no partner keeps a label of its own."""
    partners = _partners(sent, forwarded)
    names = labels(sent)
    own = dict(enumerate(names))
    taken = set(names)
    relabelled = []
    renamed = {}
    for place, part in enumerate(forwarded):
        partner = partners.get(place)
        if partner is None:
            relabelled.append(_labelled(part, _free(part.name, taken)))
            continue
        label = own[partner]
        relabelled.append(_labelled(part, label))
        if sent[partner].name != part.name:
            renamed[label] = (sent[partner].name, part.name)
    aligned = tuple(_labelled(part, name) for part, name in zip(sent, names, strict=True))
    return Pairing(aligned, tuple(relabelled), renamed)


def _partners(sent: Sequence[Part], forwarded: Sequence[Part]) -> dict[int, int]:
    """By the place of a forwarded part that of the sent one; each part is paired once."""
    found: dict[int, int] = {}
    left = set(range(len(sent)))
    for way in _WAYS:
        waiting: defaultdict[Hashable, list[int]] = defaultdict(list)
        for place in sorted(left):
            waiting[way(sent[place])].append(place)
        for place, part in enumerate(forwarded):
            candidates = waiting.get(way(part))
            if place not in found and candidates:
                found[place] = candidates.pop(0)
                left.discard(found[place])
    return found


def _free(name: str, taken: set[str]) -> str:
    number, label = 1, name
    while label in taken:
        number += 1
        label = f"{name}#{number}"
    taken.add(label)
    return label


def _labelled(part: Part, label: str) -> Part:
    """The part under a label; its disposition follows, so that a name alone makes no difference there."""
    if part.name == label:
        return part
    disposition = re.sub(
        rf'(?<![\w*])name="?{re.escape(part.name)}"?(?=;|$)', lambda _: f'name="{label}"', part.disposition
    )
    return replace(part, name=label, disposition=disposition)


@dataclass(frozen=True, slots=True)
class HopComparison:
    """``rewritings`` in the order a reader meets them; codes of findings that went and came, sorted."""

    rewritings: tuple[Rewriting, ...] = ()
    repaired: tuple[str, ...] = ()
    introduced: tuple[str, ...] = ()


def compare(sent: WireForm, forwarded: WireForm, operation: Operation) -> HopComparison:
    """What a gateway made of an upload that was ``sent`` for ``operation``; nothing when it is the same."""
    if sent.digest == forwarded.digest:
        return HopComparison()
    before, after = faults(sent, operation), _as_sent(faults(forwarded, operation), sent, forwarded)
    fixed = repaired(before, after)
    return HopComparison(
        rewritings=tuple(
            Rewriting(delta.where, delta.before, delta.after, effect=effect(delta, fixed))
            for delta in differences(sent, forwarded)
        ),
        repaired=tuple(sorted({code for code, _ in fixed})),
        introduced=tuple(sorted({code for code, _ in after - before})),
    )


def _as_sent(found: frozenset[Code], sent: WireForm, forwarded: WireForm) -> frozenset[Code]:
    """The forwarded form's findings under the places in which their uploads were sent."""
    if sent.parts is not None and forwarded.parts is not None:
        return found
    moved = {_field(other.place): _field(place) for place, other in upload_pairs(sent, forwarded).items()}
    return frozenset((code, moved.get(about, about)) for code, about in found)


def _field(place: str) -> str:
    return base_name(place).partition("#")[0]


def differences(sent: WireForm, forwarded: WireForm) -> Iterator[Difference]:
    """The differences, parts under the names they were sent by, a renamed part as ``image.name``."""
    if sent.parts is None or forwarded.parts is None:
        readable = all(form.parts is not None or form.json is not None for form in (sent, forwarded))
        in_json = sent.parts is None and forwarded.parts is None and not sent.uploads()
        yield from carried_differences(sent, forwarded) if readable and not in_json else diff(sent, forwarded)
        return
    pairing = pair(sent.parts, forwarded.parts)
    for label, (name, new) in pairing.renamed.items():
        yield Difference(f"{label}.name", name, new)
    yield from diff(replace(sent, parts=pairing.sent), replace(forwarded, parts=pairing.forwarded))


# Whose verdict came back through a gateway: the target's, or the gateway's own.


_TELLING = 12
"""Characters from which on a message says whose it is when it is quoted in another."""


@dataclass(frozen=True, slots=True)
class Said:
    """A status with the body's plain bytes, its Content-Encoding taken off."""

    status: int
    body: bytes


def speaker(answer: Said | None, target: Sequence[Said | None]) -> tuple[Speaker, int | None, str | None]:
    """Who speaks in ``answer``, and in which of the target's answers (its index, None for none).

    ``target`` are the answers to the upstream attempts in order, None where the target was silent; the
    third value says in words what is not plain. Definitions: an equal answer is the target's; one of the
    same status, of the same kind (2xx, 4xx), or one that quotes the target's message is the target's,
    reworded; any other contradicts it and is the gateway's.
    """
    if answer is None:
        return Speaker.NOBODY, None, "the gateway gave no answer"
    if not target:
        return Speaker.GATEWAY, None, f"nothing was forwarded: the {answer.status} is the gateway's own"
    last = next((place for place in reversed(range(len(target))) if target[place] is not None), None)
    for place, said in reversed(tuple(enumerate(target))):
        if said is not None and said.status == answer.status and _same(said.body, answer.body):
            return Speaker.TARGET, place, None
    if last is None:
        return Speaker.GATEWAY, None, f"the target was silent: the {answer.status} is the gateway's own"
    said = target[last]
    assert said is not None
    if said.status == answer.status:
        return Speaker.REWORDED, last, "the gateway wrote the target's answer anew"
    changed = f"the target answered {said.status}, the gateway made {answer.status} of it"
    if said.status // 100 == answer.status // 100 or _quotes(answer.body, said.body):
        return Speaker.REWORDED, last, changed
    return Speaker.GATEWAY, None, changed


def _same(one: bytes, other: bytes) -> bool:
    if one == other:
        return True
    try:
        return bool(parsed(one) == parsed(other))
    except ValueError:
        return False


def _quotes(answer: bytes, target: bytes) -> bool:
    """Whether an answer holds the target's message, which is long enough to be nobody else's."""
    message = api_error(target).message or ""
    quoted = api_error(answer).message or ""
    return len(message) >= _TELLING and message in quoted


# A run's hops in sentences: what a gateway does to uploads, before any conclusion about them.


_NAMED = 3
"""Differences that a sentence names before it counts the rest."""


def hop_sentences(run: Run) -> Iterator[str]:
    """For each gateway: a sentence for each effect, one for answers of its own, one for retries."""
    for gateway in dict.fromkeys(result.hop.gateway for result in run.results if result.hop is not None):
        yield from _of_gateway(run, gateway)


def _of_gateway(run: Run, gateway: str) -> Iterator[str]:
    hops = [result.hop for result in run.results if result.hop is not None and result.hop.gateway == gateway]
    crossings = [crossing for hop in hops for crossing in hop.crossings]
    name = f"The gateway `{gateway}`"
    for effect in Effect:
        cases = sum(effect in hop.effects for hop in hops)
        if not cases:
            continue
        seen = dict.fromkeys(
            rewriting
            for crossing in crossings
            for forwarded in crossing.forwarded
            for rewriting in forwarded.rewritings
            if rewriting.effect is effect
        )
        yield f"{name} {_DOES[effect]} in {counted(cases, 'case')}: {listed(list(seen))}."
    own = sum(crossing.speaker is Speaker.GATEWAY for crossing in crossings)
    if own:
        yield (
            f"{name} answered {counted(own, 'call')} itself: such an answer is not the target's, and says "
            "nothing of what the target takes."
        )
    lost = sum(crossing.lost for crossing in crossings)
    if lost:
        yield (
            f"{name} lost {counted(lost, 'answer')} by which the target accepted: paid for, and in the cost, "
            "but no client got them."
        )
    again = sum(len(crossing.forwarded) > 1 for crossing in crossings)
    if again:
        yield f"{name} asked the target more than once for {counted(again, 'call')}."
    unchanged = sum(hop.faithful for hop in hops)
    if unchanged < len(hops):
        yield (
            f"Conclusions rest on the {unchanged:,} of {counted(len(hops), 'case')} that `{gateway}` passed "
            "on unchanged: in the others the target judged another upload, or none."
        )
    elif hops:
        yield f"{name} passed on all uploads unchanged ({counted(len(hops), 'case')})."


_DOES = {
    Effect.CORRUPTED: "corrupts uploads",
    Effect.DROPPED: "drops something",
    Effect.MASKED: "masks a bad upload by repairing it",
    Effect.REWRITTEN: "rewrites uploads",
}


def listed(rewritings: Sequence[Rewriting]) -> str:
    """The first differences in words, and how many more there are; "" for none."""
    named = [_told(each) for each in rewritings[:_NAMED]]
    more = len(rewritings) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more > 0 else "")


def _told(rewriting: Rewriting) -> str:
    if rewriting.where.startswith("fields.") or "." not in rewriting.where:
        name = rewriting.where.removeprefix("fields.")
        if rewriting.after is None:
            return f"`{name}` is not forwarded"
        if rewriting.before is None:
            return f"`{name}` is added as {value_shown(rewriting.after)}"
    return (
        f"{phrase(rewriting.where)} is sent as {value_shown(rewriting.before)} and forwarded as "
        f"{value_shown(rewriting.after)}"
    )
