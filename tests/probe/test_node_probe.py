"""The probe for Node speaks the same lines, and what the SDK for Node puts on the wire."""

import ast
import json
import os
import shutil
from pathlib import Path

import pytest
from wire_bench import bench, files

from upload_matrix.environments import probes
from upload_matrix.environments.probes import Probe, node_command
from upload_matrix.model.errors import UnavailableError

PREFIX = "UPLOAD_MATRIX_NPM_PREFIX"
"""Names the folder of ``npm install --prefix FOLDER openai``, for the tests of the SDK itself."""

OCTETS = "application/octet-stream"
NAMED = 'name="image"; filename="avatar.webp"'

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not installed: https://nodejs.org"
)

FAKE_SDK = """
class OpenAI {
  constructor(options) {
    this.images = {
      edit: async (fields) => {
        console.log("chatter");
        process.stdout.write("more chatter\\n");
        if (fields.prompt === "text") return "a page";
        if (fields.prompt === "crash") process.exit(7);
        const cause = new Error("connect ECONNREFUSED");
        const error = new TypeError("outer", { cause });
        throw Object.assign(error, { status: 400, error: { param: null, code: "bad" } });
      },
    };
  }
}
module.exports = { OpenAI, toFile: async (...parts) => parts };
"""


@pytest.fixture
def fake(tmp_path):
    package = tmp_path / "node_modules" / "openai"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "openai", "version": "0.0.7", "main": "index.js"}')
    (package / "index.js").write_text(FAKE_SDK)
    return tmp_path


def on_node(prefix, folders=()):
    return bench(lambda: Probe("", "", command=node_command(Path(prefix), folders)))


def test_the_greeting_has_versions_and_no_guesses(fake):
    with on_node(fake) as running:
        hello = running.probe.hello()
    assert hello.pop("node").count(".") == 2
    assert hello == {"runtime": "node", "versions": {"openai": "0.0.7"}, "guesses": {}}


def test_an_error_is_reported_with_causes_status_and_body(fake):
    with on_node(fake) as running:
        report, _ = running.call("node-openai", "tuple3")
    assert report == {
        "id": 1,
        "raised": [
            {"name": "TypeError", "message": "outer"},
            {"name": "Error", "message": "connect ECONNREFUSED"},
        ],
        "status": 400,
        "body": '{"code":"bad","param":null}',
    }


def test_bare_text_is_no_answer(fake):
    with on_node(fake) as running:
        report, _ = running.call("node-openai", "bytes", fields={"prompt": "text"})
    assert report["raised"] == [
        {"name": "UnreadableError", "message": "the SDK returned string instead of an answer object"}
    ]


def test_a_probe_that_dies_says_how(fake):
    with on_node(fake) as running, pytest.raises(probes.ProbeDiedError, match=r"exit status 7"):
        running.call("node-openai", "bytes", fields={"prompt": "crash"})


def test_warming_is_answered_and_changes_nothing(fake):
    with on_node(fake) as running:
        running.probe.send({"warm": ["node-openai", "not-there"]})
        report, _ = running.call("node-openai", "bytes")
    assert report["raised"][0]["message"] == "outer"


@pytest.mark.parametrize(
    ("client", "container", "words"),
    [
        ("not-there", "bytes", "Error: no client is called not-there"),
        ("node-openai", "bytesio", "Error: node-openai takes no bytesio: its file says so"),
    ],
)
def test_what_cannot_be_made_is_not_the_clients_word(fake, client, container, words):
    with on_node(fake) as running:
        report, _ = running.call(client, container)
    assert report["broken"] == words


def test_every_container_its_file_promises_is_made(fake):
    tree = ast.parse((probes.PROBE.parent / "clients" / "node_openai.py").read_text("utf-8"))
    literals = {
        node.targets[0].id: ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)
    }
    promised = literals["ACCEPTS"]["container"]
    with on_node(fake) as running:
        reports = {word: running.call("node-openai", word)[0] for word in promised}
    assert set(literals["CONTAINERS"]) <= set(promised)
    assert {word for word, report in reports.items() if "broken" in report} == set()


