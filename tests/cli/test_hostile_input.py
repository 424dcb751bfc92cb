"""Whatever a command is given: a sentence that names it, exit code 2, no traceback, nothing lost, no waiting."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from record_upstream import JSON, Vendor
from reports_story import TUPLE, run_of

from upload_matrix.cli import commands
from upload_matrix.report import json_report
from upload_matrix.tap.http import RawResponse

MATRIX = """
name: m
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: x}
axes: {client: [httpx], container: [tuple3], image: [webp], mime_table: [builtin]}
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VENDOR_KEY", "sk-canary-" + "q" * 32)
    Path("matrix").mkdir()
    Path("matrix/m.yaml").write_text(MATRIX)
    Path("good.json").write_text(json_report.render(run_of(*TUPLE)), "utf-8")
    return tmp_path


def upload_matrix(*words, code, stdout=subprocess.PIPE):
    done = subprocess.run(
        [sys.executable, "-m", "upload_matrix", *words],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    shown = (done.stdout or b"").decode(), done.stderr.decode()
    assert done.returncode == code, shown
    assert "Traceback" not in "".join(shown)
    assert "itself failed" not in "".join(shown)
    return shown


def asked(*words):
    """As ``upload_matrix``, in this process: for what ends before anything is run."""
    done = CliRunner().invoke(commands, words)
    assert "itself failed" not in done.output
    assert done.exit_code == 2, done.output
    return done.output


def loop(path):
    path.symlink_to(path.name)


KINDS = {
    "missing": lambda path: path.unlink(missing_ok=True),
    "folder": lambda path: path.mkdir(),
    "fifo": os.mkfifo,
    "loop": loop,
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 50),
    "empty": lambda path: path.write_bytes(b""),
    "deep": lambda path: path.write_text("[" * 50_000 + "]" * 50_000),
    "deep-yaml": lambda path: path.write_text("a: " + "{a: " * 20_000),
    "newer": lambda path: path.write_text('{"format": "upload-matrix report", "version": 99}'),
    "foreign": lambda path: path.write_text('{"format": "somebody else\'s", "version": 1}'),
    "list": lambda path: path.write_text("[1, 2]"),
    "yaml": lambda path: path.write_text("a: 1\n"),
}

