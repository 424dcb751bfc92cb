"""Asking a target about requests nobody's client sent: recordings first, and within limits.

An answer is kept as an ordinary recording of the target wherever its wire form says all about the request.
Recordings do not tell request headers apart, so the others are kept in a ``Memory`` of this question's own.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upload_matrix.answers.answering import EMULATOR, Answering
from upload_matrix.files import read_text, write_whole
from upload_matrix.judge.cost import summed
from upload_matrix.model.answer import (
    NOT_SENT,
    Answer,
    NoAnswer,
    Provenance,
    Silence,
    Source,
    Supply,
    api_error,
)
from upload_matrix.model.codec import parsed
from upload_matrix.model.diagnosis import Answered
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import says_nothing
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.price import NOTHING, Money
from upload_matrix.recordings.redactor import redact_text
from upload_matrix.wire.form import Captured, WireForm
from upload_matrix.wire.read import wire_form

_LONGEST = 4000
"""Characters of an answer's body that are kept."""


class Memory:
    """Answers that no recording keeps, so that an interrupted question goes on where it was.

    They are kept by a request's key, in order, and each is given once: what it says (status, error fields,
    who spoke), with secrets taken out. ``path`` None keeps them for this run only.

    Raises ConfigurationError for a file that is none of ours.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept: dict[str, list[dict[str, Any]]] = {} if path is None else _read(path)
        self._given: defaultdict[str, int] = defaultdict(int)

    def take(self, key: str, target: str) -> Answer | None:
        """The next answer kept under ``key``; None when all were given."""
        entries = self._kept.get(f"{target} {key}", [])
        number = self._given[key]
        if number >= len(entries):
            return None
        self._given[key] += 1
        entry = entries[number]
        source = Source(target, Provenance(entry["provenance"]), Supply.RECORDED, entry.get("profile"))
        headers = (("content-type", "application/json"),)
        return Answer(entry["status"], headers, entry["body"].encode(), source)

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer; it counts as given."""
        source = answer.source
        said = "" if answer.status < 300 else redact_text(answer.body.decode("utf-8", "replace"))
        entry = {
            "status": answer.status,
            "body": said[:_LONGEST],
            "provenance": source.provenance.value,
        }
        if source.profile is not None:
            entry["profile"] = source.profile
        self._kept.setdefault(f"{source.target} {key}", []).append(entry)
        self._given[key] += 1
        if self._path is not None:
            _write(self._path, self._kept)


def _read(path: Path) -> dict[str, list[dict[str, Any]]]:
    if not path.exists():
        return {}
    text = read_text(path)
    try:
        document = parsed(text)
        answers = document["upload-matrix answers"]
        for entries in answers.values():
            for entry in entries:
                Provenance(entry["provenance"])
                entry["status"] + 0
                entry["body"].encode()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{path}: not the state of a diagnosis ({error!r}); delete it, or name another with --state"
        ) from error
    found: dict[str, list[dict[str, Any]]] = answers
    return found


def _write(path: Path, kept: dict[str, list[dict[str, Any]]]) -> None:
    write_whole(path, json.dumps({"upload-matrix answers": kept}, indent=1).encode())


MISREAD = "not sent: it would read otherwise than was meant"


@dataclass(frozen=True, slots=True)
class Tally:
    """``calls`` asked for anew, ``recorded`` answers, ``spent`` in USD (None: a price is unknown)."""

    calls: int = 0
    recorded: int = 0
    spent: Money | None = NOTHING
    emulated: bool = False


