"""What a server, or a gateway, made of uploads: a word for each, what is known of such uploads, the marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from upload_matrix.model.conformance import (
    Conformance,
    ConformanceCheck,
    ConformanceGate,
    ConformanceRun,
    gate,
)
from upload_matrix.model.hop import Crossing
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.form import Digest

CONTROL = "plain"
"""The name of the scenario in which nothing is otherwise."""


class Reception(ExplainedWord):
    """What became of one request; never guessed."""

    TAKEN = "taken", "Answered with success."
    IGNORED = "ignored", "Answered with success, and by the answer the file was not looked at."
    REJECTED = "rejected", "Answered with a status of 400 to 499 that is about the request."
    BROKE_DOWN = (
        "broke down",
        "Answered with a status of 500 or more, where the same call without the change is taken.",
    )
    NO_ANSWER = "no answer", "No whole answer came, where the same call without the change is answered."
    NOT_KNOWN = (
        "not known",
        "Nothing follows: the answer is about something else, or the call is not taken without the change.",
    )
    NOT_OFFERED = "not offered", "There is no such call: 404, 405 or 501 to the call as its document has it."


@dataclass(frozen=True, slots=True)
class KnownUpload:
    """Whether such an upload is ``taken``: by the ``vendor`` itself, else as a standard has it.

    ``grade`` is how that is known, in the words of facts (``reported 5``), ``by`` where it is written.
    """

    taken: bool
    vendor: bool
    grade: str
    by: str


@dataclass(frozen=True, slots=True)
class MeasuredUpload:
    """One scenario (``images.edit/array-name``, where ``says`` is what is otherwise) and what became of it.

    ``sent`` names the wire form of the request, None where it was not sent. ``status`` and ``words`` are the
    answer's own, or ``words`` say why nothing is known. ``known`` None: nobody knows what is right, and there
    are no ``checks``. ``crossing``: through a gateway, what was forwarded.
    """

    scenario: str
    says: str
    reception: Reception
    sent: Digest | None = None
    status: int | None = None
    words: str = ""
    known: KnownUpload | None = None
    checks: tuple[ConformanceCheck, ...] = ()
    crossing: Crossing | None = None

    @property
    def call(self) -> str:
        """The operation."""
        return self.scenario.partition("/")[0]

    @property
    def concludes(self) -> bool:
        """Whether the answer, or what was forwarded, tells what is made of the upload."""
        if self.crossing is not None:
            return bool(self.crossing.forwarded)
        return self.reception is Reception.TAKEN

    @property
    def is_control(self) -> bool:
        """Whether it is the call as its document has it."""
        return self.scenario.endswith(f"/{CONTROL}")


SERVER_FORMAT, SERVERS_FORMAT = "upload-matrix server", "upload-matrix servers"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerReport:
    """All that was measured of one ``subject``; ``versions`` are those of the programs that it is made of.

    ``summary`` says what it is, ``emulated`` that answers were those of this program's own emulator,
    ``stopped`` which limit ended it before the end. ``expected`` are the ids of checks that may fail.
    """

    format: Literal["upload-matrix server"] = "upload-matrix server"
    version: Literal[1] = 1
    subject: str
    kind: Literal["server", "gateway"]
    summary: str = ""
    emulated: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)
    stopped: str | None = None
    expected: tuple[str, ...] = ()
    uploads: tuple[MeasuredUpload, ...]

    @property
    def measured(self) -> bool:
        """Whether a call is taken as its document has it, or forwarded: else nothing is known at all."""
        return any(each.is_control and each.concludes for each in self.uploads)

    @property
    def gated(self) -> ConformanceGate:
        """What is red."""
        return gate(self.conformance())

    def conformance(self) -> Conformance:
        """The marks alone, for gate, score and badge."""
        runs = tuple(
            ConformanceRun(
                each.scenario,
                each.checks,
                attempts=() if each.sent is None or not self.measured else (each.sent,),
                status=each.status,
                says=each.words,
            )
            for each in self.uploads
        )
        return Conformance(subject=self.subject, kind=self.kind, runs=runs, expected=self.expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServersReport:
    """Many of them, by name; ``unavailable`` are those that this machine lacks, and what is missing."""

    format: Literal["upload-matrix servers"] = "upload-matrix servers"
    version: Literal[1] = 1
    kind: Literal["server", "gateway"]
    subjects: Mapping[str, ServerReport]
    unavailable: Mapping[str, str] = field(default_factory=dict)
