"""Where in a program's own code a request is made, and what it raised, as the running program tells it."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from upload_matrix.cli import main
from upload_matrix.inspect.command import InspectSettings, inspect_command
from upload_matrix.inspect.output import TextListener
from upload_matrix.inspect.routes import AnsweredBy
from upload_matrix.inspect.witness import Witness

HEAD = "import io, os, tempfile, asyncio\nurl = os.environ['OPENAI_BASE_URL']\n"


def inspected(tmp_path, code, *, suffix=".py", argv=(sys.executable,), **environ):
    program = tmp_path / f"app{suffix}"
    program.write_text(code)
    settings = InspectSettings(AnsweredBy.EMULATOR, environ={**os.environ, **environ})
    return inspect_command([*argv, str(program)], settings)


@pytest.mark.parametrize(
    "call",
    [
        "import openai; openai.OpenAI(max_retries=0).images.edit(image=('a.webp', b'RIFF'), prompt='p')",
        "import httpx; httpx.post(url + '/images/edits', files={'image': ('a.webp', b'RIFF')})",
        "import requests; requests.post(url + '/images/edits', files={'image': ('a.webp', b'RIFF')})",
        "import urllib.request as u; u.urlopen(u.Request(url + '/files', b'x', {'Content-Type': 'text/x'}))",
    ],
    ids=["sdk", "httpx", "requests", "urllib"],
)
def test_the_line_that_made_the_call(tmp_path, call):
    code = f"{HEAD}def main():\n    pass\n    {call}\ntry:\n    main()\nexcept OSError: pass\nexcept Exception as e: print(e)\n"
    with inspected(tmp_path, code) as seen:
        made = seen.exchanges[0].sight.made
    assert (made.place.file, made.place.line, made.place.function) == (str(tmp_path / "app.py"), 5, "main")
    assert made.place.source == call[:200]
    assert [each.line for each in made.places] == [5, 7]
    assert made.statement == call.partition("; ")[2], "of two statements on a line, the one that calls"


def test_the_line_of_an_asynchronous_call_and_what_it_handed_over(tmp_path):
    code = (
        f"{HEAD}import openai\n"
        "async def main():\n"
        "    spooled = tempfile.SpooledTemporaryFile()\n"
        "    client = openai.AsyncOpenAI(max_retries=0)\n"
        "    await client.files.create(file=spooled, purpose='assistants')\n"
        "try: asyncio.run(main())\n"
        "except openai.APIError: pass\n"
    )
    with inspected(tmp_path, code) as seen:
        made = seen.exchanges[0].sight.made
    assert made.place.line == 7
    assert made.handed_over["file"].kind == "SpooledTemporaryFile"


CANARY = "sk-" + "canary0123456789" * 2


def test_each_request_has_its_own_line(tmp_path):
    code = f"{HEAD}import httpx\nhttpx.post(url + '/files')\nhttpx.post(url + '/files')\n"
    with inspected(tmp_path, code) as seen:
        assert [each.sight.made.place.line for each in seen.exchanges] == [4, 5]


def test_the_error_of_a_program_that_sent_nothing(tmp_path, capfd):
    code = f"{HEAD}import openai\nkey = '{CANARY}'\nopenai.OpenAI(api_key='{CANARY}').files.create(file=open(__file__), purpose='batch')\n"
    with inspected(tmp_path, code) as seen:
        (raised,) = seen.raised
        TextListener(sys.stderr, {}, frozenset()).ended(seen, 3)
    assert (raised.error, raised.place.line) == ("TypeError", 5)
    told = capfd.readouterr().err
    shown = told[told.index("inspect| ") :]
    assert "the program raised TypeError before an upload left it" in shown
    assert 'open it with "rb"' in shown
    assert "canary" not in shown
    assert "base URL" not in shown


@pytest.mark.parametrize("library", ["httpx", "requests"])
def test_a_call_past_the_tap_is_told_and_no_upload_is_said_to_have_stayed(tmp_path, capfd, library):
    with socket.create_server(("127.0.0.1", 0)) as unanswered:
        port = unanswered.getsockname()[1]
    code = (
        f"{HEAD}import {library}\n"
        f"{library}.post('http://127.0.0.1:{port}/v1/files?key={CANARY}', files={{'file': ('a.webp', b'RIFF')}})\n"
    )
    with inspected(tmp_path, code) as seen:
        TextListener(sys.stderr, {}, frozenset()).ended(seen, 3)
    told = capfd.readouterr().err
    shown = told[told.index("inspect| ") :].replace("\ninspect|", "")
    assert "no request came here: the program made 1 request elsewhere:" in shown
    assert f"POST http://127.0.0.1:{port}/v1/files, at {tmp_path / 'app.py'}:4" in shown
    assert "or catch it with --proxy" in shown
    assert "the program raised " in shown
    assert "before an upload left it" not in shown
    assert "canary" not in shown


def test_a_call_to_the_tap_that_failed_before_it_was_sent_went_nowhere_else(tmp_path, capfd):
    code = f"{HEAD}import httpx\nhttpx.post(url + '/files', headers={{'X-Name': 'a\\nb'}})\n"
    with inspected(tmp_path, code) as seen:
        assert seen.past == ()
        TextListener(sys.stderr, {}, frozenset()).ended(seen, 3)
    assert "elsewhere" not in capfd.readouterr().err


def test_a_sitecustomize_of_the_programs_own_still_runs(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import os; os.environ['OWN'] = 'ran'\n")
    witness = Witness()
    environ = witness.environment({**os.environ, "PYTHONPATH": str(own)})
    code = "import os, sys, json; print(json.dumps([os.environ['OWN'], [p for p in sys.path if 'witness' in p]]))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    witness.close()
    assert json.loads(done.stdout) == ["ran", []]


@pytest.mark.parametrize(
    "line", ["no json", "[]", '{"event": "sent"}', '{"event": "sent", "method": 3, "url": []}']
)
def test_a_line_that_the_program_wrote_itself_is_passed_over(tmp_path, line):
    witness = Witness()
    file = witness.environment({})["UPLOAD_MATRIX_WITNESS"]
    Path(file).write_text(line + "\n" + '{"event": "sent", "method": "POST", "url": "http://x/v1/files"}\n')
    assert witness.call("POST", "/v1/files").url == "http://x/v1/files"
    assert witness.call("POST", "/v1/files") is None
    witness.close()


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
def test_node(tmp_path):
    code = (
        "const url = process.env.OPENAI_BASE_URL;\n"
        "async function up() {\n"
        "  await new Promise((done) => setTimeout(done, 5));\n"
        "  const form = new FormData();\n"
        "  await fetch(url + '/files', {method: 'POST', body: form});\n"
        "}\n"
        "await up();\n"
        "null.x;\n"
    )
    with inspected(tmp_path, code, suffix=".mjs", argv=("node",)) as seen:
        made = seen.exchanges[0].sight.made
        (raised,) = seen.raised
    assert (made.place.file, made.place.line, made.place.function) == (str(tmp_path / "app.mjs"), 5, "up")
    assert (raised.error, raised.place.line, raised.place.source) == ("TypeError", 8, "null.x;")


def test_nothing_is_loaded_into_a_program_that_is_to_be_left_alone(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    told = "import os; print(os.environ.get('NODE_OPTIONS'), 'witness' in os.environ.get('PYTHONPATH', ''))"
    (tmp_path / "app.py").write_text(f"{HEAD}{told}\nimport httpx; httpx.post(url + '/files')\n")
    monkeypatch.delenv("NODE_OPTIONS", raising=False)
    for options, printed, named in ((["--no-witness"], "None False", False), ([], "node.cjs", True)):
        with pytest.raises(SystemExit):
            main(["inspect", "--emulator", *options, "--", sys.executable, "app.py"])
        out, err = capfd.readouterr()
        assert printed in out
        assert ("called at app.py" in err) is named
