from __future__ import annotations

from dataclasses import replace

import pytest
from analysis_builders import ACCEPTED, INVALID_VALUE, edit, result, run, upload

from upload_matrix.judge.compare import CaseChange, Comparison, FailOn, compare
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind, Raised
from upload_matrix.model.result import VerdictKind
from upload_matrix.wire.difference import Difference

GOOD = edit()
BAD = edit(upload(content_type="application/octet-stream"))
BUSY = Outcome(OutcomeKind.INCONCLUSIVE, status=429, message="try again in 2 s")
TYPE_LOST = Difference("image.content_type", "image/webp", "application/octet-stream")


def changed(*, before, after):
    """Compare one case; each side is (wire, outcome, verdict)."""
    old, new = (
        run([result("case", wire, outcome, verdict=kind)], GOOD, BAD)
        for wire, outcome, kind in (before, after)
    )
    return compare(old, new)


def test_a_whole_comparison():
    old = run(
        [result("stays", GOOD, ACCEPTED), result("breaks", GOOD, ACCEPTED), result("goes", GOOD, ACCEPTED)],
        GOOD,
    )
    new = run(
        [
            result("comes", GOOD, ACCEPTED),
            result("stays", GOOD, ACCEPTED),
            result("breaks", BAD, INVALID_VALUE, verdict=VerdictKind.UNEXPECTED),
        ],
        GOOD,
        BAD,
    )
    change = CaseChange(
        "breaks",
        verdict=(VerdictKind.AS_EXPECTED, VerdictKind.UNEXPECTED),
        outcome=(ACCEPTED, INVALID_VALUE),
        wire=(GOOD.digest, BAD.digest),
        deltas=(TYPE_LOST,),
    )
    assert compare(old, new) == Comparison(
        added=("comes",),
        removed=("goes",),
        changed=(change,),
        unchanged=("stays",),
        regressions=("breaks",),
        improvements=(),
        newly_unresolved=(),
    )
    assert compare(old, new).exit_code == 1
    assert str(change) == (
        f"breaks: verdict as-expected -> unexpected; outcome accepted 200 -> {INVALID_VALUE}; "
        f"wire {GOOD.digest} -> {BAD.digest}; image.content_type: image/webp -> application/octet-stream"
    )


def test_a_change_on_the_wire_alone_is_neither_regression_nor_improvement():
    told = changed(
        before=(GOOD, ACCEPTED, VerdictKind.AS_EXPECTED), after=(BAD, ACCEPTED, VerdictKind.AS_EXPECTED)
    )
    assert told.changed == (CaseChange("case", wire=(GOOD.digest, BAD.digest), deltas=(TYPE_LOST,)),)
    assert (told.regressions, told.improvements, told.exit_code) == ((), (), 0)


AS_EXPECTED = VerdictKind.AS_EXPECTED
UNEXPECTED = VerdictKind.UNEXPECTED
KNOWN = VerdictKind.KNOWN_FAILURE
STALE = VerdictKind.UNEXPECTED_PASS
UNRESOLVED = VerdictKind.UNRESOLVED


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ((ACCEPTED, AS_EXPECTED), (INVALID_VALUE, UNEXPECTED), "regression"),
        ((ACCEPTED, AS_EXPECTED), (INVALID_VALUE, AS_EXPECTED), "regression"),
        ((ACCEPTED, AS_EXPECTED), (INVALID_VALUE, KNOWN), "regression"),
        ((INVALID_VALUE, AS_EXPECTED), (ACCEPTED, UNEXPECTED), "regression"),
        ((INVALID_VALUE, KNOWN), (INVALID_VALUE, VerdictKind.EXPIRED), "rejudged"),
        ((INVALID_VALUE, AS_EXPECTED), (INVALID_VALUE, UNEXPECTED), "rejudged"),
        ((ACCEPTED, UNEXPECTED), (ACCEPTED, AS_EXPECTED), "rejudged"),
        ((BUSY, UNRESOLVED), (INVALID_VALUE, UNEXPECTED), "regression"),
        ((ACCEPTED, UNEXPECTED), (INVALID_VALUE, UNEXPECTED), "regression"),
        ((INVALID_VALUE, UNEXPECTED), (ACCEPTED, AS_EXPECTED), "improvement"),
        ((ACCEPTED, UNEXPECTED), (INVALID_VALUE, AS_EXPECTED), "improvement"),
        ((INVALID_VALUE, UNEXPECTED), (INVALID_VALUE, KNOWN), "rejudged"),
        ((INVALID_VALUE, KNOWN), (ACCEPTED, STALE), "improvement"),
        ((INVALID_VALUE, AS_EXPECTED), (ACCEPTED, AS_EXPECTED), "improvement"),
        ((ACCEPTED, AS_EXPECTED), (BUSY, UNRESOLVED), "newly unresolved"),
        ((INVALID_VALUE, UNEXPECTED), (BUSY, UNRESOLVED), "newly unresolved"),
        ((BUSY, UNRESOLVED), (ACCEPTED, AS_EXPECTED), "changed"),
    ],
)
def test_what_a_change_counts_as(before, after, what):
    told = changed(before=(GOOD, *before), after=(GOOD, *after))
    assert len(told.changed) == 1
    assert (told.regressions, told.improvements, told.newly_unresolved, told.rejudged) == (
        ("case",) if what == "regression" else (),
        ("case",) if what == "improvement" else (),
        ("case",) if what == "newly unresolved" else (),
        ("case",) if what == "rejudged" else (),
    )
    assert told.exit_code == {"regression": 1, "newly unresolved": 3}.get(what, 0)
    assert replace(told, fail_on=FailOn.CHANGE).exit_code == (0 if what == "rejudged" else 1)


