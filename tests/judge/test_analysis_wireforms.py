from __future__ import annotations

from analysis_builders import ACCEPTED, INVALID_VALUE, LIVE, edit, result, run, upload

from upload_matrix.judge.evidence import WireGroup, by_wire
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import VerdictKind

GOOD = edit()
BAD = edit(upload(content_type="application/octet-stream"))


def test_groups_by_form_outcome_and_target_with_red_ones_first():
    refused = Outcome(OutcomeKind.NOT_SENT, detail="TypeError: no")
    passed = result("a", GOOD, ACCEPTED)
    failed = result("b", BAD, INVALID_VALUE)
    unsent = result("c", None, refused, verdict=VerdictKind.UNEXPECTED)
    again = result("d", GOOD, ACCEPTED)
    elsewhere = result("e", GOOD, ACCEPTED, source=LIVE)
    assert by_wire(run([passed, failed, unsent, again, elsewhere], GOOD, BAD)) == (
        WireGroup(None, refused, "emulator", (unsent,)),
        WireGroup(BAD.digest, INVALID_VALUE, "emulator", (failed,)),
        WireGroup(GOOD.digest, ACCEPTED, "emulator", (passed, again)),
        WireGroup(GOOD.digest, ACCEPTED, "openai", (elsewhere,)),
    )


def test_an_accepted_group_with_a_red_verdict_comes_first():
    expected = result("a", BAD, INVALID_VALUE)
    stale = result("b", GOOD, ACCEPTED, verdict=VerdictKind.UNEXPECTED_PASS)
    groups = by_wire(run([expected, stale], GOOD, BAD))
    assert [(group.wire, group.red) for group in groups] == [(GOOD.digest, True), (BAD.digest, False)]


def test_an_empty_run_has_no_groups():
    assert by_wire(run([])) == ()
