"""``upload-matrix inspect`` as people use it: what is shown, what is saved, and the exit code."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import urllib.request
from pathlib import Path

import pytest
from inspect_upstream import upstream

from upload_matrix.cli import main
from upload_matrix.inspect.output import TextListener

PROGRAM = """
    import sys, urllib.request, os
    body = (
        b'--b\\r\\nContent-Disposition: form-data; name="model"\\r\\n\\r\\ngpt-image-1\\r\\n'
        b'--b\\r\\nContent-Disposition: form-data; name="prompt"\\r\\n\\r\\nx\\r\\n'
        b'--b\\r\\nContent-Disposition: form-data; name="image"; filename="%s"\\r\\nContent-Type: %s\\r\\n\\r\\n'
        b'RIFF....WEBPVP8 \\r\\n--b--\\r\\n' % (sys.argv[1].encode(), sys.argv[2].encode())
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Authorization": "Bearer sk-canary-123456789", "User-Agent": "curl/7.88.1"}
    request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/images/edits", body, headers)
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        error.close()
    print("the program's own words")
    sys.exit(5)
"""
GOOD, BAD = ("avatar.webp", "image/webp"), ("upload", "application/octet-stream")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    Path("app.py").write_text(textwrap.dedent(PROGRAM))


def run(*words):
    with pytest.raises(SystemExit) as ended:
        main(["inspect", *words])
    return ended.value.code


def program(kind):
    return ["--", sys.executable, "app.py", *kind]


@pytest.mark.parametrize(
    ("options", "kind", "status"),
    [
        (["--emulator"], GOOD, 0),
        (["--emulator"], BAD, 1),
        (["--no-answer"], BAD, 1),
        (["--emulator", "openai-2026-11"], GOOD, 0),
        (["--emulator", "--keep-status"], GOOD, 5),
        (["--emulator", "--keep-status"], BAD, 1),
        (["--emulator", "--ignore", "octet-stream", "--ignore", "default-filename"], BAD, 0),
        (["--emulator", "--ignore", "octet-stream"], BAD, 1),
    ],
)
def test_the_exit_code_says_whether_there_are_findings(options, kind, status):
    assert run(*options, *program(kind)) == status


def test_what_is_shown(capfd):
    run("--emulator", *program(BAD))
    out, err = capfd.readouterr()
    assert out == "the program's own words\n"
    lines = err.splitlines()
    assert all(line.startswith("inspect| ") for line in lines)
    shown = "\n".join(line.removeprefix("inspect| ") for line in lines)
    assert "#1 POST /v1/images/edits, multipart/form-data, content-length, images.edit, from curl" in shown
    assert re.search(r"image +upload +application/octet-stream +16 bytes, sha256 [0-9a-f]{12} +webp\n", shown)
    assert "! octet-stream: The Content-Type of part `image` is the generic" in shown
    assert "-F 'image=@image.webp;filename=image.webp;type=image/webp'" in shown
    assert "fix: as above" in shown
    assert "400 invalid_value" in shown
    assert "emulated" in shown
    assert "1 request, 1 upload, 2 findings" in shown
    assert "the program ended with exit status 5; inspect ends with exit code 1" in shown
    assert "canary" not in err


def test_findings_are_repeated_each_once_below_the_programs_own_output(capfd):
    twice = Path("twice.py")
    twice.write_text("import subprocess, sys\nfor _ in range(2): subprocess.run(sys.argv[1:])")
    run("--emulator", "--ignore", "octet-stream", "--", sys.executable, str(twice), *program(BAD)[1:])
    shown = capfd.readouterr().err.replace("inspect| ", "")
    end = shown[shown.index("2 requests, 2 uploads, 2 findings (2 ignored)") :]
    assert end.count("! default-filename (#1, #2): The filename of part `image` is `upload`") == 1
    assert end.count("-F 'image=@image.webp;filename=image.webp;type=image/webp'") == 1
    assert "octet-stream" not in end.replace("application/octet-stream", "")
    assert "`upload-matrix explain default-filename` says what that word means" in end


def test_json_lines_and_nothing_else_on_stdout(capfd):
    run("--emulator", "--json", *program(BAD))
    out, err = capfd.readouterr()
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["event"] for event in events] == ["listening", "request", "answer", "end"]
    _, request, answer, end = events
    assert [finding["code"] for finding in request["findings"]] == ["default-filename", "octet-stream"]
    assert request["findings"][0]["as_code"]["language"] == "sh"
    assert (request["caller"]["client"], request["wire"]["parts"][2]["filename"]) == ("curl", "upload")
    assert (answer["status"], answer["error"]["code"], answer["source"]["provenance"]) == (
        400,
        "invalid_value",
        "emulated",
    )
    assert (end["program"], end["exit_code"], end["findings"]) == ({"exit_status": 5, "signal": None}, 1, 2)
    assert err == "the program's own words\n"
    assert "canary" not in out


@pytest.mark.parametrize("how", [["--json"], []])
def test_a_key_in_path_query_or_environment_is_shown_nowhere(how, monkeypatch, capfd):
    monkeypatch.setenv("OWN_GATEWAY_TOKEN", "canary0123456789abcdef")
    path = "/canary0123456789abcdef/uploads?api_key=canary-other-98765"
    app = Path("app.py")
    app.write_text(
        app.read_text().replace("/images/edits", path).replace('name="prompt"', 'name="canary-other-98765"')
    )
    run("--no-answer", *how, "--save", "kept", *program(BAD))
    out, err = capfd.readouterr()
    assert "/v1/[redacted:own-secret]/uploads" in out + err
    assert "canary" not in out + err
    assert not list(Path("matrix").rglob("*.request"))


def test_output_leaves_both_streams_to_the_program(capfd):
    run("--emulator", "--json", "-o", "seen.jsonl", *program(GOOD))
    assert capfd.readouterr() == ("the program's own words\n", "")
    assert json.loads(Path("seen.jsonl").read_text().splitlines()[-1])["exit_code"] == 0


def test_requests_go_where_they_were_meant_to_go(monkeypatch, capfd):
    with upstream() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        assert run(*program(GOOD)) == 0
    assert server.got[0].header("authorization") == "Bearer sk-canary-123456789"
    assert f"leads to {server.url}" in capfd.readouterr().err


def test_no_request_is_unresolved_with_a_way_on(capfd):
    assert run("--", "true") == 3
    err = capfd.readouterr().err
    assert "no request was seen" in err
    assert "--env NAME" in err
    assert "UPLOAD_MATRIX_URL" in err


def test_save_keeps_the_request_and_a_case_that_sends_the_same(capfd):
    assert run("--emulator", "--save", "refused", *program(BAD)) == 1
    err = capfd.readouterr().err
    assert "request #1 is saved as matrix/refused.request" in err
    assert "matrix/refused.yaml" in err
    assert "canary" not in "".join(
        path.read_text("latin-1") for path in Path("matrix").rglob("*") if path.is_file()
    )
    assert run("--emulator", "--save", "refused", *program(BAD)) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "give the program to run"),
        (["--listen", "--", "true"], "--listen runs no program"),
        (["--", "no-such-program"], "no-such-program: there is no such program"),
        (["--ignore", "octet-strem", "--", "true"], "did you mean 'octet-stream'?"),
        (["--emulator", "--no-answer", "--", "true"], "only one of them can answer"),
        (
            ["--no-answer", "--upstream", "http://127.0.0.1:1/v1", "--", "true"],
            "--upstream is asked by nobody",
        ),
        (["--upstream", "nowhere", "--", "true"], "--upstream: give an absolute URL"),
        (["--emulator", "no-profile", "--", "true"], "no-profile"),
        (["--save", "A B", "--", "true"], "use small letters"),
        (["--request", "1", "--", "true"], "give --save NAME too"),
        (
            ["--emulator", "--save", "x", "--request", "4", *program(GOOD)],
            "--request 4: there were 1 requests",
        ),
        (["-o", "no/such/folder", "--", "true"], "--output no/such/folder: No such file or directory"),
    ],
)
def test_usage(words, says, capfd):
    assert run(*words) == 2
    assert says in capfd.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_listening_without_a_program_ends_in_order_with_ctrl_c_and_sigterm(tmp_path, number):
    command = [sys.executable, "-m", "upload_matrix", "inspect", "--emulator", "--json", "--listen"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listening:
        url = json.loads(listening.stdout.readline())["variables"][0]["url"]
        with urllib.request.urlopen(f"{url}/models") as answer:
            assert answer.status == 200
        assert json.loads(listening.stdout.readline())["event"] == "request"
        listening.send_signal(number)
        end = json.loads(listening.stdout.read().splitlines()[-1])
        assert listening.wait() == 3
    assert (end["requests"], end["uploads"], end["program"]) == (1, 0, None)


class PressesCtrlC(io.StringIO):
    def write(self, text):
        if not self.tell():
            signal.raise_signal(signal.SIGINT)
        return super().write(text)


def test_a_ctrl_c_that_comes_while_it_still_says_where_it_listens_ends_it_in_order(monkeypatch):
    monkeypatch.setattr(sys, "stdout", told := PressesCtrlC())
    assert run("--emulator", "--json", "--listen") == 3
    assert json.loads(told.getvalue().splitlines()[-1])["requests"] == 0


def test_a_sigterm_goes_on_to_the_program_and_what_it_sent_is_reported():
    Path("waits.py").write_text(
        "import os, time, urllib.request\n"
        "urllib.request.urlopen(os.environ['OPENAI_BASE_URL'] + '/models').read()\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-m", "upload_matrix", "inspect", "--emulator", "--json", "-o", "seen.jsonl"]
    with subprocess.Popen([*command, "--", sys.executable, "waits.py"], stdout=subprocess.PIPE) as running:
        assert running.stdout.readline() == b"ready\n"
        running.terminate()
        assert running.wait() == 3  # it made a call, and no upload
    end = json.loads(Path("seen.jsonl").read_text().splitlines()[-1])
    assert end["program"] == {"exit_status": None, "signal": signal.SIGTERM}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_a_signal_ends_it_while_it_saves(tmp_path, number):
    app = Path("app.py")
    app.write_text(app.read_text().replace("RIFF", "RIFF" + "." * 200_000))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "upload_matrix", "inspect", "--emulator", "--save", "kept"]
    environ = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        [*command, *program(BAD)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environ
    ) as running:
        # Next, containers are tried out for a while, in a process of their own.
        next(line for line in running.stderr if "is saved as" in line)
        running.send_signal(number)
        assert running.wait() == 130
    assert list(temporary.iterdir()) == []
    assert not list(Path("matrix").glob(".*"))


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"CI": "true"}, False), ({"TERM": "dumb"}, False)],
)
def test_colour_is_for_terminals(environ, coloured):
    terminal = Terminal()
    TextListener(terminal, environ, frozenset()).note("said")
    assert ("\x1b[" in terminal.getvalue()) is coloured
    plain = io.StringIO()
    TextListener(plain, {}, frozenset()).note("said")
    assert plain.getvalue() == "inspect| said\n"
