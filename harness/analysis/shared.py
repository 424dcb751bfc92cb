"""Request forms that several clients sent alike: evidence that a client is not to blame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.analysis.evidence import gather

if TYPE_CHECKING:
    from harness.analysis.evidence import Evidence, Place
    from harness.model.outcome import Outcome
    from harness.model.result import Run


@dataclass(frozen=True, slots=True)
class SharedForm:
    """One wire form that all of ``clients`` (two or more) sent, each getting the same answer."""

    wire: str
    place: Place
    clients: tuple[str, ...]
    outcome: Outcome
    cases: int


def shared_forms(run: Run) -> tuple[SharedForm, ...]:
    """The forms that more than one client sent with the same outcome, in order of first appearance."""
    return shared_in(gather(run))


def shared_in(evidence: Evidence) -> tuple[SharedForm, ...]:
    """``shared_forms`` over gathered evidence."""
    return tuple(
        SharedForm(form.digest, form.place, form.clients, form.outcome, form.cases)
        for form in evidence.answered
        if len(form.clients) > 1 and form.answers == 1
    )
