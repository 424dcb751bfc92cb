"""``upload-matrix sweep`` over releases of an SDK of our own, from an index on loopback, end to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fake_index import FakeIndex, Wheel
from small_sdk import MATRIX, RELEASES


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "mine.yaml").write_text(MATRIX)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with FakeIndex(wheels=list(RELEASES)) as index:
        # The shared dependencies come from the index too; this SDK has none.
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        # As on a user's machine: a connection that fails once is tried again.
        monkeypatch.setenv("UV_HTTP_RETRIES", "3")
        yield index


def sweep(*options: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "upload_matrix",
            "sweep",
            "--disable-recording",
            "--spot-check",
            "0",
            *options,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        env=dict(os.environ),
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def changes(name: str = "sweep") -> list[tuple[str, str]]:
    document = json.loads(Path(f"reports/{name}.json").read_text("utf-8"))
    return [(change["before"], change["after"]) for change in document["changes"]]


BOTH = [("1.6.0", "1.7.0"), ("1.12.0", "1.13.0")]


def test_both_strategies_find_the_exact_releases_and_halving_measures_fewer(here):
    everything = sweep("--strategy", "all", "--name", "all").stdout
    halving = sweep("--strategy", "bisect", "--guard", "8", "--name", "bisect").stdout
    assert changes("all") == changes("bisect") == BOTH
    assert "16 of 16 releases measured" in everything
    assert "16 of 16 releases measured" not in halving
    assert "image.content_type: application/octet-stream -> image/webp" in everything
    assert "image.filename: avatar.webp -> upload" in everything
    assert "Answers: emulated (profile openai-2026-02) - not the vendor's words" in everything


def test_the_gate_passes_what_is_the_same_and_stops_what_is_new(here):
    sweep("--sdk", "1.11.0", "--baseline", "base.json", "--update-baseline")
    assert sweep("--sdk", "1.12.0", "--baseline", "base.json").returncode == 0
    sweep("--sdk", "latest", "--baseline", "base.json")
    told = sweep("--sdk", "latest", "--baseline", "base.json", "--fail-on", "change", code=1).stdout
    assert told.startswith("✗ 1.15.0: ")
    assert "1.11.0 (baseline) → 1.15.0" in told
    assert "image.filename: avatar.webp -> upload" in told


def test_shards_merge_into_the_whole(here):
    sweep("--strategy", "all", "--name", "whole")
    for number in (1, 2):
        sweep("--shard", f"{number}/2", "--name", f"part{number}")
    merged = subprocess.run(
        [sys.executable, "-m", "upload_matrix", "report", "--merge", "reports/part1.json", "reports/part2.json",
         "--format", "json", "-o", "reports/merged.json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert merged.returncode == 0, merged.stderr
    assert Path("reports/merged.json").read_bytes() == Path("reports/whole.json").read_bytes()


def test_an_interrupted_sweep_goes_on(here, tmp_path):
    command = [sys.executable, "-m", "upload_matrix", "sweep", "--disable-recording", "--spot-check", "0",
               "--strategy", "all", "--workers", "1"]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        for line in process.stderr:
            if " 4 left" in line:
                process.terminate()
                break
        process.communicate(timeout=60)
    # What could not be had then may be had now.
    (kept,) = (tmp_path / "cache").glob("upload-matrix/sweeps/*.json")
    document = json.loads(kept.read_text("utf-8"))
    document["releases"][0] |= {"unavailable": "no network", "environments": [], "cells": [None, None]}
    kept.write_text(json.dumps(document), "utf-8")
    again = sweep("--strategy", "all")
    assert "going on with an interrupted sweep" in again.stderr
    assert "16 of 16 releases measured" in again.stdout
    assert changes() == BOTH


OWN_CLIENT = """'A client whose package is not there.'

NEEDS = {"no_such_package": "pip install no-such-package"}


class Client:
    'Never made.'

    def call(self, request):
        'Never called.'
