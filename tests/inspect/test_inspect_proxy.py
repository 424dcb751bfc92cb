"""Programs with the vendor's real host in their code, behind the intercepting proxy: nothing leaves loopback."""

import os
import shutil
import sys
import textwrap
from pathlib import Path

import pytest
from html_browser import missing
from PIL import Image

from upload_matrix.inspect.command import InspectSettings, inspect_command
from upload_matrix.inspect.proxy.browser import is_chromium, with_flags
from upload_matrix.inspect.proxy.setup import ProxyOptions
from upload_matrix.inspect.proxy.variables import behind_proxy, believed, believed_besides
from upload_matrix.inspect.routes import AnsweredBy
from upload_matrix.model.answer import Provenance

pytest.importorskip(
    "cryptography", reason="cryptography is not installed: pip install 'upload-matrix[proxy]'"
)

KEY = "sk-" + "canary0123456789" * 2
NOWHERE = "http://127.0.0.1:9"
"""A proxy of the environment that nobody is: what the intercepting one would pass on comes to nothing."""

OPENAI = """
    import io, openai
    client = openai.OpenAI(base_url="https://api.openai.com/v1", max_retries=0)
    data = open("image.webp", "rb").read()
    print(len(client.images.edit(image=("a.webp", data, "image/webp"), model="gpt-image-1", prompt="x").data))
"""
OPENAI_ASYNC = """
    import asyncio, openai
    async def main():
        client = openai.AsyncOpenAI(base_url="https://api.openai.com/v1", max_retries=0)
        file = ("a.webp", open("image.webp", "rb").read(), "image/webp")
        print(len((await client.images.edit(image=file, model="gpt-image-1", prompt="x")).data))
    asyncio.run(main())
"""
AZURE = """
    import openai
    client = openai.AzureOpenAI(
        azure_endpoint="https://me.openai.azure.com", api_version="2025-04-01-preview", api_key="none", max_retries=0
    )
    file = ("a.webp", open("image.webp", "rb").read(), "image/webp")
    print(len(client.images.edit(image=file, model="gpt-image-1", prompt="x").data))
"""
REQUESTS = """
    import os, requests
    headers = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    files = {"image": ("a.webp", open("image.webp", "rb"), "image/webp")}
    fields = {"model": "gpt-image-1", "prompt": "x"}
    answer = requests.post("https://api.openai.com/v1/images/edits", headers=headers, data=fields, files=files)
    print(len(answer.json()["data"]))
"""
AIOHTTP = """
    import asyncio, os, aiohttp
    async def main():
        form = aiohttp.FormData({"model": "gpt-image-1", "prompt": "x"})
        form.add_field("image", open("image.webp", "rb"), filename="a.webp", content_type="image/webp")
        headers = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
        async with aiohttp.ClientSession(trust_env=True, headers=headers) as session:
            async with session.post("https://api.openai.com/v1/images/edits", data=form) as answer:
                print(len((await answer.json())["data"]))
    asyncio.run(main())
"""
URLLIB3 = """
    import json, os, urllib3
    headers = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    fields = {"model": "gpt-image-1", "prompt": "x", "image": ("a.webp", open("image.webp", "rb").read(), "image/webp")}
    pool = urllib3.PoolManager(headers=headers)
    print(len(json.loads(pool.request("POST", "https://api.openai.com/v1/images/edits", fields=fields).data)["data"]))
"""
FETCH = """
    import fs from "node:fs";
    const form = new FormData();
    form.append("model", "gpt-image-1");
    form.append("prompt", "x");
    form.append("image", new File([fs.readFileSync("image.webp")], "a.webp", {type: "image/webp"}));
    const headers = {authorization: `Bearer ${process.env.OPENAI_API_KEY}`};
    const answer = await fetch("https://api.openai.com/v1/images/edits", {method: "POST", headers, body: form});
    console.log((await answer.json()).data.length);
"""
HTTPS = """
    import https from "node:https";
    import {connect} from "node:tls";
    await new Promise((done) => connect(443, "api.openai.com", function () { this.end(); done(); }));
    const body = ["model", "prompt"].map((name) =>
      `--b\\r\\nContent-Disposition: form-data; name="${name}"\\r\\n\\r\\ngpt-image-1\\r\\n`).join("") +
      `--b\\r\\nContent-Disposition: form-data; name="image"; filename="a.webp"\\r\\nContent-Type: image/webp\\r\\n\\r\\n` +
      "RIFF....WEBPVP8 \\r\\n--b--\\r\\n";
    const headers = {"content-type": "multipart/form-data; boundary=b", authorization: `Bearer ${process.env.OPENAI_API_KEY}`};
    const request = https.request("https://api.openai.com/v1/images/edits", {method: "POST", headers}, async (answer) => {
      let text = "";
      for await (const piece of answer) text += piece;
      console.log(JSON.parse(text).data.length);
    });
    request.end(body);
"""
NODE_OPENAI = """
    import fs from "node:fs";
    import OpenAI, {toFile} from "openai";
    const client = new OpenAI({baseURL: "https://api.openai.com/v1", maxRetries: 0});
    const image = await toFile(fs.readFileSync("image.webp"), "a.webp", {type: "image/webp"});
    console.log((await client.images.edit({image, model: "gpt-image-1", prompt: "x"})).data.length);
"""
CURL = """
    curl -sS https://api.openai.com/v1/images/edits -H "Authorization: Bearer $OPENAI_API_KEY" -F model=gpt-image-1 \
      -F prompt=x -F 'image=@image.webp;type=image/webp;filename=a.webp' | grep -c created
"""
GO = """
    package main
    import ("bytes"; "encoding/json"; "fmt"; "mime/multipart"; "net/http"; "net/textproto"; "os")
    func main() {
        var body bytes.Buffer
        form := multipart.NewWriter(&body)
        form.WriteField("model", "gpt-image-1")
        form.WriteField("prompt", "x")
        head := textproto.MIMEHeader{}
        head.Set("Content-Disposition", `form-data; name="image"; filename="a.webp"`)
        head.Set("Content-Type", "image/webp")
        part, _ := form.CreatePart(head)
        data, _ := os.ReadFile("image.webp")
        part.Write(data)
        form.Close()
        request, _ := http.NewRequest("POST", "https://api.openai.com/v1/images/edits", &body)
        request.Header.Set("Content-Type", form.FormDataContentType())
        request.Header.Set("Authorization", "Bearer " + os.Getenv("OPENAI_API_KEY"))
        answer, err := http.DefaultClient.Do(request)
        if err != nil { fmt.Println(err); os.Exit(1) }
        var told struct{ Data []any }
        json.NewDecoder(answer.Body).Decode(&told)
        fmt.Println(len(told.Data))
    }
"""
JAVA = """
    import java.net.URI;
    import java.net.http.*;
    public class App {
        public static void main(String[] args) throws Exception {
            String part = "--b\\r\\nContent-Disposition: form-data; name=";
            String body = part + "model\\r\\n\\r\\ngpt-image-1\\r\\n" + part + "prompt\\r\\n\\r\\nx\\r\\n" + part
                + "image; filename=a.webp\\r\\nContent-Type: image/webp\\r\\n\\r\\nRIFF....WEBPVP8 \\r\\n--b--\\r\\n";
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://api.openai.com/v1/images/edits"))
                .header("Content-Type", "multipart/form-data; boundary=b")
                .header("Authorization", "Bearer " + System.getenv("OPENAI_API_KEY"))
                .POST(HttpRequest.BodyPublishers.ofString(body)).build();
            String told = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
            System.out.println(told.split("b64_json", -1).length - 1);
        }
    }
"""
PHP = """
    <?php
    $call = curl_init("https://api.openai.com/v1/images/edits");
    curl_setopt_array($call, [CURLOPT_RETURNTRANSFER => true, CURLOPT_POSTFIELDS => ["model" => "gpt-image-1",
      "prompt" => "x", "image" => new CURLFile("image.webp", "image/webp", "a.webp")],
      CURLOPT_HTTPHEADER => ["Authorization: Bearer " . getenv("OPENAI_API_KEY")]]);
    echo count(json_decode(curl_exec($call), true)["data"]), "\\n";
"""
RUBY = """
    require "net/http"
    require "json"
    uri = URI("https://api.openai.com/v1/images/edits")
    call = Net::HTTP::Post.new(uri, "Authorization" => "Bearer #{ENV["OPENAI_API_KEY"]}")
    file = ["image", File.open("image.webp"), {filename: "a.webp", content_type: "image/webp"}]
    call.set_form([["model", "gpt-image-1"], ["prompt", "x"], file], "multipart/form-data")
    answer = Net::HTTP.start(uri.host, uri.port, use_ssl: true) { |http| http.request(call) }
    puts JSON.parse(answer.body)["data"].length
"""
PAGE = """
    <body>waiting<script>
    const form = new FormData();
    form.append("model", "gpt-image-1");
    form.append("prompt", "x");
    form.append("image", new File(["RIFF....WEBPVP8 "], "a.webp", {type: "image/webp"}));
    const headers = {authorization: "Bearer %s"};
    fetch("https://api.openai.com/v1/images/edits", {method: "POST", headers, body: form})
      .then((answer) => answer.json())
      .then((told) => { document.body.textContent = `pictures: ${told.data.length}`; })
      .catch((error) => { document.body.textContent = `failed: ${error}`; });
    </script></body>
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, NOWHERE)
    monkeypatch.setenv("NO_PROXY", "localhost,.openai.com")
    Image.new("RGB", (8, 8)).save("image.webp")
    return tmp_path


def needs(program, package):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed: apt-get install {package}")


def written(name, text):
    Path(name).write_text(textwrap.dedent(text).lstrip())
    return name


def behind(argv, answers=AnsweredBy.EMULATOR, hosts=(), **more):
    settings = InspectSettings(answers, environ=dict(os.environ), proxy=ProxyOptions(hosts), **more)
    return inspect_command(argv, settings)


def is_seen(inspection, path="/v1/images/edits"):
    """One upload, as the program sent it, answered in the vendor's place, and nothing else anywhere."""
    (one,) = inspection.uploads
    wire = one.sight.passed.wire
    (file,) = wire.uploads()
    assert (wire.method, wire.path, file.filename, file.declared) == ("POST", path, "a.webp", "image/webp")
    assert (one.told.status, one.told.source.provenance) == (200, Provenance.EMULATED)
    assert one.sight.faults == ()
    assert inspection.exit_status == 0
    return one


