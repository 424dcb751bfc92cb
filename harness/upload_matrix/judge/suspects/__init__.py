"""The suspects of a failing call: what the evidence on each says. Pure, one file a suspect.

A file has a ``NUMBER`` and a ``NAME``, what it ``MEANS`` and what to do ``THEN``, and a function ``judge``
that is handed what was found out and gives an ``Inquiry`` without its costs, which whoever asked knows; it
stands in ``SUSPECTS``. ``verdict`` sums up. Imports ``model`` and its neighbours in ``analysis``.
"""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.judge.suspects import account, alive, control, hop, releases, rest, upload


@dataclass(frozen=True, slots=True)
class Suspect:
    """What is looked into, what that tells, and what to do where it is the cause."""

    number: int
    name: str
    means: str
    then: str


SUSPECTS = (
    *(
        Suspect(each.NUMBER, each.NAME, each.MEANS, each.THEN)
        for each in (alive, control, releases, account, rest)
    ),
    Suspect(*upload.UPLOAD, upload.UPLOAD_MEANS, upload.UPLOAD_THEN),
    Suspect(*upload.FIELDS, upload.FIELDS_MEANS, upload.FIELDS_THEN),
    Suspect(hop.NUMBER, hop.NAME, hop.MEANS, hop.THEN),
)
"""By number."""
