"""Words of others on a terminal and in a CI log: nothing printed steers the one or commands the other."""

import json
import re
import socket
import subprocess
import sys

import pytest
from record_upstream import Vendor, answer
from reports_hostile import HOSTILE, hostile_run

from upload_matrix.report import json_report, markdown, registry
from upload_matrix.report.visible import printed

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
COMMAND = re.compile(r"^\s*::|##(vso|teamcity)?\[", re.MULTILINE)
WORD = (
    "a\x1b[2J\x1b]0;title\x07\x1b]52;c;aGk=\x07\x89\x9b1A\x9d\u202egnp\u202c\u200b\r##[error]forged ##vso[a.b]c\n"
    "::error file=a::forged\n \u3000::set-output name=a::b\n"
)
"""All of it at once; not ended by a letter, so that what follows starts a line."""


def safe(text):
    __tracebackhide__ = True
    assert STEERING.findall(text) == []
    assert COMMAND.findall(text) == []
    return text


@pytest.mark.parametrize("word", [*HOSTILE, WORD])
def test_what_is_printed_neither_steers_nor_commands(word):
    safe(printed(word))


@pytest.mark.parametrize("word", [*HOSTILE, WORD])
def test_json_that_is_printed_says_the_same(word):
    document = {"word": word, "pairs": [[word, 1]]}
    assert json.loads(printed(json.dumps(document, ensure_ascii=False, indent=1))) == document


def test_a_line_that_goes_on_is_no_start():
    assert printed("::1 is this machine", at_line_start=False) == "::1 is this machine"


@pytest.mark.parametrize("word", [*HOSTILE, WORD])
def test_no_line_of_a_markdown_file_is_a_command(word):
    assert COMMAND.findall(markdown.render(hostile_run(word))) == []


