"""What is installed is pinned by version, and no committed file names the registry it comes from."""

import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PINS = DOCUMENT["tool"]["uv"]["constraint-dependencies"]
BUILD_PINS = DOCUMENT["tool"]["uv"]["build-constraint-dependencies"]
SETS = {path.stem: path.read_text("utf-8").splitlines() for path in sorted((ROOT / ".ci/sets").iterdir())}


def pinned(lines: list[str]) -> dict[str, str]:
    """Name and version of every pin that counts on this machine; a line that pins nothing fails."""
    found = {}
    for requirement in map(Requirement, lines):
        (only,) = requirement.specifier
        assert only.operator == "=="
        if requirement.marker is None or requirement.marker.evaluate():
            found[canonicalize_name(requirement.name)] = only.version
    return found


def test_every_installed_distribution_is_the_pinned_one():
    installed = {canonicalize_name(each.name): each.version for each in metadata.distributions()}
    del installed["upload-matrix"]
    pins = pinned(PINS)
    assert installed == {name: pins.get(name) for name in installed}, (
        "run `uv run --no-project .ci/pins.py`, then `uv sync`"
    )


def test_what_builds_the_package_is_pinned_alike():
    build, pins = pinned(BUILD_PINS), pinned(PINS)
    needed = {Requirement(each).name for each in DOCUMENT["build-system"]["requires"]} | {"editables"}
    assert needed <= build.keys()
    assert {name: version for name, version in build.items() if name in pins} == {
        name: pins[name] for name in build.keys() & pins.keys()
    }


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_one_that_the_declared_ranges_allow(name):
    versions = pinned(SETS[name])
    for requirement in map(Requirement, DOCUMENT["project"]["dependencies"]):
        assert versions[canonicalize_name(requirement.name)] in requirement.specifier, requirement


@pytest.mark.parametrize(("name", "but"), [("lowest", ()), ("lowest-for-tests", ("openai", "click"))])
def test_the_lowest_sets_are_what_the_lower_bounds_say(name, but):
    versions = pinned(SETS[name])
    for requirement in map(Requirement, DOCUMENT["project"]["dependencies"]):
        if requirement.name in but:
            continue
        (bound,) = requirement.specifier
        assert bound.operator == ">="
        lowest = versions[canonicalize_name(requirement.name)]
        assert lowest == bound.version or re.fullmatch(rf"{re.escape(bound.version)}(\.0)+", lowest), (
            requirement
        )


def test_ci_installs_npm_packages_of_one_version_only():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    (line,) = re.findall(r"^npm install .*$", script, re.MULTILINE)
    packages = [word for word in line.split()[2:] if "@" in word]
    assert packages
    assert all(re.fullmatch(r"@?[a-z/-]+@\d+\.\d+\.\d+", package) for package in packages)


def test_no_committed_file_names_a_registry():
    """Its names are in the lock that `uv run` writes here and git ignores."""
    hosts = set(re.findall(r'"https?://([^/":]+)', (ROOT / "uv.lock").read_text("utf-8")))
    assert hosts
    found = subprocess.run(
        ["git", "grep", "--cached", "-l", "-I", "-F", *(f"-e{host}" for host in sorted(hosts))],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (found.returncode, found.stdout) == (1, ""), found.stderr
