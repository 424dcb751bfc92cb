"""Which releases a spec means, and which it leaves out on purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from upload_matrix.environments.releases import PublishedRelease, select
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.sweep import Exclusion, Scope

RELEASES = (
    PublishedRelease("1.0.0"),
    PublishedRelease("1.10.0"),
    PublishedRelease("1.9.0"),
    PublishedRelease("2.0.0rc1", prerelease=True),
    PublishedRelease("2.0.0", requires_python=">=3.8"),
    PublishedRelease("2.1.0", yanked="broken"),
    PublishedRelease("2.2.0", yanked=""),
    PublishedRelease("3.0.0", requires_python=">=3.10"),
    PublishedRelease("3.1.0", requires_python=">=3.10"),
    PublishedRelease("4.0.0b1", prerelease=True, requires_python=">=3.10"),
)


def chosen(*specs, python="3.11.7", **options):
    return [release.version for release in select(specs, RELEASES, python=python, **options).chosen]


@pytest.mark.parametrize(
    ("specs", "versions"),
    [
        (["1.9.0"], ["1.9.0"]),
        (["1.9"], ["1.9.0"]),
        (["==1.9"], ["1.9.0"]),
        (["2.1.0"], ["2.1.0"]),
        (["==2.1.0"], ["2.1.0"]),
        (["2.0.0rc1"], ["2.0.0rc1"]),
        (["latest"], ["3.1.0"]),
        (["latest:3"], ["2.0.0", "3.0.0", "3.1.0"]),
        (["latest:99"], ["1.0.0", "1.9.0", "1.10.0", "2.0.0", "3.0.0", "3.1.0"]),
        (["all"], ["1.0.0", "1.9.0", "1.10.0", "2.0.0", "3.0.0", "3.1.0"]),
        ([">=1.9,<3"], ["1.9.0", "1.10.0", "2.0.0"]),
        ([">=1.9, <2"], ["1.9.0", "1.10.0"]),
        (["==1.*"], ["1.0.0", "1.9.0", "1.10.0"]),
        (["~=3.0"], ["3.0.0", "3.1.0"]),
        ([">=2.0.0rc1,<3"], ["2.0.0rc1", "2.0.0"]),
        (["latest", "1.0.0", ">=1,<1.10", " 3.1.0 "], ["1.0.0", "1.9.0", "3.1.0"]),
    ],
)
def test_specs(specs, versions):
    assert chosen(*specs) == versions


def test_pre_releases_and_yanked_ones_on_request():
    assert chosen(">=1.10", pre=True) == ["1.10.0", "2.0.0rc1", "2.0.0", "3.0.0", "3.1.0", "4.0.0b1"]
    assert chosen(">=2", yanked=True) == ["2.0.0", "2.1.0", "2.2.0", "3.0.0", "3.1.0"]
    assert chosen("latest", pre=True) == ["4.0.0b1"]


def test_what_a_range_leaves_out_is_told_with_the_reason():
    left_out = select([">=1.10"], RELEASES, python="3.9.18").left_out

    assert [(left.release.version, left.reason) for left in left_out] == [
        ("2.0.0rc1", "pre-release"),
        ("2.1.0", "yanked: broken"),
        ("2.2.0", "yanked"),
        ("3.0.0", "requires-python >=3.10 excludes 3.9.18"),
        ("3.1.0", "requires-python >=3.10 excludes 3.9.18"),
        ("4.0.0b1", "pre-release"),
    ]


def test_an_old_python_gets_the_latest_it_can_have():
    selection = select(["latest"], RELEASES, python="3.9.18")

    assert [release.version for release in selection.chosen] == ["2.0.0"]
    assert [left.release.version for left in selection.left_out] == [
        "2.1.0",
        "2.2.0",
        "3.0.0",
        "3.1.0",
        "4.0.0b1",
    ]


def test_a_release_named_exactly_is_chosen_whatever_python_it_wants():
    selection = select([">=3,<3.1", "3.0.0"], RELEASES, python="3.9.18")

    assert [release.version for release in selection.chosen] == ["3.0.0"]
    assert selection.left_out == ()


def test_a_range_for_another_python_chooses_nothing_and_says_why():
    selection = select([">=3,<4"], RELEASES, python="3.9.18")

    assert selection.chosen == ()
    assert [left.release.version for left in selection.left_out] == ["3.0.0", "3.1.0"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("1.9.5", "no release 1.9.5 was published; closest: 1.0.0, 1.9.0, 1.10.0, 2.0.0rc1"),
        ("9.0", "no release 9.0 was published; closest: 3.1.0, 4.0.0b1"),
        (">=9", "'>=9' matches no published release; oldest and newest: 1.0.0, 4.0.0b1"),
        (
            "~=2.1",
            "'~=2.1' matches only releases that a range leaves out: 2.1.0 (yanked: broken), 2.2.0 (yanked); "
            "name one exactly, or give --pre or --yanked",
        ),
        (
            "newest",
            "'newest' names no release: write a version (1.109.1), a range (>=2,<4), latest, latest:5 or all",
        ),
        (
            ">>2",
            "'>>2' names no release: write a version (1.109.1), a range (>=2,<4), latest, latest:5 or all",
        ),
        (
            "latest:0",
            "'latest:0' names no release: write a version (1.109.1), a range (>=2,<4), latest, latest:5 or all",
        ),
        ("", "'' names no release: write a version (1.109.1), a range (>=2,<4), latest, latest:5 or all"),
    ],
)
def test_a_spec_that_means_nothing_says_what_would(spec, message):
    with pytest.raises(ConfigurationError) as caught:
        select([spec], RELEASES, python="3.11.7")
    assert str(caught.value) == message


def test_no_release_at_all():
    with pytest.raises(ConfigurationError, match="'latest' means no release: none at all"):
        select(["latest"], (), python="3.11.7")


SHUT = Scope(
    before=date(2026, 3, 1),
    exclude=(Exclusion(("1.10.0", ">=3,<3.1"), "malicious (vendor/sdk#1)"),),
)
DATED = tuple(
    replace(release, date=date(2026, 4, 1) if release.version == "3.1.0" else date(2026, 1, 1))
    for release in RELEASES
)


def test_a_scope_shuts_releases_out_of_ranges_and_says_why():
    selection = select(["all"], DATED, python="3.11.7", scope=SHUT)
    assert [release.version for release in selection.chosen] == ["1.0.0", "1.9.0", "2.0.0"]
    reasons = {other.release.version: other.reason for other in selection.left_out}
    assert reasons["1.10.0"] == reasons["3.0.0"] == "excluded: malicious (vendor/sdk#1)"
    assert reasons["3.1.0"] == "not before 2026-03-01"


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("3.0.0", r"excluded: malicious \(vendor/sdk#1\)"),
        ("==1.10", r"excluded: malicious \(vendor/sdk#1\)"),
        ("3.1.0", "not before 2026-03-01"),
    ],
)
def test_what_a_scope_shuts_out_is_an_error_when_it_is_named(spec, why):
    with pytest.raises(ConfigurationError, match=f"is not to be swept: {why}"):
        select([spec], DATED, python="3.11.7", scope=SHUT)


def test_a_release_of_no_known_day_is_not_taken_for_an_early_one():
    (other, *_) = select(["all", "latest"], RELEASES[:1] + DATED[1:], python="3.11.7", scope=SHUT).left_out
    assert (other.release.version, other.reason) == ("1.0.0", "not known to be from before 2026-03-01")


def test_all_begins_where_the_client_does_and_a_range_does_not():
    selection = select(["all"], RELEASES, python="3.11.7", since="2.0.0")
    assert [release.version for release in selection.chosen] == ["2.0.0", "3.0.0", "3.1.0"]
    assert selection.older == 4
    assert select([">=1"], RELEASES, python="3.11.7", since="2.0.0").older == 0
    assert chosen(">=1", since="2.0.0")[0] == "1.0.0"


def test_npms_versions_are_ordered_as_npm_has_them():
    names = ("4.0.0", "4.0.0-canary.2", "4.0.0-beta.11", "4.0.0-beta.2", "3.3.0", "4.0.1-0", "4.0.1")
    releases = [PublishedRelease(name, prerelease="-" in name) for name in names]
    everything = select(["all"], releases, python="20.0.0", pre=True).chosen
    assert [release.version for release in everything] == [
        "3.3.0",
        "4.0.0-canary.2",
        "4.0.0-beta.2",
        "4.0.0-beta.11",
        "4.0.0",
        "4.0.1-0",
        "4.0.1",
    ]
    assert [each.version for each in select([">=4"], releases, python="20.0.0").chosen] == ["4.0.0", "4.0.1"]