def read(outcome, client):
    return run([replace(result("case", GOOD, outcome), client=client)], GOOD)


def test_a_client_that_reads_the_same_answer_otherwise_is_a_change_but_no_regression():
    old = read(ACCEPTED, ClientReport(returned="openai.ImagesResponse"))
    new = read(ACCEPTED, ClientReport(returned="dict"))
    told = compare(old, new)
    assert told.changed == (CaseChange("case", read=("returns openai.ImagesResponse", "returns dict")),)
    assert str(told.changed[0]) == "case: the client returns dict instead of openai.ImagesResponse"
    assert (told.regressions, told.exit_code) == ((), 0)


def test_another_exception_for_the_same_rejection_is_a_change():
    reports = (ClientReport(raised=(Raised(name, "no"),)) for name in ("A", "B"))
    told = compare(*(read(INVALID_VALUE, report) for report in reports))
    assert told.changed == (CaseChange("case", read=("raises A", "raises B")),)


def test_what_a_client_raises_where_nothing_is_resolved_is_no_change():
    reports = (ClientReport(raised=(Raised(name, "no"),)) for name in ("A", "B"))
    assert compare(*(read(BUSY, report) for report in reports)).changed == ()


def test_a_regression_outweighs_what_is_newly_unresolved():
    old = run([result("a", GOOD, ACCEPTED), result("b", GOOD, ACCEPTED)], GOOD)
    new = run(
        [
            result("a", GOOD, BUSY, verdict=UNRESOLVED),
            result("b", GOOD, INVALID_VALUE, verdict=UNEXPECTED),
        ],
        GOOD,
    )
    assert compare(old, new).exit_code == 1


def test_what_is_gone_is_undecided_and_what_came_is_not():
    both = run([result("a", GOOD, ACCEPTED), result("b", GOOD, ACCEPTED)], GOOD)
    one = run([result("a", GOOD, ACCEPTED)], GOOD)
    other = run([result("c", GOOD, ACCEPTED)], GOOD)
    none = run([], GOOD)
    assert (compare(both, one).exit_code, compare(one, both).exit_code) == (3, 0)
    assert [compare(*pair).exit_code for pair in ((one, other), (none, one), (none, none))] == [3, 3, 3]


def test_what_is_unresolved_in_both_was_not_compared():
    told = changed(before=(GOOD, BUSY, UNRESOLVED), after=(GOOD, BUSY, UNRESOLVED))
    assert (told.still_unresolved, told.compared, told.exit_code) == (("case",), 0, 3)


def test_what_is_unavailable_as_before_is_no_news_unless_it_is_all():
    gone = Outcome(OutcomeKind.UNAVAILABLE, detail="curl is not installed")
    other = Outcome(OutcomeKind.UNAVAILABLE, detail="node is not installed")
    fine = result("a", GOOD, ACCEPTED)
    old, same, another = (
        run([fine, result("b", None, outcome, verdict=UNRESOLVED)], GOOD) for outcome in (gone, gone, other)
    )
    told = compare(old, same)
    assert (told.unavailable, told.compared, told.exit_code) == (("b",), 1, 0)
    assert compare(old, another).exit_code == 3
    alone = run([result("b", None, gone, verdict=UNRESOLVED)], GOOD)
    assert compare(alone, alone).exit_code == 3


def test_words_that_differ_from_run_to_run_are_no_change():
    later = Outcome(OutcomeKind.INCONCLUSIVE, status=429, message="try again in 9 s")
    told = changed(before=(GOOD, BUSY, UNRESOLVED), after=(GOOD, later, UNRESOLVED))
    assert (told.changed, told.unchanged) == ((), ("case",))


def test_a_request_that_is_no_longer_sent_changes_the_wire_and_the_attempts():
    refused = Outcome(OutcomeKind.NOT_SENT, detail="TypeError: no")
    told = changed(before=(GOOD, ACCEPTED, AS_EXPECTED), after=(None, refused, UNEXPECTED))
    assert told.changed == (
        CaseChange(
            "case",
            verdict=(AS_EXPECTED, UNEXPECTED),
            outcome=(ACCEPTED, refused),
            wire=(GOOD.digest, None),
            attempts=(1, 0),
        ),
    )
