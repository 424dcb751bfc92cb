"""Times and machine facts of a run, in a file of their own: the report proper must not vary by machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from upload_matrix.judge.cost import summed
from upload_matrix.model import codec
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.price import Money, Usage

SUFFIX = ".run.json"
FORMAT = "upload-matrix run facts"
SLOWEST = 20
_DIGITS = 4
"""Durations are in seconds, to the tenth of a millisecond."""


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """What a machine and a clock add to a run.

    ``started`` and ``finished`` are ISO 8601 times, ``seconds`` maps a case's id to its duration.
    ``assets`` maps a shipped picture to the (sha256 in hex, size in bytes) it has on this machine,
    ``packages`` a distribution to its version; ``pillow`` is the image encoder's version, or None.
    ``calls`` are the live calls this run made, with the request ids that a vendor asks for.
    """

    started: str
    finished: str
    seconds: Mapping[str, float]
    platform: str
    python: str
    pillow: str | None
    assets: Mapping[str, tuple[str, int]]
    packages: Mapping[str, str]
    calls: tuple[CallRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class SlowCase:
    """A case, and how long it took."""

    id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class AssetFile:
    """A shipped picture as this machine makes it."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A call to a live target; ``sample`` counts repetitions from 1, ``sent`` is there where some attempts
    never left. ``emulated``: a stand-in answered behind the target's address, so it was no live call.

    What is not known is left out, a price too.
    """

    target: str
    model: str | None = None
    wire: str
    sample: Annotated[int, Field(ge=1)]
    status: int | None = None
    request_id: str | None = None
    seconds: float | None = None
    attempts: int
    sent: int | None = None
    usage: Usage | None = None
    usd: Money | None = None
    why: str | None = None
    emulated: bool | None = None


@dataclass(frozen=True, slots=True)
class LiveCalls:
    """All live calls together: one count and one sum. ``calls`` counts retries, ``usd_feared`` is what of
    ``usd`` is only the most that answers without a usage may have cost."""

    requests: int
    calls: int
    usd: Money
    calls_of_unknown_price: int
    usd_feared: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsDocument:
    """The facts as they are written, the slowest cases first."""

    format: Literal["upload-matrix run facts"] = "upload-matrix run facts"
    version: Literal[1] = 1
    started: str
    finished: str
    cases: int
    seconds: float
    slowest: tuple[SlowCase, ...]
    platform: str
    python: str
    pillow: str | None
    assets: Mapping[str, AssetFile]
    packages: Mapping[str, str]
    live: LiveCalls | None = None
    calls: tuple[LiveCall, ...] = ()


def dump_machine(facts: MachineFacts) -> str:
    """The facts as JSON."""
    slowest = sorted(facts.seconds.items(), key=lambda pair: (-pair[1], pair[0]))[:SLOWEST]
    document = FactsDocument(
        started=facts.started,
        finished=facts.finished,
        cases=len(facts.seconds),
        seconds=round(sum(facts.seconds.values()), _DIGITS),
        slowest=tuple(SlowCase(case, round(seconds, _DIGITS)) for case, seconds in slowest),
        platform=facts.platform,
        python=facts.python,
        pillow=facts.pillow,
        assets={name: AssetFile(*asset) for name, asset in facts.assets.items()},
        packages=dict(sorted(facts.packages.items())),
        live=_live(tuple(call for call in facts.calls if not call.emulated)),
        calls=tuple(map(_call, facts.calls)),
    )
    return "".join(codec.chunks(document))


def _live(calls: tuple[CallRecord, ...]) -> LiveCalls | None:
    if not calls:
        return None
    made = summed(calls)
    return LiveCalls(made.calls, made.attempts, made.money.known, made.money.unknown, made.feared)


def _call(call: CallRecord) -> LiveCall:
    return LiveCall(
        target=call.target,
        model=call.model,
        wire=call.wire,
        sample=call.sample + 1,
        status=call.status,
        request_id=call.request_id,
        seconds=None if call.seconds is None else round(call.seconds, _DIGITS),
        attempts=call.attempts,
        sent=None if call.sent == call.attempts else call.sent,
        usage=call.usage,
        usd=call.spent,
        why=call.why,
        emulated=call.emulated or None,
    )


def load_calls(text: str, name: str) -> tuple[CallRecord, ...]:
    """The live calls that ``dump_machine`` wrote; () when none was made.

    ``name`` is the file's, for messages. Raises ConfigurationError naming the file and what is wrong with it.
    """
    way_out = "Give the .run.json that the run wrote beside its report."
    return codec.load(FactsDocument, text, name, build=_calls, what="file of facts", way_out=way_out)


def _calls(document: FactsDocument) -> tuple[CallRecord, ...]:
    return tuple(
        CallRecord(
            target=each.target,
            wire=each.wire,
            sample=each.sample - 1,
            status=each.status,
            request_id=each.request_id,
            seconds=each.seconds,
            attempts=each.attempts,
            sent=each.attempts if each.sent is None else each.sent,
            usage=each.usage,
            spent=each.usd,
            why=each.why,
            model=each.model,
            emulated=bool(each.emulated),
        )
        for each in document.calls
    )
