"""Where the project is published stands in pyproject.toml; wherever else it is named, it is named alike."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = DOCUMENT["project"]
ADDRESS = PROJECT["urls"]["Source"]
OWN = ADDRESS.removeprefix("https://github.com/")

# Any address of a repository of the project's name, and any use of it as an action, whoever its owner.
NAMED = re.compile(
    r"(?:github\.com/|githubusercontent\.com/|uses: )([\w.-]+/NAME)(?![\w-])"
    r"(?:/(?:blob|tree|raw)/|@|/|\n#?\s+rev: )?(v[\d.]*\d)?".replace("NAME", re.escape(PROJECT["name"]))
)


def named(text: str) -> list[tuple[str, str]]:
    """The repositories of the project's name in a text, each with the version that it is asked for in, if any."""
    return NAMED.findall(text)


def published() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("which files are published is known in a clone only")
    endings = {".md", ".yml", ".yaml", ".toml", ".cff", ".py", ".ipynb", ".html", ".js"}
    paths = (ROOT / name.decode("utf-8") for name in listed.stdout.split(b"\0") if name)
    return [path for path in paths if path.suffix in endings and path != Path(__file__)]


def test_every_file_names_the_projects_own_address_and_version():
    wrong, places = [], 0
    for path in published():
        for owner, version in named(path.read_text("utf-8")):
            places += 1
            if owner != OWN or version not in ("", f"v{PROJECT['version']}"):
                wrong.append(f"{path.relative_to(ROOT)}: {owner} {version}")
    assert wrong == [], f"pyproject.toml has {OWN} {PROJECT['version']}"
    assert places > 10


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- uses: somebody/upload-matrix@v0.0.9", [("somebody/upload-matrix", "v0.0.9")]),
        ("https://github.com/a/upload-matrix/blob/main/x", [("a/upload-matrix", "")]),
        ("https://raw.githubusercontent.com/a/upload-matrix/v9.9.9/.ci", [("a/upload-matrix", "v9.9.9")]),
        ("https://github.com/a/upload-matrix\n#     rev: v0.0.9", [("a/upload-matrix", "v0.0.9")]),
        ("https://github.com/a/upload-matrix-facts", []),
    ],
)
def test_another_address_would_be_noticed(text, found):
    assert named(text) == found


def test_the_projects_addresses_lie_below_one():
    assert all(url.startswith(ADDRESS) for url in PROJECT["urls"].values())
    substitutions = DOCUMENT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]
    assert len(substitutions) == 2
    assert all(OWN in each["replacement"] for each in substitutions)


def test_a_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    said = {key: citation[key] for key in ("title", "version", "license", "repository-code")}
    assert said == {
        "title": PROJECT["name"],
        "version": PROJECT["version"],
        "license": PROJECT["license"],
        "repository-code": ADDRESS,
    }


@pytest.mark.parametrize("name", ["wrong.yml", "vendor.yml"])
def test_who_reports_a_fault_is_asked_what_the_doctor_says(name):
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / name).read_text("utf-8"))
    assert [each["id"] for each in form["body"] if "upload-matrix doctor" in each["attributes"]["label"]] == [
        "doctor"
    ]
