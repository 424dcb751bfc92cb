"""``upload-matrix sweep`` over releases of npm, from a registry on loopback, end to end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from fake_registry import FakeRegistry, NpmPackage

from upload_matrix.environments.interpreters import ReleasesError, UnbuildableError
from upload_matrix.environments.kept import Blueprint, Way
from upload_matrix.environments.npm import published
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.model.errors import UnavailableError

pytestmark = pytest.mark.skipif(
    shutil.which("npm") is None or shutil.which("node") is None, reason="Node or npm is not installed (npm)"
)

SDK = """
const named = NAMED;
class OpenAI {
  constructor({ baseURL }) {
    this.images = {
      edit: async ({ image, ...fields }) => {
        const form = new FormData();
        for (const [name, value] of Object.entries(fields)) form.append(name, value);
        form.append("image", image);
        const answer = await fetch(baseURL + "/images/edits", { method: "POST", body: form });
        if (!answer.ok) throw Object.assign(new Error(await answer.text()), { status: answer.status });
        return answer.json();
      },
    };
  }
}
exports.OpenAI = OpenAI;
exports.toFile = async (buffer, name, { type } = {}) => new File([buffer], named(name), { type: KIND ?? type });
"""

SAME = "(name) => name"


def release(version: str, named: str = SAME, kind: str = "undefined", **more: str) -> NpmPackage:
    code = SDK.replace("NAMED", named).replace("KIND", kind)
    return NpmPackage("openai", version, f"2024-01-{int(version.split('.')[1]) + 1:02d}", code, more)


# The type is right from 4.5.0 on, and the name is lost again in 4.11.0.
RELEASES = [
    NpmPackage("openai", "3.0.0", "2023-01-01", "throw new Error('of old')"),
    *(release(f"4.{number}.0", kind="'application/octet-stream'") for number in range(5)),
    *(release(f"4.{number}.0") for number in range(5, 11)),
    release("4.11.0-beta.1", "() => 'beta'"),
    *(release(f"4.{number}.0", "() => 'upload'") for number in range(11, 14)),
]

MATRIX = """
name: mine
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: p}
axes:
  client: [node-openai]
  container: [tuple3, file]
  image: [webp]
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "mine.yaml").write_text(MATRIX)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in list(os.environ):
        if name.lower().startswith("npm_config_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    monkeypatch.setenv("npm_config_userconfig", os.devnull)
    monkeypatch.setenv("npm_config_globalconfig", str(tmp_path / "none"))
    monkeypatch.setenv("npm_config_update_notifier", "false")
    monkeypatch.setenv("npm_config_fetch_retries", "0")

    def serving(packages):
        registry = FakeRegistry(packages)
        open_ones.append(registry.__enter__())
        monkeypatch.setenv("npm_config_registry", registry.url)
        return registry

    open_ones: list[FakeRegistry] = []
    yield serving
    for registry in open_ones:
        registry.__exit__()


def sweep(*options: str, code: int = 0) -> str:
    command = [sys.executable, "-m", "upload_matrix", "sweep", "--disable-recording", "--spot-check", "0"]
    done = subprocess.run(
        [*command, *options], capture_output=True, text=True, check=False, timeout=240, env=dict(os.environ)
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def document(name: str = "sweep") -> dict:
    return json.loads(Path(f"reports/{name}.json").read_text("utf-8"))


def changes(name: str) -> list[tuple[str, str]]:
    return [(change["before"], change["after"]) for change in document(name)["changes"]]


def test_releases_of_npm_are_swept_by_halving_and_all_alike(here):
    registry = here(RELEASES)
    told = sweep("--strategy", "all", "--name", "all")
    assert told.startswith("npm:openai 4.0.0-4.13.0: 2 changes in 14 releases")
    assert registry.downloads("openai", "4.7.0") == 1
    sweep("--strategy", "bisect", "--guard", "7", "--name", "bisect")
    assert changes("all") == changes("bisect") == [("4.4.0", "4.5.0"), ("4.10.0", "4.11.0")]
    assert len(document("bisect")["releases"]) == 14
    assert document("bisect")["summary"]["measured"] < 14
    assert "image.content_type: application/octet-stream -> image/webp" in told
    assert "image.filename: avatar.webp -> upload" in told
    # All of npm's means from the first on that the client can drive, and no pre-releases.
    notes = document("all")["notes"]
    assert "`all` begins with 4.0.0, the first with a client object; not tried: 1 older release" in notes
    assert "1 release left out: 1 pre-release" in notes
    assert "installed by npm, install scripts not run" in notes
    # Kept, so the second sweep fetched nothing; listed and pruned as all others are.
    assert registry.downloads("openai", "4.7.0") == 1
    store = EnvironmentStore()
    kept = {entry.what: entry for entry in store.list()}
    assert kept["npm:openai 4.7.0"].python.startswith("Node ")
    assert len(store.prune()) == len(kept) == 14


def test_a_dependency_on_npm_is_swept_under_a_client_that_is_held(here):
    uses = "(name) => require('@kit/transport')(name)"
    here(
        [
            release("4.1.0", uses, **{"@kit/transport": "<1.3.0"}),
            release("4.2.0", "(name) => 'not the one that is held'"),
            *(
                NpmPackage("@kit/transport", f"1.{number}.0", "2024-02-01", f"module.exports = {named}")
                for number, named in enumerate((SAME, SAME, "(name) => name.toUpperCase()", SAME))
            ),
        ]
    )
    options = ("--distribution", "npm:@kit/transport", "--strategy", "all")
    asked = sweep(*options, code=2)
    assert "which release of openai is to be held? It is not installed here: --with openai@VERSION" in asked
    told = " ".join(sweep(*options, "--with", "openai@4.1.0").split())
    headline = "npm:@kit/transport 1.0.0-1.3.0: 1 change in the 3 of 4 releases measured (1 release cannot be installed"
    assert headline in told
    assert changes("sweep") == [("1.1.0", "1.2.0")]
    assert "image.filename: avatar.webp -> AVATAR.WEBP" in told
    (silent,) = (each for each in document()["releases"] if "unbuildable" in each)
    assert silent["unavailable"].endswith(
        ": openai asks for another release of @kit/transport, and got 1.2.0"
    )
    # What lies beside is the same in both, though the package's name has a slash.
    assert document()["changes"][0]["beside"] == []


def test_what_npm_does_not_have_is_said(here):
    here(RELEASES[:3])
    with pytest.raises(
        ReleasesError, match=r"npm was asked for the releases of 'no-such-package' and said: .*404"
    ):
        published("no-such-package")
    assert "npm was asked for the releases of 'no-such-package'" in sweep(
        "--distribution", "npm:no-such-package", "--with", "openai@4.0.0", code=3
    )
    (alone, *_) = published("openai")
    assert (alone.version, alone.date) == ("3.0.0", date(2023, 1, 1))
    here(RELEASES[:1])
    assert [each.version for each in published("openai")] == ["3.0.0"]


def test_what_cannot_be_installed_is_the_releases_doing_and_no_network_is_not(here, monkeypatch):
    here([release("4.0.0", nowhere="^1.0.0"), release("4.1.0")])
    store = EnvironmentStore()
    with pytest.raises(UnbuildableError, match=r"npm:openai 4\.0\.0 \(overlay, Node .*404"):
        store.build(Blueprint("node", "4.0.0", Way.OVERLAY, "npm:openai"))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    with pytest.raises(UnavailableError, match="ECONNREFUSED") as caught:
        store.build(Blueprint("node", "4.1.0", Way.OVERLAY, "npm:openai"))
    assert not isinstance(caught.value, UnbuildableError)


def test_dependencies_of_the_day_are_npms_of_that_day(here):
    packages = [
        release("4.1.0", "(name) => require('kit')(name)", kit="*"),
        NpmPackage("kit", "1.0.0", "2023-12-01", f"module.exports = {SAME}"),
        NpmPackage("kit", "2.0.0", "2024-06-01", "throw new Error('of another time')"),
    ]
    here(packages)
    store = EnvironmentStore()
    built = {
        way: store.build(Blueprint("node", "4.1.0", way, "npm:openai")).python
        for way in (Way.REAL, Way.CONTEMPORARY)
    }
    versions = {
        way: json.loads((folder / "node_modules/kit/package.json").read_text())["version"]
        for way, folder in built.items()
    }
    assert versions == {Way.REAL: "2.0.0", Way.CONTEMPORARY: "1.0.0"}
