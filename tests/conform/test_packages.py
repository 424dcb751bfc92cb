"""Packages that something measured needs: found, missing with the way to get them, installed."""

import os
import sys

import pytest

from upload_matrix.conform.packages import CACHE, PackageNeeds, environment, install, missing
from upload_matrix.model.errors import UnavailableError

NPM = PackageNeeds(npm={"axios": "1.7.9"})


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A PATH with nothing on it but programs made here, each a line of Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def make(name, line=""):
        path = folder / name
        path.write_text(f"#!{sys.executable}\nimport sys\n{line}\n")
        path.chmod(0o755)

    return make


def test_a_package_that_is_not_there_is_named_with_the_command_that_brings_it(cache, programs):
    programs("node")
    programs("npm")
    needs = PackageNeeds(debian=["golang-go"], npm={"axios": "1.7.9"}, pip={"litellm[proxy]": "1.82.6"})

    assert missing(needs) == (
        "apt-get install golang-go; npm install axios@1.7.9; pip install litellm[proxy]==1.82.6"
    )


def test_without_npm_its_packages_cannot_be_had(cache, programs):
    assert missing(NPM) == "apt-get install nodejs npm"


def test_a_program_that_is_there_needs_no_debian_package(cache, programs):
    programs("nginx")

    assert missing(PackageNeeds(debian=["nginx-light"]), "nginx") == ""
    assert missing(PackageNeeds(debian=["nginx-light"]), "haproxy") == "apt-get install nginx-light"


def test_what_npm_installed_is_found_afterwards_and_not_installed_again(cache, programs):
    log = cache.parent / "npm.log"
    programs("node")
    programs("npm", f"open({str(log)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')")
    said = []

    install(NPM, said.append)
    install(NPM, said.append)

    assert said == ["npm install axios@1.7.9"]
    assert log.read_text().count("axios@1.7.9") == 1
    assert missing(NPM) == ""
    found = environment(NPM, {"PATH": "/own"})
    assert found["NODE_PATH"] == str(NPM.npm_folder / "node_modules")
    assert found["PATH"].split(os.pathsep)[:2] == [f"{found['NODE_PATH']}/.bin", "/own"]


def test_another_version_is_another_folder(cache):
    other = PackageNeeds(npm={"axios": "1.7.8"})

    assert NPM.npm_folder != other.npm_folder
    dated = {"pip": {"litellm": "1.82.6"}}
    assert PackageNeeds(**dated).pip_folder != PackageNeeds(**dated, exclude_newer="2026-03-23").pip_folder


def test_an_installation_that_fails_says_why_and_leaves_nothing_that_counts(cache, programs):
    programs("node")
    programs("npm", "sys.exit('no such version')")

    with pytest.raises(UnavailableError, match="ended with 1:\nno such version"):
        install(NPM, lambda _: None)
    assert missing(NPM) == "npm install axios@1.7.9"


def test_who_is_not_root_is_told_what_root_has_to_install(cache, programs, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(UnavailableError, match="by root: apt-get install nginx-light"):
        install(PackageNeeds(debian=["nginx-light"]), lambda _: None)