def nothing_else(inspection):
    traffic = inspection.traffic
    assert (traffic.unread, traffic.failed, traffic.distrusted, traffic.unreadable) == ({}, {}, {}, {})


PYTHON = {
    "openai": OPENAI,
    "openai-async": OPENAI_ASYNC,
    "requests": REQUESTS,
    "aiohttp": AIOHTTP,
    # These read no HTTPS_PROXY.
    "aiohttp-plain": AIOHTTP.replace("trust_env=True, ", ""),
    "urllib3": URLLIB3,
}


@pytest.mark.parametrize("text", PYTHON.values(), ids=PYTHON)
def test_python_programs(text, capfd):
    with behind([sys.executable, written("app.py", text)]) as seen:
        one = is_seen(seen)
        nothing_else(seen)
        assert seen.opened.upstreams[one.sight.passed.route.name] == "emulator:openai-2026-02"
    assert capfd.readouterr().out == "1\n"


def test_azures_endpoint_in_code(capfd):
    with behind([sys.executable, written("app.py", AZURE)]) as seen:
        one = is_seen(seen, "/openai/deployments/gpt-image-1/images/edits")
        assert one.sight.passed.route.name == "https://me.openai.azure.com"
    assert capfd.readouterr().out == "1\n"


@pytest.mark.parametrize("text", [FETCH, HTTPS], ids=["fetch", "https"])
def test_node_programs(text, capfd):
    needs("node", "nodejs")
    with behind(["node", written("app.mjs", text)]) as seen:
        is_seen(seen)
        nothing_else(seen)
    assert capfd.readouterr().out == "1\n"


