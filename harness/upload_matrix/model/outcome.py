"""What became of a case. Their failure, our failure, no recording and no answer are different words."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.model.answer import NOT_SENT
from upload_matrix.model.words import ExplainedWord


class OutcomeKind(ExplainedWord):
    """What can become of a case."""

    ACCEPTED = "accepted", "The server answered 2xx and the client could read it."
    REJECTED = (
        "rejected",
        "The server said no: a 3xx or 4xx answer other than the inconclusive ones.",
        "Look at the case's findings first; `diagnose CASE` goes through all suspects.",
    )
    NOT_SENT = (
        "not_sent",
        "The client raised before the request was sent in full.",
        "What it raised stands with the case: hand the file over in a way that the client takes.",
    )
    UNPARSED = (
        "unparsed",
        "The server answered 2xx, but the client could not read it.",
        "The answer stands with the case: try another release of the client, or report it to its authors.",
    )
    ALTERED = (
        "altered",
        "The client reports success, but an attempt carried another upload than the first.",
        "Hand over bytes, or a file that can be read again: a stream is at its end when it is sent anew.",
    )
    IGNORED = (
        "ignored",
        "The server answered 2xx, and its answer tells that the model was given nothing of the file.",
        "Look for the field or block in which this API takes files: the case's findings name it.",
    )
    INCONCLUSIVE = (
        "inconclusive",
        "No statement about the upload: 408, 425, 429, 5xx, a timeout, a broken connection.",
        "No judgement of the upload reached the client; the answer above says why. Where a server was in "
        "trouble, run the case again later.",
    )
    UNRECORDED = (
        "unrecorded",
        "No recording holds this wire form, and asking was not allowed.",
        "Record it with `--record-mode new_episodes`, or have the "
        "emulator answer without recordings: `--target emulator:PROFILE --disable-recording`.",
    )
    UNAVAILABLE = (
        "unavailable",
        "The environment could not be built here.",
        "Install what it needs, or leave it out of the matrix.",
    )
    HARNESS_ERROR = (
        "harness_error",
        "Our own failure: the probe died, spoke nonsense, or nothing reached the tap.",
        "Not a word of the server's. If a client or container of your own failed, correct that; if not, it "
        "is a fault of upload-matrix: please report it with this text.",
    )

    @classmethod
    def _missing_(cls, value: object) -> OutcomeKind | None:
        """The words of older documents."""
        return cls.NOT_SENT if value == "refused" else None


UNRESOLVED = frozenset(
    {
        OutcomeKind.INCONCLUSIVE,
        OutcomeKind.UNRECORDED,
        OutcomeKind.UNAVAILABLE,
        OutcomeKind.HARNESS_ERROR,
    }
)
"""Outcomes that say nothing about whether the upload works."""

INCONCLUSIVE_STATUS = frozenset({408, 425, 429})
"""Below 500 and still no judgement of the upload: request timeout, too early, too many requests."""


def says_nothing(status: int) -> bool:
    """Whether an answer of this status says nothing about the upload: the server in trouble, or too busy.

    An interim answer (1xx) neither: it never ends a request.
    """
    return status in INCONCLUSIVE_STATUS or status >= 500 or status < 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome with the server's words (status, type, code, param, message) and ours (``detail``).

    ``at`` is the operation it came of where a case makes several calls.
    """

    kind: OutcomeKind
    status: int | None = None
    type: str | None = None
    code: str | None = None
    param: str | None = None
    message: str | None = None
    detail: str | None = None
    at: str | None = None

    @property
    def unsent(self) -> bool:
        """Whether the request never left because a limit on money or calls was reached."""
        return self.kind is OutcomeKind.UNRECORDED and (self.detail or "").startswith(NOT_SENT)

    @property
    def cause(self) -> str | None:
        """The server's word for it: the code, or the type where the code is the status once more."""
        return self.type if self.code == str(self.status) else self.code

    def __str__(self) -> str:
        words = [self.kind.value.replace("_", " ")]
        if self.status is not None:
            words.append(str(self.status))
        if self.cause:
            words.append(self.cause)
        if self.message:
            words.append(f"“{self.message}”")
        elif self.detail:
            words.append(f"({self.detail})")
        if self.at:
            words.append(f"at {self.at}")
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Raised:
    """One exception of a chain, the outermost first: its qualified class name and its text."""

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class ClientReport:
    """What the client told its caller: a returned type, or what it raised with the chain of causes.

    ``status`` and ``body`` are what the exception itself carries of the answer, the body as JSON text:
    a client may hand on less than the server said.
    """

    returned: str | None = None
    raised: tuple[Raised, ...] = ()
    status: int | None = None
    body: str | None = None

    @property
    def read(self) -> str:
        """What the caller has to deal with: ``returns TYPE`` or ``raises CLASS``; "" for neither."""
        if self.raised:
            return f"raises {self.raised[0].name}"
        return "" if self.returned is None else f"returns {self.returned}"
