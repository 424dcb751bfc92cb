from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from analysis_builders import ACCEPTED, EDIT, INVALID_VALUE

from upload_matrix.judge.outcome import exit_code, judge
from upload_matrix.model.case import NOT_APPLICABLE, Case, Condition, Expectation, KnownFailure
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import Place, Verdict, VerdictKind

TODAY = date(2026, 11, 22)
CASE = Case(
    id="m/handle",
    matrix="m",
    axes={"container": "handle", "mask": NOT_APPLICABLE},
    operation=EDIT,
    request={},
    target="emulator",
)
MESSAGE = "rejected 400 invalid_value “Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.”"
REJECTED = Expectation(
    (), OutcomeKind.REJECTED, status=400, code="invalid_value", message="must be 'dall-e-2'"
)
UNAVAILABLE = Outcome(OutcomeKind.UNAVAILABLE, detail="no Python 3.8 here")
KNOWN = KnownFailure((), "vendor ticket 7", "https://example.test/7", date(2026, 11, 22), line=12)


def verdict(outcome, *expectations, known=(), facts=None, today=TODAY):
    case = replace(CASE, expectations=tuple(expectations), known_failures=tuple(known))
    return judge(case, outcome, facts or {}, today=today)


def test_accepted_is_expected_by_default():
    assert verdict(ACCEPTED) == Verdict(VerdictKind.AS_EXPECTED, "accepted")


def test_unexpected_says_what_was_expected_and_what_came():
    assert verdict(INVALID_VALUE) == Verdict(
        VerdictKind.UNEXPECTED, "accepted", f"expected accepted, got {MESSAGE}"
    )


def test_expected_rejection_is_met_by_status_code_and_part_of_the_message():
    assert verdict(INVALID_VALUE, REJECTED) == Verdict(
        VerdictKind.AS_EXPECTED, "rejected 400 invalid_value with “must be 'dall-e-2'”"
    )


@pytest.mark.parametrize(
    "expectation",
    [
        replace(REJECTED, status=422),
        replace(REJECTED, code="invalid_type"),
        replace(REJECTED, message="must be 'gpt-image-2'"),
        replace(REJECTED, outcome=OutcomeKind.NOT_SENT),
    ],
)
def test_each_named_field_is_compared(expectation):
    assert verdict(INVALID_VALUE, expectation) == Verdict(
        VerdictKind.UNEXPECTED, str(expectation), f"expected {expectation}, got {MESSAGE}"
    )


def test_a_refusal_is_matched_on_the_clients_words():
    refused = Outcome(OutcomeKind.NOT_SENT, detail="TypeError: expected bytes")
    assert verdict(refused, Expectation((), OutcomeKind.NOT_SENT, message="expected bytes")).kind is (
        VerdictKind.AS_EXPECTED
    )


def test_the_first_expectation_that_holds_counts_and_facts_are_conditions_too():
    by_fact = Expectation((Condition("guess", (None,)),), OutcomeKind.REJECTED)
    assert verdict(INVALID_VALUE, by_fact, facts={"guess": None}).kind is VerdictKind.AS_EXPECTED
    assert verdict(INVALID_VALUE, by_fact, facts={"guess": "image/webp"}).kind is VerdictKind.UNEXPECTED
    general = Expectation((), OutcomeKind.ACCEPTED)
    assert verdict(INVALID_VALUE, general, by_fact).kind is VerdictKind.UNEXPECTED


@pytest.mark.parametrize(
    ("values", "negated", "release", "holds"),
    [
        (("<1.76",), False, "1.75.0", True),
        (("<1.76",), False, "1.76.0", False),
        (("<1.1", ">=2,<3"), False, "2.54.0", True),
        (("<1.1", ">=2,<3"), True, "2.54.0", False),
        (("<4",), False, "3.9.0b1", True),
        (("<1.76",), False, None, False),
        ((None,), False, None, True),
        ((None,), False, "1.75.0", False),
    ],
)
def test_a_release_of_the_sdk_lies_in_a_range(values, negated, release, holds):
    assert Condition("sdk_version", values, negated).holds({"sdk_version": release}) is holds


