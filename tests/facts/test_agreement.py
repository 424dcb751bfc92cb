"""Facts put to the emulator, and what the rules rest on."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from emulator_wires import edit, file

from upload_matrix.emulator.agreement import Agreement, judged
from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile, profile_at, profiles_of
from upload_matrix.emulator.standing import standing, standings
from upload_matrix.facts.fact import Fact, FactSource, Grade, SaidError, named
from upload_matrix.facts.read import all_facts, of_vendor
from upload_matrix.model.errors import ConfigurationError

OCTET_STREAM = "application/octet-stream"
OCTET = SaidError(
    "invalid_request_error",
    "image",
    "unsupported_file_mimetype",
    "Invalid file 'image': unsupported mimetype ('application/octet-stream'). Supported file formats are 'image/png'.",
)


def fact(**changes):
    """An edit with a sound PNG that was accepted in 2025-09, in a recording."""
    plain = Fact(
        id="",
        vendor="openai",
        operation="images.edit",
        grade=Grade.RECORDED,
        sources=(FactSource("somebody/tapes", "a.yml", "0"),),
        path="/v1/images/edits",
        model="gpt-image-1",
        carrier="multipart",
        place="image",
        filename="a.png",
        declared="image/png",
        sniffed="png",
        bytes=9,
        status=200,
        recorded="2025-09",
    )
    return named(replace(plain, **changes))


def said(**changes):
    (each,) = judged([fact(**changes)])
    return each


def test_every_committed_fact_of_a_multipart_upload_that_can_be_rebuilt_agrees_or_is_disputed():
    found = judged(all_facts())
    contradicted = [each for each in found if each.agreement is Agreement.CONTRADICT]
    by_operation = Counter((each.fact.operation, each.agreement.value) for each in found)
    assert by_operation["files.create", "agree"] == 18
    assert by_operation["audio.transcriptions", "agree"] == 15
    assert by_operation["images.edit", "agree"] == 23
    # A generic type to dall-e-2: recorded as accepted in 2023, reported as rejected since 2025-04.
    assert {(each.fact.declared, each.fact.recorded, each.rule) for each in contradicted} == {
        ("generic", "2023-06", "image-type-dall-e-2")
    }
    assert {each.fact.operation for each in contradicted} == {"images.edit", "images.variations"}


def test_a_vendor_without_profiles_is_not_emulated_and_nothing_is_said():
    found = judged(of_vendor("perplexity"))
    assert {(each.agreement, each.says, each.profile) for each in found} == {
        (Agreement.SILENT, "perplexity is not emulated", None)
    }


def test_an_operation_that_the_emulator_does_not_answer_agrees_with_nothing():
    each = said(operation="uploads.parts", place="data", path="/v1/uploads/{id}/parts")
    assert (each.agreement, each.says) == (Agreement.SILENT, "uploads.parts.create is not emulated")


@pytest.mark.parametrize(
    ("changes", "agreement", "rule"),
    [
        ({}, Agreement.AGREE, None),
        ({"declared": "absent"}, Agreement.AGREE, None),
        ({"declared": "generic"}, Agreement.CONTRADICT, "image-type-gpt"),
        ({"declared": "generic", "status": 400, "error": OCTET}, Agreement.AGREE, "image-type-gpt"),
        ({"status": 400, "error": OCTET}, Agreement.CONTRADICT, None),
        # What is not told is held against nobody.
        ({"declared": None, "status": 400, "error": OCTET}, Agreement.SILENT, "image-type-gpt"),
        (
            {"model": None, "declared": "generic", "status": 400, "error": OCTET},
            Agreement.SILENT,
            "image-type-gpt",
        ),
        ({"model": None, "declared": "generic"}, Agreement.AGREE, None),
        # A name that is not told may be what decides.
        (
            {
                "declared": "absent",
                "filename": None,
                "status": 400,
                "error": SaidError(code="missing_file_mimetype"),
            },
            Agreement.SILENT,
            None,
        ),
        # Another rejection than the profile's.
        (
            {"declared": "generic", "status": 400, "error": SaidError(code="other")},
            Agreement.CONTRADICT,
            "image-type-gpt",
        ),
        ({"status": 401, "error": SaidError(code="invalid_api_key")}, Agreement.SILENT, None),
        ({"place": None, "filename": None, "declared": None, "sniffed": None}, Agreement.SILENT, None),
        ({"carrier": "file-id"}, Agreement.SILENT, None),
        ({"operation": "embeddings", "path": "/v1/embeddings"}, Agreement.SILENT, None),
        ({"model": "gpt-image-9"}, Agreement.SILENT, None),
        ({"status": None}, Agreement.SILENT, None),
        ({"bytes": 26 * 1024**2}, Agreement.CONTRADICT, "image-too-large-gpt"),
        ({"place": "image[0]", "array": True, "files": 2}, Agreement.AGREE, None),
        ({"fields": {"response_format": "b64_json"}}, Agreement.CONTRADICT, "response-format-unknown"),
    ],
)
def test_a_fact_is_put_to_the_rules_of_its_day(changes, agreement, rule):
    each = said(**changes)
    assert (each.agreement, each.rule) == (agreement, rule), each.says


def test_a_refusal_that_a_field_not_told_may_have_caused_is_no_contradiction():
    error = SaidError(
        "invalid_request_error", None, None, "Invalid file format for Batch API. Must be .jsonl"
    )
    plain = {
        "operation": "files.create", "path": "/v1/files", "model": None, "place": "file", "filename": "a.txt",
        "status": 400, "error": error, "declared": "text/plain",
    }  # fmt: skip
    assert said(**plain).agreement is Agreement.SILENT
    assert "purpose" in said(**plain).says
    assert said(**plain, fields={"purpose": "batch"}).agreement is Agreement.AGREE
    assert said(**plain, fields={"purpose": "vision"}).agreement is Agreement.CONTRADICT


def test_the_profile_is_the_one_nearest_in_time_and_models_live_by_the_facts_own_day():
    assert [profile.name for profile in profiles_of("openai")] == [
        "openai-2025",
        "openai-2026-02",
        "openai-2026-11",
    ]
    assert profile_at("openai", date(2023, 6, 30)).name == "openai-2025"
    assert profile_at("openai", date(2026, 8, 31)).name == "openai-2026-11"
    assert profile_at("perplexity", date(2026, 8, 31)) is None
    assert said(recorded="2026-09").agreement is Agreement.AGREE
    retired = said(recorded="2026-11")
    assert (retired.agreement, retired.rule) == (Agreement.CONTRADICT, "model-retired")


def test_a_recording_is_compared_whole_and_a_report_by_what_it_tells():
    short = SaidError(message=OCTET.message)
    assert said(declared="generic", status=400, error=short).agreement is Agreement.CONTRADICT
    assert (
        said(declared="generic", status=400, error=short, grade=Grade.REPORTED).agreement is Agreement.AGREE
    )


def test_what_a_rule_rests_on_is_counted_by_grade():
    found = standings(load_profile("openai-2025"))
    assert found["purpose-unknown"].grade == "recorded 4"
    assert found["image-type-gpt"].grade == "reported 5"
    assert found["mask-too-large"].grade == "documented"
    assert found["parameter-unknown"].grade == "cited"
    assert found["path-not-emulated"].grade == "our own"
    assert not found["image-type-gpt"].is_disputed


def test_a_rule_with_facts_on_both_sides_is_disputed_and_says_so():
    found = standings(load_profile("openai-2026-02"))
    assert [each.rule for each in found.values() if each.is_disputed] == [
        "image-type-falls-through",
        "image-type-dall-e-2",
    ]
    both = found["image-type-dall-e-2"]
    assert both.says == "disputed: 6 recordings accept this, 3 reports reject it"
    assert both.whether_rejected
    # The field report's answer: others saw another one, but nobody saw such an upload accepted.
    alone = found["image-type-falls-through"]
    assert alone.says == "disputed: 1 report has this answer, 5 reports another rejection"
    assert not alone.whether_rejected


def test_what_changed_on_a_known_day_is_no_dispute():
    found = standings(load_profile("openai-2026-11"))
    assert not any(
        found[rule].is_disputed for rule in ("variations-closed", "model-missing", "model-retired")
    )


def test_facts_from_elsewhere_count_beside_the_shipped_ones():
    profile = load_profile("openai-2025")
    one = fact(declared="generic", count=3)
    assert standings(profile, [one])["image-type-gpt"].says == (
        "disputed: 3 recordings accept this, 6 reports reject it"
    )
    assert standings(profile, [*of_vendor("openai")]) == standings(profile)


def test_nothing_is_said_of_a_profile_of_ones_own(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ndate: 2026-01-01\nsummary: Ours.\nextends: openai-2025\n", "utf-8")
    assert standing(load_profile(str(path)), "image-type-dall-e-2") is None
    assert standing(load_profile("openai-2025"), "image-type-dall-e-2").is_disputed
    assert standing(load_profile("openai-2025"), None) is None


def test_facts_about_another_vendor_say_nothing_of_a_profile():
    profile = load_profile("openai-2025")
    elsewhere = fact(vendor="mistral", declared="generic")
    assert standings(profile, [elsewhere]) == standings(profile)


@pytest.mark.parametrize(
    ("name", "like", "day"),
    [
        ("openai@2023-06", "openai-2025", date(2023, 6, 30)),
        ("openai@2026-03-01", "openai-2026-02", date(2026, 3, 1)),
        ("azure@2026-12", "openai-2026-11", date(2026, 12, 31)),
    ],
)
def test_a_profile_is_chosen_by_its_date(name, like, day):
    found = load_profile(name)
    assert (found.name, found.date, found.rules) == (name, day, load_profile(like).rules)
    assert standings(found).keys() == standings(load_profile(like)).keys()


def test_models_live_and_rules_hold_as_of_the_day_asked_for():
    wire = edit(model="gpt-image-1-mini")
    assert answer(load_profile("openai@2026-11-30"), wire).status == 200
    assert answer(load_profile("openai@2026-12-01"), wire).rule == "model-retired"
    disputed = answer(
        load_profile("openai@2025-09"), edit(file("image", "a.png", OCTET_STREAM), model="dall-e-2")
    )
    assert disputed.source.disputed is not None
    assert ("x-upload-matrix-profile", "openai@2025-09") in disputed.headers


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "perplexity@2026-01",
            "perplexity is not emulated. There are profiles of: anthropic, deepgram, google, mistral, openai",
        ),
        ("openai@2026-13", "profile 'openai@2026-13': "),
        ("openai@soon", "no profile 'openai@soon'"),
    ],
)
def test_a_date_that_leads_nowhere_is_refused(name, says):
    with pytest.raises(ConfigurationError, match=re.escape(says)):
        load_profile(name)
