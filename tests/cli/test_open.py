"""``--open``: every command that writes a page opens it, and says so where there is no screen."""

from __future__ import annotations

import json
import shutil
import sys
import webbrowser
from pathlib import Path

import pytest
from click.testing import CliRunner
from gateway_builders import command

from upload_matrix.cli import commands
from upload_matrix.report.opening import has_screen, open_page

ROOT = Path(__file__).resolve().parents[2]
TABLES = ("--mime-table", f"builtin={ROOT / 'matrix' / 'tables' / 'python-3.12.types'}")
CASE = "field-report/images.edit/gpt-image-1/openai/{}/webp/builtin"


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """What the browser was asked to open, as paths from here."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "cassettes", "cassettes")
    Path("matrix").mkdir()
    shutil.copy(ROOT / "matrix" / "field-report.yaml", "matrix")
    found = []
    monkeypatch.setenv("DISPLAY", ":0")
    here = tmp_path.as_uri() + "/"
    monkeypatch.setattr(webbrowser, "open", lambda address: found.append(address.removeprefix(here)) or True)
    return found


def cli(*arguments, code=0):
    done = CliRunner().invoke(commands, [str(word) for word in arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_run_compare_and_site_open_what_they_wrote(opened):
    cli("run", "-k", "tuple3", *TABLES, "--open")
    cli("compare", "reports/latest.json", "reports/latest.json", "--open")
    cli("site", "--open")
    assert opened == ["reports/latest.html", "reports/latest.compared.html", "site/index.html"]
    assert all(Path(page).read_text("utf-8").startswith("<!doctype html>") for page in opened)


def test_ab_and_diagnose_open_what_they_wrote(opened):
    cli(
        "ab",
        CASE.format("tuple3"),
        CASE.format("bytesio"),
        "--record-mode",
        "none",
        *TABLES,
        "--open",
        code=3,
    )
    ways = ("--target", "emulator:openai-2026-02", *TABLES)
    cli("diagnose", CASE.format("bytesio"), *ways, "-o", "found.html", "--open")
    assert opened == ["reports/latest.ab.html", "found.html"]
    assert "<pre><code>" in Path("found.html").read_text("utf-8")


def test_a_page_of_an_import_tells_what_was_saved_and_how_to_go_on(opened):
    body = '--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n\x01\r\n--b--\r\n'
    kind = {"name": "Content-Type", "value": "multipart/form-data; boundary=b"}
    request = {
        "method": "POST",
        "url": "https://api.openai.com/v1/images/edits",
        "headers": [kind],
        "postData": {"mimeType": kind["value"], "text": body},
    }
    response = {"status": 400, "headers": [], "content": {"text": "{}"}}
    entries = [{"startedDateTime": "2026-03-04T05:06:07.000Z", "request": request, "response": response}]
    Path("s.har").write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), "utf-8")
    cli("import", "har", "s.har", "--open")
    cli("facts", "page", "handing", "webp", "--open")
    assert opened == ["matrix/s.har.html", "facts-handing.html"]
    text = Path(opened[0]).read_text("utf-8")
    assert "<title>1 request saved · Imported: s.har</title>" in text
    assert "1 request saved" in text
    assert "upload-matrix diagnose matrix/s-1.request" in text


def test_conform_opens_what_it_wrote(opened, tmp_path):
    program = [sys.executable, "-c", "raise SystemExit(77)"]
    plain = ("--scenario", "plain")
    cli("conform", "client", *plain, "-o", "client.html", "--open", "--", *program, code=3)
    gateway = command("pass")
    cli("conform", "gateway", gateway, "--scenario", "images.edit/plain", "-o", "gateway.html", "--open")
    mine = tmp_path / "clients" / "python"
    mine.mkdir(parents=True)
    (mine / "none.yaml").write_text(
        f"title: none\nlanguage: Python\nrun: [{sys.executable}, -c, raise SystemExit(77)]\ncontainers: [told]\n"
    )
    table = ("--clients", "clients", *plain, "-o", "clients.json", "-o", "clients.html", "--open")
    cli("conform", "clients", "python/none", *table)
    assert opened == ["client.html", "gateway.html", "clients.html"]
    assert all(Path(page).read_text("utf-8").startswith("<!doctype html>") for page in opened)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("run", "--format", "json", "--open"),
            "--open: there is no page to open; name html in --format, too",
        ),
        (("diagnose", "x", "--open"), "--open: there is no page to open; name one with -o FILE.html"),
        (
            ("isolate", "x", "-o", "x.md", "--open"),
            "--open: there is no page to open; name one with -o FILE.html",
        ),
        *(
            (("conform", *words), "--open: there is no page to open; name one with -o FILE.html")
            for words in (
                ("client", "--open", "--", "x"),
                ("clients", "--open"),
                ("server", "http://127.0.0.1:9", "--open"),
                ("servers", "--open"),
            )
        ),
    ],
)
def test_without_a_page_there_is_nothing_to_open_and_nothing_is_asked(opened, arguments, says):
    assert says in cli(*arguments, code=2)
    assert opened == []


def test_where_there_is_no_screen_the_page_is_named_and_no_browser_started(opened, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert open_page(Path("a.html")) == "no browser could be started here; open a.html"
    assert opened == []
    assert has_screen("darwin", {})
    assert has_screen("linux", {"WAYLAND_DISPLAY": "wayland-0"})