def test_openai_on_node(folder, capfd):
    needs("node", "nodejs")
    prefix = os.environ.get("UPLOAD_MATRIX_NPM_PREFIX")
    if not prefix or not (Path(prefix) / "node_modules" / "openai").is_dir():
        pytest.skip(
            "UPLOAD_MATRIX_NPM_PREFIX names no folder with openai: npm install --prefix FOLDER openai"
        )
    (folder / "node_modules").symlink_to(Path(prefix).resolve() / "node_modules")
    with behind(["node", written("app.mjs", NODE_OPENAI)]) as seen:
        (one,) = seen.uploads
        assert (one.told.status, one.sight.caller.client) == (200, "node-openai")
        nothing_else(seen)
    assert capfd.readouterr().out == "1\n"


@pytest.mark.parametrize(("name", "words"), [("bun", ["run"]), ("deno", ["run", "-A"])])
def test_other_runtimes_of_javascript(name, words, monkeypatch, capfd):
    prefix = Path(os.environ.get("UPLOAD_MATRIX_NPM_PREFIX", "nowhere"), "node_modules", ".bin")
    found = shutil.which(name, path=os.pathsep.join([str(prefix.resolve()), os.environ["PATH"]]))
    if found is None:
        pytest.skip(
            f"{name} is not installed: npm install --prefix FOLDER {name}, FOLDER as UPLOAD_MATRIX_NPM_PREFIX"
        )
    monkeypatch.setenv("DENO_NO_UPDATE_CHECK", "1")
    text = 'import process from "node:process";\n' + textwrap.dedent(FETCH)
    with behind([found, *words, written("app.mjs", text)]) as seen:
        is_seen(seen)
        nothing_else(seen)
    assert capfd.readouterr().out == "1\n"


