"""What a reader takes along from a case: the command that runs it alone, and its request, which is sent here."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from reports_story import HANDLE, UNNAMED, answered, edit, file_part, run_of

from upload_matrix.model.result import Place
from upload_matrix.report import html_report

AT = Place("matrix/my uploads.yaml", 7)
RED = replace(HANDLE, verdict=replace(HANDLE.verdict, at=AT), attempts=(answered(UNNAMED, 400),))
QUOTED = edit(file_part("upload", "application/octet-stream"), prompt='it\'s "$HOME" and\na line')


@pytest.fixture
def server():
    """A server on this machine that keeps what it is sent."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(
                (self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
            )
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    made = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}", bodies
    made.shutdown()
    thread.join()
    made.server_close()


def taken(opened, run, case, **options):
    visit = opened(html_report.render(run, **options), f"#c={case.id}")
    texts = visit.panel().locator(".code-box code").all_text_contents()
    assert visit.clean()
    return visit, texts


def test_the_command_runs_just_this_case_and_the_line_of_the_matrix_is_a_link(opened):
    visit, texts = taken(opened, replace(run_of(RED), target="openai"), RED, root="..")
    assert shlex.split(next(text for text in texts if text.startswith("upload-matrix"))) == [
        "upload-matrix", "run", "matrix/my uploads.yaml", "-k", RED.id, "--target", "openai",
    ]  # fmt: skip
    addresses = visit.panel().locator("a").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    assert addresses == ["../matrix/my%20uploads.yaml#L7"]
    assert visit.page.locator(".red-groups a code").text_content() == "matrix/my uploads.yaml:7"
    visit, _ = taken(opened, run_of(RED), RED)
    assert visit.panel().locator("a").count() == 0


def test_a_case_whose_id_is_part_of_anothers_is_told_by_its_axes(opened):
    other = replace(RED, id=f"{RED.id}/again", axes={**RED.axes, "image": "png"})
    _, texts = taken(opened, run_of(RED, other), RED)
    words = shlex.split(next(text for text in texts if text.startswith("upload-matrix")))
    assert words[3] == "-m"
    assert words[4].startswith("upload(")
    assert 'container="handle"' in words[4]
    assert 'image="webp"' in words[4]


def test_the_request_with_curl_and_in_python_is_the_one_that_was_sent(opened, server, tmp_path, monkeypatch):
    if shutil.which("curl") is None:
        pytest.skip("curl is not here: apt-get install curl")
    address, bodies = server
    case = replace(HANDLE, attempts=(answered(QUOTED, 400),))
    _, texts = taken(opened, run_of(case, wires=(QUOTED,)), case)
    curl, script = (next(text for text in texts if word in text) for word in ("curl -X", "import requests"))
    (tmp_path / "image.webp").write_bytes(b"RIFF")
    for name, value in (("BASE_URL", address), ("API_KEY", "canary"), ("no_proxy", "*")):
        monkeypatch.setenv(name, value)
    subprocess.run(["sh", "-c", curl], cwd=tmp_path, check=True, capture_output=True)
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    assert len(bodies) == 2
    for path, headers, body in bodies:
        assert path == "/v1/images/edits"
        assert headers["Authorization"] == "Bearer canary"
        assert (
            b'name="image"; filename="upload"\r\nContent-Type: application/octet-stream\r\n\r\nRIFF\r\n'
            in body
        )
        assert b'name="prompt"\r\n\r\nit\'s "$HOME" and\na line\r\n' in body


def test_a_request_that_the_report_does_not_hold_whole_is_not_written_down(opened):
    whole = edit(file_part())
    long = replace(
        whole, parts=tuple(replace(p, text=None) if p.name == "prompt" else p for p in whole.parts)
    )
    case = replace(HANDLE, attempts=(answered(long, 400),))
    _, texts = taken(opened, run_of(case, wires=(long,)), case)
    assert not [text for text in texts if "curl" in text or "requests" in text]
