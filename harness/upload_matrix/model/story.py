"""A failure told so that somebody else can act on it: all that a bug report is made of.

A story is put together from a case, a saved request or a diagnosis; ``reports.bug`` writes it down. Nothing
in it is secret any more: headers and texts were cleaned before they came here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from upload_matrix.model.answer import Answer, NoAnswer
from upload_matrix.model.case import Operation
from upload_matrix.model.hop import Hop
from upload_matrix.model.outcome import Outcome
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.difference import Difference
from upload_matrix.wire.form import WireForm


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file as the caller handed it over: the ``container``, the file's name, bytes and fitting type.

    ``companion`` is a second file (name, bytes) for containers that hold two, None where there is none.
    ``named`` says whether the caller said the name where a container has a place for it.
    """

    field: str
    container: str
    name: str
    type: str
    content: bytes
    companion: tuple[str, bytes] | None = None
    named: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """What the caller wrote: client, operation, text fields and files. ``timeout`` is in seconds.

    ``retries`` is how often the client itself may try again. ``guess`` is the Content-Type that the
    environment derives from the (first) file's name, None when it knows none.
    """

    client: str
    operation: Operation
    fields: Mapping[str, str | int | float | bool]
    files: tuple[GivenFile, ...]
    retries: int
    timeout: float
    guess: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """One attempt. ``headers`` are the request's, without secrets; ``body`` its bytes without framing.

    ``parts`` are those of a sound multipart body with their bytes, None for any other. ``kept`` says whether
    ``reply`` is the answer itself; otherwise it was put together from the fields that a report holds.
    """

    wire: WireForm
    headers: tuple[tuple[str, str], ...]
    body: bytes
    parts: tuple[tuple[Part, bytes], ...] | None
    reply: Answer | NoAnswer
    kept: bool = True
    complete: bool = True

    @property
    def content_type(self) -> str | None:
        """The request's Content-Type as it was written, None when absent."""
        return next((value for name, value in self.headers if name.lower() == "content-type"), None)


@dataclass(frozen=True, slots=True)
class Partner:
    """The nearest case that passes: how it differs in the matrix and on the wire (from it to the failing).

    ``told`` is None when its request could not be made again here; ``note`` then says why. ``emulated``: a
    stand-in let it pass.
    """

    id: str
    outcome: Outcome
    axes: tuple[tuple[str, str, str], ...]
    deltas: tuple[Difference, ...]
    told: Told | None = None
    note: str | None = None
    emulated: bool = False


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A live call that was made for this request: what the vendor finds it by. ``at`` is an ISO 8601 time."""

    request_id: str
    status: int | None = None
    at: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class GatewayTold:
    """The gateway that the call took. ``forwarded`` are ``hop``'s upstream attempts in order, with bytes.

    ``command`` starts it where a reader can reach it, without folders and secrets; None for one that was
    found running. ``upstream`` is the base URL it has to forward to.
    """

    hop: Hop
    forwarded: tuple[Told, ...]
    upstream: str
    command: str | None = None


class Runtime(StrEnum):
    """What a repro runs under."""

    SDK = "sdk"
    """Python with the SDK, in the environment of the case."""
    PYTHON = "python"
    """Any Python with httpx."""
    SHELL = "sh"
    """A POSIX shell with curl."""
    NODE = "node"


@dataclass(frozen=True, slots=True)
class Script:
    """A program that does it again. ``needs`` are further files it reads, by name.

    ``own`` says that it is written for the client of the case, so that it must also end as the case did;
    ``every`` that it repeats every attempt, not the last request alone.
    """

    file: str
    runtime: Runtime
    text: str
    summary: str
    needs: Mapping[str, bytes] = field(default_factory=dict)
    own: bool = False
    every: bool = False


@dataclass(frozen=True, slots=True)
class Repro:
    """The ways to write one repro, the most readable first; ``missing`` says why there is none."""

    file: str
    scripts: tuple[Script, ...] = ()
    missing: str | None = None


class ReproVerdict(ExplainedWord):
    """What running a repro showed."""

    IDENTICAL = "identical", "The repro was run, and sends the same wire form as the failing call."
    DIFFERENT = (
        "different",
        "The repro was run, and sends something else than the failing call.",
        "Send the differences along, or the saved request.",
    )
    NOT_VERIFIED = (
        "not verified",
        "The repro was not run here, so what it sends is not known.",
        "Install what it needs, or run it yourself through `inspect`.",
    )


@dataclass(frozen=True, slots=True)
class Verified:
    """``says`` is one sentence; ``differences`` lead from the original request to the repro's.

    ``ends`` compares how the program ended with how the case did, None where that is not compared.
    """

    verdict: ReproVerdict
    says: str
    differences: tuple[str, ...] = ()
    ends: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """A repro as it is handed out: the script that came closest and what running it showed."""

    file: str
    script: Script | None
    verified: Verified