class Asker:
    """Asks ``target``. ``keeping`` answers from recordings and makes them, ``leaving`` (None: nothing may be
    sent) leaves them aside. ``most`` is how many answers may be asked for anew, None for no limit.

    ``records`` is the list that every live call's record is put on; ``memory`` holds answers that no
    recording keeps. One thread.
    """

    def __init__(
        self,
        target: str,
        keeping: Answering,
        leaving: Answering | None,
        memory: Memory,
        *,
        records: Sequence[CallRecord] = (),
        most: int | None = None,
    ) -> None:
        self.target = target
        self.most = most
        self.stopped: str | None = None
        """Which limit said no, in a sentence; None while none did."""
        self._keeping = keeping
        self._leaving = leaving
        self._memory = memory
        self._records = records
        self._new: set[str] = set()
        """Forms whose first answer was asked for in this run: that is as fresh as can be."""
        self._used: defaultdict[str, set[int]] = defaultdict(set)
        self._calls = self._recorded = self._emulated = 0

    @property
    def free(self) -> bool:
        """Whether asking costs nothing."""
        return self.target.startswith(EMULATOR) or self._leaving is None

    @property
    def replaying(self) -> bool:
        """Whether nothing may be asked: recordings answer, or nobody."""
        return self._leaving is None

    @property
    def answering(self) -> Answering:
        """Who answers with recordings; for lists of models."""
        return self._keeping

    def once(self, request: Captured) -> Answer | NoAnswer:
        """The first answer to a request, from its recording where there is one; not counted as given."""
        if not _reads_as_meant(request):
            return NoAnswer(Silence.BLOCKED, MISREAD)
        answer = self._keeping.recorded(self.target, request.wire)
        if answer is not None:
            return self._counted(answer)
        if self._used_up():
            return self._no_more()
        reply = self._keeping.answerer(self.target)(request)
        if _says_something(reply):
            self._new.add(request.wire.digest)
        return self._counted(reply)

    def ask(self, request: Captured, *, recordable: bool = True, fresh: bool = False) -> Answer | NoAnswer:
        """The next answer to a request. Repeated, each of its recordings is given once, then it is asked.

        ``fresh`` asks even where there are recordings (the answer is added to them, nothing is lost); one
        that was asked for in this run is fresh enough.
        ``recordable`` False: the wire form does not say all about it. A request that reads otherwise than
        was meant is not sent.
        """
        if not _reads_as_meant(request):
            return NoAnswer(Silence.BLOCKED, MISREAD)
        if not recordable:
            return self._ask_aside(request)
        digest = request.wire.digest
        fresh = fresh and not (digest in self._new and 0 not in self._used[digest])
        number = self._next(request.wire, fresh=fresh)
        answer = self._keeping.recorded(self.target, request.wire, number)
        if answer is not None:
            self._used[digest].add(number)
            return self._counted(answer)
        if self._used_up():
            return self._no_more()
        reply = self._keeping.answerer(self.target, number)(request)
        if _says_something(reply):
            self._used[digest].add(number)
        return self._counted(reply)

    def known(self, wire: WireForm) -> Answer | None:
        """A recorded answer that was not given yet, None when there is none; counts as given."""
        number = self._next(wire, fresh=False)
        answer = self._keeping.recorded(self.target, wire, number)
        if answer is not None:
            self._used[wire.digest].add(number)
            self._counted(answer)
        return answer if isinstance(answer, Answer) else None

    def tally(self) -> Tally:
        """All so far."""
        made = summed(self._records)
        # With the attempts that a server in trouble took, without those that never left: as in the ledger.
        calls = self._calls + made.attempts - made.calls
        return Tally(calls, self._recorded, made.money.amount, self._emulated > 0)

    def since(self, before: Tally, emulated_before: int) -> Tally:
        """What came on top of an earlier tally."""
        now = self.tally()
        spent = None if now.spent is None or before.spent is None else now.spent - before.spent
        return Tally(
            now.calls - before.calls,
            now.recorded - before.recorded,
            spent,
            self._emulated > emulated_before,
        )

    @property
    def emulated(self) -> int:
        """How many answers were a stand-in's."""
        return self._emulated

    def _next(self, wire: WireForm, *, fresh: bool) -> int:
        used = self._used[wire.digest]
        number = 0
        while number in used or (fresh and self._keeping.recorded(self.target, wire, number) is not None):
            number += 1
        return number

    def _ask_aside(self, request: Captured) -> Answer | NoAnswer:
        key = f"{request.wire.digest}+{_headers_key(request)}"
        kept = self._memory.take(key, self.target)
        if kept is not None:
            return self._counted(kept)
        if self._leaving is None:
            return NoAnswer(Silence.UNRECORDED, "no recording can answer a request with other headers")
        if self._used_up():
            return self._no_more()
        reply = self._leaving.answerer(self.target)(request)
        if isinstance(reply, Answer) and _says_something(reply):
            self._memory.put(key, reply)
        return self._counted(reply)

    def _used_up(self) -> bool:
        return self.most is not None and self._calls >= self.most

    def _no_more(self) -> NoAnswer:
        self.stopped = f"{NOT_SENT}calls allowed: {self.most}"
        return NoAnswer(Silence.BUDGET, self.stopped)

    def _counted(self, reply: Answer | NoAnswer) -> Answer | NoAnswer:
        if isinstance(reply, NoAnswer) and reply.source is None:
            if reply.why is Silence.BUDGET:
                self.stopped = self.stopped or reply.says
            asked = reply.why not in (Silence.UNRECORDED, Silence.BLOCKED, Silence.BUDGET)
            self._calls += asked
            return reply
        assert reply.source is not None
        recorded = reply.source.supply is Supply.RECORDED
        self._recorded += recorded
        self._calls += not recorded
        self._emulated += reply.source.provenance is Provenance.EMULATED
        return reply


def answered(reply: Answer | NoAnswer) -> Answered:
    """An answer for a report, secrets in the server's words taken out."""
    if isinstance(reply, NoAnswer):
        return Answered(None, message=reply.says)
    emulated = reply.source.provenance is Provenance.EMULATED
    recorded = reply.source.supply is Supply.RECORDED
    if 200 <= reply.status < 300:
        return Answered(reply.status, emulated=emulated, recorded=recorded)
    error = api_error(reply.body)
    return Answered(
        reply.status,
        _clean(error.code),
        _clean(error.param),
        _clean(error.message),
        emulated,
        recorded,
    )


def _clean(text: str | None) -> str | None:
    return None if text is None else redact_text(text)


def _says_something(reply: Answer | NoAnswer) -> bool:
    if isinstance(reply, NoAnswer):
        return False
    return not says_nothing(reply.status)


def _reads_as_meant(request: Captured) -> bool:
    wire = request.wire
    assets = {part.sha256: part.asset for part in wire.parts or () if part.asset is not None}
    path = wire.path + (f"?{wire.query}" if wire.query else "")
    return wire_form(wire.method, path, request.headers, request.body, assets).digest == wire.digest


def _headers_key(request: Captured) -> str:
    """A digest of the headers a server may judge by; never the headers themselves, which may hold keys."""
    skipped = (b"host", b"authorization", b"api-key", b"content-length", b"content-type", b"cookie")
    lines = sorted(
        name.lower() + b":" + value for name, value in request.headers if name.lower() not in skipped
    )
    return hashlib.sha256(b"\n".join(lines)).hexdigest()[:16]
