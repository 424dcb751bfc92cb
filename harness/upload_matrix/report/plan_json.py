"""The plan of a sweep as JSON, for a program that decides about it; it is not read back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from upload_matrix.judge.certainty import Missing
from upload_matrix.judge.needs import Needs
from upload_matrix.judge.outlook import Outlook
from upload_matrix.model import codec
from upload_matrix.model.codec import Schema
from upload_matrix.report.json_report import Count


@dataclass(frozen=True, slots=True)
class OutlookEntry:
    """What the sweep would do: measure ``first`` of the ``releases`` in question in any case, and further
    ones by halving, ``way`` being how environments come to their dependencies.

    ``kept`` environments need not be built, ``elsewhere`` says that they are built on a cluster. ``resume``
    releases were measured by an interrupted sweep; the baseline has ``known`` ones, and not the ``new``.
    """

    distribution: str
    python: str
    way: str
    releases: Count
    first: Count
    variants: Count
    kept: Count | None
    elsewhere: bool
    resume: Count
    known: Count | None
    new: tuple[str, ...] | None
    cells: Count
    most_cells: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDocument:
    """What a sweep would do, whom it would ask for what, and what could not be captured to tell."""

    format: Literal["upload-matrix sweep plan"] = "upload-matrix sweep plan"
    version: Literal[1] = 1
    outlook: OutlookEntry
    needs: Needs
    missing: Missing


def dump(outlook: Outlook, needs: Needs, lacking: Missing) -> str:
    """The plan as text."""
    entry = OutlookEntry(**asdict(outlook), cells=outlook.cells, most_cells=outlook.most_cells)
    return "".join(codec.chunks(PlanDocument(outlook=entry, needs=needs, missing=lacking)))


def plan_schema() -> Schema:
    """The schema of the current version."""
    return codec.json_schema(PlanDocument, "sweep-plan")
