"""Requests that several clients sent alike: evidence that a client is not to blame.

Alike means equal but for the order of the parts: one client writes ``prompt`` first, another ``model``,
and no server is known to care.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from upload_matrix.judge.evidence import Answered, Evidence, Place, gather
from upload_matrix.model.outcome import Outcome
from upload_matrix.model.result import Run
from upload_matrix.wire.form import WireForm


@dataclass(frozen=True, slots=True)
class SharedForm:
    """A request that all of ``clients`` (two or more) sent, each getting the same answer.

    ``wires`` are its forms: one, or several that differ in the order of their parts only.
    """

    wires: tuple[str, ...]
    place: Place
    clients: tuple[str, ...]
    outcome: Outcome
    cases: int


def shared_forms(run: Run) -> tuple[SharedForm, ...]:
    """The requests that more than one client sent with the same outcome, in order of first appearance."""
    return shared_in(gather(run))


def shared_in(evidence: Evidence) -> tuple[SharedForm, ...]:
    """``shared_forms`` over gathered evidence."""
    alike: dict[tuple[Place, str], list[Answered]] = {}
    for form in evidence.answered:
        alike.setdefault((form.place, _unordered(form.wire)), []).append(form)
    shared = (_merged(forms) for forms in alike.values() if _one_answer(forms))
    return tuple(form for form in shared if len(form.clients) > 1)


def _one_answer(forms: list[Answered]) -> bool:
    return all(form.answers == 1 for form in forms) and len({form.answer for form in forms}) == 1


def _merged(forms: list[Answered]) -> SharedForm:
    return SharedForm(
        wires=tuple(form.digest for form in forms),
        place=forms[0].place,
        clients=tuple(dict.fromkeys(client for form in forms for client in form.clients)),
        outcome=forms[0].outcome,
        cases=sum(form.cases for form in forms),
    )


def _unordered(wire: WireForm) -> str:
    """A form's identity with its parts sorted."""
    identity = wire.identity()
    if identity["parts"] is not None:
        identity["parts"] = sorted(identity["parts"], key=lambda part: json.dumps(part, sort_keys=True))
    return json.dumps(identity, sort_keys=True)
