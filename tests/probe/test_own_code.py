"""Somebody's own code under test: where it is found, how its base URL reaches it, in Python and in Node."""

import contextlib
import importlib.util
import shutil
import sys

import pytest
from asked_probe import ask
from wire_bench import bench, files

from upload_matrix.environments.probes import PROBE, Probe, node_command
from upload_matrix.judge.outcome import decide
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import ClientReport, OutcomeKind, Raised
from upload_matrix.run.loading import clients

WRAPPER = """
import json, os, urllib.request

BASE = os.environ.get("PICTURES_URL")


class Pictures:
    def __init__(self):
        self.base = os.environ["PICTURES_URL"]


def edit(base, picture):
    body = b'--b\\r\\nContent-Disposition: form-data; name="image"; filename="own.webp"\\r\\n\\r\\n' + picture
    headers = {"Content-Type": "multipart/form-data; boundary=b", "X-Key": os.environ["OPENAI_API_KEY"]}
    call = urllib.request.Request(base + "/images/edits", body + b"\\r\\n--b--\\r\\n", headers)
    with urllib.request.urlopen(call) as answer:
        return json.load(answer)
"""

CLIENT = """
import os
from upload_matrix_own import environment, forget

PATHS = ("../../src",)
NEEDS = {"pictures_of_ours": "it is ours"}


class Client:
    def call(self, request):
        before = dict(os.environ)
        with environment(request, "PICTURES_URL"):
            IMPORT
            edit(base, request.files[0][1])
        if dict(os.environ) != before:
            raise OSError("the environment is another")
        return {}
"""

NODE_CLIENT = """
import { send } from "../../src/pictures.mjs";

export const PACKAGES = ["pictures-of-others"];

export class Client {
  constructor({ "pictures-of-others": others }) {
    this.name = others.name;
  }

  call(request) {
    return send(request.baseURL, request.files.image, this.name);
  }
}
"""

NODE_WRAPPER = """
export async function send(base, picture, name) {
  const form = new FormData();
  form.append("image", picture, name);
  return (await fetch(`${base}/images/edits`, { method: "POST", body: form })).json();
}
"""

needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not installed: https://nodejs.org"
)


@pytest.fixture
def project(tmp_path):
    """Somebody's project: code in src, clients in matrix."""
    for folder in ("src", "matrix/clients", "matrix/clients_node"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "src" / "pictures_of_ours.py").write_text(WRAPPER)
    (tmp_path / "src" / "pictures.mjs").write_text(NODE_WRAPPER)
    (tmp_path / "matrix" / "clients_node" / "ours.mjs").write_text(NODE_CLIENT)
    return tmp_path


@pytest.mark.parametrize(
    "how",
    [
        "from pictures_of_ours import Pictures, edit; base = Pictures().base",
        'forget("pictures_of_ours"); from pictures_of_ours import BASE as base, edit',
    ],
    ids=["read when it is made", "read when it is imported"],
)
def test_python_code_is_found_and_led_to_the_url_of_each_case(project, how):
    (project / "matrix" / "clients" / "our_own.py").write_text(CLIENT.replace("IMPORT", how))
    with bench(lambda: Probe(sys.executable, "builtin", (project / "matrix",))) as running:
        calls = [running.call("our-own", "bytes") for _ in range(2)]
    for report, requests in calls:
        assert report.get("returned") == "dict", report
        (sent,) = requests
        assert [each[0] for each in files(sent)] == ['name="image"; filename="own.webp"']
        assert (b"X-Key", b"upload-matrix-dummy") in sent.headers


def test_a_folder_that_is_not_there_is_an_error_of_the_file(project):
    path = project / "matrix" / "clients" / "our_own.py"
    path.write_text('"""Ours."""\nPATHS = ("../../sources",)\n')
    with pytest.raises(
        ConfigurationError, match=r"our_own\.py: PATHS names \.\./\.\./sources, which is no folder"
    ):
        clients([project / "matrix"])


@needs_node
def test_node_code_has_the_packages_beside_it_and_the_containers_of_node(project):
    package = project / "node_modules" / "pictures-of-others"
    package.mkdir(parents=True)
    # No "main": who requires the folder, and not the package, would find nothing.
    (package / "package.json").write_text(
        '{"name": "pictures-of-others", "version": "1.2.3", "exports": "./lib.cjs"}'
    )
    (package / "lib.cjs").write_text('module.exports = { name: "theirs.webp" };')
    command = node_command(project / "elsewhere", (project / "matrix",))
    with bench(lambda: Probe("", "", command=command)) as running:
        hello = running.probe.hello()
        report, requests = running.call("ours", "blob")
        not_there, _ = running.call("ours", "bytesio")
    assert hello["versions"] == {"pictures-of-others": "1.2.3"}
    assert report.get("returned") == "Object", report
    ((disposition, media_type, _),) = files(requests[0])
    assert (disposition, media_type) == ('name="image"; filename="theirs.webp"', "image/webp")
    assert not_there["broken"] == "Error: ours takes no bytesio: its file says so"