"""


def test_cells_of_a_client_whose_package_is_missing_are_not_called_unchanged(here, tmp_path):
    (tmp_path / "matrix" / "clients").mkdir()
    (tmp_path / "matrix" / "clients" / "mine.py").write_text(OWN_CLIENT)
    (tmp_path / "matrix" / "mine.yaml").write_text(MATRIX.replace("[openai]", "[openai, mine]"))
    told = sweep("--sdk", ">=1.8,<1.11", code=3).stdout
    assert told.startswith(
        "? openai 1.8.0-1.10.0: nothing changed in 3 releases (6 of 12 cells could not be measured)"
    )
    assert "Some releases say nothing about 2 of 4 variants" in told


def test_releases_that_cannot_be_had_offline_are_not_called_unchanged(here):
    sweep("--sdk", "1.8.0", "--name", "kept")
    told = sweep("--strategy", "all", "--offline", code=3)
    assert "1 of 16 environments ready, 15 unavailable" in told.stderr
    assert told.stdout.startswith(
        "? openai 1.0.0-1.15.0: only 1 of 16 releases measured, and none to compare it with (15 releases"
    )
    assert "nothing changed" not in told.stdout
    assert "Every release was measured" not in told.stdout
    report = Path("reports/sweep.md").read_text("utf-8")
    assert "only 1 of 16 releases measured" in report.split("\n\n")[1]
    assert json.loads(Path("reports/sweep.json").read_text("utf-8"))["missing"]["releases"] == 15
    plan = sweep("--strategy", "all", "--offline", "--plan", code=3).stdout
    assert "? this is not all: 15 releases could not be measured" in plan


def test_a_shard_is_done_when_its_own_releases_are_and_a_merge_when_all_are(here):
    told = sweep("--shard", "1/2", "--name", "part1").stdout
    assert told.startswith("? openai 1.0.0-1.15.0: ")
    assert "8 releases not tried" in " ".join(told.split("\n\n")[0].split())
    merged = subprocess.run(
        [sys.executable, "-m", "upload_matrix", "report", "--merge", "reports/part1.json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert merged.returncode == 3
    assert merged.stderr == "? the merged sweep is not complete: 8 releases not tried\n"
    assert "8 releases not tried" in merged.stdout.split("\n\n")[1]
    sweep("--shard", "17/17", "--name", "none", code=3)


def test_what_is_new_is_judged_first_and_one_release_is_compared_with_the_baseline_alone(here):
    sweep("--sdk", "1.11.0", "--baseline", "base.json", "--update-baseline", "--name", "first")
    told = sweep("--sdk", "1.12.0", "--baseline", "base.json").stdout
    assert told.startswith("✓ 1.12.0: nothing new is sent, nothing is read differently")
    assert "nothing changed" not in told
    assert "openai 1.12.0: 1 release measured, and none to compare it with" in told


def test_what_cannot_be_had_is_said(here):
    assert "no/such" in sweep("no/such.yaml", code=2).stderr
    assert "9.9.9" in sweep("--sdk", "9.9.9", code=2).stderr
    assert "make it with --update-baseline" in sweep("--baseline", "none.json", code=2).stderr
    assert "Python 3.1" in sweep("--python", "3.1", code=3).stderr


GROQ = """
import http.client
import json
from urllib.parse import urlsplit


class Groq:
    def __init__(self, base_url="", **_):
        self.base_url = base_url
        self.chat = self.completions = self

    def with_options(self, base_url, **_):
        return Groq(base_url)

    def create(self, **fields):
        parts = urlsplit(self.base_url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port)
        body = json.dumps({**fields, **MORE})
        connection.request("POST", parts.path + "/v1/chat/completions", body, {"Content-Type": "application/json"})
        return connection.getresponse()
"""

OTHERS = """
name: others
target: emulator:openai-2026-11
request: {model: gpt-4o-mini}
axes:
  operation: [chat.completions.create]
  client: [groq, openai, httpx]
  image: [png]
"""


def test_the_releases_of_another_vendors_sdk_are_swept(here, tmp_path, monkeypatch):
    Path("matrix/mine.yaml").write_text(OTHERS)
    wheels = [
        Wheel("groq", f"1.{number}.0", f"2024-01-{number + 1:02d}", f"MORE = {more}\n{GROQ}")
        for number, more in enumerate(({}, {}, {"stream": False}))
    ]
    with FakeIndex(wheels=wheels) as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        asked = sweep(code=2)
        assert "say which one to sweep: --distribution groq (or openai)" in asked.stderr
        none = sweep("--distribution", "cohere", code=2)
        assert "no client of the matrices is made of it; theirs are groq, openai" in none.stderr
        sweep("--distribution", "groq", code=3)  # httpx is not in these environments
    assert changes() == [("1.1.0", "1.2.0")]
    document = json.loads(Path("reports/sweep.json").read_text("utf-8"))
    assert document["distribution"] == "groq"
    assert [name.split("/")[2] for name in document["variants"]] == ["groq", "httpx"]


def notes(name: str = "sweep") -> list[str]:
    return json.loads(Path(f"reports/{name}.json").read_text("utf-8"))["notes"]


SCOPED = f"""{MATRIX}
sweep:
  distribution: openai
  releases: all
  before: 2024-01-12
  exclude:
    - {{releases: ">=1.7,<1.9", reason: stolen token}}
