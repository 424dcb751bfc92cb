"""The result of an isolation in one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from upload_matrix.judge.isolate.result import Cause, Isolation, Stop
from upload_matrix.judge.phrases import counted, phrase
from upload_matrix.wire.carriers.multipart import base_name
from upload_matrix.wire.difference import Difference, Kind

LONGEST = 60
"""Characters of a value that a sentence shows."""

_NAMED = 4
_DIGEST = re.compile(r"sha256:([0-9a-f]{8})[0-9a-f]{56}")

_EARLY = {
    Stop.ENVIRONMENT: "stopped: the passing request failed in between, so something else changed meanwhile",
    Stop.FAILING_PASSES: "the failing request is accepted now: there is nothing to isolate",
    Stop.REMAINS_PASS: "what the recorder kept of the failing request is accepted, and what it lost may be "
    "what decides: nothing follows for the call that was made",
    Stop.PASSING_FAILS: "the passing request is rejected now: it cannot serve as the good end",
    Stop.NO_ANSWER: "one of the two requests got no conclusive answer, so nothing was isolated",
    Stop.UNSTABLE: "the failing request does not keep failing the same way, so no question can be decided",
    Stop.SAME_WIRE: "both requests are the same on the wire: no difference between them decides",
}


def sentence(result: Isolation) -> str:
    """What decides, what does not matter, what else does; or why there is no telling."""
    if result.stopped in _EARLY and not result.causes:
        text = _EARLY[result.stopped]
        if result.stopped is Stop.ENVIRONMENT and result.narrowed:
            text += f"; the cause is among {_of(result)}"
        return _ended(text, result)
    if not result.causes:
        why = {
            Stop.BUDGET: "the budget is used up",
            Stop.UNRESOLVED: "what is left got no conclusive answer",
        }
        return _ended(f"narrowed to {_of(result)}: {why.get(result.stopped, result.stopped.value)}", result)
    told = [cause_words(result.causes[0]), *(f"independently, {cause_words(c)}" for c in result.causes[1:])]
    if result.exonerated:
        near = {change.part for change in result.cause}
        told.append(_indifferent(sorted(result.exonerated, key=lambda change: change.part not in near)))
    if result.stopped is not Stop.FOUND:
        told.append(_doubt(result))
    return _ended("; ".join(told), result)


def lost_words(lost: Sequence[str]) -> str:
    """What a report says where a recorder did not keep the whole request."""
    return f"The recorder lost {'; '.join(lost)}: all this is of what it kept."


def cause_words(cause: Cause) -> str:
    """```Content-Type` of part `image`: `application/octet-stream` is rejected, `image/webp` accepted``."""
    if len(cause.changes) == 1:
        text = _one(cause.changes[0])
    else:
        together = _listed([f"{subject(change)} ({_failing(change)})" for change in cause.changes])
        text = f"{together} are rejected together"
        if cause.minimal:
            text += f", {'either' if len(cause.changes) == 2 else 'any'} one taken back is accepted"
    if cause.along:
        text += f" (given {_listed([subject(change) for change in cause.along])})"
    return text


def subject(change: Difference) -> str:
    """The element in words: ```Content-Type` of part `image```, ``filename of part `image```."""
    if change.kind is Kind.HEADER:
        return f"request header `{change.where.removeprefix('headers.')}`"
    if change.kind is Kind.PART_HEADER:
        name = change.where.rpartition(".headers.")[2]
        return f"header `{name}` of part `{change.part}`" if name else f"the headers of part `{change.part}`"
    if change.kind is Kind.PRESENCE:
        return f"part `{change.where}`"
    if change.kind is Kind.NAME and base_name(change.before or "") != base_name(change.after or ""):
        return "name of the file's field"
    return phrase(change.where).removeprefix("the ")


def shown(value: str | None) -> str:
    """A value in backquotes, cut where it is long; ``none`` for its absence."""
    if value is None:
        return "none"
    value = _DIGEST.sub(r"sha256:\1…", value)
    value = value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
    return f"`{value}`"


def _one(change: Difference) -> str:
    if change.kind is Kind.PRESENCE:
        was, is_ = change.before, change.after
        if was is None:
            return f"{subject(change)}: sent as {shown(is_)} it is rejected, without it accepted"
        return f"{subject(change)}: without it rejected, sent as {shown(was)} accepted"
    return f"{subject(change)}: {shown(change.after)} is rejected, {shown(change.before)} accepted"


def _failing(change: Difference) -> str:
    if change.kind is Kind.PRESENCE:
        return "sent" if change.before is None else "not sent"
    return shown(change.after)


def _indifferent(changes: Sequence[Difference]) -> str:
    parts = {change.part for change in changes if change.part is not None}
    names = [_short(change, only=len(parts) <= 1) for change in changes]
    if len(names) > _NAMED:
        names = [*names[:_NAMED], f"{len(names) - _NAMED} more"]
    return f"{_listed(names)} {'does' if len(names) == 1 else 'do'} not matter"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _short(change: Difference, *, only: bool) -> str:
    """Within one part, ``filename`` says enough."""
    short = {
        Kind.FILENAME: "filename",
        Kind.CONTENT_TYPE: "`Content-Type`",
        Kind.CONTENT: "bytes",
    }
    # In JSON the type and the name are fields, with names of their own.
    of_json = change.where.startswith("fields.") or change.where.endswith(".prefix")
    return short[change.kind] if only and not of_json and change.kind in short else subject(change)


def _of(result: Isolation) -> str:
    text = f"these {len(result.narrowed)} of {counted(len(result.changes), 'difference')}"
    text += f" ({_several(result.narrowed)})"
    if 0 < len(result.suspected) < len(result.narrowed):
        which = "" if len(result.suspected) == 1 else "one of "
        text += f", and {which}{_several(result.suspected)} takes part in it"
    return text


def _several(changes: Sequence[Difference]) -> str:
    words = [subject(change) for change in changes]
    return _listed(words if len(words) <= _NAMED else [*words[:_NAMED], f"{len(words) - _NAMED} more"])


def _doubt(result: Isolation) -> str:
    if result.necessary is False:
        return (
            f"the failing request without this fails too, and that was not resolved ({result.stopped.value})"
        )
    return f"whether it is the only cause was not confirmed ({result.stopped.value})"


def _ended(text: str, result: Isolation) -> str:
    who = f"emulated, {result.disputed}" if result.disputed else "emulated"
    return f"{text[:1].upper()}{text[1:]}{f' ({who})' if result.emulated else ''}."


# How a difference on the wire comes from the code: which client makes it of which container.
#
# ``ORIGINS`` is a table to add to: the first row that fits explains. What the clients send is measured in
# ``tests/probe/test_client_wires.py``; ``tests/isolate/test_isolate_origins.py`` sends some of it again.


HTTPX_LIKE = frozenset(
    {"openai", "openai-async", "openai-raw-response", "azure", "litellm", "httpx", "httpx2"}
)
"""Clients whose multipart bodies httpx (or httpx2) writes."""

UNNAMED = frozenset({"bytes", "bytesio", "one-way", "empty-bytes"})
NAMED_FILES = frozenset({"handle", "tuple2", "named-bytesio", "path", "stream-at-end"})
_OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Origin:
    """``clients`` and ``containers`` that make it (empty: any), and what the failing side then has.

    ``values`` are the failing values it explains, of changes of this ``kind``.
    """

    kind: Kind
    values: frozenset[str | None]
    says: str
    clients: frozenset[str] = frozenset()
    containers: frozenset[str] = frozenset()


ORIGINS: tuple[Origin, ...] = (
    Origin(
        Kind.CONTENT_TYPE,
        frozenset({_OCTETS}),
        "bytes and an unnamed BytesIO have no filename, so the client calls the part `upload`; from that no "
        f"type can be guessed, and it is sent as `{_OCTETS}`",
        HTTPX_LIKE,
        UNNAMED,
    ),
    Origin(
        Kind.FILENAME,
        frozenset({"upload"}),
        "bytes and an unnamed BytesIO have no filename, so the client calls the part `upload`",
        HTTPX_LIKE,
        UNNAMED,
    ),
    Origin(
        Kind.CONTENT_TYPE,
        frozenset({_OCTETS}),
        "the type is guessed from the filename with Python's `mimetypes`; where its table does not know the "
        f"extension (`.webp` before Python 3.13 without a system table), it is `{_OCTETS}`",
        HTTPX_LIKE,
        NAMED_FILES,
    ),
    Origin(
        Kind.CONTENT_TYPE,
        frozenset({None}),
        "`requests` never guesses: a part has a Content-Type only where the caller gives one, as the third "
        "place of a tuple",
        frozenset({"requests"}),
    ),
    Origin(
        Kind.FILENAME,
        frozenset({"image", "mask", "file"}),
        "`requests` gives bytes and unnamed streams the field's own name as filename",
        frozenset({"requests"}),
        UNNAMED,
    ),
    Origin(
        Kind.FILENAME,
        frozenset({None}),
        "bare bytes are a plain text field for `urllib3`: a part without filename",
        frozenset({"urllib3"}),
        frozenset({"bytes"}),
    ),
    Origin(
        Kind.CONTENT_TYPE,
        frozenset({_OCTETS}),
        "`curl -F image=@a.webp` knows few extensions and sends the others as "
        f"`{_OCTETS}`; `;type=image/webp` behind the name says it",
        frozenset({"curl"}),
    ),
    Origin(
        Kind.CONTENT_TYPE,
        frozenset({_OCTETS}),
        "the Node SDK sends a stream of `fs.createReadStream` without guessing its type; "
        "`toFile(stream, name, {type})` says it",
        frozenset({"node-openai"}),
    ),
    Origin(
        Kind.FILENAME,
        frozenset({"None"}),
        "a `SpooledTemporaryFile` has the name None until it is on disk, and that is taken for its name",
        containers=frozenset({"spooled"}),
    ),
    Origin(
        Kind.NAME,
        frozenset({"image[]", "file[]"}),
        "a list is sent as an array, one part `image[]` each; a single file as `image`",
    ),
)


def origins(changes: Iterable[Difference], client: str | None, container: str | None) -> tuple[str, ...]:
    """How the failing side's values come about, where that is known; a sentence each without its full stop.

    Without ``client`` only rows that hold for any client apply; likewise without ``container``.
    """
    found = []
    for change in changes:
        fits = (
            origin.says
            for origin in ORIGINS
            if origin.kind is change.kind
            and change.after in origin.values
            and (not origin.clients or client in origin.clients)
            and (not origin.containers or container in origin.containers)
        )
        found.append(next(fits, None))
    return tuple(dict.fromkeys(says for says in found if says is not None))
