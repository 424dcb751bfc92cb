"""The servers and gateways that are measured here: their files, their reports, and what ends over an upload."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.conform.packages import PackageNeeds
from upload_matrix.conform.servers.scenarios import scenarios
from upload_matrix.conform.servers.subjects import ServerSubject, measure_all, measure_subject, subjects
from upload_matrix.model.conformance import CheckMark
from upload_matrix.model.reception import Reception
from upload_matrix.report.document import markdown
from upload_matrix.report.server_report import load_many, many_readable

REPORTS = Path(__file__).parents[2] / "reports"
KINDS = ("server", "gateway")
CALLS = {each.call for each in scenarios()}

SERVER = """
import os, pathlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        if "files" not in self.path:
            self.send_error(404)
            return
        body = b""
        if "chunked" in self.headers.get("transfer-encoding", ""):
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size + 2)[:-2]
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["content-length"]))
        ENDS
        self.send_response(200)
        self.send_header("content-length", "13")
        self.end_headers()
        self.wfile.write(b'{"id": "f-1"}')

ThreadingHTTPServer(("127.0.0.1", {port}), Handler).serve_forever()
"""


def a_server(ends):
    program = SERVER.replace("ENDS", ends)
    return ServerSubject(
        title="A server",
        kind="server",
        command=[sys.executable, "{folder}/server.py"],
        files={"server.py": program},
    )


def received(subject):
    report = measure_subject("a-server", subject)
    return {each.scenario: each for each in report.uploads if each.call == "files.create"}


def test_a_server_that_ends_over_an_upload_is_started_anew_and_the_rest_is_measured():
    found = received(a_server('if b"octet-stream" in body: os._exit(1)'))

    ended = found["files.create/octet-stream"]
    assert ended.reception is Reception.NO_ANSWER
    assert ended.words.startswith("the server itself ended, both times that it was sent this")
    others = {each.reception for name, each in found.items() if name != "files.create/octet-stream"}
    assert others == {Reception.TAKEN}


def test_a_server_that_ended_once_is_not_held_against_the_upload(tmp_path):
    mark = tmp_path / "ended"
    found = received(
        a_server(
            f'if b"octet-stream" in body and not os.path.exists("{mark}"): '
            f'pathlib.Path("{mark}").touch(); os._exit(1)'
        )
    )

    assert {each.reception for each in found.values()} == {Reception.TAKEN}
    assert mark.exists()


def test_what_cannot_be_had_is_unavailable_with_what_is_missing():
    missing = a_server("pass").model_copy(update={"needs": PackageNeeds(npm={"no-such-package": "1.0.0"})})
    broken = a_server("pass").model_copy(update={"command": ["sh", "-c", "echo no config; exit 3"]})

    report = measure_all("server", {"missing": missing, "broken": broken}, lambda _: None, may_install=False)

    assert not report.subjects
    assert "npm" in report.unavailable["missing"]
    assert "no config" in report.unavailable["broken"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_files_say_where_to_listen_and_name_calls_that_are_there(kind):
    found = subjects(kind)
    assert len(found) > 5
    for name, each in found.items():
        told = " ".join([*each.command, *each.files.values(), *each.environment.values()])
        assert "{port}" in told, name
        assert set(each.models) <= CALLS, name
        assert kind == "server" or "{upstream" in f"{told} {each.headers}", name
        # A version that is not pinned is asked for.
        assert each.version or each.needs.versions(), name


@pytest.mark.parametrize("kind", KINDS)
def test_the_committed_page_is_that_of_the_committed_data(kind):
    report = load_many((REPORTS / f"{kind}s.json").read_text("utf-8"), "the report")

    assert (REPORTS / f"{kind}s.md").read_text("utf-8") == markdown(many_readable(report))
    assert set(report.subjects) | set(report.unavailable) == set(subjects(kind))
    assert sum(each.measured for each in report.subjects.values()) > 5
    for each in report.subjects.values():
        # What nobody knows to be right is held against nobody.
        assert all(upload.known for upload in each.uploads if upload.checks) or kind == "gateway"
        assert all(
            check.says for upload in each.uploads for check in upload.checks if check.mark is CheckMark.FAILED
        )


def test_a_name_that_is_not_there_is_an_error_with_the_closest_one():
    done = CliRunner().invoke(commands, ("conform", "gateways", "ngnix"))

    assert done.exit_code == 2
    assert "no gateway is called 'ngnix'; did you mean 'nginx'?" in done.stderr