def test_a_missing_package_is_unavailable_with_the_way_to_get_it(tmp_path):
    with on_node(tmp_path) as running:
        report, _ = running.call("node-openai", "bytes")
    assert report == {
        "id": 1,
        "unavailable": f"openai is not installed for Node: npm install --prefix {tmp_path} openai",
    }


def test_a_strangers_client_is_found_in_a_folder(fake, tmp_path):
    own = tmp_path / "own"
    (own / "clients_node").mkdir(parents=True)
    (own / "clients_node" / "my_rest.mjs").write_text(
        "export const PACKAGES = [];\n"
        "export class Client {\n"
        "  contain(word, file) { return file.read(); }\n"
        "  async call(request) { return (await fetch(request.baseURL + request.path, "
        '{ method: "POST", body: request.files.image })).json(); }\n'
        "}\n"
    )
    with on_node(fake, (own,)) as running:
        report, (request,) = running.call("my-rest", "bytes")
    assert report == {"id": 1, "returned": "Object"}
    assert (request.wire.path, request.wire.body_size) == ("/v1/images/edits", len(request.body))


def test_no_node_is_unavailable_with_the_way_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match=r"node is not installed: https://nodejs\.org"):
        node_command(tmp_path)


@pytest.fixture(scope="module")
def sdk():
    prefix = os.environ.get(PREFIX)
    if not prefix or not (Path(prefix) / "node_modules" / "openai").is_dir():
        pytest.skip(f"{PREFIX} names no folder with the SDK: npm install --prefix FOLDER openai")
    with on_node(prefix) as running:
        yield running


@pytest.mark.parametrize(
    ("container", "part"),
    [
        ("handle", (NAMED, OCTETS)),
        ("tuple2", (NAMED, OCTETS)),
        ("tuple3", (NAMED, "image/webp")),
        ("file", (NAMED, "image/webp")),
        ("file-untyped", (NAMED, OCTETS)),
        ("to-file", ('name="image"; filename="unknown_file"', OCTETS)),
    ],
)
def test_the_file_part(sdk, container, part):
    report, (request,) = sdk.call("node-openai", container)
    assert "returned" in report
    assert files(request) == [(*part, "asset:webp")]


@pytest.mark.parametrize(
    ("image", "disposition"),
    [
        ("webp-korean", 'name="image"; filename="사진.webp"'),
        ("webp-quote", 'name="image"; filename="my %22best%22.webp"'),
    ],
)
def test_names(sdk, image, disposition):
    _, (request,) = sdk.call("node-openai", "tuple3", image)
    assert files(request) == [(disposition, "image/webp", "asset:webp")]


def test_a_raw_buffer_becomes_a_text_field_for_each_byte(sdk):
    report, (request,) = sdk.call("node-openai", "bytes")
    parts = [part for part in request.wire.parts if part.name not in ("model", "prompt")]
    assert "returned" in report
    assert [part.name for part in parts[:2]] == ["image[0]", "image[1]"]
    assert (parts[0].filename, parts[0].text) == (None, str(ord("R")))


def test_a_read_stream_at_its_end_is_sent_empty(sdk):
    report, (request,) = sdk.call("node-openai", "stream-at-end")
    assert "returned" in report
    assert files(request) == [(NAMED, OCTETS, "empty")]


def test_a_refusal_has_its_status_and_body(sdk):
    error = {"message": "no", "type": "invalid_request_error", "param": None, "code": "bad"}
    report, requests = sdk.call(
        "node-openai", "tuple3", answers=[(400, json.dumps({"error": error}).encode())]
    )
    assert len(requests) == 1
    assert report["raised"][0]["name"] == "BadRequestError"
    assert (report["status"], json.loads(report["body"])) == (400, error)
