"""What clients on Node, Bun, Deno, workerd, in a browser and of Python's own library send, where they are installed."""

import json
import re
from mimetypes import MimeTypes

import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.conform.client import clients, named_clients
from upload_matrix.conform.packages import missing

LANGUAGES = ("node", "bun", "deno", "workerd", "browser", "python")


@pytest.fixture
def sent(tmp_path, monkeypatch):
    """The scenario's run of a client in one container: what was sent, and the marks that are not ``passed``."""

    def measured(name, container, scenario):
        (client,) = named_clients(clients(), [name])
        lacking = missing(client.needs)
        if lacking:
            pytest.skip(f"not installed: {lacking}")
        monkeypatch.chdir(tmp_path)
        done = CliRunner().invoke(commands, ["conform", "clients", name, "--scenario", scenario, "--json"])
        assert done.exit_code == 0, done.output
        (row,) = json.loads(done.stdout)["clients"]
        (run,) = [run for run in row["runs"] if run["container"] == container]
        amiss = {each["name"]: each.get("says") for each in run["checks"] if each["mark"] != "passed"}
        return [(part.get("filename"), part.get("content_type")) for part in run.get("sent", [])], amiss

    return measured


BLOB = [("blob", "application/octet-stream")]
RIGHT = [("avatar.webp", "image/webp")]
SEEN = [
    ("node/fetch", "buffer", BLOB),
    ("node/fetch", "told", RIGHT),
    ("node/fetch-form-data", "told", []),
    ("node/axios", "buffer", [(None, "application/octet-stream")]),
    ("node/got-form-data", "handle", RIGHT),
    ("node/needle", "buffer", [("image", "application/octet-stream")]),
    ("node/node-fetch", "path", [("avatar.webp", "application/octet-stream")]),
    ("bun/fetch", "path", [("<local path>/avatar.webp", "image/webp")]),
    ("bun/openai", "blob", [("", "application/octet-stream")]),
    ("deno/fetch", "handle", BLOB),
    ("deno/openai", "blob", []),
    ("workerd/fetch", "blob", [("image", "application/octet-stream")]),
    ("browser/fetch", "blob", BLOB),
    ("browser/xhr", "file", RIGHT),
    ("browser/drop", "file", RIGHT),
    # Python's own mime table knows WebP from 3.13 on.
    (
        "python/urllib",
        "path",
        [("avatar.webp", MimeTypes().guess_type("avatar.webp")[0] or "application/octet-stream")],
    ),
    ("python/requests-toolbelt", "buffer", [(None, None)]),
    ("python/pycurl-mime", "path", [("avatar.webp", "application/octet-stream")]),
]


@pytest.mark.parametrize(("name", "container", "parts"), SEEN, ids=[f"{each[0]}[{each[1]}]" for each in SEEN])
def test_what_a_client_sends(sent, name, container, parts):
    assert sent(name, container, "plain")[0] == parts


@pytest.mark.parametrize("name", ["python/urllib", "python/http-client", "python/tornado"])
def test_a_name_in_a_form_by_hand_stands_as_it_is(sent, name):
    assert sent(name, "told", "quoted-name")[1] == {"quoted-name": "quotes as they are"}
    assert sent(name, "told", "line-break-name")[1] == {
        "no-injection": "the name's second line became a header"
    }


def test_a_retry_without_its_own_is_said_to_be_none(sent):
    amiss = sent("node/fetch", "told", "retry")[1]
    assert set(amiss.values()) == {"fetch has no retry of its own"}


@pytest.mark.parametrize("name", ["node/ky", "node/undici", "node/ofetch", "deno/openai", "bun/openai"])
def test_a_retry_sends_the_same_again(sent, name):
    assert sent(name, "told", "retry")[1] == {}


def test_versions_of_packages_are_exact():
    pinned = [
        (client.name, package, version)
        for client in named_clients(clients(), LANGUAGES)
        for package, version in {**client.needs.npm, **client.needs.pip}.items()
    ]
    assert [each for each in pinned if not re.fullmatch(r"\d+(\.\d+){1,3}", each[2])] == []
    assert len(pinned) > 30
