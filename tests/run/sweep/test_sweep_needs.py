"""Which wire forms of a captured sweep are to be asked for, and how that is said."""

from __future__ import annotations

import json
from dataclasses import replace

from jsonschema import Draft202012Validator
from sweep_builders import ACCEPTED, BROKEN, NEW, OLD, RECORDED, UNRECORDED, form, sweep

from upload_matrix.cli.schema import written_schema
from upload_matrix.judge.bisect import Missing, missing
from upload_matrix.judge.needs import Asking, NeededAnswer, Outlook, TargetNeeds, needs
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.sweep import WireAnswer
from upload_matrix.report import plan_report

LIVE = {"openai": Asking(may_ask=True)}
BROKEN_OFF = Outcome(OutcomeKind.INCONCLUSIVE, detail="the client broke off")
OTHER = form("c.webp")


def captured(told, answered=()):
    """A sweep in which only the forms of ``answered`` have a recording."""
    found = sweep(told, source=None)
    recorded = {each.digest for each in answered}
    answers = tuple(
        WireAnswer(each.wire, each.target, RECORDED if each.wire in recorded else None)
        for each in found.answers
    )
    return sweep(told, source=None) if not answered else _with(found, answers)


def _with(found, answers):
    from dataclasses import replace

    return replace(found, answers=answers)


def to_openai(found):
    return dict.fromkeys(found.variants, "openai")


def wanted(found, asking=LIVE, **given):
    return needs(found, to_openai(found), asking, **given)


TWO = {
    "1": {"v": (OLD, UNRECORDED), "w": (OLD, UNRECORDED)},
    "2": {"v": (OLD, UNRECORDED), "w": (NEW, UNRECORDED)},
}


def test_each_form_is_wanted_once_from_the_newest_release():
    found = wanted(captured(TWO))
    assert found.wanted == (
        NeededAnswer(OLD.digest, "openai", "2", "v"),
        NeededAnswer(NEW.digest, "openai", "2", "w"),
    )
    assert found.targets == (TargetNeeds("openai", 2, 0, 0, 2, free=False),)
    assert found.paid == found.targets


def test_what_is_recorded_is_not_wanted_unless_anew():
    told = {"1": {"v": (OLD, ACCEPTED), "w": (NEW, UNRECORDED)}}
    found = wanted(captured(told, [OLD]))
    assert [each.wire for each in found.wanted] == [NEW.digest]
    assert found.targets == (TargetNeeds("openai", 2, 1, 0, 1, free=False),)
    anew = wanted(captured(told, [OLD]), {"openai": Asking(may_ask=True, anew=True)})
    assert {each.wire for each in anew.wanted} == {OLD.digest, NEW.digest}


def test_what_was_asked_for_or_may_not_be_is_not_wanted():
    asked = wanted(captured(TWO), asked={(OLD.digest, "openai")})
    assert [each.wire for each in asked.wanted] == [NEW.digest]
    silent = wanted(captured(TWO), {"openai": Asking(may_ask=False)})
    assert silent.wanted == ()
    assert silent.targets == (TargetNeeds("openai", 2, 0, 0, 0, free=False),)
    assert silent.paid == ()


def test_a_request_that_broke_off_and_a_failure_of_ours_send_nothing():
    found = wanted(captured({"1": {"v": (OLD, BROKEN_OFF), "w": (NEW, BROKEN)}}))
    assert found.wanted == ()


def test_the_cell_with_the_fewest_attempts_sends_a_form():
    told = {"1": {"twice": (OLD, NEW, UNRECORDED), "once": (NEW, UNRECORDED)}}
    assert NeededAnswer(NEW.digest, "openai", "1", "once") in wanted(captured(told)).wanted


def test_a_recorded_form_beside_an_unrecorded_one_is_not_asked_for():
    told = {"1": {"v": (OLD, NEW, UNRECORDED)}}
    assert [each.wire for each in wanted(captured(told, [OLD])).wanted] == [NEW.digest]


def test_one_form_at_two_targets_is_two_answers():
    found = captured({"1": {"v": (OLD, UNRECORDED), "w": (OLD, UNRECORDED)}})
    both = _with(found, (WireAnswer(OLD.digest, "a", None), WireAnswer(OLD.digest, "b", None)))
    asking = {"a": Asking(may_ask=True), "b": Asking(may_ask=True, free=True)}
    needed = needs(both, {"v": "a", "w": "b"}, asking)
    assert [(each.target, each.variant) for each in needed.wanted] == [("a", "v"), ("b", "w")]
    assert [each.target for each in needed.paid] == ["a"]


def test_forms_that_the_baseline_never_saw_are_named():
    found = wanted(captured(TWO), baseline=sweep({"0": {"v": (OLD, ACCEPTED)}}))
    assert found.unknown == (NEW.digest,)
    assert list(plan_report.needs_lines(found)) == [
        f"2 distinct wire forms, 1 of them unknown to the baseline ({NEW.digest})",
        "answers needed: 2, recorded 0, to ask 2 (live target openai)",
    ]


def test_the_outlook_says_what_is_built_measured_and_new():
    outlook = Outlook(
        "openai", "3.11.7", "overlay", 396, 17, 20, kept=12, resume=3, known=395, new=("3.55.0",)
    )
    assert list(plan_report.outlook_lines(outlook)) == [
        "396 releases of openai: 17 measured first, further ones by halving where these differ",
        "3 releases measured already by an interrupted sweep",
        "17 environments (overlay, Python 3.11.7): 12 kept, 5 to build",
        "20 variants: 340 cells first, at most 7,920",
        "the baseline has 395 of these releases; 1 is new to it (3.55.0)",
    ]
    plain = Outlook("openai", "3.11.7", "real", 1, 1, 1)
    assert list(plan_report.outlook_lines(plain)) == [
        "1 release of openai: every one measured",
        "1 environment (real, Python 3.11.7): each resolved anew today",
        "1 variant: 1 cell",
    ]
    cluster = Outlook("openai", "3.11.7", "overlay", 1, 1, 1, elsewhere=True)
    assert "1 environment (overlay, Python 3.11.7): built on the cluster" in plan_report.outlook_lines(
        cluster
    )


def test_a_plan_that_could_not_capture_everything_says_so_first():
    told = captured({**TWO, "3": "no wheel"})
    lines = list(plan_report.needs_lines(wanted(told), replace(missing(told), unread=0)))
    assert lines[0] == "? this is not all: 1 release could not be measured"
    assert list(plan_report.needs_lines(wanted(told), Missing(0, 0, 4, 0, 0))) == lines[1:]


def test_the_plan_as_json_fits_its_schema():
    validator = Draft202012Validator(written_schema("plan"))
    validator.check_schema(written_schema("plan"))
    outlook = Outlook("openai", "3.11.7", "overlay", 2, 2, 2, kept=1, known=1, new=("2",))
    for baseline in (None, sweep({"0": {"v": (OTHER, ACCEPTED)}})):
        document = json.loads(
            plan_report.dump(outlook, wanted(captured(TWO), baseline=baseline), missing(captured(TWO)))
        )
        assert [error.message for error in validator.iter_errors(document)] == []
        assert document["outlook"]["cells"] == 4
        document["needs"]["surprise"] = 1
        assert list(validator.iter_errors(document))
