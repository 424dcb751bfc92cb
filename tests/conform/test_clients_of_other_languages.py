"""What clients in other languages than Python and JavaScript send, where their packages are installed."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

import upload_matrix
from upload_matrix.cli import commands
from upload_matrix.conform.packages import PackageNeeds, missing

CLIENTS = Path(upload_matrix.__file__).parent / "conform" / "clients"
LANGUAGES = ["c", "clojure", "cpp", "crystal", "csharp", "go", "java", "lisp", "nim", "perl", "php", "r"]
LANGUAGES += ["ruby", "rust", "shell"]


def described(client):
    return yaml.safe_load((CLIENTS / f"{client}.yaml").read_text(encoding="utf-8"))


def named(language):
    return sorted(path.stem for path in (CLIENTS / language).glob("*.yaml"))


@pytest.fixture
def amiss(tmp_path, monkeypatch):
    """The marks of a scenario that are not ``passed``, by check, with what was seen."""

    def measured(client, container, scenario):
        what = described(client)
        lacking = missing(PackageNeeds(**what["needs"]))
        if lacking:
            pytest.skip(f"not installed: {lacking}")
        for path in (CLIENTS / client).parent.iterdir():
            if path.suffix != ".yaml":
                shutil.copy(path, tmp_path)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        if "build" in what:
            subprocess.run(what["build"], check=True, capture_output=True)
        asked = ["--json", "--scenario", scenario, "--container", container, "--", *what["run"]]
        done = CliRunner().invoke(commands, ["conform", "client", *asked])
        assert done.exit_code in (0, 1), done.output
        (run,) = json.loads(done.stdout)["runs"]
        return {
            check["name"]: (check["mark"], check["says"])
            for check in run["checks"]
            if check["mark"] != "passed"
        }

    return measured


UNTYPED = {"media-type": ("failed", "sent as “application/octet-stream”")}
TEXT = {"filename": ("failed", "no filename"), "media-type": ("failed", "no Content-Type")}
SEEN = [
    ("go/create-form-file", "handle", "plain", UNTYPED),
    ("go/format-media-type", "told", "quoted-name", {}),
    ("go/resty", "path", "plain", {}),
    ("php/curl", "buffer", "plain", UNTYPED),
    ("php/curl", "told", "plain", {}),
    ("php/guzzle", "buffer", "plain", TEXT),
    ("php/guzzle", "handle", "retry", {}),
    ("ruby/net-http", "handle", "plain", UNTYPED),
    ("ruby/net-http", "buffer", "plain", TEXT),
    ("ruby/multipart-post", "buffer", "plain", {"filename": ("failed", "named “local.path”")}),
    ("ruby/httparty", "handle", "plain", {}),
    ("ruby/rest-client", "buffer", "plain", TEXT),
    ("perl/lwp", "told", "plain", {}),
    ("perl/http-tiny", "buffer", "plain", {"media-type": ("failed", "no Content-Type")}),
    ("perl/mojo", "path", "plain", {"media-type": ("failed", "no Content-Type")}),
    ("java/java-net-http", "path", "plain", {}),
    ("java/okhttp", "buffer", "plain", {"media-type": ("failed", "no Content-Type")}),
    ("java/apache-httpclient", "path", "plain", UNTYPED),
    ("c/libcurl", "buffer", "plain", TEXT),
    ("cpp/httplib", "buffer", "plain", TEXT),
    ("cpp/qt", "handle", "plain", {"media-type": ("failed", "no Content-Type")}),
    ("nim/httpclient", "told", "plain", {}),
    ("csharp/httpclient", "buffer", "plain", TEXT),
    ("shell/curl", "path", "plain", UNTYPED),
    ("shell/curl", "told", "quoted-name", {}),
    ("shell/wget", "path", "retry", {}),
    ("shell/httpie", "path", "plain", {}),
    ("r/httr", "path", "retry", {}),
]


@pytest.mark.parametrize(
    ("client", "container", "scenario", "expected"), SEEN, ids=lambda value: str(value)[:30]
)
def test_what_a_client_sends(amiss, client, container, scenario, expected):
    assert amiss(client, container, scenario) == expected


def test_php_names_a_file_by_its_whole_path_where_no_name_is_given(amiss):
    seen = amiss("php/curl", "path", "plain")
    assert seen["no-local-path"] == ("failed", "in the headers of part “image”")
    assert seen["filename"] == ("failed", "named “<local path>/avatar.webp”")


def test_what_is_read_once_is_not_there_the_second_time(amiss):
    seen = amiss("php/symfony", "path", "retry")
    assert seen["second-body"] == ("failed", "no part of the body carries the file")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_client_has_the_programs_that_it_is_built_of(language):
    names = named(language)
    assert names
    for name in names:
        what = described(f"{language}/{name}")
        for word in [*what["run"], *what.get("build", [])]:
            # A name with the ending of a source, and no place of the system.
            if Path(word).suffix in {
                ".php",
                ".rb",
                ".pl",
                ".java",
                ".go",
                ".c",
                ".cpp",
                ".cr",
                ".lisp",
                ".sh",
            }:
                assert (CLIENTS / language / word).exists(), (name, word)
        assert what["needs"]["debian"]


def test_no_two_clients_of_a_language_have_one_title():
    for language in LANGUAGES:
        titles = [described(f"{language}/{name}")["title"] for name in named(language)]
        assert len(set(titles)) == len(titles)
