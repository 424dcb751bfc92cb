"""A client that gives up after the harness's own 500 may be expected; a server in trouble never is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upload_matrix.matrix.load import load_matrices
from upload_matrix.model.errors import MatrixError
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.run.loading import catalog, targets

if TYPE_CHECKING:
    from pathlib import Path


def loaded(folder: Path, entry: str):
    file = folder / "m.yaml"
    file.write_text(f"axes: {{retries: [none, after-500]}}\nexpect: [{entry}]\n", "utf-8")
    return load_matrices([file], catalog((), targets(())))


def test_giving_up_after_a_scripted_answer_can_be_expected(tmp_path):
    (matrix,) = loaded(tmp_path, "{when: {retries: after-500}, outcome: inconclusive, status: 500}")
    found = {case.axes["retries"]: case.expectations for case in matrix.cases}
    assert found["none"] == ()
    ((rule,),) = (rules for axis, rules in found.items() if axis == "after-500")
    assert (rule.outcome, rule.status) == (OutcomeKind.INCONCLUSIVE, 500)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (
            "{outcome: inconclusive, status: 503}",
            "`inconclusive` can only be expected where `when` names `retries` (a scripted first answer)",
        ),
        (
            "{when: {retries: after-500}, outcome: inconclusive, status: 400}",
            "`outcome: inconclusive` means a status of 408, 425, 429 or 5xx, not 400",
        ),
    ],
)
def test_a_server_in_trouble_is_never_expected(tmp_path, entry, says):
    with pytest.raises(MatrixError) as caught:
        loaded(tmp_path, entry)
    assert says in str(caught.value)