class Project:
    """A folder in which commands are run as a user does."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, *words, code, **options):
        done = subprocess.run(
            [sys.executable, "-m", "upload_matrix", *words],
            cwd=self.folder,
            capture_output=True,
            check=False,
            timeout=100,
            **options,
        )
        shown = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, shown
        return shown


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("VENDOR_KEY", "sk-canary-" + "q" * 32)
    return Project(tmp_path)


@pytest.mark.parametrize(
    "form", [name for name in registry.available() if name not in ("html", "annotations")]
)
def test_every_view_of_a_report(project, form):
    (project.folder / "x.json").write_text(json_report.render(hostile_run(WORD)), "utf-8", "backslashreplace")
    out, err = project.run("report", "x.json", "--format", form, code=0)
    assert "forged" in safe(out) or form == "badge"
    safe(err)


def test_annotations_hold_the_commands_of_ours_alone(project):
    (project.folder / "x.json").write_text(json_report.render(hostile_run(WORD)), "utf-8")
    out, _ = project.run("report", "x.json", "--format", "annotations", code=0)
    assert {line.split(" ")[0] for line in out.splitlines()} == {"::error", "::warning"}
    assert STEERING.findall(out) == []


MATRIX = """
name: m
target: vendor
request: {model: MODEL, prompt: a red door}
axes: {client: [openai], container: [bytesio], image: [webp], mime_table: [builtin]}
"""


@pytest.fixture
def vendor():
    error = {"message": WORD, "type": WORD, "param": WORD, "code": WORD}
    with Vendor(lambda _: answer(400, {"error": error}, ("x-request-id", "\x1b[31m::error::x"))) as running:
        yield running


def target(project, vendor, model="gpt-image-1"):
    (project.folder / "matrix" / "targets").mkdir(parents=True)
    (project.folder / "matrix" / "m.yaml").write_text(MATRIX.replace("MODEL", model))
    (project.folder / "matrix" / "targets" / "vendor.yaml").write_text(
        f"name: vendor\nbase_url: {vendor.base_url}\nkey_env: VENDOR_KEY\n"
    )


def test_a_servers_words_while_recording_and_in_every_command_after(project, vendor):
    target(project, vendor)
    books = ("--ledger", "books.sqlite")
    for stream in project.run("record", "--yes", *books, code=1):
        safe(stream)
    (case,) = json.loads((project.folder / "reports" / "latest.json").read_text())["cases"]
    for words, code in (
        (["run"], 1),
        (["report", "reports/latest.json"], 0),
        (["bug-report", "reports/latest.json", case["id"], "-o", "bug"], 0),
        (["cassettes", "check"], 0),
        (["costs", *books], 0),
        (["cassettes", "list", "--json"], 0),
        (["compare", "reports/latest.json", "reports/latest.json"], 0),
        (["diagnose", case["id"], "--record-mode", "none"], 3),
    ):
        for stream in project.run(*words, code=code):
            safe(stream)


def test_model_ids_of_a_server(project, vendor, monkeypatch):
    listed = {"data": [{"id": f"gpt-image-9{WORD}", "created": 5, "shutdown_date": WORD}]}
    monkeypatch.setattr("record_upstream.LIVING", listed)
    target(project, vendor, model="no-such-model")
    _, err = project.run("record", "--dry-run", code=0)
    assert "forged" in safe(err)


def test_an_inspected_programs_server(project, vendor):
    program = (
        "import os, urllib.request, urllib.error\n"
        'body = (b\'--b\\r\\nContent-Disposition: form-data; name="image"; filename="\\x1b[2J::error::x.png"\\r\\n\'\n'
        "    b'Content-Type: application/octet-stream\\r\\n\\r\\nRIFF....WEBPVP8 \\r\\n--b--\\r\\n')\n"
        "headers = {'Content-Type': 'multipart/form-data; boundary=b', 'Authorization': 'Bearer sk-canary-1',\n"
        "    'User-Agent': '::error::x'}\n"
        "call = urllib.request.Request(os.environ['OPENAI_BASE_URL'] + '/images/edits', body, headers)\n"
        "try: urllib.request.urlopen(call)\n"
        "except urllib.error.HTTPError as error: error.close()\n"
    )
    (project.folder / "app.py").write_text(program)
    for options in (["--upstream", vendor.base_url], ["--upstream", vendor.base_url, "--json"]):
        for stream in project.run("inspect", *options, "--", sys.executable, "app.py", code=1):
            safe(stream)
    for stream in project.run(
        *("diagnose", "--base-url", vendor.base_url, "--key-env", "VENDOR_KEY", "--yes"),
        *("--ledger", "books.sqlite", "--", sys.executable, "app.py"),
        code=0,
    ):
        safe(stream)
    assert len(vendor.uploads) > 2


NAME = "\x1b]0;x\x07\x9b::error::m\u202e"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["run", f"{NAME}.yaml"], 2),
        (["cases", f"{NAME}.yaml"], 2),
        (["cases", "."], 2),
        (["report", f"{NAME}.json"], 2),
        (["compare", f"{NAME}.json", f"{NAME}.json"], 2),
        (["bug-report", f"{NAME}.json"], 2),
        (["isolate", f"{NAME}.json"], 2),
        (["diagnose", f"{NAME}.json"], 2),
        (["site", "."], 2),
        (["serve", "--profile", NAME], 2),
        (["schema", NAME], 2),
        (["run", "--target", NAME], 2),
        (["run", "--mime-table", NAME], 2),
        (["run", "-k", NAME], 2),
        (["run", "--format", NAME], 2),
        (["inspect", "--", NAME], 2),
        ([NAME], 2),
        (["sweep", "--sdk", NAME], 2),
        (["cassettes", "list", "--cassettes", NAME], 2),
    ],
    ids=lambda value: str(value[:1] if isinstance(value, list) else value),
)
def test_names_of_files_and_options(project, command, code):
    for suffix in (".yaml", ".json"):
        (project.folder / f"{NAME}{suffix}").write_text(f'{{"format": "{NAME!a}"', "utf-8")
    for stream in project.run(*command, code=code):
        safe(stream)


def test_what_a_request_to_the_served_emulator_says(project):
    with subprocess.Popen(
        [sys.executable, "-m", "upload_matrix", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        cwd=project.folder,
    ) as serving:
        try:
            port = re.search(rb"127.0.0.1:(\d+)", serving.stdout.readline())
            with socket.create_connection(("127.0.0.1", int(port[1])), timeout=10) as client:
                client.sendall(
                    b"POST /v1/##[error]%1b%9b%e2%80%ae HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
                )
                assert client.recv(12) == b"HTTP/1.1 501"
        finally:
            serving.terminate()
        assert "(emulated)" in safe(serving.stdout.readline().decode())


def test_a_case_that_pytest_itself_runs(pytester):
    pytester.makepyfile(
        f"""
        import pytest
        from upload_matrix.pytest_plugin.cases import UploadCase
        from reports_hostile import hostile_run

        class Hostile:
            wires = hostile_run({WORD!r}).wires
            def run(self, case, following):
                return hostile_run({WORD!r}).results[case]

        @pytest.mark.parametrize("number", [0, 1, 2])
        def test_one(number):
            UploadCase(number, Hostile(), lambda result: None).check()
        """
    )
    result = pytester.runpytest("-rA", "-p", "no:cacheprovider")
    assert "forged" in safe(str(result.stdout))
