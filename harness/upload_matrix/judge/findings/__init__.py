"""Findings: what a wire form says by itself, whoever answers it, each with the fix.

To add a finding, add one file to this folder (or a code to a file that fits). The file holds one
``FAMILY``: its ``codes`` with a sentence each, which the docs print, and a function that is handed what
was ``SentForm`` and yields findings with those codes. Files are found by their place here, nothing is
registered elsewhere; ``framing.py`` is the shortest to copy. A helper module starts with an underscore.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module

from upload_matrix.judge.findings._sent import Family, SentForm
from upload_matrix.model.case import Operation
from upload_matrix.model.result import Finding, Severity
from upload_matrix.wire.form import WireForm


def _families() -> Iterator[Family]:
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        if not name.startswith("_"):
            family = import_module(f"{__name__}.{name}").FAMILY
            if not isinstance(family, Family):
                raise TypeError(f"{name}.FAMILY in {__name__} is a {type(family).__name__}, not a Family")
            yield family


FAMILIES: tuple[Family, ...] = tuple(_families())
"""Every family of findings, by the name of its file."""

CODES: Mapping[str, str] = {code: meaning for family in FAMILIES for code, meaning in family.codes.items()}
"""Every code with one sentence on what it means."""


def find(
    attempts: Sequence[WireForm],
    operation: Operation,
    begun: WireForm | None = None,
    vendor: str | None = None,
) -> tuple[Finding, ...]:
    """What the attempts of one case say: by attempt, then by place in the body, then in ``CODES``' order.

    A later attempt says only what none before it said, its sentence opening with ``Attempt 2:``. A
    sentence is the same for every case that sent the same forms. ``begun`` is the request that started an
    upload of which these are a later step, ``vendor`` the name of whose server they are led to.
    """
    found: list[Finding] = []
    said: set[Finding] = set()
    for number, form in enumerate(attempts):
        sent = SentForm(form, operation, tuple(attempts[:number]), begun, vendor)
        fresh = [finding for finding in _of(sent) if finding not in said]
        said.update(fresh)
        found += fresh if number == 0 else (_of_attempt(number + 1, finding) for finding in fresh)
    return tuple(found)


def _of(sent: SentForm) -> list[Finding]:
    found = [finding for family in FAMILIES for finding in family.check(sent)]
    found = [_in_its_turn(sent, finding) for finding in found]
    return sorted(found, key=lambda finding: sent.position(finding.part))


def _in_its_turn(sent: SentForm, finding: Finding) -> Finding:
    """A file in an earlier turn of a conversation goes out again with every later one."""
    if finding.severity is not Severity.ERROR or finding.part is None or not sent.is_repeated(finding.part):
        return finding
    meaning = "it stands in an earlier turn, so every later call has it again and fails until it is put right"
    return replace(finding, says=f"{finding.says.removesuffix('.')}; {meaning} or left out.")


def _of_attempt(number: int, finding: Finding) -> Finding:
    return replace(finding, says=f"Attempt {number}: {finding.says}")
