"""Suspect 2: the same call in other releases of the SDK, offline, each in an environment of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from upload_matrix.answers.answering import Answering
from upload_matrix.ask.capture import capture
from upload_matrix.isolate.subject import Subject
from upload_matrix.judge.suspects.releases import Sent
from upload_matrix.model.answer import Answer
from upload_matrix.model.case import Case, case_id
from upload_matrix.recordings import stored_form
from upload_matrix.run.session import Settings

SDK_CLIENTS = frozenset({"openai", "openai-async", "openai-raw-response", "azure"})
"""Clients whose requests come from the SDK that has releases."""


def sent_by(
    subject: Subject, case: Case, settings: Settings, answering: Answering, releases: Sequence[str]
) -> tuple[Sent, ...]:
    """What each release sends for ``case``. Nothing is asked; recordings say what is accepted."""
    placed = {release: _placed(case, release) for release in releases}
    captures = capture(settings, answering, tuple(placed.values()))
    found = []
    for release, each in placed.items():
        seen = next((item for item in captures.seen if each.id in item.cases), None)
        if seen is None:
            found.append(Sent(release, None, why=captures.silent.get(each.id)))
            continue
        answer = answering.recorded(subject.target, seen.request.wire)
        accepted = 200 <= answer.status < 300 if isinstance(answer, Answer) else None
        found.append(Sent(release, seen.wire, accepted))
    return tuple(found)


def reproduces(subject: Subject, case: Case, settings: Settings, answering: Answering) -> bool:
    """Whether ``case`` sends the subject's request here, with the SDK that is installed."""
    captures = capture(settings, answering, [case])
    wanted = stored_form(subject.request.wire).digest
    return any(seen.wire == wanted for seen in captures.seen)


def _placed(case: Case, release: str) -> Case:
    axes = {**case.axes, "sdk": release}
    return replace(case, id=case_id(case.matrix, axes), axes=axes)
