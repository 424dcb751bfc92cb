"""Whether two variants could be told apart, and what the words say of it."""

import json
from decimal import Decimal

import jsonschema
import pytest
from ab_runs import BUSY, EMULATED, NO, OTHER, USED, YES, edit, generate, rounds, run_of

from upload_matrix.cli.schema import written_schema
from upload_matrix.judge.ab import AbVerdict, compare_ab, latency
from upload_matrix.model.errors import HarnessError
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind, Raised
from upload_matrix.model.plan import CallRecord
from upload_matrix.report import ab_report
from upload_matrix.report.document import markdown, terminal

GENERIC = edit("application/octet-stream")


def pair(a, b, **more):
    return run_of(rounds("handle", GENERIC, *a), rounds("tuple", edit(), *b), **more)


def compared(run):
    return compare_ab(run, "m/handle", "m/tuple")


@pytest.mark.parametrize(
    ("a", "b", "verdict", "code"),
    [
        ((NO,) * 5, (YES,) * 5, AbVerdict.DIFFERENT, 0),
        ((NO,) * 4, (YES,) * 4, AbVerdict.DIFFERENT, 0),
        ((NO,) * 3, (YES,) * 3, AbVerdict.UNTOLD, 3),
        ((YES, YES, NO, YES, NO), (YES,) * 5, AbVerdict.UNTOLD, 3),
        ((YES, NO), (YES, NO), AbVerdict.UNTOLD, 3),
        ((YES,) * 5, (YES,) * 5, AbVerdict.ALIKE, 0),
        ((NO,) * 5, (NO,) * 5, AbVerdict.ALIKE, 0),
        # Both always rejected, but with another answer: that is a difference too.
        ((NO,) * 5, (OTHER,) * 5, AbVerdict.DIFFERENT, 0),
        ((NO,) * 2, (OTHER,) * 2, AbVerdict.UNTOLD, 3),
        ((BUSY,) * 5, (YES,) * 5, AbVerdict.SILENT, 3),
    ],
)
def test_the_verdict_and_its_exit_code(a, b, verdict, code):
    ab = compared(pair(a, b))
    assert (ab.verdict, ab.exit_code) == (verdict, code)


def test_fishers_test_and_what_separates_the_requests():
    ab = compared(pair((NO,) * 5, (YES,) * 5))
    assert ab.test.p == pytest.approx(2 / 252)
    assert [str(delta) for delta in ab.deltas] == [
        "image.content_type: application/octet-stream -> image/webp"
    ]
    assert ab_report.tested(ab.test) == (
        "accepted: A 0 of 5, B 5 of 5; Fisher's exact test gives p = 0.0079: more than chance"
    )


def test_looking_at_several_answers_is_corrected_for():
    ab = compared(pair((NO,) * 5, (OTHER,) * 5))
    assert (ab.test.about.status, ab.test.tried) == (400, 2)
    assert ab.test.p == pytest.approx(2 * 2 / 252)
    assert "corrected for 2 answers looked at" in ab_report.tested(ab.test)


def test_what_it_would_take_when_it_could_not_be_told():
    ab = compared(pair((NO,) * 3, (YES,) * 3))
    assert ab.needed == 4
    assert any("takes about 4 repetitions of each (--repeat 4)" in words for words in ab_report.sentences(ab))
    equal = compared(pair((YES, NO), (NO, YES)))
    assert equal.needed is None
    assert any("equal or too close" in words for words in ab_report.sentences(equal))


def test_the_same_request_is_said_and_its_reading_told():
    wrong = ClientReport(raised=(Raised("TypeError", "no"),))
    unread = Outcome(OutcomeKind.UNPARSED, status=200)
    run = run_of(rounds("handle", edit(), YES, YES), rounds("tuple", edit(), unread, unread, read=wrong))
    ab = compared(run)
    assert (ab.verdict, ab.exit_code, ab.test, ab.deltas) == (AbVerdict.SAME_REQUEST, 0, None, ())
    assert ab_report.verdict(ab).startswith("= the same request: any difference is the client's reading")
    assert "the clients read it differently: A returns dict, B raises TypeError" in ab_report.sentences(ab)


def test_the_same_request_to_another_target_is_compared():
    run = run_of(rounds("handle", edit(), *(YES,) * 5), rounds("tuple", edit(), *(NO,) * 5, target="other"))
    ab = compared(run)
    assert (ab.same_wire, ab.verdict) == (True, AbVerdict.DIFFERENT)


