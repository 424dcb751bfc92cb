"""The conclusions from a run, behind one door: what decides, what does not, and who is not to blame."""

from __future__ import annotations

from upload_matrix.judge.differences import Deciding, Indifferent, find_differences
from upload_matrix.judge.evidence import Place, gather
from upload_matrix.judge.nearest import nearest_passing
from upload_matrix.judge.sentences import sentences
from upload_matrix.judge.shared import SharedForm, shared_forms
from upload_matrix.model.result import Run

__all__ = [
    "Deciding",
    "Indifferent",
    "Place",
    "SharedForm",
    "deciding",
    "indifferent",
    "nearest_passing",
    "sentences",
    "shared_forms",
]


def deciding(run: Run) -> tuple[Deciding, ...]:
    """The elements that alone tell an accepted from a rejected request, the best proven first."""
    return find_differences(gather(run))[0]


def indifferent(run: Run) -> tuple[Indifferent, ...]:
    """The elements that made no difference where nothing else differed, and that decide nowhere."""
    return find_differences(gather(run))[1]
