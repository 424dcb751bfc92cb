"""Each rule of each profile answers a request of its own and lets a near neighbour pass."""

from __future__ import annotations

import pytest
from emulator_table import ROWS, TABLE

from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile, profile_names
from upload_matrix.emulator.vocabulary import PLACEHOLDER

PROFILES = {name: load_profile(name) for name in profile_names()}


@pytest.mark.parametrize(
    ("name", "rule", "caught", "passing"), ROWS, ids=[f"{row[0]}/{row[1]}" for row in ROWS]
)
def test_a_rule_answers_its_request_and_not_the_neighbour(name, rule, caught, passing):
    refused, accepted = answer(PROFILES[name], caught), answer(PROFILES[name], passing)

    decided = next(known for known in PROFILES[name].rules if known.id == rule)
    assert (refused.rule, refused.status) == (rule, decided.answer.status)
    assert (accepted.rule, accepted.status) == (None, 200)
    assert PLACEHOLDER.search(refused.body.decode()) is None, "a placeholder was left unfilled"


@pytest.mark.parametrize("name", PROFILES)
def test_every_rule_is_reached_by_a_request_of_the_table(name):
    assert set(TABLE[name]) == {rule.id for rule in PROFILES[name].rules}


@pytest.mark.parametrize("name", PROFILES)
def test_every_rule_says_who_reported_or_documented_it(name):
    unsourced = [rule.id for rule in PROFILES[name].rules if len(rule.source) < 10]
    assert unsourced == []


def test_the_built_in_profiles_carry_their_file_names_and_dates():
    assert [(profile.name, profile.date.isoformat()) for profile in PROFILES.values()] == [
        ("anthropic-2026", "2026-07-01"),
        ("deepgram-2026", "2026-08-01"),
        ("gemini-2026", "2026-02-01"),
        ("mistral-2026", "2026-04-01"),
        ("openai-2025", "2025-11-07"),
        ("openai-2026-02", "2026-02-22"),
        ("openai-2026-11", "2026-11-22"),
    ]
    assert tuple(PROFILES) == profile_names()