def test_a_page_in_chromium(folder, capfd):
    path = os.environ.get("UPLOAD_MATRIX_CHROMIUM") or shutil.which("chromium")
    if path is None:
        missing("chromium", "apt-get install chromium, or name one in UPLOAD_MATRIX_CHROMIUM")
    page = folder / written("page.html", PAGE % KEY)
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom"]
    with behind([path, *quiet, "--virtual-time-budget=20000", page.as_uri()]) as seen:
        is_seen(seen)
        preflight = seen.exchanges[0]
        assert (preflight.sight.passed.wire.method, preflight.told.status) == ("OPTIONS", 204)
        # What a browser asks for by itself would have had to take the environment's proxy, which is nobody.
        assert (seen.traffic.unread, seen.traffic.distrusted) == ({}, {})
    assert "pictures: 1" in capfd.readouterr().out


def test_curl(capfd):
    needs("curl", "curl")
    with behind(["sh", written("app.sh", CURL)]) as seen:
        is_seen(seen)
        nothing_else(seen)
    assert capfd.readouterr().out == "1\n"


@pytest.mark.parametrize(
    ("runs", "package", "name", "text"),
    [
        (["go", "run"], "golang-go", "app.go", GO),
        (["java"], "default-jdk-headless", "App.java", JAVA),
        (["php"], "php-cli php-curl", "app.php", PHP),
        (["ruby"], "ruby", "app.rb", RUBY),
    ],
    ids=["go", "java", "php", "ruby"],
)
def test_programs_in_other_languages(runs, package, name, text, capfd):
    needs(runs[0], package)
    with behind([*runs, written(name, text)]) as seen:
        is_seen(seen)
        nothing_else(seen)
    assert capfd.readouterr().out == "1\n"


def test_a_variable_still_leads_to_the_tap_and_each_request_is_seen_once(capfd):
    text = OPENAI.replace('base_url="https://api.openai.com/v1", ', "")
    with behind([sys.executable, written("app.py", text)]) as seen:
        one = is_seen(seen)
        assert one.sight.passed.route.name == "OPENAI_BASE_URL"
        assert seen.traffic.connections == 0


def test_chromium_is_known_by_its_name_and_keeps_flags_of_its_own():
    names = ["/usr/bin/chromium", "google-chrome-stable", "Chrome.exe", "msedge", "chrome-headless-shell"]
    assert all(is_chromium([name]) for name in names)
    assert not any(is_chromium([name]) for name in ["chromedriver", "node", "python", "chromium-bsu"])
    given = ["--proxy-server=http://127.0.0.1:1", "--user-data-dir=/a"]
    assert with_flags(["chromium", "--user-data-dir=mine", "page"], given) == (
        "chromium", "--proxy-server=http://127.0.0.1:1", "--user-data-dir=mine", "page",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("*", ""),
        ("localhost,127.0.0.1", "localhost,127.0.0.1"),
        ("api.openai.com:443, .openai.azure.com,*.com", ""),
        ("azure.com,me.openai.azure.com,intranet.example.net", "intranet.example.net"),
        ("eu-aiplatform.googleapis.com,10.0.0.0/8", "10.0.0.0/8"),
    ],
)
def test_no_proxy_leads_nothing_past_that_is_opened(before, after):
    changed = behind_proxy(
        {"NO_PROXY": before},
        "http://127.0.0.1:1",
        Path("bundle.pem"),
        Path("further.pem"),
        opens=("api.openai.com", ".openai.azure.com", "*-aiplatform.googleapis.com"),
        java_store=None,
        php_folder=Path("php"),
    )
    assert changed["NO_PROXY"] == after
    assert {changed[name] for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "http_proxy")} == {
        "http://127.0.0.1:1"
    }
    assert (changed["SSL_CERT_FILE"], changed["NODE_EXTRA_CA_CERTS"]) == ("bundle.pem", "further.pem")


def test_certificates_that_were_believed_before_still_are(folder):
    own = Path(__file__).resolve().parents[1] / "targets" / "loopback.pem"
    block = own.read_bytes().partition(b"-----BEGIN CERTIFICATE-----")[2].partition(b"-----END")[0]
    for name in ("REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert block in believed({name: str(own)})
        assert block not in believed({name: "no-such-file"})
    assert block in believed({"REQUESTS_CA_BUNDLE": str(own.parent)})
    assert b"PRIVATE KEY" not in believed({"SSL_CERT_FILE": str(own)})
    assert believed({}).startswith(b"-----BEGIN CERTIFICATE-----")
    assert block in believed_besides({"NODE_EXTRA_CA_CERTS": str(own)})
    assert believed_besides({"SSL_CERT_FILE": str(own)}) == b""
