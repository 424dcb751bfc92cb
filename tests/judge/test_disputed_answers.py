"""Conclusions where it is disputed whether the vendor rejects such an upload."""

from __future__ import annotations

from dataclasses import replace

import pytest
from analysis_builders import ACCEPTED, EMULATOR, INVALID_VALUE, deciding, edit, result, run, upload

from upload_matrix.judge.conclusions import sentences
from upload_matrix.model.answer import Dispute

OCTET = "application/octet-stream"
BOTH = "disputed: 6 recordings accept this, 3 reports reject it"


def pair(**dispute):
    source = replace(EMULATOR, disputed=Dispute(BOTH, **dispute)) if dispute else EMULATOR
    good, bad = edit(upload()), edit(upload(content_type=OCTET))
    return run(
        (result("good", good, ACCEPTED), result("bad", bad, INVALID_VALUE, source=source)),
        *(good, bad),
    )


def test_no_conclusion_rests_on_a_rejection_that_is_disputed():
    told = "\n".join(sentences(pair(whether_rejected=True)))
    assert deciding(pair(whether_rejected=True)) == ()
    assert "decides" not in told
    assert told == f"The rejection of 1 wire form is {BOTH}; no conclusion rests on it (emulated)."


@pytest.mark.parametrize("dispute", [{}, {"whether_rejected": False}])
def test_where_the_rejection_is_not_disputed_it_is_concluded_from(dispute):
    assert len(deciding(pair(**dispute))) == 1
    assert "no conclusion rests on it" not in "\n".join(sentences(pair(**dispute)))
