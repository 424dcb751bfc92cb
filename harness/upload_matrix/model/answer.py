"""What came back for a request, who said it, and why there may be nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from upload_matrix.model.codec import parsed
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.form import Captured


class Provenance(ExplainedWord):
    """Who speaks: a real server, or a stand-in. Shown wherever an answer is shown."""

    LIVE = "live", "A real server said it."
    EMULATED = (
        "emulated",
        "A stand-in said it, by dated rules with sources: it is not the vendor's word.",
        "Ask the vendor's own server (`--target openai`) before you rely on it.",
    )
    GATEWAY = (
        "gateway",
        "A gateway between client and target said it, in its own words: it is no target's answer.",
        "`diagnose --through` makes the call with the gateway and without it.",
    )


class Supply(ExplainedWord):
    """By which way an answer reached this run."""

    RECORDED = (
        "recorded",
        "The answer comes from a recording in `cassettes/`: nobody was asked in this run.",
        "`record --record-mode all` asks anew.",
    )
    EMULATOR = "emulator", "The built-in emulator answered, without a network."
    FORWARDED = "forwarded", "The request went on to the target in this run, and this is its answer."
    SCRIPTED = "scripted", "The answer was made up by the harness for a case that asks for an interruption."
    GATEWAY = "gateway", "The gateway in between answered, and did not hand on an answer of the target."


@dataclass(frozen=True, slots=True)
class Dispute:
    """What is known on both sides of an emulated answer; ``says`` it in words (``disputed: ...``).

    ``whether_rejected``: such an upload was also accepted. Otherwise only the answer's words are disputed.
    """

    says: str
    whether_rejected: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Who answered: the target's name and profile, its provenance, and the way the answer came here.

    ``recorded_on`` is the ISO date of a live recording (None for emulated ones: a profile has a date
    of its own, and a time would make two equal recordings differ). ``disputed`` is None for a live answer,
    and is never recorded: it is what is known now.
    """

    target: str
    provenance: Provenance
    supply: Supply
    profile: str | None = None
    recorded_on: str | None = None
    disputed: Dispute | None = None


PLAYS = "x-upload-matrix-plays"
"""Header of an emulated answer that plays something: ``ignored``, a model that was not given the files."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, headers in order and as written, body bytes as they are sent to the client.

    ``rule`` is the id of the emulator's rule that decided, None for a live answer.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source: Source
    rule: str | None = None

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case; None when absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def has_looked(self) -> bool:
        """Whether its words tell what of a file was seen: the emulator looks at none, and may play blind."""
        return self.source.provenance is not Provenance.EMULATED or self.header(PLAYS) is not None


@dataclass(frozen=True, slots=True)
class ApiError:
    """The fields of an error body ``{"error": {...}}``; any of them may be missing."""

    type: str | None = None
    code: str | None = None
    param: str | None = None
    message: str | None = None


def api_error(body: bytes) -> ApiError:
    """Read the error fields from an answer's body; a body of another shape gives its text as message.

    Beside OpenAI's form: Google's ``status`` in place of a type, an error that is the whole document
    (Mistral), and ``err_code`` with ``err_msg`` (Deepgram).
    """
    try:
        document = parsed(body)
    except ValueError:
        text = body.decode("utf-8", "replace").strip()
        return ApiError(message=text[:2000] or None)
    error = document.get("error", _whole(document)) if isinstance(document, dict) else None
    if isinstance(error, str):
        return ApiError(message=error)
    if not isinstance(error, dict):
        return ApiError(message=json.dumps(document, ensure_ascii=False)[:2000])
    told = {**error, "type": error.get("type", error.get("status"))}
    return ApiError(*(_text(told.get(key)) for key in ("type", "code", "param", "message")))


def _whole(document: dict[str, Any]) -> dict[str, Any] | None:
    """A document that is an error itself; None for any other."""
    if isinstance(document.get("message"), str):
        return document
    if isinstance(document.get("err_msg"), str):
        return {"code": document.get("err_code"), "message": document["err_msg"]}
    return None


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


NOT_SENT = "not sent: "
"""How the sentence of a request begins that a limit or our own caution kept here."""


CLOSED = "the connection was closed without an answer"
BROKE = "the connection broke"
"""How the sentence of a silence begins, or goes on after who was asked, where the other side hung up."""


def hung_up(says: str) -> bool:
    """Whether a silence's sentence says that a server took a request, and hung up on it."""
    return CLOSED in says or BROKE in says


class Silence(ExplainedWord):
    """Why a request got no answer from its target."""

    UNRECORDED = (
        "unrecorded",
        "Nobody was asked, as only recordings may answer, and none holds this request.",
        "Record it with `--record-mode new_episodes`.",
    )
    UNREACHABLE = (
        "unreachable",
        "No byte of an answer came: no connection, no time left, or the connection broke first.",
        "See that the address is right and the server runs, then ask again.",
    )
    BROKEN = (
        "broken",
        "An answer began and did not arrive whole: cut off, too slow, too long, or not sound HTTP.",
        "Ask again; if it stays so, look at what lies between you and the server.",
    )
    UNKEPT = (
        "unkept",
        "An answer came whole and cannot be looked into, or holds a secret: it is not kept, and not judged.",
    )
    BLOCKED = "blocked", "The network is blocked for this run, so nothing was sent."
    BUDGET = (
        "budget",
        "A limit on money or calls did not allow it; nothing was sent.",
        "Run it again with a higher `--budget` or `--max-calls`.",
    )
    RESET = "reset", "The harness broke the connection, because the case asks for it."
    INCOMPLETE = "incomplete", "The client broke off before its request was complete; nobody was asked."


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No answer: why, in a word and in a sentence.

    ``nearest`` names the recorded wire form closest to the request and ``differences`` what separates
    them (from the recording to the request), when ``why`` is ``unrecorded`` and there is one. ``source`` is
    who gave the answer that is not kept, None for any other ``why``.
    """

    why: Silence
    says: str
    nearest: str | None = None
    differences: tuple[str, ...] = ()
    source: Source | None = None


# One attempt of a client: what it sent, byte for byte, and what it was told.


@dataclass(frozen=True, slots=True)
class Exchange:
    """A captured request with its answer; ``attempt`` counts from 1 within one case."""

    attempt: int
    request: Captured
    reply: Answer | NoAnswer
