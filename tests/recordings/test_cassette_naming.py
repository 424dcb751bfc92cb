from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from cassette_wires import edit

from upload_matrix.recordings.identity import folder_name, operation_name, recorded_uri, recording_path

TARGETS = [
    "openai",
    "OpenAI",
    "openai.",
    "emulator:openai-2026-02",
    "emulator-openai-2026-02",
    "emulator+openai-2026-02",
    "emulator:OpenAI-2026-02",
    "a:b:c",
    "a:b",
    ":",
    "",
    ".",
    "..",
    "con",
    "con.yaml",
    "emulator:nul",
    "http://127.0.0.1:4000/v1",
    "http://127.0.0.1:4000/V1",
    "http_127.0.0.1_4000_v1",
    "대상",
    "대상2",
    "x" * 64,
    "x" * 65,
    "x" * 300,
    "name ",
    "name",
    'a<>"|?*b',
]


@pytest.mark.parametrize(
    ("target", "folder"),
    [
        ("openai", "openai"),
        ("emulator:openai-2026-02", "emulator+openai-2026-02"),
        ("https://api.example.com/v1", "https-api.example.com-v1~53aee2ca762b"),
        ("con", "_con~1143da2bc54c"),
        ("..", "~5ec1f7e700f3"),
    ],
)
def test_the_folder_of_a_target(target, folder):
    assert folder_name(target) == folder


def test_no_two_targets_share_a_folder_even_where_case_is_ignored():
    folders = [folder_name(target).casefold() for target in TARGETS]
    assert len(set(folders)) == len(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_a_folder_is_safe_on_every_system(target):
    folder = folder_name(target)
    assert folder == folder.lower()
    assert set(folder) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-+~")
    assert 0 < len(folder) <= 64
    assert folder[-1] not in ". "
    assert folder.split(".")[0] not in ("con", "nul")
    assert folder not in (".", "..")


@pytest.mark.parametrize(
    ("path", "root", "name"),
    [
        ("/v1/images/edits", "/v1", "images.edits"),
        ("/v1/images/edits", "", "v1.images.edits"),
        ("/v10/images/edits", "/v1", "v10.images.edits"),
        ("/openai/deployments/gpt/images/edits", "/openai/deployments/gpt", "images.edits"),
        ("/v1", "/v1", "v1"),
        ("/", "", "_"),
        ("/v1/files/../../etc", "/v1", "files.......etc"),
    ],
)
def test_the_folder_of_an_operation(path, root, name):
    assert operation_name(path, root) == name


def test_every_path_stays_below_the_target():
    for words in itertools.product(["..", ".", "", "a", "C:", "\\", "a\\..\\.."], repeat=3):
        folder = operation_name("/" + "/".join(words))
        assert "/" not in folder
        assert "\\" not in folder
        assert folder not in (".", "..")


def test_the_file_is_named_for_the_form():
    form = edit()
    assert recording_path(Path("t"), form, "/v1") == Path("t", "images.edits", f"{form.digest}.yaml")


@pytest.mark.parametrize(
    ("base_url", "query", "uri"),
    [
        ("https://api.openai.com/v1", "", "https://api.openai.com/v1/images/edits"),
        ("http://x.emulator.invalid", "", "http://x.emulator.invalid/v1/images/edits"),
        ("http://me:pw@host:8080/v1", "api-version=1", "http://host:8080/v1/images/edits?api-version=1"),
    ],
)
def test_the_uri_of_a_recording(base_url, query, uri):
    assert recorded_uri(base_url, edit(query=query)) == uri
