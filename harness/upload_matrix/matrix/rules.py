"""``exclude``, ``expect`` and ``known_failures`` of a file, checked and in the model's words."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.matrix.conditions import read_conditions
from upload_matrix.matrix.document import Path
from upload_matrix.matrix.faults import Faults
from upload_matrix.matrix.layout import Layout
from upload_matrix.matrix.shape import ExpectShape, MatrixShape
from upload_matrix.model.expectation import Condition, Expectation, KnownFailure
from upload_matrix.model.outcome import INCONCLUSIVE_STATUS, OutcomeKind

RETRIES = "retries"
"""The axis on which the harness itself lets the first attempt fail."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one matrix, each kind in the file's order."""

    exclude: tuple[tuple[Condition, ...], ...]
    expectations: tuple[Expectation, ...]
    known_failures: tuple[KnownFailure, ...]


def read_rules(shape: MatrixShape, layout: Layout, faults: Faults) -> Rules:
    """The rules of ``shape``; conditions and answers that can never be are added to ``faults``."""
    document = faults.document
    exclude = tuple(
        read_conditions(conditions, ("exclude", position), layout, faults, facts=False)
        for position, conditions in faults.numbered("exclude", shape.exclude)
    )
    expectations = []
    for position, entry in faults.numbered("expect", shape.expect):
        path: Path = ("expect", position)
        _check_answer(entry, path, faults)
        expectations.append(
            Expectation(
                when=read_conditions(entry.when, (*path, "when"), layout, faults, facts=True),
                outcome=OutcomeKind(entry.outcome),
                status=entry.status,
                code=entry.code,
                message=entry.message,
                line=document.line(path),
            )
        )
    known_failures = []
    for position, failure in faults.numbered("known_failures", shape.known_failures):
        path = ("known_failures", position)
        known_failures.append(
            KnownFailure(
                when=read_conditions(failure.when, (*path, "when"), layout, faults, facts=True),
                reason=failure.reason,
                link=failure.link,
                expires=failure.expires,
                line=document.line(path),
            )
        )
    return Rules(exclude, tuple(expectations), tuple(known_failures))


def _check_answer(entry: ExpectShape, path: Path, faults: Faults) -> None:
    """Refuse what the outcome's own meaning rules out: such an expectation could never be met."""
    if entry.status is not None:
        success = entry.status < 300
        if entry.outcome in ("accepted", "unparsed", "altered") and not success:
            faults.add(
                (*path, "status"), f"`outcome: {entry.outcome}` means a status of 2xx, not {entry.status}"
            )
        elif entry.outcome == "rejected" and (success or _says_nothing(entry.status)):
            says = "`outcome: rejected` means a status of 3xx or 4xx other than"
            faults.add((*path, "status"), f"{says} {_listed_status()}, not {entry.status}")
        elif entry.outcome == "refused":
            faults.add(
                (*path, "status"), "`outcome: refused` means that nothing was sent, so there is no status"
            )
        elif entry.outcome == "inconclusive" and not _says_nothing(entry.status):
            says = f"`outcome: inconclusive` means a status of {_listed_status()} or 5xx, not {entry.status}"
            faults.add((*path, "status"), says)
    if entry.outcome == "inconclusive" and RETRIES not in entry.when:
        # A server in trouble is never what is expected; a client that gives up after our own 500 may be.
        says = f"`inconclusive` can only be expected where `when` names `{RETRIES}` (a scripted first answer)"
        faults.add((*path, "outcome"), says)
    if entry.code is not None and entry.outcome != "rejected":
        faults.add((*path, "code"), f"`outcome: {entry.outcome}` carries no error code; leave `code` out")
    if entry.message is not None and entry.outcome == "accepted":
        faults.add((*path, "message"), "`outcome: accepted` carries no error message; leave `message` out")


def _says_nothing(status: int) -> bool:
    return status >= 500 or status in INCONCLUSIVE_STATUS


def _listed_status() -> str:
    return ", ".join(str(status) for status in sorted(INCONCLUSIVE_STATUS))