@pytest.mark.parametrize("runtime", ["python", pytest.param("node", marks=needs_node)])
@pytest.mark.parametrize("carrier", ["form", "json", "body", "nothing"])
def test_code_that_writes_the_request_itself_is_given_the_file_whatever_carries_it(project, runtime, carrier):
    (project / "matrix" / "clients" / "ours.py").write_text(
        "class Client:\n    def call(self, request):\n        file = request.file\n"
        "        raise ValueError(file and ' '.join((file.name, file.type, str(len(file.read())))))\n"
    )
    (project / "matrix" / "clients_node" / "ours.mjs").write_text(
        'import fs from "node:fs";\nexport class Client {\n  call({ file }) {\n    throw new Error('
        'file ? [file.name, file.type, fs.readFileSync(file.path).length].join(" ") : "None");\n  }\n}\n'
    )
    picture = project / "avatar.webp"
    picture.write_bytes(b"RIFFxxxxWEBP")
    named = {"path": str(picture), "name": "avatar.webp", "type": "image/webp"}
    carried = {
        "form": {"files": [{**named, "field": "image", "repeatable": False, "container": "bytes"}]},
        "json": {"file_in_fields": named, "fields": {"data": "\0base64\0"}},
        "body": {"raw": {"path": str(picture), "type": "image/webp"}},
        "nothing": {},
    }[carrier]
    call = {"id": 1, "client": "ours", "call": "a.b", "method": "POST", "path": "/a", "encoding": "json"}
    call |= {"base_url": "http://127.0.0.1:9", "timeout": 10, "retries": 0, "fields": {}, "files": []}
    node = node_command(project, (project / "matrix",)) if runtime == "node" else None
    probe = Probe(sys.executable, "builtin", (project / "matrix",), command=node)
    try:
        report = ask(probe, {**call, **carried}, 90)
    finally:
        probe.kill()
    told = "None" if carrier == "nothing" else "avatar.webp image/webp 12"
    assert [each["message"] for each in report["raised"]] == [told]


@needs_node
def test_a_client_in_node_that_cannot_be_imported_leaves_the_others_alone(project):
    (project / "src" / "pictures.mjs").write_text('import "not-there-at-all";')
    (project / "matrix" / "clients_node" / "sound.mjs").write_text(
        "export class Client { call() { return {}; } }"
    )
    command = node_command(project, (project / "matrix",))
    with bench(lambda: Probe("", "", command=command)) as running:
        sound, _ = running.call("sound", "bytes")
        broken, _ = running.call("ours", "bytes")
    assert sound["returned"] == "Object"
    assert "not-there-at-all" in broken["broken"]


ELSEWHERE = "a case has no network but its own base URL, and api.elsewhere.invalid is not it"


@pytest.mark.parametrize(
    "call",
    [
        "import urllib.request; urllib.request.urlopen('http://api.elsewhere.invalid/v1')",
        "import httpx; httpx.get('http://api.elsewhere.invalid/v1')",
        "import asyncio; asyncio.run(asyncio.open_connection('api.elsewhere.invalid', 80))",
    ],
    ids=["urllib", "httpx", "asyncio"],
)
def test_python_code_with_an_address_of_its_own_reaches_nobody(project, call):
    client = project / "matrix" / "clients" / "our_own.py"
    client.write_text(f"class Client:\n    def call(self, request):\n        {call}\n")
    with bench(lambda: Probe(sys.executable, "builtin", (project / "matrix",))) as running:
        report, requests = running.call("our-own", "bytes")
    assert requests == []
    assert any(ELSEWHERE in each["message"] for each in report["raised"]), report


@pytest.mark.parametrize(
    ("host", "stays"),
    [("192.0.2.7", False), ("2001:db8::7", False), ("127.0.0.9", True), ("::1", True), ("localhost", True)],
)
def test_an_address_in_numbers_is_looked_at_too(host, stays):
    spec = importlib.util.spec_from_file_location("probe_as_a_module", PROBE)
    probe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(probe)
    allowed = contextlib.nullcontext() if stays else pytest.raises(probe.ElsewhereError, match=host)
    with allowed:
        probe.stay_here("socket.connect", (None, (host, 443)))
    # A socket of this machine has a path in an address's place.
    probe.stay_here("socket.connect", (None, "/run/some.socket"))


def test_who_wanted_to_go_elsewhere_sent_nothing_and_says_so():
    chain = [("httpx.ConnectError", "all attempts failed"), ("__main__.ElsewhereError", ELSEWHERE)]
    report = ClientReport(raised=tuple(Raised(*each) for each in chain))
    outcome = decide(report, ())
    assert outcome.kind is OutcomeKind.NOT_SENT
    assert ELSEWHERE in outcome.detail


@needs_node
@pytest.mark.parametrize(
    "call",
    [
        "return fetch('http://api.elsewhere.invalid/v1')",
        "return new Promise((_, no) => http.get('http://api.elsewhere.invalid/v1').on('error', no))",
        "return new Promise((_, no) => net.connect(80, 'api.elsewhere.invalid').on('error', no))",
    ],
    ids=["fetch", "http", "net"],
)
def test_node_code_with_an_address_of_its_own_reaches_nobody(project, call):
    imports = 'import http from "node:http"; import net from "node:net";'
    (project / "matrix" / "clients_node" / "ours.mjs").write_text(
        f"{imports} export class Client {{ call() {{ {call}; }} }}"
    )
    command = node_command(project, (project / "matrix",))
    with bench(lambda: Probe("", "", command=command)) as running:
        report, requests = running.call("ours", "bytes")
    assert requests == []
    assert any(ELSEWHERE in each["message"] for each in report["raised"]), report
