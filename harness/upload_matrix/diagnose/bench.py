"""What the steps of a diagnosis share, and how the cost of each is kept apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from upload_matrix.isolate.asker import Asker, answered
from upload_matrix.isolate.ends import End
from upload_matrix.isolate.passage import Passage
from upload_matrix.isolate.subject import Subject
from upload_matrix.judge.isolate.notebook import Options
from upload_matrix.model.answer import Answer, NoAnswer
from upload_matrix.model.asked import model_of
from upload_matrix.model.diagnosis import Answered, Inquiry
from upload_matrix.model.exchange import Captured
from upload_matrix.model.wire import Framing, WireForm, canonical_json
from upload_matrix.run.session import Settings
from upload_matrix.splice.headers import body_headers
from upload_matrix.splice.splicer import head_of
from upload_matrix.targets.spec import TargetSpec

GENERATE_FIELDS = ("model", "prompt", "n", "size", "quality")
"""What the control takes over from the failing call: nothing that only an edit has."""


@dataclass
class Bench:
    """``subject`` is the failing call, ``spec`` its target's description (None: the emulator), ``today`` the
    day by which models live or not. ``given`` is a passing request that the user named, ``near`` are
    recorded ones, nearest first.

    ``releases`` are the SDK releases to try, ``why_no_releases`` why there are none. ``settings`` run cases
    offline, for suspect 2. ``say`` is told of each step. ``passage`` is the gateway that the call takes, None
    for a call without one; all but suspect 7 is asked without it.
    """

    subject: Subject
    asker: Asker
    spec: TargetSpec | None
    today: date
    options: Options
    settings: Settings
    given: End | None = None
    near: Sequence[End] = ()
    releases: tuple[str, ...] = ()
    why_no_releases: str | None = None
    say: Callable[[str], None] = lambda _: None
    passage: Passage | None = None
    headers: set[str] = field(default_factory=set)
    """Names of the headers of the target's answers."""

    @property
    def model(self) -> str | None:
        """The model the failing call names."""
        return model_of(self.subject.request.wire)

    def ask(self, request: Captured, *, recordable: bool = True) -> Answered:
        """The target's answer, its recording where there is one."""
        reply: Answer | NoAnswer = (
            self.asker.once(request) if recordable else self.asker.ask(request, recordable=False)
        )
        if isinstance(reply, Answer):
            self.headers.update(name for name, _ in reply.headers)
        return answered(reply)

    def counted(self, step: Callable[[], Inquiry]) -> Inquiry:
        """A step's inquiry with what it cost."""
        before, emulated = self.asker.tally(), self.asker.emulated
        inquiry = step()
        cost = self.asker.since(before, emulated)
        return replace(
            inquiry,
            calls=cost.calls,
            recorded=cost.recorded,
            spent=cost.spent,
            emulated=inquiry.emulated or cost.emulated,
        )


def control_request(failing: WireForm, headers: tuple[tuple[bytes, bytes], ...]) -> Captured:
    """``images.generate`` with the failing call's model, prompt and size, and no upload."""
    fields: Mapping[str, str | int | None] = {name: failing.field(name) for name in GENERATE_FIELDS}
    document = {
        name: int(value) if name == "n" and str(value).isdigit() else value
        for name, value in fields.items()
        if value is not None
    }
    if len(str(document.get("prompt", ""))) > 1000 or "prompt" not in document:
        document["prompt"] = "a red circle"
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    path = failing.path.replace("/images/edits", "/images/generations")
    path = path.replace("/images/variations", "/images/generations")
    wire = WireForm(
        "POST", path, Framing.CONTENT_LENGTH, "application/json", failing.query, json=canonical_json(body)
    )
    lines = (*headers, *body_headers(b"application/json", None, Framing.CONTENT_LENGTH, len(body)))
    return Captured(head_of(wire, lines), lines, body, wire, complete=True)


def plain_request(failing: Captured) -> Captured:
    """The same body with no header but what it needs and ``Accept``."""
    needed = (b"content-type", b"content-length", b"transfer-encoding", b"content-encoding")
    own = tuple((name, value) for name, value in failing.headers if name.lower() in needed)
    lines = ((b"Accept", b"*/*"), *own)
    return Captured(head_of(failing.wire, lines), lines, failing.body, failing.wire, failing.complete)