def test_an_axis_that_does_not_apply_counts_as_none():
    without_mask = Expectation((Condition("mask", (None,)),), OutcomeKind.REJECTED)
    assert verdict(INVALID_VALUE, without_mask).kind is VerdictKind.AS_EXPECTED


def test_what_is_red_names_the_line_that_says_otherwise():
    def place(outcome, *expectations, known=(), day=TODAY, file="matrix/m.yaml"):
        case = replace(CASE, expectations=tuple(expectations), known_failures=tuple(known), line=3, file=file)
        return judge(case, outcome, {}, today=day).at

    rule = replace(REJECTED, line=7)
    assert place(ACCEPTED, rule) == Place("matrix/m.yaml", 7)
    assert place(INVALID_VALUE) == Place("matrix/m.yaml", 3), "no rule: the case's own line"
    assert place(ACCEPTED, known=[KNOWN]) == Place("matrix/m.yaml", 12), "a stale entry"
    assert place(INVALID_VALUE, known=[KNOWN], day=date(2026, 11, 23)) == Place("matrix/m.yaml", 12)
    assert place(INVALID_VALUE, known=[KNOWN]) is None
    assert place(INVALID_VALUE, rule) is None
    assert place(UNAVAILABLE, rule) is None
    assert place(ACCEPTED, rule, file=None) is None


def test_unresolved_is_neither_a_failure_nor_a_pass():
    expected = Verdict(
        VerdictKind.UNRESOLVED, "accepted", "expected accepted, got unavailable (no Python 3.8 here)"
    )
    assert verdict(UNAVAILABLE) == expected
    assert verdict(UNAVAILABLE, known=[KNOWN]) == expected


def test_an_unresolved_outcome_that_is_expected_is_as_expected():
    assert verdict(UNAVAILABLE, Expectation((), OutcomeKind.UNAVAILABLE)) == Verdict(
        VerdictKind.AS_EXPECTED, "unavailable"
    )


def test_known_failure_is_tolerated_on_its_last_day():
    assert verdict(INVALID_VALUE, known=[KNOWN]) == Verdict(
        VerdictKind.KNOWN_FAILURE,
        "accepted",
        f"expected accepted, got {MESSAGE}; the known failure of line 12 (vendor ticket 7)",
        "https://example.test/7",
    )


def test_known_failure_is_red_the_day_after():
    assert verdict(INVALID_VALUE, known=[KNOWN], today=date(2026, 11, 23)) == Verdict(
        VerdictKind.EXPIRED,
        "accepted",
        f"expected accepted, got {MESSAGE}; the known failure of line 12 (vendor ticket 7) expired on "
        "2026-11-22",
        "https://example.test/7",
    )


def test_known_failure_that_passes_is_a_stale_entry():
    assert verdict(ACCEPTED, known=[KNOWN]) == Verdict(
        VerdictKind.UNEXPECTED_PASS,
        "accepted",
        "the known failure of line 12 (vendor ticket 7) passes: got accepted 200; remove the entry",
        "https://example.test/7",
    )


def test_a_known_failure_of_other_cases_does_not_count():
    other = replace(KNOWN, when=(Condition("container", ("bytes",)),))
    assert verdict(ACCEPTED, known=[other]).kind is VerdictKind.AS_EXPECTED
    assert verdict(INVALID_VALUE, known=[other]).kind is VerdictKind.UNEXPECTED


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        ([], 0),
        ([VerdictKind.AS_EXPECTED, VerdictKind.KNOWN_FAILURE], 0),
        ([VerdictKind.AS_EXPECTED, VerdictKind.UNRESOLVED], 3),
        ([VerdictKind.UNRESOLVED, VerdictKind.UNEXPECTED], 1),
        ([VerdictKind.UNEXPECTED_PASS], 1),
        ([VerdictKind.EXPIRED], 1),
    ],
)
def test_exit_code(kinds, code):
    assert exit_code(Verdict(kind, "accepted") for kind in kinds) == code