"""


def test_a_file_says_which_releases_are_swept_and_which_never(here):
    Path("matrix/mine.yaml").write_text(SCOPED)
    told = sweep("--strategy", "all").stdout
    assert told.startswith("openai 1.0.0-1.10.0: 1 change in 9 releases")
    assert changes() == [("1.6.0", "1.9.0")]
    assert "7 releases left out: 2 excluded: stolen token, 5 not before 2024-01-12" in notes()
    assert not here.downloads("openai-1.7.0-py3-none-any.whl")
    named = sweep("--sdk", "1.8.0", code=2).stderr
    assert "the release 1.8.0 is not to be swept: excluded: stolen token" in named
    sweep("--sdk", "1.10.0", "--name", "one")
    assert [each["name"] for each in json.loads(Path("reports/one.json").read_text())["releases"]] == [
        "1.10.0"
    ]


def test_what_a_file_says_of_another_package_is_not_meant(here):
    Path("matrix/mine.yaml").write_text(SCOPED.replace("distribution: openai", "distribution: groq"))
    assert "no client of the matrices is made of it; theirs are openai" in sweep(code=2).stderr
    sweep("--distribution", "openai", "--sdk", "1.8.0")


def test_two_files_that_contradict_each_other_are_an_error(here):
    Path("matrix/mine.yaml").write_text(SCOPED)
    Path("matrix/other.yaml").write_text(
        SCOPED.replace("mine", "other").replace("releases: all", "releases: latest")
    )
    told = sweep(code=2).stderr
    assert "mine and other say different things under `sweep: releases`" in told


def test_all_releases_begin_where_the_client_can_drive_them(here):
    old = [Wheel("openai", f"0.2{number}.0", "2023-01-01", "raise SystemExit('of old')") for number in (7, 8)]
    here.wheels = [*old, *RELEASES[:2]]
    sweep("--sdk", "all")
    assert "`all` begins with 1.0.0, the first with a client object; not tried: 2 older releases" in notes()
    asked = sweep("--sdk", "0.28.0", "--sdk", "1.0.0", code=3).stdout  # named, it is tried
    assert "openai 0.28.0-1.0.0" in asked


TRANSPORT = "def sent(name): return {name}"


def test_a_dependency_is_swept_under_a_client_that_is_held(here):
    uses = RELEASES[0].code.replace("NAME or name", "__import__('transport').sent(name)")
    here.wheels = [
        Wheel("openai", "1.5.0", "2024-01-01", uses, ("transport<1.3",)),
        Wheel(
            "openai", "1.6.0", "2024-01-02", "raise SystemExit('not the one that is held')", ("transport",)
        ),
        *(
            Wheel("transport", f"1.{number}.0", f"2024-02-0{number + 1}", TRANSPORT.format(name=name))
            for number, name in enumerate(("name", "name", "name.upper()", "name"))
        ),
    ]
    options = ("--distribution", "transport", "--with", "openai==1.5.0")
    told = sweep(*options, "--strategy", "all").stdout
    # What nobody can install is said, and does not make the sweep red.
    headline = (
        "transport 1.0.0-1.3.0: 1 change in the 3 of 4 releases measured (1 release cannot be installed here)"
    )
    assert " ".join(told.split("\n\n")[0].split()).startswith(headline)
    assert changes() == [("1.1.0", "1.2.0")]
    assert "image.filename: avatar.webp -> AVATAR.WEBP" in told
    assert "installed with every release: openai==1.5.0" in notes()
    (silent,) = (
        each
        for each in json.loads(Path("reports/sweep.json").read_text())["releases"]
        if "unbuildable" in each
    )
    assert "openai 1.5.0 asks for transport<1.3" in silent["unavailable"]
    # Where none can be, nothing was measured.
    sweep(*options, "--sdk", "1.3.0", code=3)


def test_a_client_that_is_not_installed_here_has_to_be_given_a_release(here):
    Path("matrix/mine.yaml").write_text(MATRIX.replace("[openai]", "[litellm]"))
    asked = sweep("--distribution", "transport", code=2).stderr
    assert (
        "which release of litellm is to be held? It is not installed here: --with litellm==VERSION" in asked
    )
    assert "--with x y: not a requirement" in sweep("--with", "x y", code=2).stderr


def test_headers_are_a_footnote_that_is_asked_for(here):
    old, new = RELEASES[7], RELEASES[8]
    canary = "sk-" + "canary0123456789" * 2
    own = '"Content-Type": "multipart/form-data; boundary=x"'
    here.wheels = [
        replace(
            old, code=old.code.replace(own, f'{own}, "Authorization": "Bearer {canary}", "X-Kit": "1.7.0"')
        ),
        replace(
            new, code=new.code.replace(own, own.lower().replace("1.8.0", "") + ', "x-kit": "1.8.0 on b"')
        ),
    ]
    told = sweep("--headers", "--strategy", "all").stdout
    assert "nothing changed in 2 releases" in told
    footnote = " ".join(told.split("Headers and telemetry")[1].split())
    assert "1.7.0 → 1.8.0: 2 variants" in footnote
    assert "spelling: Content-Type, X-Kit -> content-type, x-kit" in footnote
    assert "authorization: … -> (none)" in footnote
    # The release's own name is no change, and what a call has of its own is none either.
    assert "x-kit: {release} -> {release} on b" in footnote
    assert "content-length:" not in footnote
    text = Path("reports/sweep.json").read_text("utf-8")
    assert canary not in text
    again = subprocess.run(
        [sys.executable, "-m", "upload_matrix", "report", "reports/sweep.json", "--format", "json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert again.stdout == text
    assert "Headers and telemetry" not in sweep("--strategy", "all", "--name", "plain").stdout
    assert "headers" not in json.loads(Path("reports/plain.json").read_text("utf-8"))
