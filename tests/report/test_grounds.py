"""Beside an emulated answer: the grade of its rule, and the facts that show it."""

from __future__ import annotations

import pytest

from upload_matrix.emulator.profile import load_profile
from upload_matrix.emulator.standing import standings
from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.report.grounds import grounds
from upload_matrix.report.html import embed
from upload_matrix.report.wording import of_source

PROFILE = "openai-2026-02"


def emulated(profile=PROFILE):
    return Source(f"emulator:{profile}", Provenance.EMULATED, Supply.EMULATOR, profile)


@pytest.mark.parametrize("profile", [PROFILE, "openai@2026-02"])
def test_every_rule_of_an_emulated_answer_has_its_grade_and_its_facts(profile):
    for rule, standing in standings(load_profile(PROFILE)).items():
        found = grounds(emulated(profile), rule)
        assert found is not None
        assert found.grade == standing.strongest
        assert len(found.facts) + found.more == len(standing.rejected)
        assert f"rule {rule}, which is {found.grade}) - not the vendor's words" in of_source(
            emulated(profile), rule
        )


def test_a_fact_leads_to_where_it_was_read():
    found = grounds(emulated(), "image-type-falls-through")
    assert found is not None
    assert all(each.address.startswith("https://github.com/") for each in found.facts if each.address)
    assert found.facts[0].words.startswith("reported 2026-")


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (emulated(), None),
        (emulated(), "no-such-rule"),
        (emulated("mine"), "image-type-falls-through"),
        (emulated("/dev/zero"), "image-type-falls-through"),
        (emulated("nobody@2026-02"), "image-type-falls-through"),
        (Source("openai", Provenance.LIVE, Supply.FORWARDED), "image-type-falls-through"),
    ],
)
def test_of_anything_else_nothing_is_said(source, rule):
    assert grounds(source, rule) is None
    assert "which is" not in of_source(source, rule)


def test_the_page_of_a_run_has_them_by_rule(request):
    page = (request.config.rootpath / "reports" / "example.html").read_text("utf-8")
    index = embed.blocks(page)["index"]
    found = index["grounds"][f"{PROFILE} image-type-falls-through"]
    assert found["grade"] == "reported"
    assert [(each["fact"], each["words"]) for each in found["facts"]] == [
        ("5e1ae22f", "reported 2026-02 upload-matrix")
    ]
