"""Fixes as code: in the caller's own language, sound, and for the right part."""

import ast
import re
import shlex
import shutil
import subprocess

import pytest

from upload_matrix.judge.findings import CODES, find
from upload_matrix.judge.fix_code import BY_FILE, DIALECTS, completed, fix_code
from upload_matrix.judge.handed_over import FileOrigin
from upload_matrix.matrix.load import load_operations
from upload_matrix.wire.read import wire_form

OPERATIONS = load_operations()
WEBP = b"RIFF....WEBPVP8 "


def form(*parts, operation="images.edit"):
    body = b"".join(b"--b\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts)
    headers = ((b"content-type", b"multipart/form-data; boundary=b"), (b"content-length", b"1"))
    return wire_form("POST", f"/v1{OPERATIONS[operation].path}", headers, body + b"--b--\r\n", {})


def field(name, rest=""):
    return f'Content-Disposition: form-data; name="{name}"{rest}'


MODEL = (field("model"), b"gpt-image-1")
UNNAMED = (field("image", '; filename="upload"') + "\r\nContent-Type: application/octet-stream", WEBP)


def fixes(client, *parts, operation="images.edit"):
    wire = form(*parts, operation=operation)
    found = find([wire], OPERATIONS[operation])
    assert found
    return {
        finding.code: code and code.code
        for finding in found
        for code in [fix_code(finding, wire, OPERATIONS[operation], client)]
    }


PLAINLY = [
    (field("image", f'; filename="{name}.webp"') + "\r\nContent-Type: image/webp", WEBP) for name in "ab"
]
READ = 'data = open("image.webp", "rb").read()\n'
TUPLE = '("image.webp", data, "image/webp")'


@pytest.mark.parametrize(
    ("client", "code"),
    [
        ("openai", f"{READ}client.images.edit(image={TUPLE}, model=...)"),
        ("openai-async", f"{READ}await client.images.edit(image={TUPLE}, model=...)"),
        ("requests", f'{READ}requests.post(url, headers=headers, data=fields, files={{"image": {TUPLE}}})'),
        ("httpx", f'{READ}httpx.post(url, headers=headers, data=fields, files={{"image": {TUPLE}}})'),
        ("curl", "-F 'image=@image.webp;filename=image.webp;type=image/webp'"),
        (
            "node-openai",
            'import fs from "node:fs";\nimport { toFile } from "openai";\n'
            'const data = fs.readFileSync("image.webp");\n'
            'await client.images.edit({ image: await toFile(data, "image.webp", { type: "image/webp" }), model });',
        ),
        (
            None,
            'Content-Disposition: form-data; name="image"; filename="image.webp"\nContent-Type: image/webp',
        ),
    ],
)
def test_the_field_reports_upload(client, code):
    assert fixes(client, MODEL, UNNAMED) == {"default-filename": code, "octet-stream": code}


@pytest.mark.parametrize("client", [name for name, each in DIALECTS.items() if each.language == "python"])
@pytest.mark.parametrize("notation", ["image", "image[]", 'odd"name'])
def test_python_is_python(client, notation):
    head = (
        field(notation.replace('"', "%22"), '; filename="upload"')
        + "\r\nContent-Type: application/octet-stream"
    )
    for code in fixes(client, MODEL, (head, WEBP)).values():
        if code is not None:
            ast.parse(f"async def main():\n{re.sub('^', '    ', code, flags=re.MULTILINE)}")


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: https://nodejs.org")
@pytest.mark.parametrize("client", ["node-openai", "fetch"])
@pytest.mark.parametrize(("files", "code"), [([UNNAMED], "octet-stream"), (PLAINLY, "array-field")])
def test_javascript_is_javascript(tmp_path, client, files, code):
    script = tmp_path / "fix.mjs"
    script.write_text(fixes(client, MODEL, *files)[code])
    done = subprocess.run(["node", "--check", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""


EACH = '("{0}.webp", open("{0}.webp", "rb"), "image/webp")'.format


@pytest.mark.parametrize(
    ("client", "code"),
    [
        ("openai", f"client.images.edit(image=[{EACH('a')}, {EACH('b')}], model=...)"),
        (
            "requests",
            f'requests.post(url, headers=headers, data=fields, files=[("image[]", {EACH("a")}), ("image[]", {EACH("b")})])',
        ),
        (
            "curl",
            "-F 'image[]=@a.webp;filename=a.webp;type=image/webp' "
            "-F 'image[]=@b.webp;filename=b.webp;type=image/webp'",
        ),
        (
            "fetch",
            'form.append("image[]", new File([fs.readFileSync("a.webp")], "a.webp", { type: "image/webp" }));\n'
            'form.append("image[]", new File([fs.readFileSync("b.webp")], "b.webp", { type: "image/webp" }));',
        ),
    ],
)
def test_two_files_under_the_plain_name_are_sent_under_that_of_a_list(client, code):
    assert fixes(client, MODEL, *PLAINLY) == {"array-field": code, "file-sent-more-than-once": None}


@pytest.mark.parametrize("client", [name for name, each in DIALECTS.items() if each.language == "python"])
def test_several_files_in_python_are_python(client):
    code = fixes(client, MODEL, *PLAINLY)["array-field"]
    ast.parse(f"async def call():\n    {code.replace(chr(10), chr(10) + '    ')}")


@pytest.mark.parametrize(
    ("client", "first"),
    [
        ("requests", 'fields.pop("filename", None)'),
        ("fetch", 'form.delete("filename");'),
        ("openai", 'data = open("a.webp", "rb").read()'),
    ],
)
def test_a_field_that_the_file_has_in_its_own_head_is_left_out(client, first):
    code = fixes(client, MODEL, (field("filename"), b"a.webp"), PLAINLY[0])["unknown-field"]
    assert code.splitlines()[0] == first
    assert "filename=..." not in code


def test_a_list_stays_a_list():
    part = (field("image[]", '; filename="a.webp"') + "\r\nContent-Type: text/plain", WEBP)
    assert 'image=[("a.webp", data, "image/webp")]' in fixes("openai", MODEL, part)["type-contradicts-bytes"]
    assert shlex.split(fixes("curl", part)["type-contradicts-bytes"])[1].startswith("image[]=@a.webp;")


def test_a_path_sent_as_text_tells_the_files_name():
    assert fixes("openai", (field("image"), b"/home/me/cat.png"), MODEL) == {
        "text-where-file": 'data = open("cat.png", "rb").read()\n'
        'client.images.edit(image=("cat.png", data, "image/png"), model=...)'
    }


EMPTY = (field("file", '; filename="upload"'), b"")


@pytest.mark.parametrize(
    ("parts", "operation", "code", "path", "argument"),
    [
        ([EMPTY], "audio.transcriptions", "empty-part", "in/voice.m4a", '("file.m4a", data, "audio/mp4")'),
        ([EMPTY], "files.create", "empty-part", "notes.md", '("file.md", data, "text/markdown")'),
        ([], "files.create", "file-missing", "b.jsonl", '("b.jsonl", data, "application/jsonl")'),
        ([EMPTY], "files.create", "empty-part", "core.dump", '("file.EXTENSION", data, "TYPE/SUBTYPE")'),
        ([EMPTY], "files.create", "empty-part", None, '("file.EXTENSION", data, "TYPE/SUBTYPE")'),
    ],
)
def test_what_a_file_is_is_told_by_the_path_where_its_bytes_are_gone(parts, operation, code, path, argument):
    wire = form((field("purpose"), b"vision"), *parts, operation=operation)
    of = OPERATIONS[operation]
    finding = {each.code: each for each in find([wire], of)}[code]
    known = completed(finding, wire, of, lambda *_: FileOrigin(path))
    assert f"file={argument}" in known.fix
    assert argument in fix_code(known, wire, of, "requests", lambda *_: FileOrigin(path)).code


def test_the_fix_of_a_path_sent_as_text_names_the_file():
    wire = form((field("image"), b"in/photo.png"))
    (text,) = (each for each in find([wire], OPERATIONS["images.edit"]) if each.code == "text-where-file")
    assert 'image=("photo.png", data, "image/png")' in text.fix


def test_what_the_call_cannot_fix_has_no_code():
    damaged = (field("image", '; filename="a.webp"') + "\r\nContent-Type: image/webp", b"\xef\xbf\xbd" * 9)
    assert fixes("openai", damaged) == {"damaged-bytes": None}
    twice = (field("image", '; filename="a.webp"') + "\r\nContent-Type: image/webp", WEBP)
    assert fixes("openai", twice, twice)["file-sent-more-than-once"] is None


def test_the_sdks_own_names_of_methods():
    part = (field("file", '; filename="upload"') + "\r\nContent-Type: application/octet-stream", b"ID3..")
    code = fixes("openai", part, operation="audio.transcriptions")["octet-stream"]
    assert code.endswith('client.audio.transcriptions.create(file=("file.mp3", data, "audio/mpeg"))')


def test_every_code_that_is_fixed_exists():
    assert set(CODES) >= BY_FILE
