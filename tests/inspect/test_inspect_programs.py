"""Real programs under inspection: what each sends, and that its fix, put in, leaves nothing to find."""

import os
import shutil
import sys
import textwrap
from pathlib import Path

import pytest
from inspect_upstream import json_answer, upstream
from PIL import Image

from upload_matrix.environments.kept import Blueprint, Way
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.inspect.command import InspectSettings, Listener, inspect_command
from upload_matrix.inspect.routes import AnsweredBy
from upload_matrix.model.answer import Answer
from upload_matrix.model.errors import ConfigurationError, UnavailableError

NPM_PREFIX = "UPLOAD_MATRIX_NPM_PREFIX"
KEY = "sk-" + "canary0123456789" * 2

SDK = """
    import io, openai
    client = openai.OpenAI()
    model, prompt = "gpt-image-1", "x"
    data = open("image.webp", "rb").read()
    try:
        client.images.edit(image=io.BytesIO(data), model=model, prompt=prompt)
    except openai.BadRequestError as error:
        print("refused:", error.code)
"""
SDK_ASYNC = """
    import asyncio, io, openai
    async def main():
        client = openai.AsyncOpenAI()
        data = open("image.webp", "rb").read()
        try:
            await client.images.edit(image=io.BytesIO(data), model="gpt-image-1", prompt="x")
        except openai.BadRequestError as error:
            print("refused:", error.code)
    asyncio.run(main())
"""
REST = """
    import os, {module}
    url = os.environ["OPENAI_BASE_URL"] + "/images/edits"
    headers = {{"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}}
    fields = {{"model": "gpt-image-1", "prompt": "x"}}
    answer = {module}.post(url, headers=headers, data=fields, files={{"image": open("image.webp", "rb").read()}})
    print("answered:", answer.status_code)
"""
NODE = """
    import fs from "node:fs";
    import OpenAI from "openai";
    const client = new OpenAI();
    try {
      await client.images.edit({ image: fs.createReadStream("image.webp"), model: "gpt-image-1", prompt: "x" });
    } catch (error) {
      console.log("refused:", error.code);
    }
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    Image.new("RGB", (8, 8)).save("image.webp")
    return tmp_path


def python(text, executable=sys.executable):
    Path("program.py").write_text(textwrap.dedent(text))
    return [executable, "program.py"]


def inspected(argv, answers=AnsweredBy.EMULATOR, **more):
    return inspect_command(argv, InspectSettings(answers, environ=dict(os.environ), **more))


def codes(inspection):
    return {each.finding.code for one in inspection.exchanges for each in one.sight.faults}


def fix(inspection):
    return inspection.exchanges[0].sight.faults[-1].code.code


def test_openai_with_its_bare_bytesio(capfd):
    with inspected(python(SDK)) as seen:
        (one,) = seen.exchanges
        assert codes(seen) == {"default-filename", "octet-stream"}
        assert one.sight.caller.client == "openai"
        assert (one.reply().status, seen.exit_status) == (400, 0)
        code = fix(seen)
    assert capfd.readouterr().out == "refused: invalid_value\n"
    fixed = code.replace("model=...", "model='gpt-image-1'").replace("prompt=...", "prompt='x'")
    with inspected(python(f"import openai\nclient = openai.OpenAI()\n{fixed}")) as seen:
        assert (codes(seen), seen.exchanges[0].reply().status) == (set(), 200)


def test_openai_async():
    with inspected(python(SDK_ASYNC)) as seen:
        assert codes(seen) == {"default-filename", "octet-stream"}
        assert seen.exchanges[0].sight.caller.client == "openai-async"


def test_openai_1(capfd):
    store = EnvironmentStore(offline=True)
    try:
        built = store.build(Blueprint("this", "1.109.1", Way.OVERLAY, "openai"))
    except UnavailableError as error:
        pytest.skip(f"openai 1.109.1 is in no cache here (upload-matrix sweep --sdk 1.109.1): {error}")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, built.pythonpath))}
    argv = python(SDK, str(built.python))
    with inspect_command(argv, InspectSettings(AnsweredBy.EMULATOR, environ=environ)) as seen:
        assert codes(seen) == {"default-filename", "octet-stream"}
        assert str(seen.exchanges[0].sight.caller).startswith("OpenAI/Python 1.109.1 on CPython")


@pytest.mark.parametrize(
    ("module", "expected", "status"),
    [
        ("requests", {"default-filename", "no-type"}, 200),
        ("httpx", {"default-filename", "octet-stream"}, 400),
    ],
)
def test_rest(module, expected, status, capfd):
    with inspected(python(REST.format(module=module))) as seen:
        assert codes(seen) == expected
        assert seen.exchanges[0].sight.caller.client == module
        code = fix(seen)
    assert capfd.readouterr().out == f"answered: {status}\n"
    before = textwrap.dedent(REST.format(module=module)).partition("answer =")[0]
    with inspected(python(f"{before}{code}")) as seen:
        assert (codes(seen), seen.exchanges[0].reply().status) == (set(), 200)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: https://curl.se")
def test_curl(capfd):
    line = 'curl -s "$OPENAI_BASE_URL/images/edits" -H "Authorization: Bearer $OPENAI_API_KEY" -F model=gpt-image-1 -F prompt=x '
    with inspected(["sh", "-c", f"{line} -F image=@image.webp"]) as seen:
        assert codes(seen) == {"octet-stream"}
        assert seen.exchanges[0].sight.caller.client == "curl"
        code = fix(seen)
    assert '"code":"invalid_value"' in capfd.readouterr().out
    with inspected(["sh", "-c", f"{line} {code}"]) as seen:
        assert (codes(seen), seen.exchanges[0].reply().status) == (set(), 200)


def test_openai_on_node(folder, capfd):
    prefix = os.environ.get(NPM_PREFIX)
    if shutil.which("node") is None:
        pytest.skip("node is not installed: https://nodejs.org")
    if not prefix or not (Path(prefix) / "node_modules" / "openai").is_dir():
        pytest.skip(f"{NPM_PREFIX} names no folder with the SDK: npm install --prefix FOLDER openai")
    (folder / "node_modules").symlink_to(Path(prefix).resolve() / "node_modules")
    (folder / "app.mjs").write_text(textwrap.dedent(NODE))
    # Some releases of the SDK send every upload chunked, which is a finding of its own.
    framing = {"chunked-framing"}
    with inspected(["node", "app.mjs"]) as seen:
        assert codes(seen) - framing == {"octet-stream"}
        assert seen.exchanges[0].sight.caller.client == "node-openai"
        code = fix(seen)
    assert capfd.readouterr().out == "refused: invalid_value\n"
    script = 'import OpenAI from "openai";\nconst client = new OpenAI();\nconst model = "gpt-image-1", prompt = "x";\n'
    (folder / "fixed.mjs").write_text(script + code)
    with inspected(["node", "fixed.mjs"]) as seen:
        assert (codes(seen) - framing, seen.exchanges[0].reply().status) == (set(), 200)


def test_the_real_server_gets_the_programs_own_key_and_a_retry_is_an_attempt(capfd):
    def answer(handler, number):
        if number == 1:
            json_answer(handler, 500, b'{"error": {"message": "again"}}', (("retry-after-ms", "1"),))
        else:
            json_answer(handler)

    with upstream(answer) as server, inspected(python(SDK), AnsweredBy.SERVER, upstream=server.url) as seen:
        first, second = seen.exchanges
        assert (first.reply().status, second.reply().status) == (500, 200)
        assert (second.sight.attempt, second.sight.first) == (2, 1)
        assert second.captured().wire == first.captured().wire
        assert isinstance(second.reply(), Answer)
    assert [got.header("authorization") for got in server.got] == [f"Bearer {KEY}"] * 2
    assert [got.path for got in server.got] == ["/v1/images/edits"] * 2


def test_a_streamed_answer_is_read_by_the_sdk():
    def answer(handler, _):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        for number in range(3):
            handler.wfile.write(
                b'event: image_edit.partial_image\ndata: {"type": "image_edit.partial_image", "partial_image_index": %d}\n\n'
                % number
            )
        handler.close_connection = True

    program = """
        import openai
        stream = openai.OpenAI().images.edit(image=("a.webp", b"RIFF....WEBP", "image/webp"), model="m", prompt="x", stream=True)
        assert [event.partial_image_index for event in stream] == [0, 1, 2]
    """
    with (
        upstream(answer) as server,
        inspected(python(program), AnsweredBy.SERVER, upstream=server.url) as seen,
    ):
        assert seen.exit_status == 0
        assert seen.exchanges[0].reply().body.count(b"event: ") == 3


def test_azure():
    program = """
        import openai
        client = openai.AzureOpenAI(api_version="2025-04-01-preview", api_key="k")
        client.images.edit(image=("a.webp", b"RIFF....WEBP", "image/webp"), model="m", prompt="x")
    """
    with upstream() as server:
        environ = {**os.environ, "AZURE_OPENAI_ENDPOINT": server.origin}
        with inspect_command(python(program), InspectSettings(environ=environ)) as seen:
            assert (seen.exit_status, seen.exchanges[0].sight.passed.route.name) == (
                0,
                "AZURE_OPENAI_ENDPOINT",
            )
            assert seen.exchanges[0].sight.operation.name == "images.edit"
    assert server.got[0].path == "/openai/deployments/m/images/edits?api-version=2025-04-01-preview"
    assert server.got[0].header("api-key") == "k"


def test_a_program_that_takes_its_url_in_code():
    program = """
        import os, urllib.request
        urllib.request.urlopen(os.environ["UPLOAD_MATRIX_URL"] + "/models").read()
    """
    with inspected(python(program)) as seen:
        (one,) = seen.exchanges
        assert (one.sight.is_upload, one.sight.passed.wire.path) == (False, "/v1/models")


@pytest.mark.parametrize(
    ("text", "status"),
    [("raise SystemExit(7)", 7), ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9)],
)
def test_a_program_that_fails_is_no_failure_of_ours(text, status):
    with inspected(python(text)) as seen:
        assert (seen.exit_status, seen.exchanges) == (status, ())


def test_a_program_that_is_not_there():
    with pytest.raises(ConfigurationError, match="no-such-program: there is no such program"):
        inspected(["no-such-program"])


def test_standard_input_is_passed_through(tmp_path, capfd):
    (tmp_path / "in").write_text("said to it")
    with inspected(["sh", "-c", "cat < in"]):
        pass
    assert capfd.readouterr().out == "said to it"


def test_each_request_is_told_before_its_answer():
    class Noting(Listener):
        def __init__(self):
            self.said = []

        def opened(self, opened):
            self.said.append(("opened", *opened.upstreams.values()))

        def sent(self, sight):
            self.said.append(("sent", sight.number))

        def told(self, sight, told):
            self.said.append(("told", sight.number, told.status))

    noting = Noting()
    settings = InspectSettings(AnsweredBy.EMULATOR, environ=dict(os.environ))
    with inspect_command(python(SDK), settings, noting):
        assert noting.said == [("opened", "emulator:openai-2026-02"), ("sent", 1), ("told", 1, 400)]


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(kept))
    with inspected(["true"]):
        assert len(list(kept.iterdir())) == 1
    assert list(kept.iterdir()) == []
    with pytest.raises(ConfigurationError):
        inspected(["no-such-program"])
    assert list(kept.iterdir()) == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: https://curl.se")
def test_curl_that_asks_before_it_sends(folder, capfd):
    (folder / "big.webp").write_bytes(b"RIFF\0\0\0\0WEBP" + bytes(3_000_000))
    line = 'curl -s -m 20 -H "Expect: 100-continue" "$OPENAI_BASE_URL/images/edits" -F "image=@big.webp;type=image/webp"'
    with upstream() as server, inspected(["sh", "-c", line], AnsweredBy.SERVER, upstream=server.url) as seen:
        (one,) = seen.exchanges
        assert (one.sight.faults, one.sight.passed.body.on_disk) == ((), True)
    assert capfd.readouterr().out.startswith('{"created": 1')
    assert server.got[0].size == one.sight.passed.body.size
