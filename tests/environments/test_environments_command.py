"""``upload-matrix environments``: build, list, prune."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.cli.environments import _in_order


@pytest.fixture
def environments(index, tmp_path):
    def call(*words):
        options = ["--store", str(tmp_path / "store")]
        options += ["--index", index.url, "--distribution", "fakesdk"] if words[0] == "build" else []
        return CliRunner().invoke(commands, ["environments", words[0], *options, *words[1:]])

    return call


def test_build_list_prune(environments):
    built = environments("build", ">=1,<2", "--way", "real")
    assert (built.exit_code, sorted(built.stdout.splitlines())) == (
        0,
        ["built        fakesdk 1.0.0", "built        fakesdk 1.1.0"],
    )
    assert built.stderr == "left out     fakesdk 1.2.0: yanked: wrong files\n"

    listed = environments("list")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["real", "real"]
    assert [line.split("  ")[-1] for line in listed.stdout.splitlines()] == ["fakesdk 1.0.0", "fakesdk 1.1.0"]
    assert [entry["what"] for entry in json.loads(environments("list", "--json").stdout)] == [
        "fakesdk 1.0.0",
        "fakesdk 1.1.0",
    ]

    assert environments("prune", "--older-than", "30d").stderr.startswith("0 entries, 0.0 MB removed")
    assert environments("prune", "--all", "--dry-run").stderr.startswith("2 entries, ")
    assert len(environments("prune", "--all").stdout.splitlines()) == 2
    assert environments("list").stdout == ""


def test_what_cannot_be_built_ends_with_exit_code_3(environments):
    result = environments("build", "3.0.0", "1.0.0", "--way", "real")

    assert result.exit_code == 3
    assert "built        fakesdk 1.0.0" in result.stdout
    assert "unavailable  fakesdk 3.0.0 (real, Python " in result.stdout
    assert result.stderr == "Error: 1 of 2 environments could not be built\n"


def test_where_every_release_is_left_out_nothing_was_built(environments):
    result = environments("build", ">=2.1,<3", "--python", "this")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.endswith(
        "Error: nothing was built: >=2.1,<3 means only releases that are left out\n"
    )


def test_a_missing_interpreter_and_a_missing_page_end_with_exit_code_3(environments, tmp_path, monkeypatch):
    assert "answered 404" in environments("build", "all", "--distribution", "absent").stderr
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = environments("build", "all", "--python", "3.98")
    assert missing.exit_code == 3
    assert missing.stderr.startswith("Error: Python 3.98 is not installed: ")


def test_a_spec_that_means_nothing_is_the_users_to_fix(environments):
    refused = environments("build", "1.0.5")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("Error: ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["prune"], "say which: --older-than AGE (30d), or --all"),
        (["prune", "--all", "--older-than", "3d"], "say which: --older-than AGE (30d), or --all"),
        (["prune", "--older-than", "soon"], "'soon' is no age: write 30d, 12h or 90m"),
    ],
)
def test_prune_wants_to_know_what(environments, words, says):
    result = environments(*words)

    assert result.exit_code == 2
    assert says in result.stderr


def test_releases_stand_in_their_order():
    kept = [SimpleNamespace(what=what) for what in ("sdk 0.10.0", "sdk 0.9.1", "other 2", "sdk 0.9.0")]
    assert [each.what for each in sorted(kept, key=_in_order)] == [
        "other 2",
        "sdk 0.9.0",
        "sdk 0.9.1",
        "sdk 0.10.0",
    ]