def test_a_round_in_trouble_does_not_make_the_difference():
    control = rounds("n/a", generate(), NO, NO, NO, NO, YES)
    run = run_of(
        control,
        rounds("handle", GENERIC, NO, NO, NO, NO, YES),
        rounds("tuple", edit(), *(YES,) * 5),
        controls=("m",),
    )
    ab = compared(run)
    assert ab.a.repetition.environment == (1, 2, 3, 4)
    assert ab.verdict is AbVerdict.ALIKE
    assert [each.variant for each in ab.controls] == ["m"]


def test_what_a_client_refuses_needs_no_test():
    refused = Outcome(OutcomeKind.NOT_SENT, detail="TypeError: no such argument")
    run = run_of(rounds("handle", edit(), YES), rounds("tuple", None, refused))
    ab = compared(run)
    assert (ab.verdict, ab.exit_code, ab.test) == (AbVerdict.DIFFERENT, 0, None)
    assert "B sent nothing: TypeError: no such argument" in list(ab_report.sentences(ab))
    both = compared(run_of(rounds("handle", None, refused), rounds("tuple", None, refused)))
    assert both.verdict is AbVerdict.ALIKE


def test_a_variant_that_never_ran_is_our_own_failure():
    with pytest.raises(HarnessError, match="m/bytes"):
        compare_ab(pair((YES,), (YES,)), "m/handle", "m/bytes")


def test_latency_is_of_the_sides_own_served_calls():
    ab = compared(pair((NO,) * 3, (YES,) * 3))
    calls = [
        CallRecord("vendor", GENERIC.digest, number, status=400, seconds=number / 10)
        for number in range(1, 8)
    ]
    calls += [
        CallRecord("vendor", GENERIC.digest, 8, status=503, seconds=9.0, why="503"),
        CallRecord("other", GENERIC.digest, 0, status=200, seconds=7.0),
    ]
    measured = latency(ab.a, calls)
    assert (measured.median, len(measured.seconds), measured.calls) == (0.4, 7, 8)
    assert ab_report.took(measured) == "median 400 ms (100 ms to 700 ms), 7 of 8 calls"
    assert ab_report.took(latency(ab.b, calls)) == ab_report.NOT_MEASURED


def test_json_has_no_times_fits_its_schema_and_is_the_same_each_time():
    run = run_of(
        rounds("n/a", generate(), YES, YES),
        rounds("handle", GENERIC, NO, BUSY),
        rounds("tuple", edit(), YES, YES, usage=USED),
        notes=("a note",),
    )
    text = ab_report.dump(compared(run), run)
    jsonschema.Draft202012Validator.check_schema(written_schema("ab"))
    jsonschema.validate(json.loads(text), written_schema("ab"))
    assert text == ab_report.dump(compared(run), run)
    document = json.loads(text)
    assert document["b"]["cost"] == {
        "calls": 2,
        "usd": "0",
        "unknown": 2,
        "metered": 2,
        "usage": {"text_in": 50, "image_in": 388, "image_out": 544},
    }  # fmt: skip
    assert "seconds" not in text


def test_markdown_marks_times_as_measured_and_emulated_answers_as_such():
    run = pair((NO,) * 5, (YES,) * 5)
    call = CallRecord("vendor", edit().digest, status=200, seconds=1.5, spent=Decimal("0.01"))
    text = markdown(ab_report.readable(compared(run), run, [call], again="upload-matrix ab a b"))
    assert "## Latency (measured)" in text
    assert "median 1.50 s (too few for an interval), 1 call" in text
    assert "| A | 5× | message | `Not so.` |" in text
    assert "measured" not in markdown(ab_report.readable(compared(run), run, []))
    emulated = run_of(
        rounds("handle", GENERIC, NO, NO, source=EMULATED), rounds("tuple", edit(), YES, YES, source=EMULATED)
    )
    text = markdown(ab_report.readable(compared(emulated), emulated, []))
    assert "(emulated)" in text.splitlines()[2]
    assert "## Cost" not in text


def test_the_terminal_says_the_result_first():
    run = pair((NO,) * 5, (YES,) * 5)
    lines = terminal(ab_report.readable(compared(run), run, [])).splitlines()
    assert lines[0] == "≠ told apart: A rejected 400 invalid_value 5/5, B accepted 5/5"
    assert lines[1] == "Answers: live (vendor, recorded 2026-11-22)"
    assert any("✗ 400 invalid_value 5/5" in line for line in lines)
    assert "- no control was sent along: a server in trouble cannot be told from one that rejects" in lines