READERS = {
    "run": ["run", "x.yaml"],
    "cases": ["cases", "x.yaml"],
    "record": ["record", "x.yaml"],
    "ab": ["ab", "a", "b", "x.yaml"],
    "sweep": ["sweep", "x.yaml"],
    "baseline": ["sweep", "--baseline", "x.yaml", "--sdk", "latest"],
    "report": ["report", "x.yaml"],
    "merge": ["report", "--merge", "good.json", "x.yaml"],
    "facts": ["report", "good.json", "--format", "html", "--facts", "x.yaml"],
    "compare": ["compare", "good.json", "x.yaml"],
    "site": ["site", "x.yaml", "-o", "site"],
    "bug-report": ["bug-report", "x.yaml"],
    "isolate": ["isolate", "x.yaml"],
    "diagnose": ["diagnose", "x.yaml"],
    "serve": ["serve", "--profile", "./x.yaml"],
    "played": ["cassettes", "check", "--report", "x.yaml"],
    "mime table": ["run", "--mime-table", "system=x.yaml"],
}
NO_FAULT = {("mime table", kind) for kind in KINDS} - {
    ("mime table", kind) for kind in ("missing", "folder", "fifo", "loop")
}
"""Whatever is in a file of mime types is read as such: lines that say nothing."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_is_none_of_that_kind(reader, kind):
    if (reader, kind) in NO_FAULT:
        return
    Path("cassettes").mkdir()
    KINDS[kind](Path("x.yaml"))
    before = sorted(Path().rglob("*"))
    assert "x.yaml" in asked(*READERS[reader])
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("kind", ["folder", "fifo", "loop", "binary", "deep-yaml", "list"])
@pytest.mark.parametrize(
    "place", ["redact.yaml", "matrix/targets/t.yaml", "matrix/operations/o.yaml", "matrix/prices/p.yaml"]
)
def test_a_file_of_the_projects_own(place, kind):
    Path(place).parent.mkdir(exist_ok=True)
    KINDS[kind](Path(place))
    assert Path(place).name in asked("record", "--dry-run")


@pytest.mark.parametrize("kind", ["folder", "fifo", "binary", "deep-yaml"])
def test_a_recording_that_is_none(kind):
    upload_matrix("run", "--record-mode", "once", code=0)
    (recording,) = Path("cassettes").rglob("*.yaml")
    recording.unlink()
    KINDS[kind](recording)
    out, _ = upload_matrix("run", code=3)
    assert recording.name in out


@pytest.fixture(scope="module")
def saved_request(tmp_path_factory):
    """A request that ``inspect`` saved."""
    folder = tmp_path_factory.mktemp("saved")
    program = (
        "import os, urllib.request\n"
        'body = b\'--b\\r\\nContent-Disposition: form-data; name="image"; filename="a.png"\\r\\n\'\n'
        "body += b'Content-Type: image/png\\r\\n\\r\\nx\\r\\n--b--\\r\\n'\n"
        "head = {'Content-Type': 'multipart/form-data; boundary=b'}\n"
        "url = os.environ['OPENAI_BASE_URL'] + '/images/edits'\n"
        "try: urllib.request.urlopen(urllib.request.Request(url, body, head))\n"
        "except OSError: pass\n"
    )
    inspect = [sys.executable, "-m", "upload_matrix", "inspect", "--no-answer", "--save", "one", "--"]
    done = subprocess.run(
        [*inspect, sys.executable, "-c", program], cwd=folder, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 1, done.stderr
    return folder / "matrix" / "one.request"


@pytest.mark.parametrize("file", ["head.txt", "body.bin", "wire.json"])
@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "binary", "deep"])
def test_a_saved_request_that_is_broken(saved_request, file, kind):
    if file == "body.bin" and kind in ("binary", "deep"):
        return  # a body may be anything
    shutil.copytree(saved_request, "mine.request")
    (Path("mine.request") / file).unlink()
    KINDS[kind](Path("mine.request") / file)
    assert file in asked("isolate", "mine.request")


UNWRITABLE = {
    "file": lambda path: path.write_text("kept"),
    "loop": loop,
}


@pytest.mark.parametrize("kind", UNWRITABLE)
@pytest.mark.parametrize(
    "words",
    [
        ["run", "--disable-recording", "--reports", "out/sub"],
        ["report", "good.json", "-o", "out/x.md"],
        ["compare", "good.json", "good.json", "--html", "out/x.html"],
        ["site", "good.json", "-o", "out/site"],
        ["init", "out/project"],
        ["bug-report", "good.json", "-o", "out/bug"],
        ["inspect", "-o", "out/x.jsonl", "--", "true"],
    ],
    ids=lambda words: words[0],
)
def test_a_place_that_cannot_be_written(words, kind):
    UNWRITABLE[kind](Path("out"))
    asked(*words) if words[0] != "run" else upload_matrix(*words, code=2)
    assert kind == "loop" or Path("out").read_text() == "kept"


@pytest.mark.parametrize(
    "words", [["run", "--disable-recording"], ["report", "good.json"], ["cases"], ["doctor"], ["schema"]]
)
def test_a_full_standard_output(words):
    with Path("/dev/full").open("wb") as full:
        _, err = upload_matrix(*words, code=2, stdout=full)
    assert "standard output cannot be written: No space left on device" in err


def test_a_full_standard_output_costs_no_report():
    with Path("/dev/full").open("wb") as full:
        upload_matrix("run", "--disable-recording", code=2, stdout=full)
    assert json.loads(Path("reports/latest.json").read_text())["cases"]


@pytest.mark.parametrize(
    "words", [["run", "--disable-recording"], ["report", "good.json"], ["schema"], ["--help"]]
)
def test_a_reader_that_went_away_changes_no_exit_code(words):
    read, write = os.pipe()
    os.close(read)
    try:
        _, err = upload_matrix(*words, code=0, stdout=write)
    finally:
        os.close(write)
    assert err == ""


def test_a_verdict_that_could_not_be_written_is_no_regression():
    Path("reports").write_text("kept")
    out, _ = upload_matrix("run", "--disable-recording", code=2)
    assert "ERROR: the report is not whole" in out
    assert "✓ the case is as expected" in out


@pytest.mark.parametrize("release", ["httpx==0.27.0", ">=1", "../x", "latest"])
def test_a_release_that_is_none(release):
    Path("matrix/m.yaml").write_text(MATRIX.replace("axes: {", f'axes: {{sdk: ["{release}"], '))
    _, err = upload_matrix("cases", code=2)
    assert f"matrix/m.yaml:5:14: `sdk`: `{release}` is no release of the SDK" in err


def test_a_mime_table_is_named_as_it_was_typed():
    _, err = upload_matrix("run", "--mime-table", "nonsense", code=2)
    assert "--mime-table nonsense" in err
    Path("t").write_text("image/webp webp\n")
    out, err = upload_matrix("run", "--mime-table", "sytem=t", code=2)
    assert "'sytem' is none that a case could ask for; did you mean `system`?" in out + err


def test_what_a_client_of_ones_own_lacks_is_said():
    Path("matrix/clients").mkdir()
    Path("matrix/clients/mine.py").write_text('"""Mine."""\nimport surely_not_installed\n')
    Path("matrix/m.yaml").write_text(MATRIX.replace("[httpx]", "[mine]"))
    out, _ = upload_matrix("run", "--disable-recording", code=3)
    assert "1 case unavailable: No module named 'surely_not_installed' (for the client mine)" in out


@pytest.mark.parametrize(
    ("status", "body", "code", "outcome"),
    [
        (200, b"[" * 50_000 + b"]" * 50_000, 1, "unparsed"),
        (400, b"[" * 50_000 + b"]" * 50_000, 1, "rejected"),
        (400, b'{"error": ' * 900 + b"1" + b"}" * 900, 1, "rejected"),
        (600, b"{}", 3, "inconclusive"),
        (999, b"{}", 3, "inconclusive"),
    ],
)
def test_an_answer_that_no_vendor_would_give(status, body, code, outcome):
    Path("matrix/targets").mkdir()
    Path("matrix/m.yaml").write_text(MATRIX.replace("emulator:openai-2026-02", "vendor"))
    with Vendor(lambda _: RawResponse(status, (JSON,), body)) as vendor:
        Path("matrix/targets/vendor.yaml").write_text(
            f"name: vendor\nbase_url: {vendor.base_url}\nkey_env: VENDOR_KEY\n"
        )
        upload_matrix("record", "--yes", "--ledger", "books.sqlite", code=code)
    (case,) = json.loads(Path("reports/latest.json").read_text())["cases"]
    assert case["outcome"]["kind"] == outcome
